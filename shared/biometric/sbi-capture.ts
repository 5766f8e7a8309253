// How a MOSIP SBI reader (0.9.5 and 1.0, the same) seals a finger image for the edge and chains the fingers of a capture.
// WebCrypto only: the simulated reader seals with it, the edge opens with it. Knows no signatures: see openSbiBundle.
import { err, ok, type Result } from '../base/result.ts';
import { decodeBase64Url, encodeBase64Url } from '../bytes/base64url.ts';
import type { Bytes } from '../bytes/bytes.ts';
import { concatBytes } from '../bytes/concat.ts';
import { decodeHex, encodeHex } from '../bytes/hex.ts';
import { decodeUtf8, encodeUtf8 } from '../bytes/text.ts';
import { type OnceNonce, openOnce, sealOnce } from '../crypto/aes-gcm-once.ts';
import { sha256 } from '../crypto/digest.ts';
import type { PlatformKey } from '../crypto/keys.ts';
import { randomBytes } from '../crypto/random.ts';
import { unwrapByRsaOaep, wrapByRsaOaep } from '../crypto/rsa-oaep.ts';

/** What a capture is bound to: the request's id, 4 to 50 of `A-Za-z0-9-`, and `yyyy-MM-ddTHH:mm:ssZ`. */
export type CaptureBinding = { readonly transactionId: string; readonly timestamp: string };

/** base64url without padding, as on the wire. */
export type SealedCapture = { readonly bioValue: string; readonly sessionKey: string };

export type SbiCaptureError = {
  readonly reason:
    | 'bundle_malformed'
    | 'binding_malformed'
    | 'encryption_key_unknown'
    | 'session_key_unreadable'
    | 'capture_forged'
    | 'signature_bad'
    | 'hash_chain_broken';
};

const transactionIds = /^[A-Za-z0-9-]{4,50}$/;
const timestamps = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)$/;

/** IV and additional data: the last 12 and 16 bytes of timestamp XOR transaction id, the shorter padded on the LEFT with zeros. */
export function captureNonce(binding: CaptureBinding): Result<OnceNonce, SbiCaptureError> {
  const { transactionId, timestamp } = binding;
  if (!transactionIds.test(transactionId) || !timestamps.test(timestamp)) return err({ reason: 'binding_malformed' });
  const length = Math.max(transactionId.length, timestamp.length);
  const mixed = new Uint8Array(length);
  for (const text of [transactionId, timestamp]) {
    const padding = length - text.length;
    for (let i = 0; i < text.length; i++) mixed[padding + i] = (mixed[padding + i] as number) ^ text.charCodeAt(i);
  }
  return ok({ iv: mixed.slice(-12), aad: mixed.slice(-16) });
}

/** Seals one ISO/IEC 19794-4 record under a key of its own, wrapped for `encryptionKey` (RSA-OAEP, SHA-256). */
export async function sealCapture(
  record: Uint8Array,
  binding: CaptureBinding,
  encryptionKey: PlatformKey,
): Promise<Result<SealedCapture, SbiCaptureError>> {
  const nonce = captureNonce(binding);
  if (!nonce.ok) return nonce;
  // SECURITY: the iv can be guessed, so every record must have a fresh key. Never keep this one.
  const key = randomBytes(32);
  const sealed = await sealOnce(key, nonce.value, record);
  const sessionKey = await wrapByRsaOaep(encryptionKey, key);
  key.fill(0);
  return ok({ bioValue: encodeBase64Url(sealed), sessionKey: encodeBase64Url(sessionKey) });
}

/** The record's bytes, the caller's to overwrite. Reasons: binding_malformed, bundle_malformed, session_key_unreadable, capture_forged. */
export async function openCapture(
  sealed: SealedCapture,
  binding: CaptureBinding,
  privateKey: PlatformKey,
): Promise<Result<Bytes, SbiCaptureError>> {
  const nonce = captureNonce(binding);
  if (!nonce.ok) return nonce;
  const bioValue = decodeBase64Url(sealed.bioValue);
  const wrapped = decodeBase64Url(sealed.sessionKey);
  if (!bioValue.ok || !wrapped.ok) return err({ reason: 'bundle_malformed' });
  const key = await unwrapByRsaOaep(privateKey, wrapped.value);
  if (!key.ok) return err({ reason: 'session_key_unreadable' });
  const record = await openOnce(key.value, nonce.value, bioValue.value);
  key.value.fill(0);
  return record.ok ? record : err({ reason: 'capture_forged' });
}

/** SHA-256 of no bytes: what begins a chain, where '' is not written for it. */
export const hashOfNothing = 'E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855';

/** The link of one finger: upper-case hex of SHA-256(previous link ‖ SHA-256(record)). First finger: '' or SHA-256 of nothing. */
export async function captureHash(previousHash: string, record: Uint8Array): Promise<string> {
  const previous = decodeHex(previousHash === '' ? hashOfNothing : previousHash);
  if (!previous.ok) throw new RangeError('a previous hash is hex');
  return encodeHex(await sha256(concatBytes(previous.value, await sha256(record)))).toUpperCase();
}

