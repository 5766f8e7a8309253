// What a simulated SBI reader answers to CAPTURE and RCAPTURE, and how it lies when it is told to.

import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { captureHash, sealCapture } from '../../../../../shared/biometric/sbi-capture.ts';
import { fingerNames } from '../../../../../shared/biometric/sbi-names.ts';
import { encodeBase64Url } from '../../../../../shared/bytes/base64url.ts';
import { slapOf } from './dialect.ts';
import {
  codeOf,
  deviceId,
  failure,
  type SimulatedDevice,
  signedDigitalId,
  success,
  timestampOf,
} from './simulator-device.ts';
import type { Impression } from './simulator-glass.ts';
import { type Signer, signJws, unsigned } from './simulator-keys.ts';

/** Clients send numbers where the compliance kit's schema wants texts: both are taken. */
const textual = z.union([z.string().max(200), z.number().transform(String)]);
const CaptureRequest = z.object({
  env: z.string(),
  purpose: z.string(),
  specVersion: z.string(),
  timeout: textual.transform(Number).pipe(z.number().min(1).max(600_000)),
  captureTime: z.string(),
  domainUri: z.string().nullish(),
  transactionId: z.string(),
  bio: z
    .array(
      z.object({
        type: z.string(),
        count: textual.transform(Number),
        bioSubType: z.array(z.string().nullable()).nullish(),
        exception: z.array(z.string().nullable()).nullish(),
        requestedScore: textual.transform(Number),
        deviceId: textual.nullish(),
        serialNo: textual.nullish(),
        deviceSubId: textual,
        previousHash: z.string().nullish(),
      }),
    )
    .length(1),
});
type CaptureRequest = z.output<typeof CaptureRequest>;
type Bio = CaptureRequest['bio'][number];

/** Ordered: the error code of the first row that holds. */
const refusals: readonly (readonly [string, (device: SimulatedDevice, asked: CaptureRequest, bio: Bio) => boolean])[] =
  [
    [
      '112',
      ({ usedTransactions }, { transactionId }) =>
        !/^[A-Za-z0-9-]{4,50}$/.test(transactionId) || usedTransactions.has(transactionId),
    ],
    ['115', ({ env }, asked) => asked.env !== env],
    ['121', ({ purpose }, asked) => asked.purpose !== purpose],
    ['114', (_, __, bio) => bio.type !== 'Finger'],
    ['120', ({ serial }, _, bio) => (bio.serialNo ?? serial) !== serial || (bio.deviceId ?? deviceId) !== deviceId],
    ['119', (_, __, bio) => positionsOf(bio).includes(-1)],
    ['116', ({ subType }, _, bio) => bio.count < 1 || bio.count > (subType === 'Slap' ? 4 : 1)],
    ['113', (_, __, bio) => bio.count !== positionsOf(bio).length],
    [
      '109',
      ({ subType, purpose }, _, bio) =>
        subType === 'Slap' &&
        purpose === 'Registration' &&
        positionsOf(bio).some((position) => position !== 0 && slapOf(position) !== bio.deviceSubId),
    ],
    ['117', (_, __, bio) => (bio.exception ?? []).some((name) => (bio.bioSubType ?? []).includes(name))],
    ['108', ({ purpose, encryption }) => purpose === 'Auth' && !encryption],
  ];

const positionsOf = (bio: Bio): readonly number[] =>
  (bio.bioSubType ?? []).map((name) => (fingerNames as readonly (string | null)[]).indexOf(name));

const refused = (code: string) => ({
  biometrics: [{ specVersion: null, data: null, hash: null, error: failure(code) }],
});

