// API keys of businesses: `twv_<id>.<secret>`. The id finds the business, the secret's SHA-256 is all that is stored.

import { encodeBase64Url } from '../../shared/bytes/base64url.ts';
import type { Bytes } from '../../shared/bytes/bytes.ts';
import { encodeUtf8 } from '../../shared/bytes/text.ts';
import { sha256Sync } from '../../shared/crypto/sha256.ts';

/** 9 and 32 random bytes in base64url: 12 and 43 characters. */
const keyPattern = /^Bearer twv_([A-Za-z0-9_-]{12})\.([A-Za-z0-9_-]{43})$/i;

export type ApiKey = { readonly verifierId: string; readonly secretHash: Bytes };

/** The key in an `Authorization` header; undefined when it is none of ours. */
export function parseApiKey(header: string | null | undefined): ApiKey | undefined {
  // RFC 9110 §11.1 lets the scheme's case vary; the key itself is compared as it is.
  const found = header === null || header === undefined ? null : keyPattern.exec(header);
  const [, verifierId, secret] = found ?? [];
  if (verifierId === undefined || secret === undefined) return undefined;
  return { verifierId, secretHash: hashSecret(secret) };
}

/** A 256-bit random secret needs no slow hash: it cannot be guessed. */
export function hashSecret(secret: string): Bytes {
  return sha256Sync(encodeUtf8(secret));
}

export function newVerifierId(random: (bytes: number) => Uint8Array): string {
  return encodeBase64Url(random(9));
}

/** A new key for a business: shown once, then only its hash is known. */
export function newApiKey(
  verifierId: string,
  random: (bytes: number) => Uint8Array,
): { key: string; secretHash: Bytes } {
  const secret = encodeBase64Url(random(32));
  return { key: `twv_${verifierId}.${secret}`, secretHash: hashSecret(secret) };
}
