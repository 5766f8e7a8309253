// Deterministic CBOR encoder (RFC 8949 §4.2): shortest heads, definite lengths, map keys in the bytewise order of their encodings.

import type { Bytes } from '../bytes/bytes.ts';
import { encodeUtf8 } from '../bytes/text.ts';
import { type CborValue, isCborMap, isTagged } from './value.ts';

/** Encodes one value. Whole numbers become integers, others the shortest float. Throws on what CBOR cannot say: that is a bug. */
export function encodeCbor(value: CborValue): Bytes {
  const writer = new Writer();
  writer.item(value);
  return writer.bytes();
}

class Writer {
  #buffer = new Uint8Array(256);
  #length = 0;

  bytes(): Bytes {
    return this.#buffer.slice(0, this.#length);
  }

  item(value: CborValue): void {
    if (typeof value === 'number') this.#number(value);
    else if (typeof value === 'bigint') this.#integer(value);
    else if (typeof value === 'string') {
      const utf8 = encodeUtf8(value);
      this.#head(3, utf8.length);
      this.#raw(utf8);
    } else if (value instanceof Uint8Array) {
      this.#head(2, value.length);
      this.#raw(value);
    } else if (value === false) this.#byte(0xf4);
    else if (value === true) this.#byte(0xf5);
    else if (value === null) this.#byte(0xf6);
    else if (value === undefined) this.#byte(0xf7);
    else if (isCborMap(value)) {
      const entries = [...value].map(([key, item]) => ({ key: encodeCbor(key), item }));
      entries.sort((a, b) => compareBytes(a.key, b.key));
      this.#head(5, entries.length);
      for (const { key, item } of entries) {
        this.#raw(key);
        this.item(item);
      }
    } else if (isArray(value)) {
      this.#head(4, value.length);
      for (const item of value) this.item(item);
    } else if (isTagged(value)) {
      this.#head(6, value.tag);
      this.item(value.value);
    } else if (value.simple < 20) this.#byte(0xe0 | value.simple);
    else if (value.simple >= 32 && value.simple < 256) {
      this.#byte(0xf8);
      this.#byte(value.simple);
    } else throw new RangeError('not a simple value');
  }

  #number(value: number): void {
    if (Number.isSafeInteger(value) && !Object.is(value, -0)) {
      if (value < 0) this.#head(1, -1 - value);
      else this.#head(0, value);
    } else this.#float(value);
  }

  #integer(value: bigint): void {
    const magnitude = value < 0n ? -1n - value : value;
    if (magnitude > 0xffffffffffffffffn) throw new RangeError('integer beyond 64 bits');
    this.#head(value < 0n ? 1 : 0, magnitude);
  }

  #float(value: number): void {
    const view = new DataView(new ArrayBuffer(8));
    const half = halfOf(value);
    let width = 8;
    if (half !== undefined) {
      view.setUint16(0, half);
      width = 2;
    } else if (Object.is(Math.fround(value), value)) {
      view.setFloat32(0, value);
      width = 4;
    } else view.setFloat64(0, value);
    this.#byte(width === 2 ? 0xf9 : width === 4 ? 0xfa : 0xfb);
    for (let i = 0; i < width; i++) this.#byte(view.getUint8(i));
  }

  #head(major: number, argument: number | bigint): void {
    const type = major << 5;
    if (argument < 24) this.#byte(type | Number(argument));
    else if (argument < 0x100) this.#bigEndian(type | 24, Number(argument), 1);
    else if (argument < 0x10000) this.#bigEndian(type | 25, Number(argument), 2);
    else if (argument < 0x100000000) this.#bigEndian(type | 26, Number(argument), 4);
    else {
      const wide = BigInt(argument);
      this.#bigEndian(type | 27, Number(wide >> 32n), 4);
      this.#bigEndian(undefined, Number(wide & 0xffffffffn), 4);
    }
  }

  #bigEndian(initial: number | undefined, value: number, width: number): void {
    if (initial !== undefined) this.#byte(initial);
    for (let i = width - 1; i >= 0; i--) this.#byte(Math.floor(value / 2 ** (8 * i)) & 0xff);
  }

  #byte(byte: number): void {
    this.#room(1);
    this.#buffer[this.#length++] = byte;
  }

  #raw(bytes: Uint8Array): void {
    this.#room(bytes.length);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  #room(more: number): void {
    if (this.#length + more <= this.#buffer.length) return;
    const larger = new Uint8Array(Math.max(this.#buffer.length * 2, this.#length + more));
    larger.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = larger;
  }
}

// Array.isArray alone does not narrow away a readonly array.
function isArray(value: CborValue): value is readonly CborValue[] {
  return Array.isArray(value);
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const difference = (a[i] as number) - (b[i] as number);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** The 16 bits of a half float that says exactly `value`, or undefined. */
function halfOf(value: number): number | undefined {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  if (magnitude === Number.POSITIVE_INFINITY) return sign | 0x7c00;
  if (magnitude === 0) return sign;
  if (magnitude < 2 ** -14) {
    const fraction = magnitude * 2 ** 24;
    return Number.isInteger(fraction) ? sign | fraction : undefined;
  }
  const exponent = Math.floor(Math.log2(magnitude));
  if (exponent > 15) return undefined;
  const fraction = (magnitude / 2 ** exponent - 1) * 1024;
  return Number.isInteger(fraction) ? sign | ((exponent + 15) << 10) | fraction : undefined;
}
