// RSASSA-PKCS1-v1_5 with SHA-256 (RS256, RFC 7518 §3.3) by WebCrypto: for relying parties whose libraries know nothing newer.
// Signing costs 30 times what ES256 costs.

import type { Bytes } from '../bytes/bytes.ts';
import { ownBytes } from '../bytes/bytes.ts';
import type { Jwk, PlatformKey, PlatformKeyPair } from './keys.ts';

const ALGORITHM = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
const GENERATE = { ...ALGORITHM, modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1) };

/** The public members of an RSA key in base64url (RFC 7518 §6.3.1). */
export type RsaJwk = Jwk & { readonly n: string; readonly e: string };

export type Rs256KeyPair = PlatformKeyPair & { readonly publicJwk: RsaJwk };

export async function generateRs256(): Promise<Rs256KeyPair> {
  const pair = (await crypto.subtle.generateKey(GENERATE, true, ['sign', 'verify'])) as PlatformKeyPair;
  const { n = '', e = '' } = (await crypto.subtle.exportKey('jwk', pair.publicKey)) as { n?: string; e?: string };
  return { ...pair, publicJwk: { kty: 'RSA', n, e } };
}

export async function exportRs256Pkcs8(privateKey: PlatformKey): Promise<Bytes> {
  return new Uint8Array((await crypto.subtle.exportKey('pkcs8', privateKey)) as ArrayBuffer);
}

export async function importRs256Pkcs8(pkcs8: Uint8Array): Promise<PlatformKey> {
  return crypto.subtle.importKey('pkcs8', ownBytes(pkcs8), ALGORITHM, false, ['sign']);
}

export async function importRs256Jwk(jwk: RsaJwk): Promise<PlatformKey> {
  return crypto.subtle.importKey('jwk', { kty: 'RSA', n: jwk.n, e: jwk.e }, ALGORITHM, false, ['verify']);
}

export async function signRs256(privateKey: PlatformKey, message: Uint8Array): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.sign(ALGORITHM.name, privateKey, ownBytes(message)));
}

export async function verifyRs256(key: PlatformKey, message: Uint8Array, signature: Uint8Array): Promise<boolean> {
  return crypto.subtle.verify(ALGORITHM.name, key, ownBytes(signature), ownBytes(message));
}
