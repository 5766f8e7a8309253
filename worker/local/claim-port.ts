// Whether a port of this machine is free: asked before anything is started, so that the refusal is the first thing said.
import { createServer } from 'node:net';

export class PortBusyError extends Error {
  readonly port: number;
  constructor(port: number, what: string) {
    super(`port ${port} is taken, and ${what} needs it`);
    this.name = 'PortBusyError';
    this.port = port;
  }
}

/** Refuses a port that somebody listens on, before anything is started. */
export async function claimPort(port: number, what: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' || error.code === 'EACCES' ? new PortBusyError(port, what) : error);
    });
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve()));
  });
}
