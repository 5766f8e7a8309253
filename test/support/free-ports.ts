// Ports in a row that nobody listens on, below the range from which the system takes ports for outgoing connections.
import { randomInt } from 'node:crypto';
import { claimPort, PortBusyError } from '../../worker/local/claim-port.ts';

const lowest = 20_000;
const highest = 32_000;

/** The first of `count` free ports. Which ones: by chance, so that two runs at once do not meet. */
export async function freePortsInARow(count: number): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const first = randomInt(lowest, highest - count);
    if (await areFree(first, count)) return first;
  }
  throw new Error(`no ${count} ports in a row are free`);
}

async function areFree(first: number, count: number): Promise<boolean> {
  try {
    for (let port = first; port < first + count; port++) await claimPort(port, 'a test');
    return true;
  } catch (error) {
    if (error instanceof PortBusyError) return false;
    throw error;
  }
}
