// Randomness from the platform's generator: the one place in shared/ that asks for it.

import type { Bytes } from '../bytes/bytes.ts';

export function randomBytes(length: number): Bytes {
  return crypto.getRandomValues(new Uint8Array(length));
}

/** A whole number from 0 to `below` − 1, each equally likely. `below` is 1 to 2^32. */
export function randomBelow(below: number): number {
  if (!Number.isSafeInteger(below) || below < 1 || below > 0x100000000) throw new RangeError('below: 1 to 2^32');
  // SECURITY: values past the last whole multiple are drawn again, or small results would be more likely.
  const limit = 0x100000000 - (0x100000000 % below);
  const word = new Uint32Array(1);
  for (;;) {
    crypto.getRandomValues(word);
    if ((word[0] as number) < limit) return (word[0] as number) % below;
  }
}
