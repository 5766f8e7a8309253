// COSE_Key (RFC 9052 §7, RFC 9053 §7) for public keys: OKP Ed25519 and X25519, EC2 P-256; and the key id of the trust list.

import { err, ok, type Result } from '../base/result.ts';
import type { Bytes } from '../bytes/bytes.ts';
import { encodeCbor } from '../cbor/encode.ts';
import { type CborMap, type CborValue, isCborMap } from '../cbor/value.ts';
import { isUsablePublicKey } from '../crypto/ed25519.ts';
import { p256YOf } from '../crypto/p256.ts';
import { sha256Sync } from '../crypto/sha256.ts';

export type CoseKey =
  | { readonly curve: 'Ed25519' | 'X25519'; readonly x: Uint8Array }
  | { readonly curve: 'P-256'; readonly x: Uint8Array; readonly y: Uint8Array };

export type CoseKeyError = { readonly reason: 'cose_key_shape' | 'cose_key_curve' | 'cose_key_weak' };

const KTY = 1;
const CRV = -1;
const X = -2;
const Y = -3;
const OKP = 1;
const EC2 = 2;
const CRV_P256 = 1;
const CRV_X25519 = 4;
const CRV_ED25519 = 6;

/** `compressY`: write y of a P-256 key as its sign bit, 33 bytes shorter; a reader then needs a square root. */
export function coseKeyMap(key: CoseKey, options: { readonly compressY?: boolean } = {}): CborMap {
  if (key.curve !== 'P-256') {
    const curve = key.curve === 'Ed25519' ? CRV_ED25519 : CRV_X25519;
    return new Map<number, CborValue>([[KTY, OKP], [CRV, curve], [X, key.x]]); // biome-ignore format: one row
  }
  const y = options.compressY ? ((key.y[31] as number) & 1) === 1 : key.y;
  return new Map<number, CborValue>([[KTY, EC2], [CRV, CRV_P256], [X, key.x], [Y, y]]); // biome-ignore format: one row
}

/** Reads a decoded COSE_Key. Parameters that name no key (kid, alg, key_ops) are ignored; a private part is refused. */
export function coseKeyOf(value: CborValue | undefined): Result<CoseKey, CoseKeyError> {
  if (value === undefined || !isCborMap(value) || value.has(-4)) return err({ reason: 'cose_key_shape' });
  const kty = value.get(KTY);
  const crv = value.get(CRV);
  const x = value.get(X);
  if (!(x instanceof Uint8Array) || x.length !== 32) return err({ reason: 'cose_key_shape' });
  if (kty === OKP && crv === CRV_X25519) return ok({ curve: 'X25519', x });
  if (kty === OKP && crv === CRV_ED25519) {
    return isUsablePublicKey(x) ? ok({ curve: 'Ed25519', x }) : err({ reason: 'cose_key_weak' });
  }
  if (kty !== EC2 || crv !== CRV_P256) return err({ reason: 'cose_key_curve' });
  const y = value.get(Y);
  if (y instanceof Uint8Array && y.length === 32) return ok({ curve: 'P-256', x, y });
  if (typeof y !== 'boolean') return err({ reason: 'cose_key_shape' });
  const found = p256YOf(x, y);
  return found.ok ? ok({ curve: 'P-256', x, y: found.value }) : err({ reason: 'cose_key_weak' });
}

/** The first 8 bytes of SHA-256 over the deterministic COSE_Key with both coordinates. */
export function kidOf(key: CoseKey): Bytes {
  return sha256Sync(encodeCbor(coseKeyMap(key))).slice(0, 8);
}
