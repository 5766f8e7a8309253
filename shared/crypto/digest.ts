// Digests by WebCrypto. For short inputs on a hot path there is sha256Sync.

import type { Bytes } from '../bytes/bytes.ts';
import { ownBytes } from '../bytes/bytes.ts';

/** SHA-512, 64 bytes. */
export async function sha512(bytes: Uint8Array): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest('SHA-512', ownBytes(bytes)));
}

/** SHA-1, 20 bytes: only to look things up in lists that others made with it, never to sign or to keep a secret. */
export async function sha1(bytes: Uint8Array): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest('SHA-1', ownBytes(bytes)));
}

/** SHA-256, 32 bytes. */
export async function sha256(bytes: Uint8Array): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', ownBytes(bytes)));
}
