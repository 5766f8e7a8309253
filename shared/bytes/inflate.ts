// zlib decompression (RFC 1950, DEFLATE of RFC 1951): synchronous, the same everywhere, with a hard limit on what comes out.
// The platform's streams need about 0.2 ms for 700 bytes and some platforms accept trailing bytes; this needs microseconds.
// Codes are walked bit by bit over canonical counts: no look-up tables that a hostile text could make us build again and again.
// One algorithm, hence its length.

import { err, ok, type Result } from '../base/result.ts';
import type { Bytes } from './bytes.ts';

export type InflateReason =
  | 'zlib_header'
  | 'zlib_truncated'
  | 'zlib_block'
  | 'zlib_codes'
  | 'zlib_distance'
  | 'zlib_checksum'
  | 'zlib_trailing_bytes'
  | 'zlib_too_long';

export type InflateError = { readonly reason: InflateReason };

/**
 * Inflates one whole zlib stream. Stops at `maxBytes` of output; refuses dictionaries, bad checksums and trailing bytes.
 * The answer may be a view into `bytes`. `expectedBytes`: room that is made at once, so that a long one is not copied as it grows.
 */
export function inflateZlib(
  bytes: Uint8Array,
  limits: { readonly maxBytes: number; readonly expectedBytes?: number },
): Result<Uint8Array, InflateError> {
  if (bytes.length < 6) return err({ reason: 'zlib_truncated' });
  const cmf = bytes[0] as number;
  const flags = bytes[1] as number;
  // §2.2: method 8, window up to 32 KiB, check bits, no preset dictionary.
  if ((cmf & 15) !== 8 || cmf >> 4 > 7 || ((cmf << 8) | flags) % 31 !== 0 || (flags & 32) !== 0) {
    return err({ reason: 'zlib_header' });
  }
  const plain = singleStoredBlock(bytes);
  if (plain !== undefined) {
    if (plain.length > limits.maxBytes) return err({ reason: 'zlib_too_long' });
    return checksumOf(bytes) === adler32(plain) ? ok(plain) : err({ reason: 'zlib_checksum' });
  }
  const inflater = new Inflater(bytes, limits.maxBytes, limits.expectedBytes ?? bytes.length);
  const reason = inflater.run();
  if (reason !== undefined) return err({ reason });
  const out = inflater.output();
  const end = inflater.at;
  if (end + 4 > bytes.length) return err({ reason: 'zlib_truncated' });
  if (end + 4 < bytes.length) return err({ reason: 'zlib_trailing_bytes' });
  return checksumOf(bytes) === adler32(out) ? ok(out) : err({ reason: 'zlib_checksum' });
}

/** The content, as a view, if the whole stream is one stored block that is exactly as long as it says: how our own codes are made. */
function singleStoredBlock(bytes: Uint8Array): Uint8Array | undefined {
  if (bytes[2] !== 1 || bytes.length < 11) return undefined;
  const length = (bytes[3] as number) | ((bytes[4] as number) << 8);
  const inverse = (bytes[5] as number) | ((bytes[6] as number) << 8);
  return (length ^ inverse) === 0xffff && length + 11 === bytes.length ? bytes.subarray(7, 7 + length) : undefined;
}

