// ECDSA over P-256 with SHA-256 (ES256), by WebCrypto; signatures are r || s, 64 bytes. Holder keys of phones are often of this kind.

import { err, ok, type Result } from '../base/result.ts';
import type { Bytes } from '../bytes/bytes.ts';
import { ownBytes } from '../bytes/bytes.ts';
import { concatBytes } from '../bytes/concat.ts';
import type { Jwk, PlatformKey, PlatformKeyPair } from './keys.ts';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256' };
const SIGNATURE = { name: 'ECDSA', hash: 'SHA-256' };

export type P256Error = { readonly reason: 'p256_not_on_curve' };

export type P256KeyPair = {
  readonly privateKey: PlatformKey;
  readonly publicKey: PlatformKey;
  readonly publicRaw: Bytes;
};

export async function generateP256(options: { readonly extractable: boolean }): Promise<P256KeyPair> {
  const pair = (await crypto.subtle.generateKey(ALGORITHM, options.extractable, ['sign', 'verify'])) as PlatformKeyPair;
  return { ...pair, publicRaw: new Uint8Array((await crypto.subtle.exportKey('raw', pair.publicKey)) as ArrayBuffer) };
}

/** `x`, `y`: 32 bytes each. The platform refuses a point that is not on the curve. */
export async function importP256Public(x: Uint8Array, y: Uint8Array): Promise<Result<PlatformKey, P256Error>> {
  try {
    const raw = concatBytes(Uint8Array.of(4), x, y);
    return ok(await crypto.subtle.importKey('raw', raw, ALGORITHM, true, ['verify']));
  } catch {
    return err({ reason: 'p256_not_on_curve' });
  }
}

export async function importP256PrivateJwk(jwk: Jwk, extractable = false): Promise<PlatformKey> {
  return crypto.subtle.importKey('jwk', jwk, ALGORITHM, extractable, ['sign']);
}

/** A private key that was made extractable, as a JWK with `d`: for sealing away. */
export async function exportP256Jwk(privateKey: PlatformKey): Promise<Jwk> {
  const { kty, crv, x, y, d } = (await crypto.subtle.exportKey('jwk', privateKey)) as Jwk;
  return { kty, ...(crv && { crv }), ...(x && { x }), ...(y && { y }), ...(d && { d }) };
}

export async function signP256(privateKey: PlatformKey, message: Uint8Array): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.sign(SIGNATURE, privateKey, ownBytes(message)));
}

/** False for anything but a valid 64-byte signature. */
export async function verifyP256(key: PlatformKey, message: Uint8Array, signature: Uint8Array): Promise<boolean> {
  return signature.length === 64 && crypto.subtle.verify(SIGNATURE, key, ownBytes(signature), ownBytes(message));
}

const P = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn;
const B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;

/** y of the point with this x whose y is odd or even (SEC 1 §2.3.4): a COSE_Key may carry only the sign bit. Public data only. */
export function p256YOf(x: Uint8Array, odd: boolean): Result<Bytes, P256Error> {
  const xn = bigEndian(x);
  if (x.length !== 32 || xn >= P) return err({ reason: 'p256_not_on_curve' });
  const square = (xn * xn * xn - 3n * xn + B) % P;
  const positive = square < 0n ? square + P : square;
  // p ≡ 3 (mod 4), so a root of a square is its (p + 1) / 4 th power.
  let root = power(positive, (P + 1n) / 4n);
  if ((root * root) % P !== positive) return err({ reason: 'p256_not_on_curve' });
  if ((root & 1n) !== (odd ? 1n : 0n)) root = P - root;
  return ok(Uint8Array.from({ length: 32 }, (_, i) => Number((root >> BigInt(8 * (31 - i))) & 255n)));
}

function bigEndian(bytes: Uint8Array): bigint {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return value;
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let e = exponent; e > 0n; e >>= 1n) {
    if (e & 1n) result = (result * base) % P;
    base = (base * base) % P;
  }
  return result;
}
