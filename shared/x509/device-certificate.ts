// Certificates of fingerprint readers and of their makers (RFC 5280): RSA or P-256 keys, signed with SHA-256. Bytes become a
// certificate, and a chain of them is judged, by WebCrypto alone: at the edge there is no other X.509. Knows no reader.

import { err, ok, type Result } from '../base/result.ts';
import { encodeBase64Url } from '../bytes/base64url.ts';
import type { Bytes } from '../bytes/bytes.ts';
import { equalBytes } from '../bytes/equal.ts';
import type { PlatformKey } from '../crypto/keys.ts';
import { importP256Public, verifyP256 } from '../crypto/p256.ts';
import { importRs256Jwk, verifyRs256 } from '../crypto/rs256.ts';
import { rawSignatureOf } from './certificate.ts';
import { contextTag, type DerNode, derOid, readDer, readDerItems, TAG, timeOfDer } from './der.ts';

const maxBytes = 8192;
/** A leaf and at most four authorities; the root itself may be left out. */
export const maxDeviceChain = 5;
const minRsaBits = 2048;

const OID = {
  rsa: derOid('1.2.840.113549.1.1.1'),
  rsaSha256: derOid('1.2.840.113549.1.1.11'),
  ec: derOid('1.2.840.10045.2.1'),
  p256: derOid('1.2.840.10045.3.1.7'),
  ecdsaSha256: derOid('1.2.840.10045.4.3.2'),
  keyUsage: derOid('2.5.29.15'),
  basicConstraints: derOid('2.5.29.19'),
} as const;

type PublicKey =
  | { readonly kind: 'rsa'; readonly modulus: Uint8Array; readonly exponent: Uint8Array }
  | { readonly kind: 'p256'; readonly point: Uint8Array };

export type DeviceCertificate = {
  readonly der: Uint8Array;
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  readonly notBefore: number;
  readonly notAfter: number;
  readonly key: PublicKey;
  readonly isAuthority: boolean;
  /** True also where the certificate does not limit its key's use. */
  readonly maySign: boolean;
  readonly mayCertify: boolean;
  readonly signed: Uint8Array;
  /** As WebCrypto takes it, for the algorithm that the certificate names. */
  readonly signature: Uint8Array;
  readonly algorithm: 'rsa' | 'p256';
};

export type DeviceCertificateError = { readonly reason: 'certificate_malformed' | 'certificate_kind' };

const malformed = err({ reason: 'certificate_malformed' } as const);
const otherKind = err({ reason: 'certificate_kind' } as const);

/** Another key, a weak one, another algorithm, or a critical extension that is not understood: `certificate_kind`. */
export function decodeDeviceCertificate(bytes: Uint8Array): Result<DeviceCertificate, DeviceCertificateError> {
  if (bytes.length > maxBytes) return malformed;
  const whole = readDer(bytes);
  const [signed, outer, bits, more] = whole.ok ? itemsOf(whole.value) : [];
  if (!signed || !outer || !bits || more) return malformed;
  const parts = itemsOf(signed);
  const [version, , inner, issuer, validity, subject, keyInfo, ...rest] = parts;
  if (!version || !inner || !issuer || !validity || !subject || !keyInfo) return malformed;
  if (version.tag !== contextTag(0)) return otherKind;
  // SECURITY: the signed algorithm and the outer one must be the same (RFC 5280 §4.1.1.2).
  if (!equalBytes(outer.whole, inner.whole)) return malformed;
  const [notBefore, notAfter] = itemsOf(validity).map(timeOfDer);
  if (notBefore === undefined || notAfter === undefined) return malformed;
  const algorithm = algorithmOf(inner);
  const key = keyOf(keyInfo);
  const extensions = extensionsOf(rest.find(({ tag }) => tag === contextTag(3)));
  if (!algorithm || !key || !extensions) return otherKind;
  const signature = algorithm === 'p256' ? rawSignatureOf(bits) : contentOf(bits);
  if (!signature) return malformed;
  return ok({
    ...{ der: bytes, issuer: issuer.whole, subject: subject.whole, notBefore, notAfter, key, ...extensions },
    ...{ signed: signed.whole, signature, algorithm },
  });
}

function itemsOf({ body }: Pick<DerNode, 'body'>): readonly DerNode[] {
  const items = readDerItems(body);
  return items.ok ? items.value : [];
}

/** Of a BIT STRING without unused bits. */
function contentOf({ tag, body }: DerNode): Uint8Array | undefined {
  return tag === TAG.bitString && body[0] === 0 ? body.subarray(1) : undefined;
}

function algorithmOf(node: DerNode): 'rsa' | 'p256' | undefined {
  const [oid] = itemsOf(node);
  if (oid && equalBytes(oid.whole, OID.rsaSha256)) return 'rsa';
  return oid && equalBytes(oid.whole, OID.ecdsaSha256) ? 'p256' : undefined;
}