function checksumOf(bytes: Uint8Array): number {
  const at = bytes.length - 4;
  const high = ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
  return high * 0x10000 + (((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number));
}

/** RFC 1950 §8. Sums are reduced every 3,800 bytes, before they could leave 32 bits. */
export function adler32(bytes: Uint8Array): number {
  let a = 1;
  let b = 0;
  for (let i = 0; i < bytes.length; ) {
    const stop = Math.min(i + 3800, bytes.length);
    for (; i < stop; i++) {
      a += bytes[i] as number;
      b += a;
    }
    a %= 65521;
    b %= 65521;
  }
  return ((b << 16) | a) >>> 0;
}

const LENGTH_BASE = [
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258,
];
const LENGTH_EXTRA = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const DISTANCE_BASE = [
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145,
  8193, 12289, 16385, 24577,
];
const DISTANCE_EXTRA = [
  0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13,
];
const CODE_LENGTH_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

type Code = { readonly counts: Uint16Array; readonly symbols: Uint16Array };

let fixed: { readonly literals: Code; readonly distances: Code } | undefined;

// §3.2.6
function fixedCodes() {
  if (fixed === undefined) {
    const lengths = new Uint8Array(288).fill(8, 0, 144).fill(9, 144, 256).fill(7, 256, 280).fill(8, 280);
    fixed = {
      literals: canonicalCode(lengths, 0, 288) as Code,
      distances: canonicalCode(new Uint8Array(30).fill(5), 0, 30) as Code,
    };
  }
  return fixed;
}

/** §3.2.2. An over-subscribed set is refused; an incomplete one only if it has a single code, as §3.2.7 allows for distances. */
function canonicalCode(lengths: Uint8Array, from: number, to: number): Code | undefined {
  const counts = new Uint16Array(16);
  for (let i = from; i < to; i++) (counts[lengths[i] as number] as number)++;
  const used = to - from - (counts[0] as number);
  let left = 1;
  for (let bits = 1; bits < 16; bits++) {
    left = left * 2 - (counts[bits] as number);
    if (left < 0) return undefined;
  }
  const isFixedDistances = to - from === 30 && used === 30;
  if (left > 0 && used > 1 && !isFixedDistances) return undefined;
  const offsets = new Uint16Array(16);
  for (let bits = 1; bits < 15; bits++) offsets[bits + 1] = (offsets[bits] as number) + (counts[bits] as number);
  const symbols = new Uint16Array(used);
  for (let i = from; i < to; i++) {
    const bits = lengths[i] as number;
    if (bits !== 0) symbols[(offsets[bits] as number)++] = i - from;
  }
  return { counts, symbols };
}

class Inflater {
  at = 2;
  readonly #in: Uint8Array;
  readonly #max: number;
  #out: Bytes;
  #length = 0;
  #held = 0;
  #bits = 0;
  #reason: InflateReason | undefined;

  constructor(bytes: Uint8Array, maxBytes: number, expectedBytes: number) {
    this.#in = bytes;
    this.#max = maxBytes;
    this.#out = new Uint8Array(Math.min(maxBytes, expectedBytes));
  }

  output(): Bytes {
    return this.#out.subarray(0, this.#length);
  }

  run(): InflateReason | undefined {
    for (let last = 0; last === 0; ) {
      last = this.#take(1);
      const type = this.#take(2);
      if (type === 0) this.#stored();
      else if (type === 1) this.#compressed(fixedCodes().literals, fixedCodes().distances);
      else if (type === 2) this.#dynamic();
      else this.#fail('zlib_block');
      if (this.#reason !== undefined) return this.#reason;
    }
    // Bits left over in the last byte are padding; a whole byte is never held.
    return this.#held === 0 ? undefined : 'zlib_block';
  }

  #fail(reason: InflateReason): undefined {
    this.#reason ??= reason;
  }

  #take(count: number): number {
    while (this.#bits < count) {
      const byte = this.#in[this.at];
      if (byte === undefined) {
        this.#fail('zlib_truncated');
        return 0;
      }
      this.at++;
      this.#held |= byte << this.#bits;
      this.#bits += 8;
    }
    const value = this.#held & ((1 << count) - 1);
    this.#held >>>= count;
    this.#bits -= count;
    return value;
  }

  /** Makes room for `more` bytes, never beyond the limit. */
  #room(more: number): boolean {
    const needed = this.#length + more;
    if (needed > this.#max) {
      this.#fail('zlib_too_long');
      return false;
    }
    if (needed > this.#out.length) {
      const larger = new Uint8Array(Math.min(this.#max, Math.max(needed, this.#out.length * 2)));
      larger.set(this.#out);
      this.#out = larger;
    }
    return true;
  }

  #stored(): undefined {
    // SECURITY: padding must be zero, or one content would have several accepted texts.
    if (this.#held !== 0) return this.#fail('zlib_block');
    this.#bits = 0;
    const start = this.at + 4;
    if (start > this.#in.length) return this.#fail('zlib_truncated');
    const length = (this.#in[this.at] as number) | ((this.#in[this.at + 1] as number) << 8);
    const inverse = (this.#in[this.at + 2] as number) | ((this.#in[this.at + 3] as number) << 8);
    if ((length ^ inverse) !== 0xffff) return this.#fail('zlib_block');
    if (start + length > this.#in.length) return this.#fail('zlib_truncated');
    if (!this.#room(length)) return;
    this.#out.set(this.#in.subarray(start, start + length), this.#length);
    this.#length += length;
    this.at = start + length;
  }

  // §3.2.7
  #dynamic(): undefined {
    const literalCount = this.#take(5) + 257;
    const distanceCount = this.#take(5) + 1;
    const codeCount = this.#take(4) + 4;
    if (literalCount > 286 || distanceCount > 30) return this.#fail('zlib_codes');
    const lengths = new Uint8Array(320);
    for (let i = 0; i < codeCount; i++) lengths[CODE_LENGTH_ORDER[i] as number] = this.#take(3);
    const code = canonicalCode(lengths, 0, 19);
    if (code === undefined) return this.#fail('zlib_codes');
    lengths.fill(0);
    const total = literalCount + distanceCount;
    for (let i = 0; i < total; ) {
      const symbol = this.#symbol(code);
      if (this.#reason !== undefined) return;
      if (symbol < 16) lengths[i++] = symbol;
      else {
        if (symbol === 16 && i === 0) return this.#fail('zlib_codes');
        const value = symbol === 16 ? (lengths[i - 1] as number) : 0;
        const repeat = symbol === 16 ? 3 + this.#take(2) : symbol === 17 ? 3 + this.#take(3) : 11 + this.#take(7);
        if (i + repeat > total) return this.#fail('zlib_codes');
        lengths.fill(value, i, i + repeat);
        i += repeat;
      }
    }
    if (lengths[256] === 0) return this.#fail('zlib_codes');
    const literals = canonicalCode(lengths, 0, literalCount);
    const distances = canonicalCode(lengths, literalCount, total);
    if (literals === undefined || distances === undefined) return this.#fail('zlib_codes');
    this.#compressed(literals, distances);
  }

  #symbol(code: Code): number {
    let value = 0;
    let first = 0;
    let index = 0;
    for (let bits = 1; bits < 16; bits++) {
      if (this.#bits === 0) {
        const byte = this.#in[this.at];
        if (byte === undefined) {
          this.#fail('zlib_truncated');
          return 0;
        }
        this.at++;
        this.#held = byte;
        this.#bits = 8;
      }
      value |= this.#held & 1;
      this.#held >>>= 1;
      this.#bits--;
      const count = code.counts[bits] as number;
      if (value - first < count) return code.symbols[index + value - first] as number;
      index += count;
      first = (first + count) << 1;
      value <<= 1;
    }
    this.#fail('zlib_codes');
    return 0;
  }

  #compressed(literals: Code, distances: Code): undefined {
    for (;;) {
      const symbol = this.#symbol(literals);
      if (this.#reason !== undefined || symbol === 256) return;
      if (symbol < 256) {
        if (this.#length === this.#out.length && !this.#room(1)) return;
        this.#out[this.#length++] = symbol;
        continue;
      }
      if (symbol > 285) return this.#fail('zlib_codes');
      const length = (LENGTH_BASE[symbol - 257] as number) + this.#take(LENGTH_EXTRA[symbol - 257] as number);
      const far = this.#symbol(distances);
      if (far > 29) return this.#fail('zlib_codes');
      const distance = (DISTANCE_BASE[far] as number) + this.#take(DISTANCE_EXTRA[far] as number);
      if (this.#reason !== undefined) return;
      if (distance > this.#length) return this.#fail('zlib_distance');
      if (!this.#room(length)) return;
      // Overlapping copies repeat what they have just written, so the order matters.
      const from = this.#length - distance;
      for (let i = 0; i < length; i++) this.#out[this.#length + i] = this.#out[from + i] as number;
      this.#length += length;
    }
  }
}
