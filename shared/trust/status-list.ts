// Token Status List (draft-ietf-oauth-status-list) as a CWT: the form for the world, in chunks of 2^20 indices.
// A kiosk that wants the whole nation in one download uses a snapshot and its deltas instead.

import { type EpochSeconds, epochSeconds } from '../base/brands.ts';
import { err, ok, type Result } from '../base/result.ts';
import type { Bytes } from '../bytes/bytes.ts';
import { deflateZlib } from '../bytes/deflate.ts';
import { type InflateReason, inflateZlib } from '../bytes/inflate.ts';
import { decodeCbor } from '../cbor/decode.ts';
import { encodeCbor } from '../cbor/encode.ts';
import { type CborKey, type CborValue, isCborMap } from '../cbor/value.ts';
import { decodeSign1, type Sign1, type Sign1Reason, type Signer, signSign1, sigStructure } from '../cose/sign1.ts';
import type { Ed25519 } from '../crypto/ed25519.ts';
import type { Dated } from './freshness.ts';
import { StatusBitmap, type StatusBits } from './status-bitmap.ts';
import type { TrustView } from './trust-view.ts';

/** Indices in one list. */
export const CHUNK_LENGTH = 1 << 20;
export const STATUS_LIST_TYPE = 'application/statuslist+cwt';

/** A nation in one list with one in twenty not valid takes six million bytes. */
const MAX_TOKEN_BYTES = 1 << 23;
/** 2^27 statuses of two bits: all that the QR codes of 28 million people name (docs/adr/0024). */
const MAX_LIST_BYTES = 1 << 25;
const CLAIM = { iss: 1, sub: 2, exp: 4, iat: 6, statusList: 65533, ttl: 65534 } as const;

export type StatusList = Dated & {
  /** Where the list is published; a credential names it. */
  readonly uri: string;
  readonly ttlSeconds: number | undefined;
  readonly bitmap: StatusBitmap;
};

export type StatusListReason =
  | Sign1Reason
  | InflateReason
  | 'status_list_type'
  | 'status_list_shape'
  | 'status_list_uri'
  | 'status_list_issuer_unknown'
  | 'status_list_signature'
  | 'status_list_from_future';

export type StatusListError = { readonly reason: StatusListReason };

/** The map {bits, lst} of §4.3. */
export async function encodeStatusList(bitmap: StatusBitmap): Promise<ReadonlyMap<string, CborValue>> {
  return new Map<string, CborValue>([['bits', bitmap.bits], ['lst', await deflateZlib(bitmap.bytes)]]); // biome-ignore format: one row
}

/** `expectedBytes`: how long it is likely to be when unpacked. More is taken too, with more memory on the way. */
export function decodeStatusList(
  value: CborValue | undefined,
  options: { readonly expectedBytes?: number } = {},
): Result<StatusBitmap, StatusListError> {
  const packed = packedOf(value);
  if (!packed) return err({ reason: 'status_list_shape' });
  const inflated = inflateZlib(packed.lst, { maxBytes: MAX_LIST_BYTES, ...options });
  return inflated.ok ? ok(new StatusBitmap(packed.bits, inflated.value)) : inflated;
}

/** What a list says, as it stands in its token: to be signed again without packing it again. */
export type PackedStatuses = { readonly bits: StatusBits; readonly lst: Uint8Array };

function packedOf(value: CborValue | undefined): PackedStatuses | undefined {
  if (value === undefined || !isCborMap(value)) return undefined;
  const bits = value.get('bits');
  const lst = value.get('lst');
  return isStatusBits(bits) && lst instanceof Uint8Array ? { bits, lst } : undefined;
}

function isStatusBits(value: CborValue | undefined): value is StatusBits {
  return value === 1 || value === 2 || value === 4 || value === 8;
}

/** The signed token of §5.2. `signer`: a key with purpose `status`. */
export async function signStatusList(list: StatusList, signer: Signer): Promise<Bytes> {
  return signClaims(list, await encodeStatusList(list.bitmap), signer);
}

/** The same statuses with new dates or another signer: what `token` has packed is signed as it is. Undefined: that is no token. */
export async function signAgain(
  token: Uint8Array,
  dates: Omit<StatusList, 'bitmap'>,
  signer: Signer,
): Promise<Bytes | undefined> {
  const message = decodeSign1(token, { maxBytes: MAX_TOKEN_BYTES });
  const claims = message.ok ? decodeCbor(message.value.payload, { maxBytes: MAX_TOKEN_BYTES }) : message;
  if (!claims.ok || !isCborMap(claims.value) || claims.value.get(CLAIM.sub) !== dates.uri) return undefined;
  const packed = claims.value.get(CLAIM.statusList);
  return packed !== undefined && packedOf(packed) ? signClaims(dates, packed, signer) : undefined;
}

