// X.509 certificates of the one kind we make and take: version 3, P-256, ECDSA with SHA-256 (RFC 5280, RFC 5480, RFC 5758).
// A signature is checked in chain.ts; here bytes become a certificate and back.

import { err, ok, type Result } from '../base/result.ts';
import type { Bytes } from '../bytes/bytes.ts';
import { concatBytes } from '../bytes/concat.ts';
import { equalBytes } from '../bytes/equal.ts';
import { encodeUtf8 } from '../bytes/text.ts';
import { sha256Sync } from '../crypto/sha256.ts';
import {
  contextTag,
  type DerNode,
  der,
  derInteger,
  derOid,
  derTime,
  readDer,
  readDerItems,
  TAG,
  timeOfDer,
} from './der.ts';

export const maxCertificateBytes = 4096;

const OID = {
  commonName: derOid('2.5.4.3'),
  organization: derOid('2.5.4.10'),
  ecPublicKey: derOid('1.2.840.10045.2.1'),
  p256: derOid('1.2.840.10045.3.1.7'),
  ecdsaSha256: derOid('1.2.840.10045.4.3.2'),
  subjectKeyId: derOid('2.5.29.14'),
  keyUsage: derOid('2.5.29.15'),
  subjectAltName: derOid('2.5.29.17'),
  basicConstraints: derOid('2.5.29.19'),
  authorityKeyId: derOid('2.5.29.35'),
} as const;

const signatureAlgorithm = der(TAG.sequence, OID.ecdsaSha256);
/** Bits of KeyUsage, most significant first: digitalSignature 0, keyCertSign 5, cRLSign 6. */
const usage = { sign: 0x80, certify: 0x04 } as const;

export type CertificateName = { readonly organization: string; readonly commonName: string };

export type CertificateRequest = {
  /** Uncompressed point, 65 bytes. */
  readonly publicKey: Uint8Array;
  readonly subject: CertificateName;
  /** The issuer's name as its own certificate has it, byte for byte; a name, where it is the subject itself. */
  readonly issuer: CertificateName | Uint8Array;
  /** The issuer's key: its own for a self-signed authority. */
  readonly issuerPublicKey: Uint8Array;
  readonly isAuthority: boolean;
  /** 16 random bytes. */
  readonly serial: Uint8Array;
  readonly notBefore: number;
  readonly notAfter: number;
  /** What the certificate speaks for: an https origin, as URI and as DNS name. */
  readonly origin?: string;
  /** Signs with the issuer's private key; r ‖ s. */
  readonly sign: (message: Uint8Array) => Promise<Uint8Array>;
};

export type Certificate = {
  readonly der: Uint8Array;
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  readonly notBefore: number;
  readonly notAfter: number;
  readonly publicKey: Uint8Array;
  readonly isAuthority: boolean;
  readonly maySign: boolean;
  readonly mayCertify: boolean;
  /** Whose key signed it, by that key's identifier (RFC 5280 §4.2.1.1). */
  readonly authorityKeyId: Uint8Array | undefined;
  /** The signed part, and the signature over it as r ‖ s. */
  readonly signed: Uint8Array;
  readonly signature: Bytes;
};

export type CertificateError = { readonly reason: 'certificate_malformed' | 'certificate_kind' };