const maxBundleBytes = 1_500_000;

/** One finger of a CAPTURE answer as the kiosk hands it on: JSON in UTF-8. `data` is the reader's JWS; hashes as on the wire. */
export type SbiBundle = {
  readonly format: 'sbi-capture';
  readonly specVersion: string;
  readonly data: string;
  readonly sessionKey: string;
  readonly thumbprint: string;
  readonly hash: string;
  readonly previousHash: string;
};

export function encodeSbiBundle(bundle: SbiBundle): Bytes {
  return encodeUtf8(JSON.stringify(bundle));
}

/** Text fields of the JWS's payload that bind a capture; numbers and absent fields are refused. */
export type OpenedSbiCapture = CaptureBinding & {
  readonly record: Bytes;
  readonly bioSubType: string;
  readonly purpose: string;
  readonly env: string;
  readonly domainUri: string;
  /** The reader's serial number. */
  readonly serial: string;
  readonly qualityScore: string;
};

/**
 * At the edge: opens a bundle. `keyOf` knows the edge's keys by certificate thumbprint (upper-case hex of SHA-256);
 * `signatureHolds` says whether a compact JWS is signed by a reader that the edge knows.
 * The caller still judges: transaction id unseen, timestamp, purpose, env, domainUri, previousHash of the first finger.
 */
export async function openSbiBundle(
  bytes: Uint8Array,
  keyOf: (thumbprint: string) => PlatformKey | undefined,
  signatureHolds: (jws: string) => Promise<boolean>,
): Promise<Result<OpenedSbiCapture & { readonly bundle: SbiBundle }, SbiCaptureError>> {
  const bundle = parseSbiBundle(bytes);
  if (!bundle.ok) return bundle;
  const { data, sessionKey, thumbprint, hash, previousHash } = bundle.value;
  // SECURITY: nothing inside `data` is read before its signature holds.
  if (!(await signatureHolds(data))) return err({ reason: 'signature_bad' });
  const payload = payloadOf(data);
  if (!payload) return err({ reason: 'bundle_malformed' });
  const privateKey = keyOf(thumbprint);
  if (!privateKey) return err({ reason: 'encryption_key_unknown' });
  const record = await openCapture({ bioValue: payload.bioValue, sessionKey }, payload, privateKey);
  if (!record.ok) return record;
  if ((await captureHash(previousHash, record.value)) !== hash.toUpperCase()) {
    record.value.fill(0);
    return err({ reason: 'hash_chain_broken' });
  }
  const { bioValue: _, ...bound } = payload;
  return ok({ ...bound, record: record.value, bundle: bundle.value });
}

const hex64 = /^[0-9A-Fa-f]{64}$/;

export function parseSbiBundle(bytes: Uint8Array): Result<SbiBundle, SbiCaptureError> {
  const json = bytes.length <= maxBundleBytes ? parseObject(bytes) : undefined;
  if (json?.['format'] !== 'sbi-capture') return err({ reason: 'bundle_malformed' });
  const texts = textsOf(json, ['specVersion', 'data', 'sessionKey', 'thumbprint', 'hash', 'previousHash']);
  if (!texts || !hex64.test(texts.hash) || !hex64.test(texts.thumbprint)) return err({ reason: 'bundle_malformed' });
  if (texts.previousHash !== '' && !hex64.test(texts.previousHash)) return err({ reason: 'bundle_malformed' });
  return ok({ format: 'sbi-capture', ...texts });
}

function payloadOf(jws: string) {
  const [, middle = '', , more] = jws.split('.', 4);
  const decoded = more === undefined ? decodeBase64Url(middle) : undefined;
  const json = decoded?.ok ? parseObject(decoded.value) : undefined;
  if (!json) return undefined;
  // 1.0 says serialNo where 0.9.5 says deviceCode
  return textsOf({ ...json, serial: json['serialNo'] ?? json['deviceCode'] }, [
    'transactionId',
    'timestamp',
    'bioValue',
    'bioSubType',
    'purpose',
    'env',
    'domainUri',
    'serial',
    'qualityScore',
  ]);
}

function parseObject(bytes: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  const text = decodeUtf8(bytes);
  if (!text.ok) return undefined;
  try {
    const json: unknown = JSON.parse(text.value);
    return typeof json === 'object' && json !== null && !Array.isArray(json) ? { ...json } : undefined;
  } catch {
    return undefined;
  }
}

function textsOf<const K extends string>(json: Readonly<Record<string, unknown>>, names: readonly K[]) {
  const texts: Partial<Record<K, string>> = {};
  for (const name of names) {
    const value = json[name];
    if (typeof value !== 'string') return undefined;
    texts[name] = value;
  }
  return texts as Record<K, string>;
}