function signClaims(list: Omit<StatusList, 'bitmap'>, statuses: CborValue, signer: Signer): Promise<Bytes> {
  const claims = new Map<CborKey, CborValue>([
    [CLAIM.sub, list.uri],
    [CLAIM.iat, list.issuedAt],
    [CLAIM.statusList, statuses],
  ]);
  if (list.expiresAt !== undefined) claims.set(CLAIM.exp, list.expiresAt);
  if (list.ttlSeconds !== undefined) claims.set(CLAIM.ttl, list.ttlSeconds);
  return signSign1(encodeCbor(claims), signer, { typ: STATUS_LIST_TYPE });
}

/** Reads a token without checking its signature. `anyUnprotected`: tokens of others may carry a kid outside the signature. */
export function decodeStatusListToken(
  bytes: Uint8Array,
  options: { readonly anyUnprotected?: boolean; readonly expectedBytes?: number } = {},
): Result<{ readonly list: StatusList; readonly message: Sign1 }, StatusListError> {
  const message = decodeSign1(bytes, { maxBytes: MAX_TOKEN_BYTES, ...options });
  if (!message.ok) return message;
  if (message.value.header.typ !== STATUS_LIST_TYPE) return err({ reason: 'status_list_type' });
  const decoded = decodeCbor(message.value.payload, { maxBytes: MAX_TOKEN_BYTES });
  if (!decoded.ok) return decoded;
  if (!isCborMap(decoded.value)) return err({ reason: 'status_list_shape' });
  const claims = decoded.value;
  const uri = claims.get(CLAIM.sub);
  const issuedAt = claims.get(CLAIM.iat);
  const expiresAt = claims.get(CLAIM.exp);
  const ttl = claims.get(CLAIM.ttl);
  if (typeof uri !== 'string' || !isInstant(issuedAt)) return err({ reason: 'status_list_shape' });
  if (expiresAt !== undefined && !isInstant(expiresAt)) return err({ reason: 'status_list_shape' });
  if (ttl !== undefined && (typeof ttl !== 'number' || ttl <= 0)) return err({ reason: 'status_list_shape' });
  const bitmap = decodeStatusList(claims.get(CLAIM.statusList), options);
  if (!bitmap.ok) return bitmap;
  const list: StatusList = {
    uri,
    issuedAt: epochSeconds(issuedAt),
    expiresAt: expiresAt === undefined ? undefined : epochSeconds(expiresAt),
    ttlSeconds: ttl,
    bitmap: bitmap.value,
  };
  return ok({ list, message: message.value });
}

function isInstant(value: CborValue | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

export type StatusListExpectations = {
  readonly trust: TrustView;
  readonly ed25519: Ed25519;
  readonly now: EpochSeconds;
  /** Where it was fetched from: the list must say the same (§8.3), or an old or foreign list could be put in its place. */
  readonly uri: string;
  /** As in decodeStatusList. */
  readonly expectedBytes?: number;
};

/** Checks the signature by a key with purpose `status`, the place, and the time. Age is judged where the list is used. */
export async function verifyStatusList(
  bytes: Uint8Array,
  expected: StatusListExpectations,
): Promise<Result<StatusList, StatusListError>> {
  const { expectedBytes } = expected;
  const decoded = decodeStatusListToken(bytes, expectedBytes === undefined ? {} : { expectedBytes });
  if (!decoded.ok) return decoded;
  const { list, message } = decoded.value;
  const signed = await verifyByPurpose(message, 'status', list.issuedAt, expected);
  if (signed !== 'valid') {
    return err({ reason: signed === 'unknown' ? 'status_list_issuer_unknown' : 'status_list_signature' });
  }
  if (list.uri !== expected.uri) return err({ reason: 'status_list_uri' });
  if (list.issuedAt > expected.now + 300) return err({ reason: 'status_list_from_future' });
  return ok(list);
}

/** Whether a listed key with this purpose, good at `issuedAt` and never compromised, signed the message. */
export async function verifyByPurpose(
  message: Sign1,
  purpose: 'status' | 'receipt' | 'journal',
  issuedAt: EpochSeconds,
  by: { readonly trust: TrustView; readonly ed25519: Ed25519 },
): Promise<'valid' | 'unknown' | 'forged'> {
  const { kid, alg } = message.header;
  if (kid === undefined || alg === -7) return 'unknown';
  let known = false;
  for (const candidate of by.trust.candidates(kid)) {
    const { entry } = candidate;
    if (!entry.purposes.includes(purpose) || entry.state === 'compromised') continue;
    if (issuedAt < entry.usableFrom || issuedAt > entry.signUntil) continue;
    const key = await candidate.importedFor(by.ed25519);
    if (key === undefined) continue;
    known = true;
    const over = sigStructure(message.protected, message.payload);
    if (await by.ed25519.verify(key, over, message.signature)) return 'valid';
  }
  return known ? 'forged' : 'unknown';
}
