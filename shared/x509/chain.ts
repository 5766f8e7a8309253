// Whether a chain of certificates leads from a signing key to an authority that is trusted (RFC 5280 §6, the part that we use).

import { err, ok, type Result } from '../base/result.ts';
import { encodeBase64Url } from '../bytes/base64url.ts';
import { concatBytes } from '../bytes/concat.ts';
import { equalBytes } from '../bytes/equal.ts';
import type { PlatformKey } from '../crypto/keys.ts';
import { importP256Public, verifyP256 } from '../crypto/p256.ts';
import { sha256Sync } from '../crypto/sha256.ts';
import { type Certificate, type CertificateError, decodeCertificate } from './certificate.ts';

/** Leaf, and at most two authorities between it and the anchor. */
export const maxChain = 3;

export type ChainError =
  | CertificateError
  | {
      readonly reason:
        | 'chain_length'
        | 'chain_broken'
        | 'chain_unknown_authority'
        | 'chain_signature'
        | 'chain_expired'
        | 'chain_usage';
    };

/**
 * `chain`: DER certificates, the signer's first (RFC 7515 §4.1.6). The last must be signed by one of `anchors`, or be one (which some
 * wallets insist on sending). Answers the leaf. SECURITY: a self-signed leaf is no chain, even if it is an anchor.
 */
export async function verifyChain(
  chain: readonly Uint8Array[],
  anchors: readonly Certificate[],
  now: number,
): Promise<Result<Certificate, ChainError>> {
  if (chain.length === 0 || chain.length > maxChain) return err({ reason: 'chain_length' });
  const path: Certificate[] = [];
  for (const bytes of chain) {
    const certificate = decodeCertificate(bytes);
    if (!certificate.ok) return certificate;
    path.push(certificate.value);
  }
  const last = path.at(-1) as Certificate;
  const isAnchor = anchors.some((anchor) => equalBytes(anchor.der, last.der));
  const anchor = isAnchor ? last : anchors.find((candidate) => equalBytes(candidate.subject, last.issuer));
  if (!anchor) return err({ reason: 'chain_unknown_authority' });
  // Two authorities may bear one name while one takes the place of the other: each is tried for the last step.
  const namesakes = isAnchor ? [] : anchors.filter((candidate) => equalBytes(candidate.subject, last.issuer));
  const steps = path.map((subject, i) => ({ subject, issuer: path[i + 1] }));
  for (const { subject, issuer } of steps) {
    if (now < subject.notBefore || now > subject.notAfter) return err({ reason: 'chain_expired' });
    if (subject !== path[0] && !(subject.isAuthority && subject.mayCertify)) return err({ reason: 'chain_usage' });
    if (!issuer) continue;
    if (!equalBytes(subject.issuer, issuer.subject)) return err({ reason: 'chain_broken' });
    if (!(await isSignedBy(subject, issuer))) return err({ reason: 'chain_signature' });
  }
  if (!isAnchor) {
    let signed: Certificate | undefined;
    for (const candidate of namesakes) if (await isSignedBy(last, candidate)) signed ??= candidate;
    if (!signed) return err({ reason: 'chain_signature' });
    if (now < signed.notBefore || now > signed.notAfter) return err({ reason: 'chain_expired' });
    if (!signed.isAuthority || !signed.mayCertify) return err({ reason: 'chain_usage' });
  }
  const leaf = path[0] as Certificate;
  return leaf.isAuthority || !leaf.maySign ? err({ reason: 'chain_usage' }) : ok(leaf);
}

/** That one certificate's bytes are signed by a key stays true for ever: it is proved once. Who is trusted, and until when, is asked anew. */
const proved = new Set<string>();
const keys = new Map<string, PlatformKey>();
/** A chain of ours is two certificates; strangers' come and go. */
const maxKept = 256;

async function isSignedBy(subject: Certificate, issuer: Certificate): Promise<boolean> {
  const name = encodeBase64Url(sha256Sync(concatBytes(issuer.publicKey, subject.der)));
  if (proved.has(name)) return true;
  const key = await certificateKey(issuer);
  if (!key || !(await verifyP256(key, subject.signed, subject.signature))) return false;
  if (proved.size >= maxKept) proved.clear();
  proved.add(name);
  return true;
}

/** The certificate's key, imported once; undefined for a point that is not on the curve. */
export async function certificateKey(certificate: Certificate): Promise<PlatformKey | undefined> {
  const { publicKey } = certificate;
  const name = encodeBase64Url(publicKey);
  const known = keys.get(name);
  if (known) return known;
  const key = await importP256Public(publicKey.subarray(1, 33), publicKey.subarray(33));
  if (!key.ok) return undefined;
  if (keys.size >= maxKept) keys.clear();
  keys.set(name, key.value);
  return key.value;
}