/** DER of the signed certificate, about 500 bytes. */
export async function signCertificate(request: CertificateRequest): Promise<Bytes> {
  const { publicKey, issuerPublicKey, isAuthority, origin } = request;
  const bits = isAuthority ? Uint8Array.of(2, usage.certify) : Uint8Array.of(7, usage.sign);
  const constraints = isAuthority
    ? der(TAG.sequence, der(TAG.boolean, Uint8Array.of(0xff)), derInteger(Uint8Array.of(0)))
    : der(TAG.sequence);
  const extensions = [
    extension(OID.basicConstraints, constraints, true),
    extension(OID.keyUsage, der(TAG.bitString, bits), true),
    extension(OID.subjectKeyId, der(TAG.octetString, keyIdOf(publicKey))),
    extension(OID.authorityKeyId, der(TAG.sequence, der(0x80, keyIdOf(issuerPublicKey)))),
    ...(origin === undefined ? [] : [extension(OID.subjectAltName, der(TAG.sequence, ...altNamesOf(origin)))]),
  ];
  const signed = der(
    TAG.sequence,
    der(contextTag(0), derInteger(Uint8Array.of(2))),
    derInteger(request.serial),
    signatureAlgorithm,
    request.issuer instanceof Uint8Array ? request.issuer : derName(request.issuer),
    der(TAG.sequence, derTime(request.notBefore), derTime(request.notAfter)),
    derName(request.subject),
    der(TAG.sequence, der(TAG.sequence, OID.ecPublicKey, OID.p256), bitString(publicKey)),
    der(contextTag(3), der(TAG.sequence, ...extensions)),
  );
  const rs = await request.sign(signed);
  const signature = der(TAG.sequence, derInteger(rs.subarray(0, 32)), derInteger(rs.subarray(32)));
  return der(TAG.sequence, signed, signatureAlgorithm, bitString(signature));
}

/** RFC 7093 §2 method 1: the left 160 bits of SHA-256 of the key's bits. OpenID4VP's `aki` names an authority by it. */
export function keyIdOf(publicKey: Uint8Array): Uint8Array {
  return sha256Sync(publicKey).subarray(0, 20);
}

function extension(oid: Uint8Array, value: Uint8Array, critical = false): Bytes {
  const flag = critical ? [der(TAG.boolean, Uint8Array.of(0xff))] : [];
  return der(TAG.sequence, oid, ...flag, der(TAG.octetString, value));
}

function bitString(bytes: Uint8Array): Bytes {
  return der(TAG.bitString, Uint8Array.of(0), bytes);
}

function derName(name: CertificateName): Bytes {
  const part = (oid: Uint8Array, text: string) => der(TAG.set, der(TAG.sequence, oid, der(TAG.utf8, encodeUtf8(text))));
  return der(TAG.sequence, part(OID.organization, name.organization), part(OID.commonName, name.commonName));
}

function altNamesOf(origin: string): Bytes[] {
  const { hostname } = new URL(origin);
  return [der(0x86, encodeUtf8(origin)), der(0x82, encodeUtf8(hostname))];
}

/** Reads one certificate of this kind; any other key, algorithm or unknown critical extension is `certificate_kind`. */
export function decodeCertificate(bytes: Uint8Array): Result<Certificate, CertificateError> {
  if (bytes.length > maxCertificateBytes) return malformed;
  const [signed, algorithm, signatureBits] = itemsIn(readDer(bytes), 3) ?? [];
  if (!signed || !algorithm || !signatureBits) return malformed;
  const parts = itemsIn(ok(signed), 8);
  if (!parts) return malformed;
  const [version, , innerAlgorithm, issuer, validity, subject, keyInfo, extensions] = parts;
  if (!version || !innerAlgorithm || !issuer || !validity || !subject || !keyInfo || !extensions) return malformed;
  // SECURITY: the signed algorithm and the outer one must be the same single one (RFC 5280 §4.1.1.2).
  for (const named of [algorithm, innerAlgorithm]) if (!equalBytes(named.whole, signatureAlgorithm)) return otherKind;
  const [notBefore, notAfter] = (itemsIn(ok(validity), 2) ?? []).map(timeOfDer);
  const signature = rawSignatureOf(signatureBits);
  if (notBefore === undefined || notAfter === undefined || !signature) return malformed;
  const publicKey = p256Of(keyInfo);
  const known = extensionsOf(extensions);
  if (version.tag !== contextTag(0) || !publicKey || !known) return otherKind;
  return ok({
    der: bytes,
    issuer: issuer.whole,
    subject: subject.whole,
    notBefore,
    notAfter,
    publicKey,
    signed: signed.whole,
    signature,
    ...known,
  });
}

