// Strict CBOR decoder (RFC 8949 §4.1, §5): definite lengths, shortest heads, no duplicate keys, nothing after the item.
// It knows no meaning of tags or keys. Byte strings are views into the input, not copies. One codec, hence its length.

import { err, ok, type Result } from '../base/result.ts';
import { decodeUtf8Range } from '../bytes/text.ts';
import type { CborKey, CborValue } from './value.ts';

export type CborReason =
  | 'cbor_too_long'
  | 'cbor_truncated'
  | 'cbor_trailing_bytes'
  | 'cbor_indefinite_length'
  | 'cbor_not_shortest'
  | 'cbor_reserved'
  | 'cbor_too_deep'
  | 'cbor_key_type'
  | 'cbor_duplicate_key'
  | 'cbor_unsorted_keys'
  | 'cbor_utf8'
  | 'cbor_float';

export type CborError = { readonly reason: CborReason; readonly offset: number };

export type CborLimits = {
  /** Longest input, default 4,096 bytes. Arrays and maps cannot claim more items than bytes are left. */
  readonly maxBytes?: number;
  /** Deepest nesting, default 16; the item itself is depth 1. */
  readonly maxDepth?: number;
  /** Also demand map keys in the bytewise order of their encodings (§4.2.1). */
  readonly deterministic?: boolean;
  /** For data of others: floats, indefinite lengths and long heads are accepted; duplicates never. */
  readonly tolerant?: boolean;
};

/** Decodes exactly one item. Never throws on any input; the work is linear in its length. */
export function decodeCbor(bytes: Uint8Array, limits: CborLimits = NO_LIMITS): Result<CborValue, CborError> {
  if (bytes.length > (limits.maxBytes ?? 4096)) return err({ reason: 'cbor_too_long', offset: 0 });
  reader.begin(bytes, limits);
  try {
    const value = reader.item(1);
    if (reader.at !== bytes.length) return err({ reason: 'cbor_trailing_bytes', offset: reader.at });
    return ok(value);
  } catch (thrown) {
    if (thrown instanceof Refusal) return err({ reason: thrown.reason, offset: reader.at });
    throw thrown;
  } finally {
    reader.begin(NOTHING, NO_LIMITS);
  }
}

const NO_LIMITS: CborLimits = {};
const NOTHING = new Uint8Array(0);

// Thrown and caught in this file only: unwinding a recursion is what exceptions are for.
class Refusal {
  readonly reason: CborReason;
  constructor(reason: CborReason) {
    this.reason = reason;
  }
}

const BREAK = { simple: -1 };

class Reader {
  at = 0;
  #bytes: Uint8Array = NOTHING;
  #maxDepth = 0;
  #sorted = false;
  #tolerant = false;

  begin(bytes: Uint8Array, limits: CborLimits): void {
    this.at = 0;
    this.#bytes = bytes;
    this.#maxDepth = limits.maxDepth ?? 16;
    this.#sorted = limits.deterministic === true;
    this.#tolerant = limits.tolerant === true;
  }

  item(depth: number): CborValue {
    // SECURITY: the depth limit keeps a hostile text from exhausting the stack.
    if (depth > this.#maxDepth) throw new Refusal('cbor_too_deep');
    const initial = this.#byte();
    const major = initial >> 5;
    const info = initial & 31;
    if (major === 7) return this.#simpleOrFloat(info);
    if (info === 31) return this.#indefinite(major, depth);
    const argument = this.#argument(info);
    switch (major) {
      case 0:
        return argument;
      case 1:
        return typeof argument === 'bigint' || argument === Number.MAX_SAFE_INTEGER
          ? -1n - BigInt(argument)
          : -1 - argument;
      case 2:
        return this.#take(argument);
      case 3:
        return this.#text(argument);
      case 4: {
        const count = this.#count(argument, 1);
        const items: CborValue[] = [];
        for (let i = 0; i < count; i++) items.push(this.item(depth + 1));
        return items;
      }
      case 5:
        return this.#map(this.#count(argument, 2), depth);
      default:
        return { tag: argument, value: this.item(depth + 1) };
    }
  }

  #byte(): number {
    const byte = this.#bytes[this.at];
    if (byte === undefined) throw new Refusal('cbor_truncated');
    this.at++;
    return byte;
  }

