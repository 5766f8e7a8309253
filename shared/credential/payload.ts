// The claims of a credential (a CWT, RFC 8392, with status and Claim 169) and of a key-binding token, as typed values.

import { type EpochSeconds, epochSeconds } from '../base/brands.ts';
import { err, ok, type Result } from '../base/result.ts';
import { decodeCbor } from '../cbor/decode.ts';
import { type CborKey, type CborMap, type CborValue, isCborMap } from '../cbor/value.ts';
import { type CoseKey, coseKeyMap, coseKeyOf } from '../cose/key.ts';

/** RFC 8392 §4; `cnf` RFC 8747; `cnonce` RFC 9528; status of the Token Status List; identity data of Claim 169. */
export const CLAIM = {
  iss: 1,
  sub: 2,
  aud: 3,
  exp: 4,
  nbf: 5,
  iat: 6,
  cnf: 8,
  cnonce: 39,
  identity: 169,
  status: 65535,
} as const;

const CNF_COSE_KEY = 1;

export type StatusReference = { readonly index: number; readonly uri: string };

export type CredentialPayload = {
  readonly issuer: string;
  readonly subject: string | undefined;
  readonly issuedAt: EpochSeconds;
  readonly notBefore: EpochSeconds | undefined;
  readonly expiresAt: EpochSeconds;
  readonly status: StatusReference | undefined;
  /** The holder's key: with it the credential counts only inside a token signed by that key. */
  readonly holderKey: CoseKey | undefined;
  readonly identity: CborMap;
};

export type TokenPayload = {
  readonly audience: string;
  readonly issuedAt: EpochSeconds;
  readonly expiresAt: EpochSeconds | undefined;
  readonly cnonce: Uint8Array | undefined;
};

export type PayloadReason = 'payload_cbor' | 'payload_shape' | 'payload_holder_key' | 'payload_status';
export type PayloadError = { readonly reason: PayloadReason };

/** The map to encode. Absent members leave no trace. */
export function credentialPayloadMap(payload: CredentialPayload): CborMap {
  const map = new Map<CborKey, CborValue>();
  map.set(CLAIM.iss, payload.issuer);
  if (payload.subject !== undefined) map.set(CLAIM.sub, payload.subject);
  map.set(CLAIM.exp, payload.expiresAt);
  if (payload.notBefore !== undefined) map.set(CLAIM.nbf, payload.notBefore);
  map.set(CLAIM.iat, payload.issuedAt);
  if (payload.holderKey !== undefined) {
    map.set(CLAIM.cnf, new Map([[CNF_COSE_KEY, coseKeyMap(payload.holderKey, { compressY: true })]]));
  }
  map.set(CLAIM.identity, payload.identity);
  if (payload.status !== undefined) {
    const { index, uri } = payload.status;
    const reference = new Map<CborKey, CborValue>([['idx', index], ['uri', uri]]); // biome-ignore format: one row
    map.set(CLAIM.status, new Map([['status_list', reference]]));
  }
  return map;
}

/** `maxBytes`: 4,096 for tokens; a static credential is limited where it is inflated. */
export function decodeCredentialPayload(bytes: Uint8Array, maxBytes: number): Result<CredentialPayload, PayloadError> {
  const decoded = decodeCbor(bytes, { maxBytes });
  if (!decoded.ok) return err({ reason: 'payload_cbor' });
  const map = decoded.value;
  if (!isCborMap(map)) return err({ reason: 'payload_shape' });
  const issuer = map.get(CLAIM.iss);
  const subject = map.get(CLAIM.sub);
  const issuedAt = instantOf(map.get(CLAIM.iat));
  const notBefore = instantOf(map.get(CLAIM.nbf));
  const expiresAt = instantOf(map.get(CLAIM.exp));
  const identity = map.get(CLAIM.identity);
  if (typeof issuer !== 'string' || issuedAt === undefined || expiresAt === undefined)
    return err({ reason: 'payload_shape' });
  if (subject !== undefined && typeof subject !== 'string') return err({ reason: 'payload_shape' });
  if (notBefore === undefined && map.has(CLAIM.nbf)) return err({ reason: 'payload_shape' });
  if (identity === undefined || !isCborMap(identity)) return err({ reason: 'payload_shape' });
  const statusItem = map.get(CLAIM.status);
  const status = statusOf(statusItem);
  if (statusItem !== undefined && status === undefined) return err({ reason: 'payload_status' });
  let holderKey: CoseKey | undefined;
  const cnf = map.get(CLAIM.cnf);
  if (cnf !== undefined || map.has(CLAIM.cnf)) {
    const key = coseKeyOf(cnf !== undefined && isCborMap(cnf) ? cnf.get(CNF_COSE_KEY) : undefined);
    if (!key.ok || key.value.curve === 'X25519') return err({ reason: 'payload_holder_key' });
    holderKey = key.value;
  }
  return ok({ issuer, subject, issuedAt, notBefore, expiresAt, status, holderKey, identity });
}

function statusOf(item: CborValue | undefined): StatusReference | undefined {
  if (item === undefined || !isCborMap(item)) return undefined;
  const reference = item.get('status_list');
  if (reference === undefined || !isCborMap(reference)) return undefined;
  const index = reference.get('idx');
  const uri = reference.get('uri');
  if (typeof index !== 'number' || index < 0 || typeof uri !== 'string') return undefined;
  return { index, uri };
}

export function tokenPayloadMap(payload: TokenPayload): CborMap {
  const map = new Map<CborKey, CborValue>([[CLAIM.aud, payload.audience], [CLAIM.iat, payload.issuedAt]]); // biome-ignore format: one row
  if (payload.expiresAt !== undefined) map.set(CLAIM.exp, payload.expiresAt);
  if (payload.cnonce !== undefined) map.set(CLAIM.cnonce, payload.cnonce);
  return map;
}

/** The holder states whom it is for and when, never who it is: iss and sub are refused (draft-ietf-spice-sd-cwt, key binding). */
export function decodeTokenPayload(bytes: Uint8Array): Result<TokenPayload, PayloadError> {
  const decoded = decodeCbor(bytes, { maxBytes: 512 });
  if (!decoded.ok) return err({ reason: 'payload_cbor' });
  const map = decoded.value;
  if (!isCborMap(map) || map.has(CLAIM.iss) || map.has(CLAIM.sub)) return err({ reason: 'payload_shape' });
  const audience = map.get(CLAIM.aud);
  const issuedAt = instantOf(map.get(CLAIM.iat));
  const expiresAt = instantOf(map.get(CLAIM.exp));
  const cnonce = map.get(CLAIM.cnonce);
  if (typeof audience !== 'string' || issuedAt === undefined) return err({ reason: 'payload_shape' });
  if (expiresAt === undefined && map.has(CLAIM.exp)) return err({ reason: 'payload_shape' });
  if (cnonce !== undefined && (!(cnonce instanceof Uint8Array) || cnonce.length < 8 || cnonce.length > 64)) {
    return err({ reason: 'payload_shape' });
  }
  return ok({ audience, issuedAt, expiresAt, cnonce });
}

function instantOf(value: CborValue | undefined): EpochSeconds | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? epochSeconds(value) : undefined;
}
