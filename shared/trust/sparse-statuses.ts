// A long status list in little memory: only what is not valid, sorted, in blocks of 4,096 indices. Two bytes for each and a table of
// where blocks begin: a nation of 2^27 indices, one in a hundred not valid, takes 3 MB instead of 32.
import type { StatusBitmap } from './status-bitmap.ts';

/** What a look-up needs of a list, however it is held. */
export type Statuses = { readonly length: number; get(index: number): number | undefined };

const blockBits = 12;

class SparseStatuses implements Statuses {
  readonly length: number;
  readonly #begins: Uint32Array;
  /** The place within the block, then four bits of status: sorted within a block. */
  readonly #entries: Uint16Array;

  constructor(bitmap: StatusBitmap, count: number) {
    this.length = bitmap.length;
    this.#begins = new Uint32Array(Math.ceil(this.length / (1 << blockBits)) + 1);
    this.#entries = new Uint16Array(count);
    let at = 0;
    let block = 0;
    eachNotValid(bitmap, (index, status) => {
      for (const its = index >>> blockBits; block < its; ) this.#begins[++block] = at;
      this.#entries[at++] = ((index & ((1 << blockBits) - 1)) << 4) | status;
    });
    this.#begins.fill(count, block + 1);
  }

  get(index: number): number | undefined {
    if (!(index >= 0 && index < this.length)) return undefined;
    const block = index >>> blockBits;
    const least = (index & ((1 << blockBits) - 1)) << 4;
    let low = this.#begins[block] as number;
    let high = this.#begins[block + 1] as number;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#entries[middle] as number) < least) low = middle + 1;
      else high = middle;
    }
    const found = low < (this.#begins[block + 1] as number) ? (this.#entries[low] as number) : -1;
    return found >> 4 === least >> 4 ? found & 15 : 0;
  }
}

/** The same statuses in as little memory as they need; the bitmap itself where nothing is won, or a status takes a whole byte. */
export function inLittleMemory(bitmap: StatusBitmap): Statuses {
  let count = 0;
  if (bitmap.bits !== 8) eachNotValid(bitmap, () => count++);
  const bytes = count * 2 + bitmap.length / (1 << (blockBits - 2));
  return bitmap.bits !== 8 && bytes < bitmap.bytes.length ? new SparseStatuses(bitmap, count) : bitmap;
}

/** Ascending. Skips what is valid by thirty-two bits at a time, which is nearly all of a list. */
function eachNotValid(bitmap: StatusBitmap, each: (index: number, status: number) => void): void {
  const { bytes, bits } = bitmap;
  const perByte = 8 / bits;
  const within = (from: number, to: number) => {
    for (let at = from; at < to; at++) {
      const byte = bytes[at] as number;
      if (byte === 0) continue;
      for (let i = 0; i < perByte; i++) {
        const status = (byte >> (i * bits)) & ((1 << bits) - 1);
        if (status !== 0) each(at * perByte + i, status);
      }
    }
  };
  const whole = bytes.byteOffset % 4 === 0 ? bytes.length >>> 2 : 0;
  const words = new Uint32Array(bytes.buffer, whole === 0 ? 0 : bytes.byteOffset, whole);
  for (let word = 0; word < whole; word++) if (words[word] !== 0) within(word * 4, word * 4 + 4);
  within(whole * 4, bytes.length);
}