  #argument(info: number): number | bigint {
    if (info < 24) return info;
    if (info > 27) throw new Refusal('cbor_reserved');
    if (info === 24) {
      const value = this.#byte();
      if (value < 24 && !this.#tolerant) throw new Refusal('cbor_not_shortest');
      return value;
    }
    if (info === 25) {
      const value = (this.#byte() << 8) | this.#byte();
      if (value < 0x100 && !this.#tolerant) throw new Refusal('cbor_not_shortest');
      return value;
    }
    const high = this.#word();
    if (info === 26) {
      if (high < 0x10000 && !this.#tolerant) throw new Refusal('cbor_not_shortest');
      return high;
    }
    const low = this.#word();
    if (high === 0 && !this.#tolerant) throw new Refusal('cbor_not_shortest');
    return high < 0x200000 ? high * 0x100000000 + low : (BigInt(high) << 32n) | BigInt(low);
  }

  #word(): number {
    return ((this.#byte() << 24) | (this.#byte() << 16) | (this.#byte() << 8) | this.#byte()) >>> 0;
  }

  // SECURITY: a claimed length is held against what is left before anything is made for it.
  #count(argument: number | bigint, bytesEach: number): number {
    if (typeof argument === 'bigint' || argument * bytesEach > this.#bytes.length - this.at) {
      throw new Refusal('cbor_truncated');
    }
    return argument;
  }

  #take(argument: number | bigint): Uint8Array {
    const length = this.#count(argument, 1);
    const part = this.#bytes.subarray(this.at, this.at + length);
    this.at += length;
    return part;
  }

  #text(argument: number | bigint): string {
    const length = this.#count(argument, 1);
    const text = decodeUtf8Range(this.#bytes, this.at, this.at + length);
    if (text === undefined) throw new Refusal('cbor_utf8');
    this.at += length;
    return text;
  }

  #map(count: number, depth: number): Map<CborKey, CborValue> {
    const map = new Map<CborKey, CborValue>();
    let before = -1;
    for (let i = 0; i < count; i++) {
      const start = this.at;
      this.#entry(map, this.item(depth + 1), depth);
      if (this.#sorted) {
        if (before >= 0 && this.#compareKeys(before, start) >= 0) throw new Refusal('cbor_unsorted_keys');
        before = start;
      }
    }
    return map;
  }

  #entry(map: Map<CborKey, CborValue>, key: CborValue, depth: number): void {
    if (typeof key !== 'number' && typeof key !== 'string' && typeof key !== 'bigint') {
      throw new Refusal('cbor_key_type');
    }
    if (map.has(key)) throw new Refusal('cbor_duplicate_key');
    map.set(key, this.item(depth + 1));
  }

  // Keys stand in the input in their encoded form; the first differing byte decides, and one cannot be a prefix of the other.
  #compareKeys(a: number, b: number): number {
    const limit = b;
    for (let i = 0; a + i < limit; i++) {
      const difference = (this.#bytes[a + i] as number) - (this.#bytes[b + i] ?? 0);
      if (difference !== 0) return difference;
    }
    return 0;
  }

  #simpleOrFloat(info: number): CborValue {
    if (info < 20) return { simple: info };
    if (info === 20) return false;
    if (info === 21) return true;
    if (info === 22) return null;
    if (info === 23) return undefined;
    if (info === 24) {
      const simple = this.#byte();
      if (simple < 32) throw new Refusal('cbor_reserved');
      return { simple };
    }
    if (info > 27) throw new Refusal(info === 31 ? 'cbor_indefinite_length' : 'cbor_reserved');
    if (!this.#tolerant) throw new Refusal('cbor_float');
    const part = this.#take(1 << (info - 24));
    const view = new DataView(part.buffer, part.byteOffset, part.byteLength);
    if (info === 27) return view.getFloat64(0);
    return info === 26 ? view.getFloat32(0) : halfFloat(view.getUint16(0));
  }

  #indefinite(major: number, depth: number): CborValue {
    if (!this.#tolerant) throw new Refusal('cbor_indefinite_length');
    if (major < 2 || major === 6) throw new Refusal('cbor_reserved');
    if (major === 5) {
      const map = new Map<CborKey, CborValue>();
      for (let key = this.#itemOrBreak(depth); key !== BREAK; key = this.#itemOrBreak(depth)) {
        this.#entry(map, key, depth);
      }
      return map;
    }
    const items: CborValue[] = [];
    for (let item = this.#itemOrBreak(depth); item !== BREAK; item = this.#itemOrBreak(depth)) items.push(item);
    if (major === 4) return items;
    if (major === 3) {
      if (!items.every((item) => typeof item === 'string')) throw new Refusal('cbor_reserved');
      return items.join('');
    }
    const parts: number[] = [];
    for (const item of items) {
      if (!(item instanceof Uint8Array)) throw new Refusal('cbor_reserved');
      for (const byte of item) parts.push(byte);
    }
    return Uint8Array.from(parts);
  }

  #itemOrBreak(depth: number): CborValue {
    if (this.#bytes[this.at] === 0xff) {
      this.at++;
      return BREAK;
    }
    return this.item(depth + 1);
  }
}

/** One for all: an item is read to its end before the next begins, and nothing that is called on the way decodes. */
const reader = new Reader();

function halfFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}
