// Load from a process of its own: kept-alive connections, one request after the other on each. A job as JSON on standard input,
// its counts as JSON on standard output. `once`: every request is sent at most once (codes), and the run ends with them.
import { spawn } from 'node:child_process';
import net from 'node:net';
import { onLoadCore } from './cores.ts';

export type LoadJob = {
  readonly port: number;
  readonly connections: number;
  readonly seconds: number;
  readonly once: boolean;
  /** Whole HTTP/1.1 requests. */
  readonly requests: readonly string[];
};
export type LoadCount = {
  readonly done: number;
  readonly failed: number;
  readonly seconds: number;
  /** Median and 99th percentile of one request. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly firstFailure: string;
};

/** Loads a server on this machine from another process. Throws when a request failed, or none was answered. */
export async function runLoad(job: LoadJob): Promise<LoadCount> {
  const [file = '', ...args] = onLoadCore([process.execPath, import.meta.filename]);
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(JSON.stringify(job));
  let text = '';
  for await (const part of child.stdout) text += part;
  if (text === '') throw new Error('the process that loads the server ended without a count');
  const count = JSON.parse(text) as LoadCount;
  if (count.failed > 0 || count.done === 0) throw new Error(`the load failed: ${text}`);
  return count;
}

/** The length of the whole answer at the front of `text`, or 0 while some of it is missing. */
function answerLength(text: string): number {
  const head = text.indexOf('\r\n\r\n');
  if (head < 0) return 0;
  const length = /\r\ncontent-length: (\d+)/i.exec(text.slice(0, head))?.[1];
  if (length === undefined) {
    const end = text.indexOf('\r\n0\r\n\r\n', head);
    return end < 0 ? 0 : end + 7;
  }
  const whole = head + 4 + Number(length);
  return text.length >= whole ? whole : 0;
}

async function load(job: LoadJob): Promise<LoadCount> {
  const requests = job.requests.map((text) => Buffer.from(text, 'latin1'));
  const took: number[] = [];
  let [next, failed, stopping, firstFailure] = [0, 0, false, ''];
  const began = performance.now();
  const timer = setTimeout(() => {
    stopping = true;
  }, job.seconds * 1000);

  const drive = () =>
    new Promise<void>((resolve) => {
      let [text, sentAt] = ['', 0];
      const socket = net.connect(job.port, '127.0.0.1');
      const send = () => {
        const request = job.once ? requests[next++] : requests[next++ % requests.length];
        if (stopping || !request) {
          socket.destroy();
          return;
        }
        sentAt = performance.now();
        socket.write(request);
      };
      socket.setNoDelay(true);
      socket.on('connect', send);
      socket.on('data', (part: Buffer) => {
        // latin1: one character a byte, so that lengths are bytes.
        text += part.toString('latin1');
        const length = answerLength(text);
        if (length === 0) return;
        if (text.startsWith('HTTP/1.1 200')) took.push(performance.now() - sentAt);
        else {
          failed++;
          firstFailure ||= text.slice(0, 600);
        }
        text = text.slice(length);
        send();
      });
      socket.on('error', (error) => {
        failed++;
        firstFailure ||= error.message;
      });
      socket.on('close', () => resolve());
    });

  await Promise.all(Array.from({ length: job.connections }, drive));
  clearTimeout(timer);
  const seconds = (performance.now() - began) / 1000;
  took.sort((a, b) => a - b);
  const at = (share: number) => took[Math.floor(took.length * share)] ?? 0;
  return { done: took.length, failed, seconds, p50Ms: at(0.5), p99Ms: at(0.99), firstFailure };
}

if (process.argv[1] === import.meta.filename) {
  let text = '';
  for await (const part of process.stdin) text += part;
  process.stdout.write(JSON.stringify(await load(JSON.parse(text) as LoadJob)));
}