const malformed = err({ reason: 'certificate_malformed' } as const);
const otherKind = err({ reason: 'certificate_kind' } as const);

function itemsIn(node: Result<DerNode, unknown>, count: number): readonly DerNode[] | undefined {
  if (!node.ok) return undefined;
  const items = readDerItems(node.value.body);
  return items.ok && items.value.length === count ? items.value : undefined;
}

function p256Of(keyInfo: DerNode): Uint8Array | undefined {
  const [algorithm, bits] = itemsIn(ok(keyInfo), 2) ?? [];
  const expected = der(TAG.sequence, OID.ecPublicKey, OID.p256);
  if (!algorithm || !equalBytes(algorithm.whole, expected)) return undefined;
  // No unused bits, then the uncompressed point.
  const isPoint = bits?.tag === TAG.bitString && bits.body.length === 66 && bits.body[0] === 0 && bits.body[1] === 4;
  return isPoint ? bits.body.subarray(1) : undefined;
}

/** r ‖ s of an ECDSA signature in DER. */
export function rawSignatureOf(bits: DerNode): Bytes | undefined {
  if (bits.tag !== TAG.bitString || bits.body[0] !== 0) return undefined;
  const integers = itemsIn(readDer(bits.body.subarray(1)), 2);
  const [r, s] = (integers ?? []).map(coordinateOf);
  return r && s ? concatBytes(r, s) : undefined;
}

/** A positive INTEGER of at most 32 bytes, padded to them. */
function coordinateOf(node: DerNode): Bytes | undefined {
  const { tag, body } = node;
  if (tag !== TAG.integer || body.length === 0 || (body[0] as number) & 0x80) return undefined;
  if (body[0] === 0 && body.length > 1 && !((body[1] as number) & 0x80)) return undefined;
  const bytes = body[0] === 0 ? body.subarray(1) : body;
  if (bytes.length > 32) return undefined;
  return concatBytes(new Uint8Array(32 - bytes.length), bytes);
}

type Extensions = Pick<Certificate, 'isAuthority' | 'maySign' | 'mayCertify' | 'authorityKeyId'>;

function extensionsOf(node: DerNode): Extensions | undefined {
  const [list, more] = itemsOf(node);
  if (node.tag !== contextTag(3) || !list || more) return undefined;
  const found = {
    isAuthority: false,
    maySign: false,
    mayCertify: false,
    authorityKeyId: undefined as Extensions['authorityKeyId'],
  };
  const seen: Uint8Array[] = [];
  for (const item of itemsOf(list)) {
    const [oid, ...rest] = itemsOf(item);
    const value = rest.at(-1);
    const critical = rest.length === 2 && rest[0]?.tag === TAG.boolean && rest[0].body[0] === 0xff;
    if (!oid || value?.tag !== TAG.octetString || rest.length > 2) return undefined;
    if (seen.some((earlier) => equalBytes(earlier, oid.whole))) return undefined;
    seen.push(oid.whole);
    if (equalBytes(oid.whole, OID.basicConstraints)) {
      const [flag] = itemsOf({ ...value, body: itemsOf(value)[0]?.body ?? new Uint8Array() });
      found.isAuthority = flag?.tag === TAG.boolean && flag.body[0] === 0xff;
    } else if (equalBytes(oid.whole, OID.keyUsage)) {
      const bits = itemsOf(value)[0]?.body[1] ?? 0;
      found.maySign = (bits & usage.sign) !== 0;
      found.mayCertify = (bits & usage.certify) !== 0;
    } else if (equalBytes(oid.whole, OID.authorityKeyId)) {
      const [names] = itemsOf(value);
      found.authorityKeyId = names && itemsOf(names).find(({ tag }) => tag === 0x80)?.body;
    } else if (critical) return undefined; // RFC 5280 §4.2: what must be understood and is not.
  }
  return found;
}

function itemsOf(node: Pick<DerNode, 'body'>): readonly DerNode[] {
  const items = readDerItems(node.body);
  return items.ok ? items.value : [];
}
