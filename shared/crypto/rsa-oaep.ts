// RSA-OAEP with SHA-256 for the hash and for MGF1 (RFC 8017 §7.1), 2048 bits and more: how fingerprint readers wrap the key
// of a capture for the edge. Nothing of ours uses RSA to encrypt.

import { err, ok, type Result } from '../base/result.ts';
import type { Bytes } from '../bytes/bytes.ts';
import { ownBytes } from '../bytes/bytes.ts';
import type { PlatformKey } from './keys.ts';

const ALGORITHM = { name: 'RSA-OAEP', hash: 'SHA-256' };

export type RsaOaepError = { readonly reason: 'rsa_key_malformed' | 'rsa_key_too_short' | 'rsa_unwrap_failed' };

/** `spki`: DER of a SubjectPublicKeyInfo. */
export function importRsaOaepPublic(spki: Uint8Array): Promise<Result<PlatformKey, RsaOaepError>> {
  return imported(crypto.subtle.importKey('spki', ownBytes(spki), ALGORITHM, true, ['encrypt']));
}

/** `pkcs8`: DER of a PrivateKeyInfo. The key cannot be read back. */
export function importRsaOaepPrivate(pkcs8: Uint8Array): Promise<Result<PlatformKey, RsaOaepError>> {
  return imported(crypto.subtle.importKey('pkcs8', ownBytes(pkcs8), ALGORITHM, false, ['decrypt']));
}

/** `secret`: for a 2048-bit key 190 bytes at most; longer throws. */
export async function wrapByRsaOaep(publicKey: PlatformKey, secret: Uint8Array): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.encrypt(ALGORITHM, publicKey, ownBytes(secret)));
}

export async function unwrapByRsaOaep(
  privateKey: PlatformKey,
  wrapped: Uint8Array,
): Promise<Result<Bytes, RsaOaepError>> {
  try {
    return ok(new Uint8Array(await crypto.subtle.decrypt(ALGORITHM, privateKey, ownBytes(wrapped))));
  } catch {
    // SECURITY: one reason for every failure, or the padding could be guessed bit by bit.
    return err({ reason: 'rsa_unwrap_failed' });
  }
}

async function imported(pending: Promise<PlatformKey>): Promise<Result<PlatformKey, RsaOaepError>> {
  try {
    const key = await pending;
    const { modulusLength } = key.algorithm as { readonly modulusLength?: number };
    return (modulusLength ?? 0) >= 2048 ? ok(key) : err({ reason: 'rsa_key_too_short' });
  } catch {
    return err({ reason: 'rsa_key_malformed' });
  }
}
