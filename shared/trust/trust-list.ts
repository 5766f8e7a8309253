// The trust list: whose keys may sign what, from when to when. Signed CBOR (COSE_Sign around a CWT-like map), versioned, chained by hash.
// Two root keys are kept offline and pinned by everybody. One of them signs a routine list; a list that names other roots needs both,
// and the new ones.
// Rotation never kills credentials: a key signs until `signUntil`, what it signed is accepted until `acceptUntil`. One codec, hence its length.

import { type EpochSeconds, epochSeconds } from '../base/brands.ts';
import { err, ok, type Result } from '../base/result.ts';
import type { Bytes } from '../bytes/bytes.ts';
import { equalBytes } from '../bytes/equal.ts';
import { encodeHex } from '../bytes/hex.ts';
import { decodeCbor } from '../cbor/decode.ts';
import { encodeCbor } from '../cbor/encode.ts';
import { type CborKey, type CborMap, type CborValue, isCborMap } from '../cbor/value.ts';
import { HEADER } from '../cose/header.ts';
import { type CoseKey, coseKeyMap, coseKeyOf, kidOf } from '../cose/key.ts';
import { type CoseSign, decodeSign, signSign, signStructure } from '../cose/sign.ts';
import type { Sign1Reason, Signer } from '../cose/sign1.ts';
import type { Ed25519 } from '../crypto/ed25519.ts';
import { sha256Sync } from '../crypto/sha256.ts';

export type KeyPurpose = 'credential' | 'receipt' | 'status' | 'evidence' | 'sdjwt' | 'journal';
export type KeyState = 'active' | 'retired' | 'compromised';

export type TrustKey = {
  /** First 8 bytes of SHA-256(COSE_Key); not on the wire, so that it cannot lie. */
  readonly kid: Uint8Array;
  readonly issuer: string;
  readonly key: CoseKey;
  readonly usableFrom: EpochSeconds;
  readonly signUntil: EpochSeconds;
  readonly acceptUntil: EpochSeconds;
  readonly purposes: readonly KeyPurpose[];
  readonly state: KeyState;
  /** For `compromised`: nothing issued from then on counts. Undefined there means: nothing at all counts. */
  readonly compromisedAt: EpochSeconds | undefined;
};

export type TrustListContent = {
  readonly issuer: string;
  readonly version: number;
  readonly issuedAt: EpochSeconds;
  /** When the next list is due at the latest. */
  readonly expiresAt: EpochSeconds;
  /** The hash of version − 1; 32 zero bytes for version 1. */
  readonly prevHash: Uint8Array;
  readonly roots: readonly CoseKey[];
  readonly keys: readonly Omit<TrustKey, 'kid'>[];
  /** SHA-256 of each X.509 certificate (DER) that fingerprint readers may seal captures to: the edge opens those. */
  readonly captureCertificates?: readonly Uint8Array[];
};

export type TrustList = Omit<TrustListContent, 'keys'> & {
  readonly keys: readonly TrustKey[];
  /** SHA-256 of the signed content: what the next version names, whichever root signed. */
  readonly hash: Uint8Array;
  /** By each of the roots that the verifier held, not by one alone: what settles a fork. */
  readonly signedByAllRoots: boolean;
  /** It names other roots than the verifier held: all of those signed it, and so did the new ones. */
  readonly changesRoots?: true;
};

export type TrustListReason =
  | Sign1Reason
  | 'trust_list_type'
  | 'trust_list_shape'
  | 'trust_list_signature'
  | 'trust_list_root_change'
  | 'trust_list_rollback'
  | 'trust_list_fork'
  | 'trust_list_from_future';

export type TrustListError = { readonly reason: TrustListReason };

export const TRUST_LIST_TYPE = 'application/vnd.tawthiq.trust-list+cwt';
const MAX_BYTES = 65_536;
const MAX_KEYS = 1000;
const MAX_CAPTURE_CERTIFICATES = 16;
const FUTURE_SKEW_SECONDS = 300;

// CWT claims, and private ones below −65536 (RFC 8392 §9.1).
const CLAIM = {
  ...{ iss: 1, exp: 4, iat: 6, version: -65537, prevHash: -65538, roots: -65539, keys: -65540 },
  captureCertificates: -65541,
} as const;
const KEY = { issuer: 1, key: 2, from: 3, sign: 4, accept: 5, purposes: 6, state: 7, compromisedAt: 8 } as const;
const PURPOSES: readonly KeyPurpose[] = ['credential', 'receipt', 'status', 'evidence', 'sdjwt', 'journal'];
const STATES: readonly KeyState[] = ['active', 'retired', 'compromised'];

