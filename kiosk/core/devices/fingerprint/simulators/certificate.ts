// Certificates for simulated readers (X.509 v3, RFC 5280), made when a simulator starts. Nothing that matters may trust one.
import { createSign, type KeyObject } from 'node:crypto';

export type CertificateRequest = {
  readonly subject: string;
  readonly publicKey: KeyObject;
  /** Who signs: for a self-signed one, the same name and the subject's own key. RSA or P-256. */
  readonly issuer: { readonly name: string; readonly privateKey: KeyObject };
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly authority?: boolean;
  /** First byte of the extension keyUsage: 0x80 digital signature, 0x20 key encipherment, 0x04 certificate signing. */
  readonly keyUsage?: number;
};

/** DER. */
export function makeCertificate(request: CertificateRequest): Buffer {
  const rsa = request.issuer.privateKey.asymmetricKeyType === 'rsa';
  const algorithm = rsa ? sequence(oid('1.2.840.113549.1.1.11'), der(0x05)) : sequence(oid('1.2.840.10045.4.3.2'));
  const critical = der(0x01, Buffer.of(0xff));
  const constraints = sequence(
    oid('2.5.29.19'),
    critical,
    der(0x04, request.authority ? sequence(critical) : sequence()),
  );
  const names = sequence(
    oid('2.5.29.17'),
    der(0x04, sequence(der(0x82, Buffer.from('localhost')), der(0x87, Buffer.of(127, 0, 0, 1)))),
  );
  const usages = request.keyUsage
    ? [sequence(oid('2.5.29.15'), critical, der(0x04, der(0x03, Buffer.of(0, request.keyUsage))))]
    : [];
  const body = sequence(
    der(0xa0, integer(Buffer.of(2))),
    integer(Buffer.from(String(request.notBefore.getTime()))),
    algorithm,
    name(request.issuer.name),
    sequence(time(request.notBefore), time(request.notAfter)),
    name(request.subject),
    request.publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(constraints, names, ...usages)),
  );
  const signature = createSign('sha256').update(body).sign(request.issuer.privateKey);
  return sequence(body, algorithm, der(0x03, Buffer.of(0), signature));
}

export function pemOf(certificate: Buffer): string {
  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

function der(tag: number, ...contents: Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  const { length } = content;
  const head = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.of(tag, ...head), content]);
}

const sequence = (...parts: Uint8Array[]) => der(0x30, ...parts);
/** Positive, below 2^(8·length − 1). */
const integer = (bytes: Buffer) => der(0x02, bytes);
const name = (text: string) => sequence(der(0x31, sequence(oid('2.5.4.3'), der(0x0c, Buffer.from(text)))));
/** GeneralizedTime; RFC 5280 wants UTCTime before 2050. */
const time = (date: Date) => {
  const digits = date.toISOString().replace(/[-:T]|\.\d+/g, '');
  return date.getUTCFullYear() < 2050 ? der(0x17, Buffer.from(digits.slice(2))) : der(0x18, Buffer.from(digits));
};

function oid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  const bytes = [first * 40 + second];
  for (const arc of rest) {
    const groups = [arc & 127];
    for (let left = arc >> 7; left > 0; left >>= 7) groups.unshift((left & 127) | 128);
    bytes.push(...groups);
  }
  return der(0x06, Buffer.from(bytes));
}
