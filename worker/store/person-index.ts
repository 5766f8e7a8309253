// How a number or a user name is looked up without being stored: HMAC-SHA-256 under a Worker secret, whose first 12 bits are the bucket.
import type { Bucket, UnifiedNumber } from '../../shared/base/brands.ts';
import { hmacSha256 } from '../../shared/crypto/hmac.ts';

export type PersonIndex = { readonly hmac: Uint8Array; readonly bucket: Bucket };

async function indexOf(secret: Uint8Array, domain: string, value: string): Promise<PersonIndex> {
  const hmac = await hmacSha256(secret, new TextEncoder().encode(`${domain}\0${value}`));
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