/** The content as it is signed. */
export function encodeTrustList(list: TrustListContent): Bytes {
  const keys = list.keys.map((entry) => {
    const map = new Map<CborKey, CborValue>();
    map.set(KEY.issuer, entry.issuer);
    map.set(KEY.key, coseKeyMap(entry.key));
    map.set(KEY.from, entry.usableFrom);
    map.set(KEY.sign, entry.signUntil);
    map.set(KEY.accept, entry.acceptUntil);
    map.set(
      KEY.purposes,
      entry.purposes.map((purpose) => PURPOSES.indexOf(purpose)),
    );
    map.set(KEY.state, STATES.indexOf(entry.state));
    if (entry.compromisedAt !== undefined) map.set(KEY.compromisedAt, entry.compromisedAt);
    return map;
  });
  return encodeCbor(
    new Map<CborKey, CborValue>([
      [CLAIM.iss, list.issuer],
      [CLAIM.exp, list.expiresAt],
      [CLAIM.iat, list.issuedAt],
      [CLAIM.version, list.version],
      [CLAIM.prevHash, list.prevHash],
      [CLAIM.roots, list.roots.map((root) => coseKeyMap(root))],
      [CLAIM.keys, keys],
      ...(list.captureCertificates
        ? [[CLAIM.captureCertificates, [...list.captureCertificates]] satisfies [CborKey, CborValue]]
        : []),
    ]),
  );
}

/** Signs with one root (routine), or with both and both new ones (change of roots). A signer's kid is `kidOf` its root key. */
export async function signTrustList(list: TrustListContent, roots: readonly Signer[]): Promise<Bytes> {
  return signTrustListContent(encodeTrustList(list), roots);
}

/** The same where the content is encoded already: signers who sit at different tables sign the same bytes (joinSigns puts them together). */
export async function signTrustListContent(content: Uint8Array, roots: readonly Signer[]): Promise<Bytes> {
  return signSign(content, new Map([[HEADER.typ, TRUST_LIST_TYPE]]), roots);
}

export type TrustListExpectations = {
  /** The roots this verifier holds: pinned at first, later those of the last list it took. */
  readonly roots: readonly CoseKey[];
  /** The last list it took, if any. */
  readonly current?: TrustList | undefined;
  readonly now: EpochSeconds;
  readonly ed25519: Ed25519;
};

/**
 * Checks signatures, roots, and that versions only grow. A list past its `expiresAt` is still taken if it is newer than the
 * current one: its age is judged where it is used. Keep the answer's `roots` as your roots from then on.
 */
export async function verifyTrustList(
  bytes: Uint8Array,
  expected: TrustListExpectations,
): Promise<Result<TrustList, TrustListError>> {
  const message = decodeSign(bytes, { maxBytes: MAX_BYTES });
  if (!message.ok) return message;
  if (message.value.header.get(HEADER.typ) !== TRUST_LIST_TYPE) return err({ reason: 'trust_list_type' });
  const signed = (await signersAmong(message.value, expected.roots, expected.ed25519)).length;
  if (signed === 0) return err({ reason: 'trust_list_signature' });
  const content = decodeContent(message.value.payload);
  if (content === undefined) return err({ reason: 'trust_list_shape' });
  const signedByAllRoots = signed === expected.roots.length;
  const changesRoots = !sameRoots(content.roots, expected.roots);
  if (changesRoots) {
    // The new ones sign it too: nobody can put roots in place that nobody holds, and who holds the new ones can verify it later.
    const taken = await signersAmong(message.value, content.roots, expected.ed25519);
    if (!signedByAllRoots || taken.length !== content.roots.length) return err({ reason: 'trust_list_root_change' });
  }
  const list: TrustList = { ...content, signedByAllRoots, ...(changesRoots && { changesRoots }) };
  if (list.issuedAt > expected.now + FUTURE_SKEW_SECONDS) return err({ reason: 'trust_list_from_future' });
  const { current } = expected;
  if (current !== undefined) {
    if (list.version < current.version) return err({ reason: 'trust_list_rollback' });
    if (list.version === current.version && !equalBytes(list.hash, current.hash))
      return err({ reason: 'trust_list_fork' });
    if (list.version === current.version + 1 && !equalBytes(list.prevHash, current.hash)) {
      return err({ reason: 'trust_list_fork' });
    }
  }
  return ok(list);
}

// SECURITY: answers roots, not signatures: two signatures of one root are one.
async function signersAmong(message: CoseSign, roots: readonly CoseKey[], ed25519: Ed25519): Promise<CoseKey[]> {
  const signed: CoseKey[] = [];
  for (const root of roots) {
    if (root.curve !== 'Ed25519') continue;
    const kid = kidOf(root);
    const key = await ed25519.importPublicKey(root.x);
    if (key === undefined) continue;
    for (const signature of message.signatures) {
      if (signature.header.alg === -7 || signature.header.kid === undefined) continue;
      if (!equalBytes(signature.header.kid, kid)) continue;
      const over = signStructure(message.protected, signature.protected, message.payload);
      if (await ed25519.verify(key, over, signature.signature)) {
        signed.push(root);
        break;
      }
    }
  }
  return signed;
}

/** Which of these roots signed a trust list, each with a good signature; undefined for what is none. It says nothing of its content. */
export async function trustListSigners(
  bytes: Uint8Array,
  roots: readonly CoseKey[],
  ed25519: Ed25519,
): Promise<readonly CoseKey[] | undefined> {
  const message = decodeSign(bytes, { maxBytes: MAX_BYTES });
  if (!message.ok || message.value.header.get(HEADER.typ) !== TRUST_LIST_TYPE) return undefined;
  return signersAmong(message.value, roots, ed25519);
}

