// Whether the fingers that an SBI reader answers are those that were asked for, now, from this reader. One ordered table.

import { createHash } from 'node:crypto';
import { err, ok, type Result } from '../../../../../shared/base/result.ts';
import { decodeImageRecord } from '../../../../../shared/biometric/iso-19794-4-2011.ts';
import { codeOfPosition, positionOfCode, positionsAgree } from '../../../../../shared/biometric/position.ts';
import { captureHash, encodeSbiBundle } from '../../../../../shared/biometric/sbi-capture.ts';
import { fingerNames } from '../../../../../shared/biometric/sbi-names.ts';
import { decodeBase64Url } from '../../../../../shared/bytes/base64url.ts';
import type { Captured, ReaderError } from '../driver.ts';
import { type CapturedData, type CaptureElement, type DigitalId, parseCapturedData } from './answers.ts';
import { sbiReason } from './errors.ts';
import { openDigitalId, type ReaderPolicy, type SbiReader } from './find-readers.ts';
import { openSigned } from './signed.ts';

/** What one request asked for. */
export type Asked = {
  readonly reader: SbiReader;
  readonly transactionId: string;
  /** ISO/IEC 19794 positions, 0 any. */
  readonly positions: readonly number[];
  readonly domainUri: string;
  /** Upper-case hex of the link before the first finger; '' at the start. */
  readonly previousHash: string;
  /** Of the edge's certificate, to which a CAPTURE must be encrypted. */
  readonly thumbprint: string;
};

export type Judged = {
  readonly captured: readonly Captured[];
  readonly lastHash: string;
  readonly fingerprints: readonly string[];
};

type Finger = {
  readonly element: CaptureElement;
  readonly data: CapturedData;
  readonly digitalId: DigitalId;
  readonly position: number;
  readonly previousHash: string;
};

const windowMs = 5 * 60_000;
const hex64 = /^[0-9A-Fa-f]{64}$/;

/** Ordered: who signed, what was asked, when, what it is. The first row that does not hold is the reason. */
const checks: readonly (readonly [ReaderError, (finger: Finger, asked: Asked, policy: ReaderPolicy) => boolean])[] = [
  [
    { reason: 'serial_changed' },
    ({ data, digitalId }, { reader }) =>
      digitalId.serialNo === reader.serial && (data.serialNo ?? data.deviceCode) === reader.serial,
  ],
  [
    { reason: 'version_mismatch' },
    ({ element }, { reader }) => reader.dialect.spellings.includes(element.specVersion ?? ''),
  ],
  [{ reason: 'purpose_mismatch' }, ({ data }, _, policy) => data.purpose === policy.purpose],
  [{ reason: 'environment_mismatch', code: 'env' }, ({ data }, _, policy) => data.env === policy.env],
  [
    { reason: 'environment_mismatch', code: 'domainUri' },
    ({ data }, asked, policy) => policy.purpose === 'Registration' || data.domainUri === asked.domainUri,
  ],
  [{ reason: 'transaction_mismatch' }, ({ data }, asked) => data.transactionId === asked.transactionId],
  [{ reason: 'timestamp_stale' }, ({ data }, _, policy) => isFresh(data.timestamp, policy.now())],
  [
    { reason: 'finger_mismatch', code: 'type' },
    ({ data, digitalId }) => data.bioType === 'Finger' && digitalId.type === 'Finger',
  ],
  [
    { reason: 'finger_mismatch' },
    ({ position }, asked) => position >= 0 && (asked.positions.includes(0) || asked.positions.includes(position)),
  ],
  [{ reason: 'answer_malformed', code: 'quality' }, ({ data }) => qualityOf(data) !== undefined],
  [{ reason: 'answer_malformed', code: 'hash' }, ({ element }) => hex64.test(element.hash ?? '')],
  [{ reason: 'hash_chain_broken' }, ({ element, previousHash }) => element.hash?.toUpperCase() !== previousHash],
  [
    { reason: 'encryption_key_mismatch' },
    ({ element }, asked, policy) =>
      policy.purpose === 'Registration' || element.thumbprint?.toUpperCase() === asked.thumbprint,
  ],
  [
    { reason: 'answer_malformed', code: 'session key' },
    ({ element }, _, policy) => policy.purpose === 'Registration' || decodeBase64Url(element.sessionKey || '?').ok,
  ],
];

/**
 * Every finger of one answer. The images are the caller's to overwrite. `fingerprints` name what was captured, to tell a
 * recording from a new capture: of a record its digest, of a sealed one its link, which the same record repeats.
 */
