// AES-256-GCM with a key that seals ONE message, for protocols that fix the iv themselves. Our own blobs: aes-gcm.ts.

import { err, ok, type Result } from '../base/result.ts';
import type { Bytes } from '../bytes/bytes.ts';
import { ownBytes } from '../bytes/bytes.ts';

/** `iv`: 12 bytes. */
export type OnceNonce = { readonly iv: Uint8Array; readonly aad: Uint8Array };

/** Ciphertext with its 16-byte tag. SECURITY: `rawKey` (32 bytes) must be fresh: a second message under it and the same iv opens both. */
export async function sealOnce(rawKey: Uint8Array, nonce: OnceNonce, plaintext: Uint8Array): Promise<Bytes> {
  const key = await crypto.subtle.importKey('raw', ownBytes(rawKey), 'AES-GCM', false, ['encrypt']);
  return new Uint8Array(await crypto.subtle.encrypt(parameters(nonce), key, ownBytes(plaintext)));
}

export async function openOnce(
  rawKey: Uint8Array,
  nonce: OnceNonce,
  sealed: Uint8Array,
): Promise<Result<Bytes, { readonly reason: 'sealed_forged' }>> {
  if (rawKey.length !== 32) return err({ reason: 'sealed_forged' });
  const key = await crypto.subtle.importKey('raw', ownBytes(rawKey), 'AES-GCM', false, ['decrypt']);
  try {
    return ok(new Uint8Array(await crypto.subtle.decrypt(parameters(nonce), key, ownBytes(sealed))));
  } catch {
    return err({ reason: 'sealed_forged' });
  }
}

function parameters({ iv, aad }: OnceNonce) {
  return { name: 'AES-GCM', iv: ownBytes(iv), additionalData: ownBytes(aad), tagLength: 128 };
}