export async function capture(
  device: SimulatedDevice,
  verb: string,
  body: unknown,
  gone: AbortSignal,
): Promise<object> {
  const { switches } = device;
  if (switches.errorCode !== '0') return refused(switches.errorCode);
  const code = codeOf(device);
  if (code !== '0') return refused(code === '503' ? '106' : code);
  const wanted = device.purpose === 'Auth' ? 'CAPTURE' : 'RCAPTURE';
  if (verb !== wanted) return refused(device.purpose === 'Auth' ? '121' : '809');
  const parsed = CaptureRequest.safeParse(body);
  if (!parsed.success) return refused('123');
  const asked = parsed.data;
  const [bio] = asked.bio;
  if (!bio) return refused('123');
  const refusal = refusals.find(([, holds]) => holds(device, asked, bio));
  if (refusal) return refused(refusal[0]);
  device.usedTransactions.add(asked.transactionId);
  device.busy = true;
  try {
    const delayed = switches.delayed.length === 0 || switches.delayed.includes(verb);
    if (delayed && switches.delayMs > 0)
      await sleep(switches.delayMs, undefined, { signal: gone }).catch(() => undefined);
    const impressions = await waitForFingers(device, asked, bio, gone);
    if ('code' in impressions) return refused(impressions.code);
    return { biometrics: await answered(device, asked, bio, impressions.shown) };
  } finally {
    device.busy = false;
  }
}

/** Until the fingers lie there and are good enough; the best there is when the time is nearly over. */
async function waitForFingers(
  device: SimulatedDevice,
  asked: CaptureRequest,
  bio: Bio,
  gone: AbortSignal,
): Promise<{ readonly shown: readonly Impression[] } | { readonly code: string }> {
  const { glass, switches } = device;
  const until = Date.now() + asked.timeout - Math.min(300, asked.timeout / 4);
  const timeoutCode = device.purpose === 'Auth' ? '801' : '701';
  let best: readonly Impression[] | undefined;
  let looked = -1;
  while (!gone.aborted) {
    if (switches.status === 'Unplugged') return { code: '106' };
    if (Date.now() >= until && looked >= 0) break;
    if (looked === glass.changes) {
      await sleep(20, undefined, { signal: gone }).catch(() => undefined);
      continue;
    }
    looked = glass.changes;
    const seen = glass.impressions(positionsOf(bio), device.now(), device.subType === 'Single');
    const shown = seen.filter((impression) => impression !== undefined);
    if (shown.length > 0 && shown.length < seen.length) return { code: '101' };
    if (shown.length > 0) best = shown.map((one) => ({ ...one, quality: switches.score ?? one.quality }));
    if (best?.every((one) => one.quality >= bio.requestedScore)) break;
  }
  if (!best) return { code: timeoutCode };
  if (switches.lie === 'same_again' && device.lastImpressions.length === best.length) best = device.lastImpressions;
  device.lastImpressions = best;
  return { shown: best };
}

async function answered(device: SimulatedDevice, asked: CaptureRequest, bio: Bio, shown: readonly Impression[]) {
  const { lie } = device.switches;
  const positions = positionsOf(bio);
  const elements: object[] = [];
  let previousHash = bio.previousHash ?? '';
  const all = lie === 'two_fingers' ? [...shown, ...shown] : shown;
  for (const [i, impression] of all.entries()) {
    const position = positions[i % positions.length] ?? 0;
    const record = recordFor(device, impression.record);
    const hash = await captureHash(lie === 'broken_chain' ? 'AB'.repeat(32) : previousHash, record);
    const binding = {
      transactionId: lie === 'wrong_transaction' ? 'another-transaction' : asked.transactionId,
      timestamp: timestampOf(new Date(device.now().getTime() + (clockLies[lie] ?? 0))),
    };
    const sealed = await sealedFor(device, record, binding);
    const data = { ...dataOf(device, asked, bio, position, impression), ...binding, bioValue: sealed.bioValue };
    elements.push({
      specVersion: lie === 'wrong_version' ? '0.9.2' : asked.specVersion,
      data: lie === 'no_data' ? null : signedData(device, data),
      hash:
        lie === 'no_hash'
          ? ''
          : lie === 'broken_chain' && device.purpose === 'Auth' && previousHash
            ? previousHash
            : hash,
      ...(sealed.sessionKey === undefined ? {} : { sessionKey: sealed.sessionKey, thumbprint: thumbprintFor(device) }),
      error: success,
    });
    previousHash = hash;
  }
  return elements;
}

