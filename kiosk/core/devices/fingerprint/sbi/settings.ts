// The settings file of a kiosk with an SBI reader: whom it trusts, what its captures are for, to whom they are sealed.
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import { parseTrustStore } from './certificates.ts';
import type { SbiOptions } from './driver.ts';

/** Files are named relative to the settings file; certificates in PEM or DER. */
const Settings = z.strictObject({
  purpose: z.enum(['Auth', 'Registration']),
  env: z.enum(['Staging', 'Developer', 'Pre-Production', 'Production']),
  domainUri: z.string().min(1).max(200),
  trustStore: z.string().min(1),
  /** The edge's, for the purpose Auth. */
  encryptionCertificate: z.string().min(1).optional(),
  requiredCertification: z.enum(['L0', 'L1']).default('L1'),
  ports: z
    .tuple([z.int().min(1).max(65_535), z.int().min(1).max(65_535)])
    .refine(([first, last]) => first <= last && last - first < 1_000)
    .default([4501, 4600]),
});

/** Throws on a file that cannot be read or does not say what it must: a kiosk does not start with half its settings. */
export function readSbiSettings(file: string): SbiOptions {
  const near = (name: string) => path.resolve(path.dirname(file), name);
  const { trustStore, encryptionCertificate, ...settings } = Settings.parse(JSON.parse(readFileSync(file, 'utf8')));
  const trust = parseTrustStore(readFileSync(near(trustStore), 'utf8'));
  if (!trust.ok) throw new TypeError(`${trustStore} is not a trust store`);
  if (encryptionCertificate === undefined) return { ...settings, trust: trust.value };
  const certificate = new X509Certificate(readFileSync(near(encryptionCertificate)));
  const encryptionThumbprint = certificate.fingerprint256.replaceAll(':', '');
  return { ...settings, trust: trust.value, encryptionThumbprint };
}
