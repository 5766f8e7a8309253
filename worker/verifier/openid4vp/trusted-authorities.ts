// `trusted_authorities` of a DCQL query (OpenID4VP 1.0 §6.1.1), of type `aki`: whose credentials the business wants, by key identifier.
// It helps a wallet to choose; whom we trust is decided before, and elsewhere.

import * as z from 'zod';
import { decodeBase64 } from '../../../shared/bytes/base64.ts';
import { encodeBase64Url } from '../../../shared/bytes/base64url.ts';
import { decodeSdJwt } from '../../../shared/sd-jwt/decode.ts';
import { decodeCertificate } from '../../../shared/x509/certificate.ts';
import { maxChain } from '../../../shared/x509/chain.ts';

/** A KeyIdentifier (RFC 5280 §4.2.1.1) in base64url, 8 to 64 bytes. Types that are not understood are refused, not passed over. */
const keyIdentifier = z.string().regex(/^[A-Za-z0-9_-]{11,86}$/);
export const TrustedAuthorities = z
  .array(z.strictObject({ type: z.literal('aki'), values: z.array(keyIdentifier).min(1).max(10) }))
  .min(1)
  .max(4);
export type TrustedAuthorities = z.infer<typeof TrustedAuthorities>;

/**
 * Whether a certificate of the credential's chain names one of them as its authority: one value of one entry is enough. `text`: a
 * presentation whose chain and signature were verified; nothing is verified here.
 */
export function isOfOne(asked: TrustedAuthorities, text: string): boolean {
  const decoded = decodeSdJwt(text);
  const x5c = decoded.ok ? decoded.value.issuer.header['x5c'] : undefined;
  if (!Array.isArray(x5c) || x5c.length > maxChain) return false;
  const named = new Set(asked.flatMap(({ values }) => values));
  return (x5c as readonly unknown[]).some((part) => {
    const bytes = typeof part === 'string' ? decodeBase64(part) : undefined;
    const certificate = bytes?.ok ? decodeCertificate(bytes.value) : undefined;
    const keyId = certificate?.ok ? certificate.value.authorityKeyId : undefined;
    return keyId !== undefined && named.has(encodeBase64Url(keyId));
  });
}
