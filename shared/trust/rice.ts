// Golomb-Rice coding of a sorted set of indices (S. Golomb 1966, R. Rice 1979): each gap as a quotient in unary and `k` low bits.
// For random indices it is within 1 % of the entropy bound; no filter with false answers is smaller, and this one is exact.

import { err, ok, type Result } from '../base/result.ts';
import type { Bytes } from '../bytes/bytes.ts';

export type RiceReason = 'rice_parameter' | 'rice_truncated' | 'rice_out_of_range' | 'rice_trailing';
export type RiceError = { readonly reason: RiceReason };

/** The parameter that makes `count` random indices below `length` shortest: near log2 of the mean gap times ln 2. */
export function riceParameter(count: number, length: number): number {
  if (count === 0) return 0;
  const p = count / length;
  // The golden ratio rule: the smallest k with (1 − p)^(2^k) ≤ (√5 − 1) / 2 splits zeros and ones of the quotient evenly.
  const k = Math.ceil(Math.log2(Math.log(0.6180339887498949) / Math.log1p(-Math.min(p, 0.999999))));
  return Math.min(30, Math.max(0, k));
}

/** `indices`: strictly ascending, below 2^31. Bits fill bytes from the most significant one; the last byte ends in zeros. */
export function encodeRice(indices: Uint32Array | readonly number[], k: number): Bytes {
  let bits = 0;
  let previous = -1;
  for (const index of indices) {
    bits += ((index - previous - 1) >>> k) + 1 + k;
    previous = index;
  }
  const out = new Uint8Array(Math.ceil(bits / 8));
  let at = 0;
  previous = -1;
  const mask = 2 ** k - 1;
  for (const index of indices) {
    const gap = index - previous - 1;
    previous = index;
    const quotient = gap >>> k;
    for (let end = at + quotient; at < end; at++) out[at >> 3] = (out[at >> 3] as number) | (128 >> (at & 7));
    // The zero that ends the quotient.
    at++;
    const low = gap & mask;
    for (let bit = k - 1; bit >= 0; bit--, at++) {
      if ((low >> bit) & 1) out[at >> 3] = (out[at >> 3] as number) | (128 >> (at & 7));
    }
  }
  return out;
}

/**
 * Hands each of `count` indices to `each`, ascending. Refuses an index at or above `length`, missing bits, and bits left over:
 * one set has one coding for a parameter.
 */
export function decodeRice(
  bytes: Uint8Array,
  count: number,
  k: number,
  length: number,
  each: (index: number) => void,
): Result<number, RiceError> {
  if (!Number.isInteger(k) || k < 0 || k > 30) return err({ reason: 'rice_parameter' });
  // Every index needs k + 1 bits at least: a false count is refused before any work.
  if (count * (k + 1) > bytes.length * 8) return err({ reason: 'rice_truncated' });
  let byte = 0;
  let held = 0;
  let bits = 0;
  let index = -1;
  for (let n = 0; n < count; n++) {
    let quotient = 0;
    for (;;) {
      if (bits === 0) {
        if (byte === bytes.length) return err({ reason: 'rice_truncated' });
        held = bytes[byte++] as number;
        bits = 8;
      }
      // The run of ones at the top of what is held.
      const ones = Math.clz32(~(held << (32 - bits)));
      if (ones < bits) {
        quotient += ones;
        bits -= ones + 1;
        held &= (1 << bits) - 1;
        break;
      }
      quotient += bits;
      bits = 0;
    }
    let low = held;
    let have = bits;
    while (have < k) {
      if (byte === bytes.length) return err({ reason: 'rice_truncated' });
      // At most 30 wanted bits and 7 more: kept as a float where 32 bits would not do.
      low = low * 256 + (bytes[byte++] as number);
      have += 8;
    }
    bits = have - k;
    const divisor = 1 << bits;
    const value = bits === 0 ? low : Math.floor(low / divisor);
    held = low - value * divisor;
    index += quotient * 2 ** k + value + 1;
    // SECURITY: outside the list is refused, not wrapped into another person's status.
    if (index >= length) return err({ reason: 'rice_out_of_range' });
    each(index);
  }
  if (held !== 0 || byte !== bytes.length) return err({ reason: 'rice_trailing' });
  return ok(count);
}

/** The bits that any exact coding of `count` of `length` random indices needs on average, in bytes: log2 of the binomial. */
export function entropyBoundBytes(count: number, length: number): number {
  if (count === 0 || count === length) return 0;
  const p = count / length;
  const perIndex = -(p * Math.log2(p)) - (1 - p) * Math.log2(1 - p);
  return (length * perIndex) / 8;
}