/** What a list says, of bytes that nobody has signed yet, or whose signatures are checked elsewhere; undefined for what is none. */
export function readTrustListContent(content: Uint8Array): Omit<TrustList, 'signedByAllRoots'> | undefined {
  return content.length > MAX_BYTES ? undefined : decodeContent(content);
}

/** Which list this is, of a file whose signatures somebody has checked; undefined for what is no trust list. */
export function trustListName(bytes: Uint8Array): Pick<TrustList, 'version' | 'hash'> | undefined {
  const message = decodeSign(bytes, { maxBytes: MAX_BYTES });
  return message.ok ? decodeContent(message.value.payload) : undefined;
}

function sameRoots(a: readonly CoseKey[], b: readonly CoseKey[]): boolean {
  return a.length === b.length && a.every((root) => b.some((other) => equalBytes(kidOf(root), kidOf(other))));
}

function decodeContent(payload: Uint8Array): Omit<TrustList, 'signedByAllRoots'> | undefined {
  const decoded = decodeCbor(payload, { maxBytes: MAX_BYTES, deterministic: true });
  if (!decoded.ok || !isCborMap(decoded.value)) return undefined;
  const claims = decoded.value;
  const issuer = claims.get(CLAIM.iss);
  const version = claims.get(CLAIM.version);
  const issuedAt = instant(claims.get(CLAIM.iat));
  const expiresAt = instant(claims.get(CLAIM.exp));
  const prevHash = claims.get(CLAIM.prevHash);
  const rootItems = claims.get(CLAIM.roots);
  const keyItems = claims.get(CLAIM.keys);
  if (typeof issuer !== 'string' || typeof version !== 'number' || version < 1) return undefined;
  if (issuedAt === undefined || expiresAt === undefined || expiresAt <= issuedAt) return undefined;
  if (!(prevHash instanceof Uint8Array) || prevHash.length !== 32) return undefined;
  if (!Array.isArray(rootItems) || rootItems.length !== 2) return undefined;
  if (!Array.isArray(keyItems) || keyItems.length > MAX_KEYS) return undefined;
  const roots: CoseKey[] = [];
  for (const item of rootItems as readonly CborValue[]) {
    const root = coseKeyOf(item);
    if (!root.ok || root.value.curve !== 'Ed25519') return undefined;
    roots.push(root.value);
  }
  // SECURITY: the same root twice would be one secret under the name of two.
  if (new Set(roots.map(({ x }) => encodeHex(x))).size !== roots.length) return undefined;
  const keys: TrustKey[] = [];
  for (const item of keyItems as readonly CborValue[]) {
    const entry = isCborMap(item) ? trustKeyOf(item) : undefined;
    if (entry === undefined) return undefined;
    keys.push(entry);
  }
  const captureCertificates = hashesOf(claims.get(CLAIM.captureCertificates));
  if (claims.has(CLAIM.captureCertificates) && !captureCertificates) return undefined;
  const sealing = captureCertificates ? { captureCertificates } : {};
  return { issuer, version, issuedAt, expiresAt, prevHash, roots, keys, ...sealing, hash: sha256Sync(payload) };
}

function hashesOf(value: CborValue | undefined): readonly Uint8Array[] | undefined {
  if (!Array.isArray(value) || value.length > MAX_CAPTURE_CERTIFICATES) return undefined;
  const hashes = (value as readonly CborValue[]).filter((item) => item instanceof Uint8Array);
  return hashes.length === value.length && hashes.every(({ length }) => length === 32) ? hashes : undefined;
}

function trustKeyOf(map: CborMap): TrustKey | undefined {
  const issuer = map.get(KEY.issuer);
  const key = coseKeyOf(map.get(KEY.key));
  const usableFrom = instant(map.get(KEY.from));
  const signUntil = instant(map.get(KEY.sign));
  const acceptUntil = instant(map.get(KEY.accept));
  const purposeItems = map.get(KEY.purposes);
  const stateItem = map.get(KEY.state);
  const state = typeof stateItem === 'number' ? STATES[stateItem] : undefined;
  const compromisedAt = instant(map.get(KEY.compromisedAt));
  if (typeof issuer !== 'string' || !key.ok || state === undefined || !Array.isArray(purposeItems)) return undefined;
  if (usableFrom === undefined || signUntil === undefined || acceptUntil === undefined) return undefined;
  if (map.has(KEY.compromisedAt) && (compromisedAt === undefined || state !== 'compromised')) return undefined;
  // A purpose of a later version is one this verifier has no use for; the key's other purposes stay.
  const purposes: KeyPurpose[] = [];
  for (const item of purposeItems as readonly CborValue[]) {
    const purpose = typeof item === 'number' ? PURPOSES[item] : undefined;
    if (purpose !== undefined) purposes.push(purpose);
  }
  const times = { usableFrom, signUntil, acceptUntil };
  return { kid: kidOf(key.value), issuer, key: key.value, ...times, purposes, state, compromisedAt };
}

function instant(value: CborValue | undefined): EpochSeconds | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? epochSeconds(value) : undefined;
}
