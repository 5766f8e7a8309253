// AES-256-GCM blobs that name their key: version (1) | key id (8) | iv (12) | ciphertext with its 16-byte tag.
// What a blob belongs to (table, row, column) is the caller's additional data, so that a blob cannot be moved.

import { err, ok, type Result } from '../base/result.ts';
import type { Bytes } from '../bytes/bytes.ts';
import { ownBytes } from '../bytes/bytes.ts';
import { concatBytes } from '../bytes/concat.ts';
import { encodeHex } from '../bytes/hex.ts';
import type { PlatformKey } from './keys.ts';
import { randomBytes } from './random.ts';

const VERSION = 1;
const KEY_ID_LENGTH = 8;
const IV_LENGTH = 12;
const HEADER_LENGTH = 1 + KEY_ID_LENGTH + IV_LENGTH;
const TAG_LENGTH = 16;

export type SealingKey = { readonly keyId: Uint8Array; readonly key: PlatformKey };

export type OpenError = {
  readonly reason: 'sealed_malformed' | 'sealed_version' | 'sealed_key_unknown' | 'sealed_forged';
};

/** `raw`: 32 bytes; `keyId`: 8 bytes that name the key, not secret. */
export async function importSealingKey(keyId: Uint8Array, raw: Uint8Array): Promise<SealingKey> {
  if (keyId.length !== KEY_ID_LENGTH) throw new RangeError('a key id has 8 bytes');
  if (raw.length !== 32) throw new RangeError('an AES-256 key has 32 bytes');
  const key = await crypto.subtle.importKey('raw', ownBytes(raw), 'AES-GCM', false, ['encrypt', 'decrypt']);
  return { keyId, key };
}

/** A random 96-bit iv each time: a key may seal up to 2^32 blobs (NIST SP 800-38D §8.3). The header is authenticated too. */
export async function seal(with_: SealingKey, plaintext: Uint8Array, aad: Uint8Array): Promise<Bytes> {
  const header = concatBytes(Uint8Array.of(VERSION), with_.keyId, randomBytes(IV_LENGTH));
  const iv = header.slice(1 + KEY_ID_LENGTH);
  const additionalData = concatBytes(header.subarray(0, 1 + KEY_ID_LENGTH), aad);
  const algorithm = { name: 'AES-GCM', iv, additionalData };
  const sealed = await crypto.subtle.encrypt(algorithm, with_.key, ownBytes(plaintext));
  return concatBytes(header, new Uint8Array(sealed));
}

/** Opens a blob with the key it names. `keyOf` gets the key id as hex and may know several keys during a rotation. */
export async function open(
  keyOf: (keyIdHex: string) => SealingKey | undefined,
  sealed: Uint8Array,
  aad: Uint8Array,
): Promise<Result<Bytes, OpenError>> {
  if (sealed.length < HEADER_LENGTH + TAG_LENGTH) return err({ reason: 'sealed_malformed' });
  if (sealed[0] !== VERSION) return err({ reason: 'sealed_version' });
  const found = keyOf(sealedKeyId(sealed));
  if (found === undefined) return err({ reason: 'sealed_key_unknown' });
  const iv = sealed.slice(1 + KEY_ID_LENGTH, HEADER_LENGTH);
  const additionalData = concatBytes(sealed.subarray(0, 1 + KEY_ID_LENGTH), aad);
  const algorithm = { name: 'AES-GCM', iv, additionalData };
  try {
    const plaintext = await crypto.subtle.decrypt(algorithm, found.key, sealed.slice(HEADER_LENGTH));
    return ok(new Uint8Array(plaintext));
  } catch {
    return err({ reason: 'sealed_forged' });
  }
}

/** The key id of a blob as hex: tells a rotation which blobs still wait for it. */
export function sealedKeyId(sealed: Uint8Array): string {
  return encodeHex(sealed.subarray(1, 1 + KEY_ID_LENGTH));
}
