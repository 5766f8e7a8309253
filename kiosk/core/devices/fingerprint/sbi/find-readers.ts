// Which SBI readers listen on this machine, and what they are: asked, then judged by their signatures. Captures nothing.
import { err, ok, type Result } from '../../../../../shared/base/result.ts';
import { askService } from '../ask-service.ts';
import type { ReaderError, ReaderInfo } from '../driver.ts';
import {
  type DeviceInfo,
  type DigitalId,
  type Discovered,
  decodeUnsigned,
  type InfoElement,
  parseDeviceInfo,
  parseDigitalId,
  parseDiscovery,
  parseInfo,
} from './answers.ts';
import type { SbiTrustStore } from './certificates.ts';
import { certificationLevels, type Dialect, dialects } from './dialect.ts';
import { sbiReason } from './errors.ts';
import { openSigned } from './signed.ts';

export type Purpose = 'Auth' | 'Registration';
export type Environment = 'Staging' | 'Developer' | 'Pre-Production' | 'Production';

/** What a reader must be, to be used at all. */
export type ReaderPolicy = {
  readonly trust: SbiTrustStore;
  readonly purpose: Purpose;
  readonly env: Environment;
  /** L1: a secure chip in the reader signs and encrypts. */
  readonly requiredCertification: 'L0' | 'L1';
  /** First and last port asked; 4501 to 4600 by the specification. */
  readonly ports: readonly [number, number];
  readonly appName: string;
  readonly now: () => Date;
};

export type SbiReader = {
  readonly info: ReaderInfo;
  readonly port: number;
  readonly base: string;
  readonly dialect: Dialect;
  /** How the device itself spells its version. */
  readonly specVersion: string;
  readonly deviceId: string;
  readonly serial: string;
  readonly deviceSubIds: readonly string[];
  readonly slap: boolean;
  readonly certification: 'L0' | 'L1';
};

/** What came of one port: readers, and the refusals of devices that are there but may not be used. */
export type PortFindings = { readonly readers: readonly SbiReader[]; readonly refused: readonly ReaderError[] };

const nothing: PortFindings = { readers: [], refused: [] };
const portsAtOnce = 20;
const askMs = 2_000;
const maxAnswerBytes = 300_000;
/** Four of a hand lie on a slap reader's glass. */
const slapFingers = 4;

/** Asks every port of the range, twenty at a time. A port where nobody listens costs a refused connection. */
export async function findReaders(policy: ReaderPolicy, signal?: AbortSignal): Promise<PortFindings> {
  const [first, last] = policy.ports;
  const findings: PortFindings[] = [];
  for (let start = first; start <= last && !signal?.aborted; start += portsAtOnce) {
    const group = Array.from({ length: Math.min(portsAtOnce, last - start + 1) }, (_, i) => start + i);
    findings.push(...(await Promise.all(group.map((port) => readPort(policy, port, signal)))));
  }
  return { readers: findings.flatMap((f) => f.readers), refused: findings.flatMap((f) => f.refused) };
}

/** The readers of one service, in the first version that it answers. */
export async function readPort(policy: ReaderPolicy, port: number, signal?: AbortSignal): Promise<PortFindings> {
  for (const dialect of dialects) {
    const discovered = await ask(policy, port, dialect.discover, '/device', discoveryBody(dialect), signal);
    if (!discovered.ok) {
      if (discovered.error.reason === 'answer_malformed') continue; // another version, or no such service
      const silent: readonly string[] = ['reader_unreachable', 'answer_too_late'];
      return silent.includes(discovered.error.reason) ? nothing : { readers: [], refused: [discovered.error] };
    }
    const elements = parseDiscovery(discovered.value);
    if (!elements.ok) continue;
    if (elements.value.length > 0 && elements.value.every((e) => ['500', '501', '502'].includes(e.error))) continue;
    const spoken = dialectOf(elements.value) ?? dialect;
    const infos = await ask(policy, port, spoken.info, '/info', undefined, signal);
    const parsedInfos = infos.ok ? parseInfo(infos.value) : infos;
    return judgeService(policy, port, spoken, elements.value, parsedInfos);
  }
  return nothing;
}

const discoveryBody = (dialect: Dialect) =>
  JSON.stringify({ type: 'Finger', ...(dialect.name === '1.0' ? { specVersion: '1.0' } : {}) });

/** The first version that the devices name and we know. */
function dialectOf(elements: readonly Discovered[]): Dialect | undefined {
  const named = elements.flatMap((element) => element.specVersion?.slice(0, 1) ?? []);
  return dialects.find((dialect) => named.some((version) => dialect.spellings.includes(version)));
}

async function ask(
  policy: ReaderPolicy,
  port: number,
  method: string,
  path: string,
  body: string | undefined,
  signal: AbortSignal | undefined,
): Promise<Result<Buffer, ReaderError>> {
  const answer = await askService(
    {
      url: `http://127.0.0.1:${port}${path}`,
      method,
      headers: { 'content-type': 'application/json', ext: policy.appName },
      timeoutMs: askMs,
      maxBytes: maxAnswerBytes,
      ...(body === undefined ? {} : { body }),
      ...(signal ? { signal } : {}),
    },
    [200, 405],
  );
  return answer.ok || answer.error.reason !== 'capture_timeout' ? answer : err({ reason: 'answer_too_late' });
}

