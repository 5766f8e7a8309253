// Simulated SBI readers for tests, with one set of keys, and the drivers that trust them.
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type SbiOptions, sbiDriver } from '../../../../kiosk/core/devices/fingerprint/sbi/driver.ts';
import {
  type SbiSimulator,
  type SbiSimulatorOptions,
  startSbiSimulator,
} from '../../../../kiosk/core/devices/fingerprint/sbi/simulated.ts';
import { makeSimulatorKeys, thumbprintOf } from '../../../../kiosk/core/devices/fingerprint/sbi/simulator-keys.ts';
import { newSbiSwitches } from '../../../../kiosk/core/devices/fingerprint/sbi/simulator-switches.ts';
import { importRsaOaepPrivate } from '../../../../shared/crypto/rsa-oaep.ts';

const vectors = path.join(import.meta.dirname, '../../../vectors/sbi');

export const keys = makeSimulatorKeys(new Date());
export const encryptionCertificate = readFileSync(path.join(vectors, 'capture/enc.crt'));
export const thumbprint = thumbprintOf(new X509Certificate(encryptionCertificate));
export const domainUri = 'https://edge.example';

export async function edgeKey() {
  const text = readFileSync(path.join(vectors, 'capture/enc-test-key.p8'));
  const pem = text.toString('latin1');
  const der = pem.startsWith('-----') ? Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64') : text;
  const key = await importRsaOaepPrivate(der);
  if (!key.ok) throw new Error(key.error.reason);
  return key.value;
}

export const record = (name: string) => readFileSync(path.join(vectors, 'records', `${name}.iso`)).toString('base64');
export const oneFinger = () => ({ records: [record('Right_Index')] });
export const tenFingers = () => ({
  records: ['Left', 'Right'].flatMap((hand) =>
    ['Thumb', 'Index', 'Middle', 'Ring', 'Little'].map((finger) => record(`${hand}_${finger}_wsq`)),
  ),
});

export const startReader = (options: Partial<SbiSimulatorOptions> = {}) =>
  startSbiSimulator({ port: 0, purpose: 'Auth', keys, encryptionCertificate, ...options });

export function honest(simulator: SbiSimulator): void {
  Object.assign(simulator.switches, newSbiSwitches());
  simulator.glass.put(oneFinger());
}

export const driverOf = (simulator: Pick<SbiSimulator, 'port'>, options: Partial<SbiOptions> = {}) =>
  sbiDriver({
    trust: keys.trust,
    purpose: 'Auth',
    env: 'Developer',
    domainUri,
    encryptionThumbprint: thumbprint,
    ports: [simulator.port, simulator.port],
    ...options,
  });

/** How the driver names a simulated reader. */
export const idOf = (simulator: Pick<SbiSimulator, 'port'>, serial = 'SIM-0001') => `${simulator.port}/${serial}`;

/** A capture that ends because of what lies on the glass or what the reader says, never because the machine is slow. */
export const request = { positions: [2], minQuality: 40, timeoutMs: 30_000 };
/** A capture whose time runs out, which is waited for. */
export const brief = { ...request, timeoutMs: 400 };

export const admin = (simulator: SbiSimulator, at: string, body: object, headers: Record<string, string> = {}) =>
  fetch(simulator.url + at, { method: 'POST', body: JSON.stringify(body), headers });
