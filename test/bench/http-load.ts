// A load generator in a process of its own: kept-alive connections, one request after the other on each, and a count at the end.
// `node http-load.ts PORT CONNECTIONS SECONDS`, the whole request as base64 lines on standard input; prints {done, failed, seconds}.
import net from 'node:net';

const [port = 0, connections = 1, seconds = 1] = process.argv.slice(2).map(Number);

async function readRequests(): Promise<Buffer[]> {
  let text = '';
  for await (const part of process.stdin) text += part;
  return text
    .trim()
    .split('\n')
    .map((line) => Buffer.from(line, 'base64'));
}

const requests = await readRequests();
let done = 0;
let failed = 0;
let stopping = false;

/** The length of a whole answer at the front of `text`, or 0 while some of it is missing. */
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

function drive(first: number): Promise<void> {
  return new Promise((resolve) => {
    let next = first;
    let text = '';
    const socket = net.connect(port, '127.0.0.1');
    const send = () => {
      if (stopping) socket.destroy();
      else socket.write(requests[next++ % requests.length] ?? Buffer.alloc(0));
    };
    socket.setNoDelay(true);
    socket.on('connect', send);
    socket.on('data', (part: Buffer) => {
      // latin1: one character a byte, so that lengths are bytes.
      text += part.toString('latin1');
      const length = answerLength(text);
      if (length === 0) return;
      if (text.startsWith('HTTP/1.1 200')) done++;
      else failed++;
      text = text.slice(length);
      send();
    });
    socket.on('error', () => {
      failed++;
    });
    socket.on('close', () => resolve());
  });
}

const began = performance.now();
setTimeout(() => {
  stopping = true;
}, seconds * 1000);
await Promise.all(Array.from({ length: connections }, (_, i) => drive(i * 7)));
process.stdout.write(JSON.stringify({ done, failed, seconds: (performance.now() - began) / 1000 }));
