// What CBOR (RFC 8949) can say, as TypeScript values. Integers beyond 2^53 are bigint; floats exist only for foreign data.

/** A tag with its content (§3.4). Bignum tags stay tags: no field of ours is one. */
export type CborTagged = { readonly tag: number | bigint; readonly value: CborValue };

/** A simple value without a meaning of its own (§3.3): 0 to 19 and 32 to 255. */
export type CborSimple = { readonly simple: number };

export type CborKey = number | bigint | string;
export type CborMap = ReadonlyMap<CborKey, CborValue>;

export type CborValue =
  | number
  | bigint
  | string
  | Uint8Array
  | boolean
  | null
  | undefined
  | readonly CborValue[]
  | CborMap
  | CborTagged
  | CborSimple;

export function isCborMap(value: CborValue): value is CborMap {
  return value instanceof Map;
}

export function isTagged(value: CborValue): value is CborTagged {
  return typeof value === 'object' && value !== null && 'tag' in value;
}
