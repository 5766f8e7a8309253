// HPKE base mode (RFC 9180) with X25519, HKDF-SHA256 and AES-256-GCM: a kiosk seals evidence that only the edge can open.
// A sealed message is enc (32 bytes) || ciphertext with its 16-byte tag.

import { Aes256Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from '@hpke/core';
import { err, ok, type Result } from '../base/result.ts';
import type { Bytes } from '../bytes/bytes.ts';
import { concatBytes } from '../bytes/concat.ts';
import type { PlatformKey } from './keys.ts';

const ENC_LENGTH = 32;
const TAG_LENGTH = 16;

const suite = new CipherSuite({ kem: new DhkemX25519HkdfSha256(), kdf: new HkdfSha256(), aead: new Aes256Gcm() });

/** What a message is bound to: `info` names the purpose and the key's user, `aad` the one thing it belongs to. Both may be empty. */
/** A copy of just these bytes: a Node Buffer's `slice` does not copy, and its `buffer` is the whole pool. */
function bufferOf(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}

export type HpkeBinding = { readonly info: Uint8Array; readonly aad: Uint8Array };

export type HpkeError = { readonly reason: 'hpke_malformed' | 'hpke_forged' };

export type EvidenceKeyPair = { readonly privateKey: PlatformKey; readonly publicRaw: Bytes };

export async function generateEvidenceKeyPair(): Promise<EvidenceKeyPair> {
  const pair = await suite.kem.generateKeyPair();
  return { privateKey: pair.privateKey, publicRaw: await exportEvidencePublic(pair.publicKey) };
}

/** The 32 bytes of a private key, for sealing away. */
export async function exportEvidencePrivate(privateKey: PlatformKey): Promise<Bytes> {
  return new Uint8Array(await suite.kem.serializePrivateKey(privateKey));
}

export async function importEvidencePrivate(raw: Uint8Array): Promise<PlatformKey> {
  if (raw.length !== 32) throw new RangeError('an X25519 private key has 32 bytes');
  return suite.kem.deserializePrivateKey(bufferOf(raw));
}

async function exportEvidencePublic(publicKey: PlatformKey): Promise<Bytes> {
  return new Uint8Array(await suite.kem.serializePublicKey(publicKey));
}

/** `publicRaw`: the receiver's 32 bytes, from the trust list (purpose `evidence`). A key of small order throws: it is no key. */
export async function sealTo(publicRaw: Uint8Array, plaintext: Uint8Array, binding: HpkeBinding): Promise<Bytes> {
  const recipientPublicKey = await suite.kem.deserializePublicKey(bufferOf(publicRaw));
  const sender = await suite.createSenderContext({ recipientPublicKey, info: bufferOf(binding.info) });
  const sealed = await sender.seal(bufferOf(plaintext), bufferOf(binding.aad));
  return concatBytes(new Uint8Array(sender.enc), new Uint8Array(sealed));
}

export async function openFrom(
  privateKey: PlatformKey,
  sealed: Uint8Array,
  binding: HpkeBinding,
): Promise<Result<Bytes, HpkeError>> {
  if (sealed.length < ENC_LENGTH + TAG_LENGTH) return err({ reason: 'hpke_malformed' });
  try {
    const recipient = await suite.createRecipientContext({
      recipientKey: privateKey,
      enc: bufferOf(sealed.subarray(0, ENC_LENGTH)),
      info: bufferOf(binding.info),
    });
    const opened = await recipient.open(bufferOf(sealed.subarray(ENC_LENGTH)), bufferOf(binding.aad));
    return ok(new Uint8Array(opened));
  } catch {
    return err({ reason: 'hpke_forged' });
  }
}
