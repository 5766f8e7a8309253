// The real clocks of the machine that the kiosk runs on.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Clock } from './clock.ts';

/** Where the system does not name its run, every process is one: the kiosk then asks the edge for the time after each start. */
function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return randomUUID();
  }
}

export function systemClock(): Clock {
  return { nowMs: () => Date.now(), monotonicMs: () => Number(process.hrtime.bigint() / 1_000_000n), bootId: bootId() };
}
