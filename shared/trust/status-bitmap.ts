// Statuses in memory: a plain bit array, least significant bits first (Token Status List §4.1). A look-up is one shift.

import type { Bytes } from '../bytes/bytes.ts';

/** Bits for each status. 1: valid or invalid. 2: also suspended. 4 and 8 are read, not written. */
export type StatusBits = 1 | 2 | 4 | 8;

/** Token Status List §7: 0 valid, 1 invalid, 2 suspended; others have no common meaning. */
export const STATUS = { valid: 0, invalid: 1, suspended: 2 } as const;

export class StatusBitmap {
  readonly bits: StatusBits;
  readonly bytes: Uint8Array;

  constructor(bits: StatusBits, bytes: Uint8Array) {
    this.bits = bits;
    this.bytes = bytes;
  }

  static empty(bits: StatusBits, length: number): StatusBitmap {
    return new StatusBitmap(bits, new Uint8Array(Math.ceil((length * bits) / 8)));
  }

  /** How many statuses there is room for. */
  get length(): number {
    return (this.bytes.length * 8) / this.bits;
  }

  /** The status at `index`; undefined outside the list. */
  get(index: number): number | undefined {
    const position = index * this.bits;
    // Positions stay below 2^31: the largest list has 2^28 statuses of two bits, or 2^25 of eight.
    const byte = this.bytes[position >>> 3];
    return byte === undefined ? undefined : (byte >> (position & 7)) & ((1 << this.bits) - 1);
  }

  set(index: number, status: number): void {
    const mask = (1 << this.bits) - 1;
    const at = Math.floor((index * this.bits) / 8);
    const shift = (index * this.bits) % 8;
    const byte = this.bytes[at];
    if (byte === undefined || status < 0 || status > mask) throw new RangeError('no such index or status');
    this.bytes[at] = (byte & ~(mask << shift)) | (status << shift);
  }

  copy(): StatusBitmap {
    const bytes: Bytes = this.bytes.slice() as Bytes;
    return new StatusBitmap(this.bits, bytes);
  }
}
