// How a number or a user name is looked up without being stored: HMAC-SHA-256 under a Worker secret, whose first 12 bits are the bucket.
import type { Bucket, UnifiedNumber } from '../../shared/base/brands.ts';
import type { Bytes } from '../../shared/bytes/bytes.ts';
import { type HmacKey, hmacSha256, importHmacKey } from '../../shared/crypto/hmac.ts';

export type PersonIndex = { readonly hmac: Uint8Array; readonly bucket: Bucket };

/** The secret is the isolate's one Uint8Array (Config): imported once. */
const imported = new WeakMap<Uint8Array, HmacKey>();

async function keyOf(secret: Uint8Array): Promise<HmacKey> {
  const known = imported.get(secret);
  if (known) return known;
  // The value is kept, not a promise of it: one request must not wait for another's work, which may be cancelled.
  const key = await importHmacKey(secret);
  imported.set(secret, key);
  return key;
}

async function indexOf(secret: Uint8Array, domain: string, value: string): Promise<PersonIndex> {
  const hmac = await hmacSha256(await keyOf(secret), new TextEncoder().encode(`${domain}\0${value}`));
  const [first = 0, second = 0] = hmac;
  return { hmac, bucket: ((first << 4) | (second >> 4)) as Bucket };
}

export function indexOfNumber(secret: Uint8Array, number: UnifiedNumber): Promise<PersonIndex> {
  return indexOf(secret, 'number', number);
}

/** User names are compared in NFKC, lower case: the caller has normalised (worker/authn/username.ts). */
export function indexOfUsername(secret: Uint8Array, username: string): Promise<PersonIndex> {
  return indexOf(secret, 'username', username);
}

/** Tells an unchanged line of an import without keeping the line: the same HMAC, another domain. */
export async function indexOfImportLine(secret: Uint8Array, canonical: string): Promise<Bytes> {
  return hmacSha256(await keyOf(secret), new TextEncoder().encode(`line\0${canonical}`));
}

/** How the DIRECTORY database names a person: another domain, so that its rows are not found by a shard's index or the other way. */
export async function directoryHmacOf(secret: Uint8Array, number: UnifiedNumber): Promise<Bytes> {
  return hmacSha256(await keyOf(secret), new TextEncoder().encode(`directory\0${number}`));
}
