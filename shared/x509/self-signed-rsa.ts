// The one RSA certificate we make: fingerprint readers wrap the keys of their captures for it, and want a certificate where a key
// would do (MOSIP SBI: thumbprint). Self-signed; nobody trusts it because of its signature.
import type { Bytes } from '../bytes/bytes.ts';
import { encodeUtf8 } from '../bytes/text.ts';
import { contextTag, der, derInteger, derOid, derTime, TAG } from './der.ts';

const algorithm = (dotted: string) => der(TAG.sequence, derOid(dotted), der(0x05));
const bits = (bytes: Uint8Array) => der(TAG.bitString, Uint8Array.of(0), bytes);

export type SelfSignedRequest = {
  /** Big-endian, as in a JWK. */
  readonly modulus: Uint8Array;
  readonly exponent: Uint8Array;
  readonly commonName: string;
  /** Positive, at most 20 bytes. */
  readonly serial: Uint8Array;
  readonly notBefore: number;
  readonly notAfter: number;
  /** RS256 by the key itself. */
  readonly sign: (message: Uint8Array) => Promise<Uint8Array>;
};

/** DER. Key usage: key encipherment, nothing else (RFC 5280 §4.2.1.3). */
export async function selfSignedRsa(request: SelfSignedRequest): Promise<Bytes> {
  const sha256WithRsa = algorithm('1.2.840.113549.1.1.11');
  const key = der(TAG.sequence, derInteger(request.modulus), derInteger(request.exponent));
  const commonName = der(TAG.sequence, derOid('2.5.4.3'), der(TAG.utf8, encodeUtf8(request.commonName)));
  const name = der(TAG.sequence, der(TAG.set, commonName));
  const critical = der(TAG.boolean, Uint8Array.of(0xff));
  const usage = der(TAG.bitString, Uint8Array.of(5, 0x20));
  const signed = der(
    TAG.sequence,
    der(contextTag(0), derInteger(Uint8Array.of(2))),
    derInteger(request.serial),
    sha256WithRsa,
    name,
    der(TAG.sequence, derTime(request.notBefore), derTime(request.notAfter)),
    name,
    der(TAG.sequence, algorithm('1.2.840.113549.1.1.1'), bits(key)),
    der(
      contextTag(3),
      der(
        TAG.sequence,
        der(TAG.sequence, derOid('2.5.29.19'), critical, der(TAG.octetString, der(TAG.sequence))),
        der(TAG.sequence, derOid('2.5.29.15'), critical, der(TAG.octetString, usage)),
      ),
    ),
  );
  return der(TAG.sequence, signed, sha256WithRsa, bits(await request.sign(signed)));
}
