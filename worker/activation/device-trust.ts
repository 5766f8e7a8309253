// Whose fingerprint readers may seal captures for the edge: makers' roots, and what a capture must say it is for. Data, published by
// an administrator; the same roots as in the kiosks' own trust stores.
import * as z from 'zod';
import { err, ok, type Result } from '../../shared/base/result.ts';
import { jsonOf } from '../../shared/biometric/sbi-signature.ts';
import { decodeBase64 } from '../../shared/bytes/base64.ts';
import { type DeviceCertificate, decodeDeviceCertificate } from '../../shared/x509/device-certificate.ts';

const Pems = z.array(z.string().max(12_000)).max(100);

/** `device`: roots of makers' device keys; `ftm`: of the secure chips inside them. */
const Shape = z.strictObject({
  device: Pems.min(1),
  ftm: Pems,
  env: z.enum(['Staging', 'Developer', 'Pre-Production', 'Production']),
  domainUri: z.string().min(1).max(200),
  /** L1: a secure chip in the reader signs who it is. */
  requiredCertification: z.enum(['L0', 'L1']).default('L1'),
});

export type DeviceTrust = Pick<z.output<typeof Shape>, 'env' | 'domainUri' | 'requiredCertification'> & {
  readonly device: readonly DeviceCertificate[];
  readonly ftm: readonly DeviceCertificate[];
};

export const maxDeviceTrustBytes = 500_000;

export type DeviceTrustError = { readonly reason: 'device_trust_malformed' | 'device_root_unusable' };

/** device_root_unusable: a PEM that is no certificate of an authority with an RSA or P-256 key. */
export function parseDeviceTrust(bytes: Uint8Array): Result<DeviceTrust, DeviceTrustError> {
  const parsed = Shape.safeParse(jsonOf(bytes));
  if (!parsed.success) return err({ reason: 'device_trust_malformed' });
  const [device, ftm] = [parsed.data.device, parsed.data.ftm].map((pems) => pems.flatMap((pem) => rootOf(pem) ?? []));
  const { env, domainUri, requiredCertification } = parsed.data;
  if (device?.length !== parsed.data.device.length || ftm?.length !== parsed.data.ftm.length)
    return err({ reason: 'device_root_unusable' });
  return ok({ device, ftm, env, domainUri, requiredCertification });
}

function rootOf(pem: string): DeviceCertificate | undefined {
  const [, text = ''] =
    /^\s*-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----\s*$/.exec(pem) ?? [];
  const bytes = decodeBase64(text.replaceAll(/\s/g, ''));
  const certificate = bytes.ok ? decodeDeviceCertificate(bytes.value) : bytes;
  return certificate.ok && certificate.value.isAuthority && certificate.value.mayCertify
    ? certificate.value
    : undefined;
}