function judgeService(
  policy: ReaderPolicy,
  port: number,
  dialect: Dialect,
  discovered: readonly Discovered[],
  infos: Result<readonly InfoElement[], ReaderError>,
): PortFindings {
  const readers: SbiReader[] = [];
  const refused: ReaderError[] = [];
  const claimed = discovered.filter((element) => element.deviceStatus !== undefined && isFinger(element));
  if (claimed.length === 0) {
    const codes = discovered.map((element) => element.error).filter((code) => code !== '0');
    const errors = codes.map((code) => ({ reason: sbiReason(code), code }));
    return { readers, refused: errors.filter(({ reason }) => reason !== 'reader_not_found') };
  }
  if (!infos.ok) return { readers, refused: [infos.error] };
  for (const element of infos.value) {
    const reader = judgeReader(policy, port, dialect, element, claimed);
    if (reader.ok) {
      if (reader.value) readers.push(reader.value);
    } else refused.push(reader.error);
  }
  return { readers, refused };
}

/** In a discovery the digital id is not signed: good enough to skip cameras. */
function isFinger(element: Discovered): boolean {
  const bytes = element.digitalId === undefined ? undefined : decodeUnsigned(element.digitalId);
  const digitalId = bytes?.ok ? parseDigitalId(bytes.value) : undefined;
  return !digitalId?.ok || digitalId.value.type === 'Finger';
}

/** One element of an info answer; undefined if it is no finger reader. */
function judgeReader(
  policy: ReaderPolicy,
  port: number,
  dialect: Dialect,
  element: InfoElement,
  claimed: readonly Discovered[],
): Result<SbiReader | undefined, ReaderError> {
  if (element.deviceInfo === undefined) return err({ reason: sbiReason(element.error), code: element.error });
  const opened = openSigned(element.deviceInfo, policy.trust.device, policy.now());
  if (!opened.ok) {
    const unsigned = opened.error.reason === 'signature_missing' ? decodeUnsigned(element.deviceInfo) : opened;
    const claims = unsigned.ok ? parseDeviceInfo(unsigned.value) : unsigned;
    // An unregistered device has no key to sign with. It is named for what it is, and never captures.
    const unregistered = claims.ok && claims.value.deviceStatus === 'Not Registered';
    return err(unregistered ? { reason: 'reader_not_registered', code: element.error } : opened.error);
  }
  const info = parseDeviceInfo(opened.value);
  if (!info.ok) return info;
  const level = certificationLevels[info.value.certification];
  if (!level) return err({ reason: 'certification_too_low', code: 'unknown' });
  const signed = openDigitalId(policy, level, info.value.digitalId);
  if (!signed.ok) return signed;
  if (signed.value.type !== 'Finger') return ok(undefined);
  const refusal = checkReader(policy, dialect, info.value, signed.value, level, claimed);
  if (refusal) return err(refusal);
  const base = baseOf(info.value.callbackId, port, policy.ports);
  if (!base) return err({ reason: 'answer_malformed', code: 'callbackId' });
  const { serialNo: serial, make, model, deviceSubType } = signed.value;
  const statuses = {
    Ready: 'ready',
    Busy: 'busy',
    'Not Ready': 'not_ready',
    'Not Registered': 'not_registered',
  } as const;
  const slap = deviceSubType === 'Slap';
  const several = slap ? { fingersAtOnce: slapFingers } : {};
  const status = statuses[info.value.deviceStatus];
  return ok({
    info: { make, model, serial, driver: 'sbi', id: `${port}/${serial}`, status, ...several },
    port,
    base,
    dialect,
    specVersion: info.value.specVersion[0] ?? dialect.name,
    deviceId: info.value.deviceId ?? serial,
    serial,
    deviceSubIds: info.value.deviceSubId ?? [],
    slap,
    certification: level,
  });
}

/** The signed digital id: by the chip's maker at L1, by the device key at L0. */
export function openDigitalId(
  policy: ReaderPolicy,
  level: 'L0' | 'L1',
  digitalId: string,
): Result<DigitalId, ReaderError> {
  const roots = level === 'L1' ? policy.trust.ftm : policy.trust.device;
  const payload = openSigned(digitalId, roots, policy.now());
  return payload.ok ? parseDigitalId(payload.value) : payload;
}

/** What a signed reader must still be, in order; undefined: it may be used. */
function checkReader(
  policy: ReaderPolicy,
  dialect: Dialect,
  info: DeviceInfo,
  digitalId: DigitalId,
  level: 'L0' | 'L1',
  claimed: readonly Discovered[],
): ReaderError | undefined {
  const serials = [info.serialNo ?? info.deviceCode, ...claimed.map((c) => c.serialNo ?? c.deviceCode)];
  const checks: readonly (readonly [ReaderError, boolean])[] = [
    [{ reason: 'serial_changed' }, serials[0] === digitalId.serialNo && serials.slice(1).includes(digitalId.serialNo)],
    [{ reason: 'version_mismatch' }, info.specVersion.some((version) => dialect.spellings.includes(version))],
    [{ reason: 'certification_too_low' }, policy.requiredCertification === 'L0' || level === 'L1'],
    [{ reason: 'environment_mismatch' }, info.env === policy.env],
    [{ reason: 'purpose_mismatch' }, info.purpose === policy.purpose],
  ];
  return checks.find(([, holds]) => !holds)?.[0];
}

/** SECURITY: a reader may move later calls to another port of the range, never to another machine. */
function baseOf(callbackId: string | undefined, port: number, [first, last]: readonly [number, number]) {
  if (callbackId === undefined || callbackId === '') return `http://127.0.0.1:${port}/`;
  const url = URL.canParse(callbackId) ? new URL(callbackId) : undefined;
  if (url?.protocol !== 'http:' || url.hostname !== '127.0.0.1' || url.username || url.search) return undefined;
  const at = Number(url.port);
  if (at !== port && (at < first || at > last)) return undefined;
  return url.href.endsWith('/') ? url.href : `${url.href}/`;
}
