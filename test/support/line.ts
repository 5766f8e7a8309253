// A line that can be cut: a TCP proxy on loopback. Cutting resets what is open and refuses what comes; mending lets it through again.
import { connect, createServer, type Socket } from 'node:net';

export type Line = {
  readonly port: number;
  cut(): void;
  mend(): void;
  close(): Promise<void>;
};

/** Listens on 127.0.0.1 (`port` 0 = a free one) and carries bytes to `target` on 127.0.0.1. */
export async function startLine(target: number, port = 0): Promise<Line> {
  const open = new Set<Socket>();
  let whole = true;
  const server = createServer((near) => {
    if (!whole) {
      near.resetAndDestroy();
      return;
    }
    const far = connect(target, '127.0.0.1');
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        open.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the line has no port');
  const reset = () => {
    for (const socket of open) socket.resetAndDestroy();
  };
  return {
    port: address.port,
    cut() {
      whole = false;
      reset();
    },
    mend() {
      whole = true;
    },
    close: () =>
      new Promise((resolve) => {
        reset();
        server.close(() => resolve());
      }),
  };
}
