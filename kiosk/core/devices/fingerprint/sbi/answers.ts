// The shapes of an SBI service's answers, both versions, with limits. Parsed, not believed: who signed is asked elsewhere.
import * as z from 'zod';
import { err, ok, type Result } from '../../../../../shared/base/result.ts';
import { decodeBase64Url } from '../../../../../shared/bytes/base64url.ts';
import type { ReaderError } from '../driver.ts';
import { isUnsigned, parseJson } from './signed.ts';

const text = z.string().max(200);
const signedText = z.string().max(60_000);
/** The specification wants strings; devices in the field send numbers too. */
const textOrNumber = z.union([text, z.number().transform(String)]);
const maybe = <T extends z.ZodType>(shape: T) => shape.nullish().transform((value) => value ?? undefined);

const DeviceError = maybe(z.object({ errorCode: textOrNumber, errorInfo: z.string().max(2_000).nullish() })).transform(
  (error) => error?.errorCode ?? '0',
);

const Statuses = z.enum(['Ready', 'Busy', 'Not Ready', 'Not Registered']);

const Discovered = z.object({
  error: DeviceError,
  deviceId: maybe(textOrNumber),
  serialNo: maybe(text),
  deviceCode: maybe(text),
  deviceStatus: maybe(text),
  specVersion: maybe(z.array(text).max(10)),
  callbackId: maybe(text),
  digitalId: maybe(signedText),
});
export type Discovered = z.output<typeof Discovered>;

const InfoElement = z.object({ error: DeviceError, deviceInfo: maybe(signedText) });
export type InfoElement = z.output<typeof InfoElement>;

/** The payload of a device info. */
const DeviceInfo = z.object({
  deviceStatus: Statuses,
  deviceId: maybe(textOrNumber),
  serialNo: maybe(text),
  deviceCode: maybe(text),
  certification: text,
  deviceSubId: maybe(z.array(textOrNumber).max(10)),
  callbackId: maybe(text),
  digitalId: signedText,
  env: text,
  purpose: text,
  specVersion: z.array(text).min(1).max(10),
});
export type DeviceInfo = z.output<typeof DeviceInfo>;

const DigitalId = z.object({
  serialNo: text.min(1),
  make: text,
  model: text,
  type: text,
  deviceSubType: text,
});
export type DigitalId = z.output<typeof DigitalId>;

const CaptureElement = z.object({
  error: DeviceError,
  specVersion: maybe(text),
  data: maybe(z.string().max(4_000_000)),
  hash: maybe(text),
  sessionKey: maybe(z.string().max(2_000)),
  thumbprint: maybe(text),
});
export type CaptureElement = z.output<typeof CaptureElement>;
const Capture = z.object({ biometrics: z.array(CaptureElement).min(1).max(20) });

/** The payload of one finger. */
const CapturedData = z.object({
  digitalId: signedText,
  deviceCode: maybe(text),
  serialNo: maybe(text),
  bioType: text,
  bioSubType: text,
  purpose: text,
  env: text,
  domainUri: maybe(z.string().max(1_000)),
  bioValue: z.string().min(1).max(3_000_000),
  transactionId: text,
  timestamp: text,
  qualityScore: maybe(textOrNumber),
});
export type CapturedData = z.output<typeof CapturedData>;

const StreamRefusal = z.object({ error: DeviceError });

const malformed = (code: string) => err({ reason: 'answer_malformed' as const, code });

function parsed<T extends z.ZodType>(shape: T, json: unknown, code: string): Result<z.output<T>, ReaderError> {
  const result = shape.safeParse(json);
  return result.success ? ok(result.data) : malformed(code);
}

/** What a service answers to "what devices are there"; none is an empty list. */
export const parseDiscovery = (bytes: Uint8Array) => parsed(z.array(Discovered).max(20), parseJson(bytes), 'discovery');

export const parseInfo = (bytes: Uint8Array) => parsed(z.array(InfoElement).max(20), parseJson(bytes), 'info');

/** One element a finger; an error is an element too, or stands alone. */
export function parseCapture(bytes: Uint8Array): Result<readonly CaptureElement[], ReaderError> {
  const json = parseJson(bytes);
  const whole = Capture.safeParse(json);
  if (whole.success) return ok(whole.data.biometrics);
  const alone = StreamRefusal.safeParse(json);
  return alone.success && alone.data.error !== '0'
    ? ok([{ ...noFinger, error: alone.data.error }])
    : malformed('capture');
}
const noFinger = {
  specVersion: undefined,
  data: undefined,
  hash: undefined,
  sessionKey: undefined,
  thumbprint: undefined,
};

export const parseDeviceInfo = (payload: Uint8Array) => parsed(DeviceInfo, parseJson(payload), 'device info');
export const parseDigitalId = (payload: Uint8Array) => parsed(DigitalId, parseJson(payload), 'digital id');
export const parseCapturedData = (payload: Uint8Array) => parsed(CapturedData, parseJson(payload), 'captured data');

/** The error code with which a live view was refused. */
export function parseStreamRefusal(bytes: Uint8Array): Result<string, ReaderError> {
  const json = parseJson(bytes);
  const refusal = StreamRefusal.safeParse(Array.isArray(json) ? json[0] : json);
  return refusal.success ? ok(refusal.data.error) : malformed('stream');
}

/** The bytes of an unsigned digital id or device info. */
export function decodeUnsigned(textual: string): Result<Uint8Array, ReaderError> {
  const bytes = isUnsigned(textual) ? decodeBase64Url(textual.replace(/=+$/, '')) : undefined;
  return bytes?.ok ? ok(bytes.value) : malformed('base64url');
}
