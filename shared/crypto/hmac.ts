// HMAC-SHA-256 (RFC 2104) by WebCrypto.

import type { Bytes } from '../bytes/bytes.ts';
import { ownBytes } from '../bytes/bytes.ts';
import type { PlatformKey } from './keys.ts';

export type HmacKey = PlatformKey;

/** `secret`: at least 16 bytes. The key can sign and verify and cannot be read back. */
export async function importHmacKey(secret: Uint8Array): Promise<HmacKey> {
  if (secret.length < 16) throw new RangeError('an HMAC secret has at least 16 bytes');
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  return crypto.subtle.importKey('raw', ownBytes(secret), algorithm, false, ['sign', 'verify']);
}

/** The 32-byte code of `message`. */
export async function hmacSha256(key: HmacKey, message: Uint8Array): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.sign('HMAC', key, ownBytes(message)));
}

/** Compares in constant time. */
export async function verifyHmacSha256(key: HmacKey, message: Uint8Array, code: Uint8Array): Promise<boolean> {
  return crypto.subtle.verify('HMAC', key, ownBytes(code), ownBytes(message));
}
