// Whom a reader's signature may come from: chains of X.509 certificates (RFC 5280) up to roots that were handed in.
import { X509Certificate } from 'node:crypto';
import * as z from 'zod';
import { err, ok, type Result } from '../../../../../shared/base/result.ts';

/** Roots of makers' device keys, and of the makers of secure chips (FTM). */
export type SbiTrustStore = {
  readonly device: readonly X509Certificate[];
  readonly ftm: readonly X509Certificate[];
};

const Pems = z.array(z.string().max(20_000)).max(200);
const TrustStoreFile = z.object({ device: Pems, ftm: Pems });

/** A trust store file: `{"device": [PEM…], "ftm": [PEM…]}`. */
export function parseTrustStore(text: string): Result<SbiTrustStore, { readonly reason: 'trust_store_malformed' }> {
  try {
    const { device, ftm } = TrustStoreFile.parse(JSON.parse(text));
    const certificates = (pems: readonly string[]) => pems.map((pem) => new X509Certificate(pem));
    return ok({ device: certificates(device), ftm: certificates(ftm) });
  } catch {
    return err({ reason: 'trust_store_malformed' });
  }
}

export type ChainError = { readonly reason: 'signer_unknown' | 'reader_key_expired'; readonly code: string };

/**
 * `chain`: the signer first, each next one its issuer, the root itself may be left out. Every certificate must be valid at
 * `now`, every issuer an authority, and the signer allowed to sign where its certificate says what it may do.
 */
export function checkChain(
  chain: readonly X509Certificate[],
  roots: readonly X509Certificate[],
  now: Date,
): Result<undefined, ChainError> {
  const [leaf] = chain;
  if (!leaf) return err({ reason: 'signer_unknown', code: 'no certificate' });
  if (!hasStrongKey(leaf)) return err({ reason: 'signer_unknown', code: 'weak key' });
  let expired = false;
  for (const [i, certificate] of chain.entries()) {
    expired ||= !isValidAt(certificate, now);
    // a root that signs by itself, or the root at the end of the chain
    const anchor = roots.find((root) => root.raw.equals(certificate.raw)) ?? roots.find((r) => issued(r, certificate));
    if (anchor) {
      expired ||= !isValidAt(anchor, now);
      if (!maySign(leaf)) return err({ reason: 'signer_unknown', code: 'key usage' });
      return expired ? err({ reason: 'reader_key_expired', code: 'certificate' }) : ok(undefined);
    }
    const issuer = chain[i + 1];
    // SECURITY: without `ca` any device could make certificates for others.
    if (!issuer?.ca || !issued(issuer, certificate)) return err({ reason: 'signer_unknown', code: 'chain' });
  }
  return err({ reason: 'signer_unknown', code: 'chain' });
}

/** RSA of 2048 bits or more. A certificate may parse though its key does not: asking for it throws. */
function hasStrongKey(certificate: X509Certificate): boolean {
  try {
    const { asymmetricKeyType, asymmetricKeyDetails } = certificate.publicKey;
    return asymmetricKeyType === 'rsa' && (asymmetricKeyDetails?.modulusLength ?? 0) >= 2048;
  } catch {
    return false;
  }
}

function issued(issuer: X509Certificate, certificate: X509Certificate): boolean {
  try {
    return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
  } catch {
    return false;
  }
}

function isValidAt(certificate: X509Certificate, now: Date): boolean {
  return certificate.validFromDate <= now && now <= certificate.validToDate;
}

const keyUsageOid = Buffer.of(0x06, 0x03, 0x55, 0x1d, 0x0f);

/** Whether a certificate that limits its key's use (extension keyUsage, RFC 5280 §4.2.1.3) allows digital signatures. */
function maySign(certificate: X509Certificate): boolean {
  const at = certificate.raw.indexOf(keyUsageOid);
  if (at < 0) return true;
  let rest = certificate.raw.subarray(at + keyUsageOid.length);
  // critical BOOLEAN, then OCTET STRING { BIT STRING { unused bits, bits } }
  if (rest[0] === 0x01) rest = rest.subarray(3);
  return rest[0] === 0x04 && rest[2] === 0x03 && ((rest[5] ?? 0) & 0x80) !== 0;
}
