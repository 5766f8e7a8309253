// A BLOB as D1 or drizzle hand it out (bytes, a buffer, or a list of numbers) as one kind of byte string.
import type { Bytes } from '../../shared/bytes/bytes.ts';
import { ownBytes } from '../../shared/bytes/bytes.ts';

export type StoredBytes = Uint8Array | ArrayBuffer | number[];

export function storedBytes(value: StoredBytes): Bytes {
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (value instanceof Uint8Array) return ownBytes(value);
  return Uint8Array.from(value);
}
