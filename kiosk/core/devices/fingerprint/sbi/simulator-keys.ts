// The keys of a simulated SBI reader, made when it starts: two authorities, a chip, a device, and those it lies with.
import { createHash, generateKeyPairSync, type KeyObject, sign, X509Certificate } from 'node:crypto';
import { encodeBase64Url } from '../../../../../shared/bytes/base64url.ts';
import { type CertificateRequest, makeCertificate, pemOf } from '../simulators/certificate.ts';
import type { SbiTrustStore } from './certificates.ts';

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
