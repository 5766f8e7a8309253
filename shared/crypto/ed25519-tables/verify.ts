// The check of RFC 8032 §5.1.7 without a cofactor, encode(sB − kA) = R, by tables of multiples of B and of −A: 65 additions, no doubling.
// AssemblyScript: `npm run wasm` makes ed25519-tables.wasm of it. Nothing here is secret, so that time may depend on anything.
import { encode, fillTable, sumUp, TABLE } from './point.ts';
import { isReduced, reduce } from './scalar.ts';
import { sha512 } from './sha512.ts';

/** Of a message. */
export const mostBytes: i32 = 8192;

/** Where the caller writes: R and s, 32 bytes each. */
export const signature = memory.data(64, 16);
// R, the key and the message, one behind the other as they are hashed, and room for the padding.
const HASHED = memory.data(64 + 8192 + 144, 16);
export const message: usize = HASHED + 64;
/** The 32 bytes of the key that a table is made for, and the point of the table: B, or −A of a key; x and y, 32 bytes each, little endian. */
export const key = memory.data(32, 16);
export const point = memory.data(64, 16);

const DIGEST = memory.data(64, 16);
const SCALAR = memory.data(32, 16);
const ENCODED = memory.data(32, 16);

/** Before a table stands its key. */
const KEY: i32 = 64;
const PAGE: i32 = 65536;

/** A new table at the end of the memory, of `point`, for `key`: its address, or 0 if there is no more memory. */
export function makeTable(): usize {
  const pages = memory.grow((KEY + TABLE + PAGE - 1) / PAGE);
  if (pages < 0) return 0;
  const table = usize(pages * PAGE);
  memory.copy(table, key, 32);
  fillTable(table + KEY, point, point + 32);
  return table;
}

/** Whether `signature` holds for `length` bytes of `message` under the key of `table`. `base`: the table of the base point. */
export function verify(base: usize, table: usize, length: i32): bool {
  // SECURITY: s below L, or one signature has two forms.
  if (length < 0 || length > mostBytes || !isReduced(signature + 32)) return false;
  memory.copy(HASHED, signature, 32);
  memory.copy(HASHED + 32, table, 32);
  sha512(DIGEST, HASHED, 64 + length);
  reduce(SCALAR, DIGEST);
  sumUp(base + KEY, signature + 32, table + KEY, SCALAR);
  encode(ENCODED);
  // SECURITY: compared as bytes, so that R has one form too.
  return (
    load<u64>(ENCODED) === load<u64>(signature) &&
    load<u64>(ENCODED, 8) === load<u64>(signature, 8) &&
    load<u64>(ENCODED, 16) === load<u64>(signature, 16) &&
    load<u64>(ENCODED, 24) === load<u64>(signature, 24)
  );
}
