// Ed25519 by Node's own crypto: it answers at once, without WebCrypto's trip through the thread pool.

import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { encodeBase64Url } from '../../../shared/bytes/base64url.ts';
import { type Ed25519, isPlausibleSignature, isUsablePublicKey } from '../../../shared/crypto/ed25519.ts';

export const nodeEd25519: Ed25519 = {
  importPublicKey: (raw) => (isUsablePublicKey(raw) ? remembered(raw) : undefined),
  verify: (key, message, signature) =>
    isPlausibleSignature(signature) && verify(null, message, key as KeyObject, signature),
};

const REMEMBERED = 16;
const recent = new Map<string, KeyObject | undefined>();

// A phone in front of a camera shows frame after frame under one key: importing it costs a quarter of a signature check. It is kept
// from its second frame on: a key seen once dies young, which is cheaper for the collector than one that was kept for nothing.
function remembered(raw: Uint8Array): KeyObject {
  const name = String.fromCharCode(...raw);
  const held = recent.get(name);
  if (held !== undefined) return held;
  const key = keyOf(raw);
  if (recent.has(name)) recent.set(name, key);
  else {
    if (recent.size >= REMEMBERED) {
      for (const oldest of recent.keys()) {
        recent.delete(oldest);
        break;
      }
    }
    recent.set(name, undefined);
  }
  return key;
}

type KeyOf = (raw: Uint8Array) => KeyObject;

const fromJwk: KeyOf = (raw) =>
  createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: encodeBase64Url(raw) }, format: 'jwk' });

// A quarter faster where Node takes the raw bytes.
const fromRaw: KeyOf = (raw) => {
  const input: unknown = { key: raw, format: 'raw-public', asymmetricKeyType: 'ed25519' };
  return createPublicKey(input as Parameters<typeof createPublicKey>[0]);
};

const keyOf = takesRaw() ? fromRaw : fromJwk;

/** Node 24.21 does, older ones and Electron's may not. */
function takesRaw(): boolean {
  const base = Uint8Array.of(0x58, ...new Array<number>(31).fill(0x66));
  try {
    return fromRaw(base).equals(fromJwk(base));
  } catch {
    return false;
  }
}
