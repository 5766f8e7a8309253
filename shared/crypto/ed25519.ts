// Ed25519 (RFC 8032) behind one interface, so that the same check runs on WebCrypto, in pure JavaScript, or on a platform's own library.
// All implementations give the same answer for every input: canonical keys and R not of small order, s < L, no cofactor in the equation.

import { etc, hashes, Point } from '@noble/ed25519';
import type { Bytes } from '../bytes/bytes.ts';
import { ownBytes } from '../bytes/bytes.ts';
import { concatBytes } from '../bytes/concat.ts';
import { equalBytes } from '../bytes/equal.ts';
import type { Jwk, PlatformKey, PlatformKeyPair } from './keys.ts';

/** A public key as an implementation likes it: opaque, made by its importPublicKey, for its own verify only. */
export type VerifyKey = object;

export type Ed25519 = {
  /** Undefined if `raw` is not a usable public key, see {@link isUsablePublicKey}. */
  importPublicKey(raw: Uint8Array): VerifyKey | undefined | Promise<VerifyKey | undefined>;
  /**
   * False for anything but a valid 64-byte signature; never throws. May answer at once or later, but takes what it needs of
   * `message` before it returns, as WebCrypto does: the caller may write over it then.
   */
  verify(key: VerifyKey, message: Uint8Array, signature: Uint8Array): boolean | Promise<boolean>;
};

/** WebCrypto: workers, browsers, Node. */
export const webEd25519: Ed25519 = {
  importPublicKey: async (raw) =>
    isUsablePublicKey(raw) ? crypto.subtle.importKey('raw', ownBytes(raw), 'Ed25519', true, ['verify']) : undefined,
  verify: (key, message, signature) =>
    isPlausibleSignature(signature) &&
    crypto.subtle.verify('Ed25519', key as PlatformKey, ownBytes(signature), ownBytes(message)),
};

const L = 2n ** 252n + 27742317777372353535851937790883648493n;

/** Pure JavaScript on noble's group arithmetic, with the equation of the other implementations: encode(sB − kA) = R. */
export const nobleEd25519: Ed25519 = {
  importPublicKey: (raw) => (isUsablePublicKey(raw) ? { raw: raw.slice() } : undefined),
  verify: async (key, message, signature) => {
    if (!isPlausibleSignature(signature)) return false;
    const { raw } = key as { raw: Uint8Array };
    const r = signature.subarray(0, 32);
    const s = littleEndian(signature.subarray(32));
    if (s >= L) return false;
    try {
      const a = Point.fromBytes(raw, false);
      const k = littleEndian(await hashes.sha512Async(concatBytes(r, raw, message))) % L;
      const expected = Point.BASE.multiplyUnsafe(s).add(a.negate().multiplyUnsafe(etc.mod(k, L)));
      return equalBytes(expected.toBytes(), r);
    } catch {
      return false;
    }
  },
};

function littleEndian(bytes: Uint8Array): bigint {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i] as number);
  return value;
}

/** 32 bytes, y below the prime (RFC 8032 §5.1.3), not of small order. Being on the curve is left to verify. */
export function isUsablePublicKey(raw: Uint8Array): boolean {
  return raw.length === 32 && !isSmallOrder(raw) && isCanonical(raw);
}

// y of the points of order 1, 2, 4 and 8, and the two second spellings (p, p + 1) of y = 0 and 1.
const SMALL_ORDER_Y: readonly bigint[] = [
  0n,
  1n,
  0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7n,
  0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n,
  2n ** 255n - 20n,
  2n ** 255n - 19n,
  2n ** 255n - 18n,
];
const SMALL_ORDER = SMALL_ORDER_Y.map((y) =>
  Uint8Array.from({ length: 32 }, (_, i) => Number((y >> BigInt(8 * i)) & 255n)),
);

/** True for a point with which a signature proves nothing: as a key, one made by nobody can hold for many messages. */
export function isSmallOrder(point: Uint8Array): boolean {
  // SECURITY: some libraries accept signatures under such points and some do not; refusing them makes all agree.
  for (const y of SMALL_ORDER) {
    let i = 0;
    while (i < 31 && point[i] === y[i]) i++;
    if (i === 31 && ((point[31] as number) & 127) === y[31]) return true;
  }
  return false;
}

/** 64 bytes whose R is not of small order. Every implementation asks this first: platforms differ in whether they do. */
export function isPlausibleSignature(signature: Uint8Array): boolean {
  return signature.length === 64 && !isSmallOrder(signature);
}

function isCanonical(raw: Uint8Array): boolean {
  if (((raw[31] as number) & 127) !== 127) return true;
  for (let i = 30; i > 0; i--) if (raw[i] !== 255) return true;
  return (raw[0] as number) < 0xed;
}

export type Ed25519KeyPair = {
  readonly privateKey: PlatformKey;
  readonly publicKey: PlatformKey;
  readonly publicRaw: Bytes;
};

/** A new pair. `extractable: false` keeps the private key inside the platform. */
export async function generateEd25519(options: { readonly extractable: boolean }): Promise<Ed25519KeyPair> {
  const pair = (await crypto.subtle.generateKey('Ed25519', options.extractable, ['sign', 'verify'])) as PlatformKeyPair;
  return { ...pair, publicRaw: await exportEd25519Public(pair.publicKey) };
}

/** RFC 8410 §7: the DER that stands before the 32 bytes of a private key. */
const PKCS8_HEAD = Uint8Array.of(0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20);

/** `seed`: the 32 bytes of RFC 8032 §5.1.5. */
export async function importEd25519Seed(seed: Uint8Array, extractable = false): Promise<PlatformKey> {
  if (seed.length !== 32) throw new RangeError('an Ed25519 seed has 32 bytes');
  return importEd25519Pkcs8(concatBytes(PKCS8_HEAD, seed), extractable);
}

export async function importEd25519Pkcs8(pkcs8: Uint8Array, extractable = false): Promise<PlatformKey> {
  return crypto.subtle.importKey('pkcs8', ownBytes(pkcs8), 'Ed25519', extractable, ['sign']);
}

/** A private (with `d`) or public JWK of RFC 8037. */
export async function importEd25519Jwk(jwk: Jwk, extractable = false): Promise<PlatformKey> {
  const { kty, crv, x, d } = jwk;
  const bare: Jwk = { kty, ...(crv && { crv }), ...(x && { x }), ...(d && { d }) };
  return crypto.subtle.importKey('jwk', bare, 'Ed25519', extractable, [d === undefined ? 'verify' : 'sign']);
}

export async function exportEd25519Pkcs8(privateKey: PlatformKey): Promise<Bytes> {
  return new Uint8Array((await crypto.subtle.exportKey('pkcs8', privateKey)) as ArrayBuffer);
}

/** The 32 bytes of a public key. */
export async function exportEd25519Public(publicKey: PlatformKey): Promise<Bytes> {
  return new Uint8Array((await crypto.subtle.exportKey('raw', publicKey)) as ArrayBuffer);
}

/** The 64-byte signature; the same for the same key and message. */
export function signEd25519(privateKey: PlatformKey, message: Uint8Array): Promise<Bytes> {
  return crypto.subtle.sign('Ed25519', privateKey, ownBytes(message)).then(bytesOf);
}

const bytesOf = (buffer: ArrayBuffer) => new Uint8Array(buffer);
