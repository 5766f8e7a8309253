// Who a simulated SBI reader says it is: discovery and info, in both versions, signed or not.
import * as z from 'zod';
import type { PlatformKey } from '../../../../../shared/crypto/keys.ts';
import type { Dialect } from './dialect.ts';
import type { Environment, Purpose } from './find-readers.ts';
import type { Impression } from './simulator-glass.ts';
import { type SimulatorKeys, signJws, unsigned } from './simulator-keys.ts';
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
export const deviceId = '4';
export const timestampOf = (date: Date) => date.toISOString().replace(/\.\d+Z$/, 'Z');
export const success = { errorCode: '0', errorInfo: 'Success' };
export const failure = (errorCode: string) => ({ errorCode, errorInfo: messages[errorCode] ?? 'Error' });
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

/** Why the device can do nothing now; '0': it can. */
export const codeOf = (device: SimulatedDevice) =>
  statusCodes[device.switches.status === 'Ready' && device.busy ? 'Busy' : device.switches.status];
const errorOf = (code: string) => (code === '0' ? success : failure(code));

function digitalIdOf(device: SimulatedDevice, serialNo = device.serial) {
  const { subType: deviceSubType } = device;
  const type = 'Finger';
  const provider = { deviceProvider: 'Tawthiq', deviceProviderId: 'TAWTHIQ.SIM' };
  return { serialNo, make, model, type, deviceSubType, ...provider, dateTime: timestampOf(device.now()) };
}

/** Signed by the chip (L1) or the device key (L0); by nobody when the device is not registered. */
export function signedDigitalId(device: SimulatedDevice, serial: string, plainBy: SbiLie): string {
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