export async function judgeCapture(
  elements: readonly CaptureElement[],
  asked: Asked,
  policy: ReaderPolicy,
): Promise<Result<Judged, ReaderError>> {
  const failed = elements.find((element) => element.error !== '0');
  if (failed) return err({ reason: sbiReason(failed.error), code: failed.error });
  if (elements.length !== asked.positions.length) return err({ reason: 'finger_count_wrong' });
  const captured: Captured[] = [];
  const fingerprints: string[] = [];
  const refuse = (error: ReaderError) => {
    for (const one of captured) if (one.kind === 'image') one.image.fill(0);
    return err(error);
  };
  const seen = new Set<number>();
  let previousHash = asked.previousHash;
  for (const element of elements) {
    const finger = openFinger(element, previousHash, asked, policy);
    if (!finger.ok) return refuse(finger.error);
    const refusal = checks.find(([, holds]) => !holds(finger.value, asked, policy))?.[0];
    if (refusal) return refuse(refusal);
    if (finger.value.position !== 0 && seen.has(finger.value.position))
      return refuse({ reason: 'finger_mismatch', code: 'twice' });
    seen.add(finger.value.position);
    const image = policy.purpose === 'Registration' ? await recordOf(finger.value) : ok(bundleOf(finger.value));
    if (!image.ok) return refuse(image.error);
    const { make, model, serialNo: serial } = finger.value.digitalId;
    captured.push({
      kind: 'image',
      image: image.value,
      encrypted: policy.purpose === 'Auth',
      position: finger.value.position,
      quality: Math.round(qualityOf(finger.value.data) ?? 0),
      device: { make, model, serial },
    });
    previousHash = element.hash?.toUpperCase() ?? '';
    fingerprints.push(
      policy.purpose === 'Registration'
        ? createHash('sha256').update(image.value).digest('hex')
        : `${finger.value.previousHash}/${previousHash}`,
    );
  }
  return ok({ captured, lastHash: previousHash, fingerprints });
}

/** SECURITY: nothing in the data is read before its signature holds. */
function openFinger(
  element: CaptureElement,
  previousHash: string,
  asked: Asked,
  policy: ReaderPolicy,
): Result<Finger, ReaderError> {
  if (element.data === undefined) return err({ reason: 'answer_malformed', code: 'no data' });
  const payload = openSigned(element.data, policy.trust.device, policy.now());
  if (!payload.ok) return payload;
  const data = parseCapturedData(payload.value);
  payload.value.fill(0);
  if (!data.ok) return data;
  const digitalId = openDigitalId(policy, asked.reader.certification, data.value.digitalId);
  if (!digitalId.ok) return digitalId;
  const position = (fingerNames as readonly string[]).indexOf(data.value.bioSubType);
  return ok({ element, data: data.value, digitalId: digitalId.value, position, previousHash });
}

/** The plain record of a registration: its link in the chain is checked, and whose finger it says it is. */
async function recordOf(finger: Finger): Promise<Result<Uint8Array, ReaderError>> {
  const bytes = decodeBase64Url(finger.data.bioValue);
  if (!bytes.ok) return err({ reason: 'template_unreadable', code: bytes.error.reason });
  const refuse = (error: ReaderError) => {
    bytes.value.fill(0);
    return err(error);
  };
  const hash = await captureHash(finger.previousHash, bytes.value);
  if (hash !== finger.element.hash?.toUpperCase()) return refuse({ reason: 'hash_chain_broken' });
  const record = decodeImageRecord(bytes.value);
  if (!record.ok) return refuse({ reason: 'template_unreadable', code: record.error.reason });
  const [image] = record.value.images;
  if (!image || record.value.images.length !== 1) return refuse({ reason: 'finger_count_wrong', code: 'record' });
  const said = positionOfCode(finger.position) ?? 'unknown';
  if (!positionsAgree(image.position, said)) {
    return refuse({ reason: 'finger_mismatch', code: String(codeOfPosition(image.position)) });
  }
  return ok(bytes.value);
}

/** Only the edge can open it, and only the edge can check its link: the bundle carries what it needs. */
function bundleOf({ element, previousHash }: Finger): Uint8Array {
  return encodeSbiBundle({
    format: 'sbi-capture',
    specVersion: element.specVersion ?? '',
    data: element.data ?? '',
    sessionKey: element.sessionKey ?? '',
    thumbprint: element.thumbprint ?? '',
    hash: element.hash?.toUpperCase() ?? '',
    previousHash,
  });
}

const timestamps = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)$/;

function isFresh(timestamp: string, now: Date): boolean {
  return timestamps.test(timestamp) && Math.abs(Date.parse(timestamp) - now.getTime()) <= windowMs;
}

function qualityOf(data: CapturedData): number | undefined {
  const { qualityScore } = data;
  if (qualityScore === undefined || !/^\d{1,3}(\.\d{1,10})?$/.test(qualityScore)) return undefined;
  const quality = Number(qualityScore);
  return quality <= 100 ? quality : undefined;
}
