// The live view of a simulated SBI reader, honest or not.
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RawAnswer, RawRequest } from './raw-server.ts';
import type { SimulatedDevice } from './simulator-device.ts';
import { liveFrame } from './simulator-frames.ts';

const frameMs = 200;

/** M-JPEG as the mock writes it: HTTP/1.0, no length, the boundary with its dashes. Five frames a second. */
export async function stream(
  device: SimulatedDevice,
  { socket, body, gone }: RawRequest,
): Promise<RawAnswer | undefined> {
  const { switches } = device;
  const refuse = (errorCode: string): RawAnswer => ({
    headers: { 'Access-Control-Allow-Origin': '*' },
    body: JSON.stringify({ error: { errorCode, errorInfo: errorCode === '202' ? 'No Device Connected.' : 'Error' } }),
  });
  if (switches.errorCode !== '0') return refuse(switches.errorCode);
  if (device.purpose === 'Auth') return refuse('601');
  if (switches.status === 'Unplugged') return refuse('202');
  if (switches.status !== 'Ready') return refuse('607');
  const until = Date.now() + timeoutOf(body);
  socket.write('HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=--BoundaryString\r\n\r\n');
  const frameHead = (length: number) =>
    `--BoundaryString\r\nContent-Type:image/jpeg\r\nContent-Length:${length}\r\n\r\n`;
  for (let n = 0; !gone.aborted && Date.now() < until; n++) {
    // No frame is added while a capture runs.
    if (!device.busy) {
      const frame = liveFrame(n, device.glass.occupied);
      if (n === 2 && lieInStream(switches.lie, socket, frame, frameHead)) return undefined;
      socket.write(frameHead(frame.length));
      socket.write(frame);
      socket.write('\r\n\r\n');
    }
    if ((switches.status as string) === 'Unplugged') {
      socket.write(frameHead(1_000));
      break;
    }
    await sleep(frameMs, undefined, { signal: gone }).catch(() => undefined);
  }
  socket.end();
  return undefined;
}

/** After two honest frames. True: the stream is over for its server. */
function lieInStream(lie: string, socket: Socket, frame: Uint8Array, frameHead: (length: number) => string): boolean {
  const lies: Readonly<Record<string, () => void>> = {
    stream_garbage: () => socket.end('this is no part of a stream\r\n\r\n'),
    stream_huge: () => socket.write(frameHead(900_000_000)),
    stream_hang: () => undefined,
    stream_cut: () => socket.end(Buffer.concat([Buffer.from(frameHead(frame.length)), frame.subarray(0, 20)])),
    stream_not_jpeg: () => socket.write(`${frameHead(4)}GIF8\r\n\r\n`),
    stream_ends: () => socket.end('--BoundaryString--\r\n'),
  };
  const act = lies[lie];
  act?.();
  return act !== undefined;
}

/** Five minutes unless the request says less. */
function timeoutOf(body: string): number {
  const [, digits] = /"timeout"\s*:\s*"?(\d{1,7})/.exec(body) ?? [];
  return Math.min(Number(digits ?? 300_000), 300_000);
}