const clockLies: Readonly<Record<string, number>> = { old_timestamp: -310_000, future_timestamp: 310_000 };

const thumbprintFor = ({ encryption, switches }: SimulatedDevice) =>
  switches.lie === 'wrong_thumbprint' ? '00'.repeat(32) : encryption?.thumbprint;

async function sealedFor(
  device: SimulatedDevice,
  record: Uint8Array,
  binding: { transactionId: string; timestamp: string },
) {
  if (!device.encryption || device.purpose === 'Registration') {
    return { bioValue: encodeBase64Url(record), sessionKey: undefined };
  }
  const sealed = await sealCapture(record, binding, device.encryption.key);
  if (!sealed.ok) throw new Error(sealed.error.reason);
  return sealed.value;
}

function recordFor({ switches: { lie } }: SimulatedDevice, record: Uint8Array): Uint8Array {
  if (lie === 'broken_template') return record.subarray(0, record.length - 7);
  if (lie !== 'wrong_record_finger') return record;
  // Byte 40 is the finger position of a record with one quality block, 35 of one with none (ISO/IEC 19794-4:2011 §8.3).
  const at = record[34] === 0 ? 35 : 40;
  return record.with(at, record[at] === 10 ? 9 : 10);
}

function dataOf(device: SimulatedDevice, asked: CaptureRequest, bio: Bio, position: number, { quality }: Impression) {
  const { lie } = device.switches;
  const serial = lie === 'no_serial' ? '' : device.serial;
  const named = bio.serialNo === null || bio.serialNo === undefined ? { deviceCode: serial } : { serialNo: serial };
  const other = asked.purpose === 'Auth' ? 'Registration' : 'Auth';
  return {
    digitalId: signedDigitalId(device, lie === 'other_serial' ? 'ANOTHER' : device.serial, 'unsigned_digital_id'),
    ...named,
    deviceServiceVersion: asked.specVersion,
    bioType: lie === 'wrong_type' ? 'Iris' : 'Finger',
    bioSubType: fingerNames[lie === 'wrong_finger' ? (position + 1) % 11 || 1 : position] ?? 'UNKNOWN',
    purpose: lie === 'wrong_purpose' ? other : asked.purpose,
    env: lie === 'wrong_env' ? 'Staging' : asked.env,
    ...(device.purpose === 'Auth'
      ? { domainUri: lie === 'wrong_domain' ? 'https://elsewhere.example' : (asked.domainUri ?? '') }
      : {}),
    requestedScore: bio.requestedScore.toFixed(1),
    ...(lie === 'no_quality' ? {} : { qualityScore: quality.toFixed(1) }),
  };
}

function signedData(device: SimulatedDevice, data: object): string {
  const { keys, switches } = device;
  const signers: Readonly<Record<string, Signer>> = {
    unknown_signer: keys.stranger,
    expired_signer: keys.expired,
    signer_not_for_signing: keys.notForSigning,
  };
  if (switches.lie === 'unsigned_data') return unsigned(data);
  const jws = signJws(data, signers[switches.lie] ?? keys.device);
  const [header = '', payload = '', signature = ''] = jws.split('.');
  if (switches.lie === 'bad_signature')
    return [header, payload, signature.startsWith('A') ? `B${signature.slice(1)}` : `A${signature.slice(1)}`].join('.');
  if (switches.lie !== 'other_algorithm') return jws;
  const none = { ...(JSON.parse(Buffer.from(header, 'base64url').toString()) as object), alg: 'none' };
  return [unsigned(none), payload, ''].join('.');
}
