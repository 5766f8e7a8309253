// What a simulated SBI reader answers to discovery, info and capture, in both versions, and how it lies when it is told to.
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { captureHash, sealCapture } from '../../../../../shared/biometric/sbi-capture.ts';
import { encodeBase64Url } from '../../../../../shared/bytes/base64url.ts';
import type { PlatformKey } from '../../../../../shared/crypto/keys.ts';
import { type Dialect, fingerNames, slapOf } from './dialect.ts';
import type { Environment, Purpose } from './find-readers.ts';
import type { Impression } from './simulator-glass.ts';
import { type Signer, type SimulatorKeys, signJws, unsigned } from './simulator-keys.ts';
import type { SbiLie, SbiSimulated } from './simulator-switches.ts';

export type SimulatedDevice = SbiSimulated & {
  readonly keys: SimulatorKeys;
  readonly purpose: Purpose;
  readonly env: Environment;
  readonly certification: 'L0' | 'L1';
  readonly subType: 'Single' | 'Slap';
  readonly serial: string;
  /** To whom it seals its captures. */
  readonly encryption: { readonly key: PlatformKey; readonly thumbprint: string } | undefined;
  readonly now: () => Date;
  readonly usedTransactions: Set<string>;
  busy: boolean;
  lastImpressions: readonly Impression[];
};

/** Devices call their version so; the compliance kit knows "0.9.5" and "1.0.0". */
const wireVersion: Readonly<Record<Dialect['name'], string>> = { '0.9.5': '0.9.5', '1.0': '1.0' };
const make = 'Tawthiq';
const model = 'SIMULATED';
const deviceId = '4';
export const timestampOf = (date: Date) => date.toISOString().replace(/\.\d+Z$/, 'Z');
const success = { errorCode: '0', errorInfo: 'Success' };
const failure = (errorCode: string) => ({ errorCode, errorInfo: messages[errorCode] ?? 'Error' });
const messages: Readonly<Record<string, string>> = {
  100: 'Device not registered',
  101: 'Unable to detect a biometric object',
  106: 'Device not found',
  108: 'Domain public key missing',
  110: 'Device is not ready',
  111: 'Device is busy',
  112: 'Invalid transaction id',
  123: 'Bad request',
  500: 'Invalid URL',
  502: 'Unsupported device type',
  503: 'No device connected',
  701: 'RCAPTURE timeout',
  801: 'CAPTURE timeout',
};
const statusCodes = { Ready: '0', Busy: '111', 'Not Ready': '110', 'Not Registered': '100', Unplugged: '503' } as const;

const codeOf = (device: SimulatedDevice) =>
  statusCodes[device.switches.status === 'Ready' && device.busy ? 'Busy' : device.switches.status];
const errorOf = (code: string) => (code === '0' ? success : failure(code));

function digitalIdOf(device: SimulatedDevice, serialNo = device.serial) {
  const { subType: deviceSubType } = device;
  const type = 'Finger';
  const provider = { deviceProvider: 'Tawthiq', deviceProviderId: 'TAWTHIQ.SIM' };
  return { serialNo, make, model, type, deviceSubType, ...provider, dateTime: timestampOf(device.now()) };
}

/** Signed by the chip (L1) or the device key (L0); by nobody when the device is not registered. */
function signedDigitalId(device: SimulatedDevice, serial: string, plainBy: SbiLie): string {
  const { keys, switches } = device;
  const digitalId = digitalIdOf(device, serial);
  if (switches.status === 'Not Registered' || switches.lie === plainBy) return unsigned(digitalId);
  return signJws(digitalId, device.certification === 'L1' ? keys.ftm : keys.device);
}

function described(device: SimulatedDevice, dialect: Dialect, port: number) {
  const { status, lie } = device.switches;
  const registered = status !== 'Not Registered';
  const named = dialect.name === '1.0' ? { serialNo: device.serial } : { deviceId, deviceCode: device.serial };
  const certification = { L0: 'SBI 1.0', L1: 'SBI 2.0' } as const;
  return {
    ...named,
    deviceStatus: status === 'Ready' && device.busy ? 'Busy' : status,
    certification: dialect.name === '1.0' ? certification[device.certification] : device.certification,
    serviceVersion: wireVersion[dialect.name],
    deviceSubId: device.subType === 'Slap' ? ['1', '2', '3'] : ['0'],
    callbackId: lie === 'callback_elsewhere' ? 'http://192.0.2.1/' : `http://127.0.0.1:${port}/`,
    specVersion: [lie === 'old_version' ? '0.9.2' : wireVersion[dialect.name]],
    purpose: registered ? device.purpose : '',
  };
}

const DiscoveryRequest = z.object({ type: z.enum(['Biometric Device', 'Finger', 'Face', 'Iris']) });

export function discovery(device: SimulatedDevice, dialect: Dialect, body: unknown, port: number): readonly object[] {
  const asked = DiscoveryRequest.safeParse(body);
  if (!asked.success) return [{ error: failure('502') }];
  const code = codeOf(device);
  if (code === '503' || asked.data.type === 'Face' || asked.data.type === 'Iris') return [{ error: failure('503') }];
  return [{ ...described(device, dialect, port), digitalId: unsigned(digitalIdOf(device)), error: errorOf(code) }];
}

export function deviceInfo(device: SimulatedDevice, dialect: Dialect, port: number): readonly object[] {
  const code = codeOf(device);
  if (code === '503') return [{ error: failure('503') }];
  const { status, lie } = device.switches;
  const registered = status !== 'Not Registered';
  const info = {
    ...described(device, dialect, port),
    ...(lie === 'info_for_another' ? { deviceCode: 'ANOTHER', serialNo: undefined } : {}),
    firmware: '1.0.0',
    env: registered ? device.env : 'None',
    digitalId: signedDigitalId(device, device.serial, 'unsigned_info_digital_id'),
  };
  const plain = !registered || lie === 'unsigned_info';
  return [{ deviceInfo: plain ? unsigned(info) : signJws(info, device.keys.device), error: errorOf(code) }];
}

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
  while (!gone.aborted) {
    if (switches.status === 'Unplugged') return { code: '106' };
    const seen = glass.impressions(positionsOf(bio), device.now(), device.subType === 'Single');
    const shown = seen.filter((impression) => impression !== undefined);
    if (shown.length > 0 && shown.length < seen.length) return { code: '101' };
    if (shown.length > 0) best = shown.map((one) => ({ ...one, quality: switches.score ?? one.quality }));
    if (best?.every((one) => one.quality >= bio.requestedScore)) break;
    if (Date.now() >= until) break;
    await sleep(20, undefined, { signal: gone }).catch(() => undefined);
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
