// The keys of a simulated SBI reader, made when it starts or kept in a file: two authorities, a chip, a device, and those it lies with.
import { createHash, createPrivateKey, generateKeyPairSync, type KeyObject, sign, X509Certificate } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import * as z from 'zod';
import { encodeBase64Url } from '../../../../../shared/bytes/base64url.ts';
import { type CertificateRequest, makeCertificate, pemOf } from '../simulators/certificate.ts';
import { parseTrustStore, type SbiTrustStore } from './certificates.ts';

export type Signer = { readonly privateKey: KeyObject; readonly chain: readonly Buffer[] };

export type SimulatorKeys = {
  /** The maker's chip, which signs the digital id at L1. */
  readonly ftm: Signer;
  /** The device key, which signs everything else. */
  readonly device: Signer;
  /** The same device key, certified by nobody known; past its time; and for encryption only. */
  readonly stranger: Signer;
  readonly expired: Signer;
  readonly notForSigning: Signer;
  readonly trust: SbiTrustStore;
  /** As parseTrustStore reads it. */
  readonly trustStoreFile: string;
};

const dayMs = 86_400_000;

export function makeSimulatorKeys(now: Date): SimulatorKeys {
  const rsa = () => generateKeyPairSync('rsa', { modulusLength: 2048 });
  const during = (fromDays: number, toDays: number) => ({
    notBefore: new Date(Math.floor(now.getTime() / 1000) * 1000 + fromDays * dayMs),
    notAfter: new Date(Math.floor(now.getTime() / 1000) * 1000 + toDays * dayMs),
  });
  const authority = (subject: string) => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const issuer = { name: subject, privateKey };
    const request = { subject, publicKey, issuer, ...during(-30, 3_650), authority: true, keyUsage: 0x04 };
    return { issuer, certificate: makeCertificate(request) };
  };
  const [deviceRoot, ftmRoot, unknown] = ['Device', 'Chip', 'Unknown'].map((of) => authority(`SIMULATED ${of} Root`));
  if (!deviceRoot || !ftmRoot || !unknown) throw new Error('unreachable');
  const [deviceKey, chipKey] = [rsa(), rsa()];
  const certified = (
    subject: string,
    key: typeof deviceKey,
    by: typeof deviceRoot,
    more: Partial<CertificateRequest> = {},
  ): Signer => {
    const request = {
      subject,
      publicKey: key.publicKey,
      issuer: by.issuer,
      ...during(-1, 30),
      keyUsage: 0x80,
      ...more,
    };
    return { privateKey: key.privateKey, chain: [makeCertificate(request), by.certificate] };
  };
  const pems = (certificate: Buffer) => [pemOf(certificate)];
  return {
    ftm: certified('SIMULATED Chip', chipKey, ftmRoot),
    device: certified('SIMULATED Device', deviceKey, deviceRoot),
    stranger: certified('SIMULATED Stranger', deviceKey, unknown),
    expired: certified('SIMULATED Device', deviceKey, deviceRoot, during(-20, -2)),
    notForSigning: certified('SIMULATED Device', deviceKey, deviceRoot, { keyUsage: 0x20 }),
    trust: { device: [new X509Certificate(deviceRoot.certificate)], ftm: [new X509Certificate(ftmRoot.certificate)] },
    trustStoreFile: `${JSON.stringify({ device: pems(deviceRoot.certificate), ftm: pems(ftmRoot.certificate) }, null, 1)}\n`,
  };
}

const signers = ['ftm', 'device', 'stranger', 'expired', 'notForSigning'] as const;
const Kept = z.strictObject({
  signers: z.record(z.enum(signers), z.strictObject({ privateKey: z.string(), chain: z.array(z.string()).min(1) })),
  trustStoreFile: z.string(),
});

/**
 * The keys in `file`, so that a reader that is started again is the same reader; made and written (0600) when there is no such
 * file, or when the device's certificate ends within a day. Throws on a file that is none of this program's.
 */
export function keptSimulatorKeys(file: string, now: Date): SimulatorKeys {
  const kept = existsSync(file) ? readKept(readFileSync(file, 'utf8')) : undefined;
  const [leaf] = kept?.device.chain ?? [];
  if (kept && leaf && new X509Certificate(leaf).validToDate.getTime() > now.getTime() + dayMs) return kept;
  const made = makeSimulatorKeys(now);
  const written = (name: (typeof signers)[number]) => ({
    privateKey: made[name].privateKey.export({ format: 'pem', type: 'pkcs8' }),
    chain: made[name].chain.map((certificate) => certificate.toString('base64')),
  });
  const { trustStoreFile } = made;
  const contents = { signers: Object.fromEntries(signers.map((name) => [name, written(name)])), trustStoreFile };
  writeFileSync(file, JSON.stringify(contents, null, 1), { mode: 0o600 });
  return made;
}

function readKept(text: string): SimulatorKeys {
  const { signers: given, trustStoreFile } = Kept.parse(JSON.parse(text));
  const signer = (name: (typeof signers)[number]): Signer => ({
    privateKey: createPrivateKey(given[name].privateKey),
    chain: given[name].chain.map((certificate) => Buffer.from(certificate, 'base64')),
  });
  const trust = parseTrustStore(trustStoreFile);
  if (!trust.ok) throw new TypeError('the kept trust store is none');
  const [ftm, device, stranger, expired, notForSigning] = signers.map(signer);
  if (!ftm || !device || !stranger || !expired || !notForSigning) throw new Error('unreachable');
  return { ftm, device, stranger, expired, notForSigning, trust: trust.value, trustStoreFile };
}

/** Compact JWS, RS256, with the signer's chain. */
export function signJws(payload: object, { privateKey, chain }: Signer): string {
  const text = (value: object) => encodeBase64Url(new TextEncoder().encode(JSON.stringify(value)));
  const header = { alg: 'RS256', typ: 'JWT', x5c: chain.map((certificate) => certificate.toString('base64')) };
  const signed = `${text(header)}.${text(payload)}`;
  return `${signed}.${encodeBase64Url(sign('sha256', Buffer.from(signed), privateKey))}`;
}

export const unsigned = (payload: object): string => encodeBase64Url(new TextEncoder().encode(JSON.stringify(payload)));

export const thumbprintOf = (certificate: X509Certificate): string =>
  createHash('sha256').update(certificate.raw).digest('hex').toUpperCase();