function keyOf(keyInfo: DerNode): PublicKey | undefined {
  const [algorithm, bits] = itemsOf(keyInfo);
  const content = bits && contentOf(bits);
  const [oid, curve] = algorithm ? itemsOf(algorithm) : [];
  if (!oid || !content) return undefined;
  if (equalBytes(oid.whole, OID.ec)) {
    const isPoint = curve && equalBytes(curve.whole, OID.p256) && content.length === 65 && content[0] === 4;
    return isPoint ? { kind: 'p256', point: content } : undefined;
  }
  if (!equalBytes(oid.whole, OID.rsa)) return undefined;
  const sequence = readDer(content);
  const [modulus, exponent] = (sequence.ok ? itemsOf(sequence.value) : []).map(positiveOf);
  if (!modulus || !exponent) return undefined;
  // SECURITY: a short modulus, or one that is all leading zeros, is no key.
  const bitsLong = modulus.length * 8 - Math.clz32(modulus[0] as number) + 24;
  return bitsLong >= minRsaBits && exponent.length <= 4 ? { kind: 'rsa', modulus, exponent } : undefined;
}

function positiveOf({ tag, body }: DerNode): Uint8Array | undefined {
  if (tag !== TAG.integer || body.length === 0 || (body[0] as number) & 0x80) return undefined;
  const value = body[0] === 0 ? body.subarray(1) : body;
  return value.length > 0 ? value : undefined;
}

type Extensions = Pick<DeviceCertificate, 'isAuthority' | 'maySign' | 'mayCertify'>;

function extensionsOf(node: DerNode | undefined): Extensions | undefined {
  const found = { isAuthority: false, maySign: true, mayCertify: true };
  const seen: Uint8Array[] = [];
  const [list] = node ? itemsOf(node) : [];
  for (const item of list ? itemsOf(list) : []) {
    const [oid, ...rest] = itemsOf(item);
    const value = rest.at(-1);
    if (!oid || value?.tag !== TAG.octetString || seen.some((earlier) => equalBytes(earlier, oid.whole)))
      return undefined;
    seen.push(oid.whole);
    const [content] = itemsOf(value);
    if (equalBytes(oid.whole, OID.basicConstraints)) {
      const [flag] = content ? itemsOf(content) : [];
      found.isAuthority = flag?.tag === TAG.boolean && flag.body[0] === 0xff;
    } else if (equalBytes(oid.whole, OID.keyUsage)) {
      const usage = content?.tag === TAG.bitString ? (content.body[1] ?? 0) : 0;
      found.maySign = (usage & 0x80) !== 0;
      found.mayCertify = (usage & 0x04) !== 0;
    } else if (rest.length > 1) return undefined; // critical (RFC 5280 §4.2) and not understood
  }
  return found;
}

export type DeviceChainError = {
  readonly reason: DeviceCertificateError['reason'] | 'signer_unknown' | 'signer_expired' | 'signer_usage';
};

/**
 * `chain`: DER, the signer's first, each next one its issuer. It must lead to one of `roots`, or be one from which on. `at`: epoch
 * seconds. Answers the signer. Reasons: of the first certificate that does not read; signer_unknown (chain, signature, authority),
 * signer_expired, signer_usage.
 */
export async function verifyDeviceChain(
  chain: readonly Uint8Array[],
  roots: readonly DeviceCertificate[],
  at: number,
): Promise<Result<DeviceCertificate, DeviceChainError>> {
  if (chain.length === 0 || chain.length > maxDeviceChain) return err({ reason: 'signer_unknown' });
  const path: DeviceCertificate[] = [];
  for (const bytes of chain) {
    const certificate = decodeDeviceCertificate(bytes);
    if (!certificate.ok) return certificate;
    path.push(certificate.value);
  }
  const [leaf] = path as [DeviceCertificate];
  const inTime = (one: DeviceCertificate) => one.notBefore <= at && at <= one.notAfter;
  let expired = false;
  for (const [i, certificate] of path.entries()) {
    expired ||= !inTime(certificate);
    const root = roots.find((one) => equalBytes(one.der, certificate.der)) ?? (await issuerAmong(certificate, roots));
    if (root) {
      if (!leaf.maySign) return err({ reason: 'signer_usage' });
      return expired || !inTime(root) ? err({ reason: 'signer_expired' }) : ok(leaf);
    }
    const issuer = path[i + 1];
    // SECURITY: without authority any reader could make certificates for others.
    if (!issuer || !(await hasIssued(issuer, certificate))) return err({ reason: 'signer_unknown' });
  }
  return err({ reason: 'signer_unknown' });
}

async function issuerAmong(certificate: DeviceCertificate, roots: readonly DeviceCertificate[]) {
  for (const root of roots) if (await hasIssued(root, certificate)) return root;
  return undefined;
}

async function hasIssued(issuer: DeviceCertificate, certificate: DeviceCertificate): Promise<boolean> {
  if (!issuer.isAuthority || !issuer.mayCertify || !equalBytes(issuer.subject, certificate.issuer)) return false;
  if (issuer.key.kind !== certificate.algorithm) return false;
  return isSignedBy(issuer, certificate.signed, certificate.signature);
}

/** RS256 or ES256 (r ‖ s) by the certificate's key. */
export async function isSignedBy(
  signer: DeviceCertificate,
  message: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  const { key } = signer;
  try {
    if (key.kind === 'rsa') return await verifyRs256(await importRsa(key.modulus, key.exponent), message, signature);
  } catch {
    return false; // a modulus that the platform does not take
  }
  const imported = await importP256Public(key.point.subarray(1, 33), key.point.subarray(33));
  return imported.ok && verifyP256(imported.value, message, signature as Bytes);
}

function importRsa(modulus: Uint8Array, exponent: Uint8Array): Promise<PlatformKey> {
  return importRs256Jwk({ kty: 'RSA', n: encodeBase64Url(modulus), e: encodeBase64Url(exponent) });
}
