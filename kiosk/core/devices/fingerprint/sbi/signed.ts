// Signed texts of a reader: compact JWS (RFC 7515), RS256, the signer's chain in x5c. Knows nothing of what is signed.
import { verify, X509Certificate } from 'node:crypto';
import * as z from 'zod';
import { err, ok, type Result } from '../../../../../shared/base/result.ts';
import { decodeBase64Url } from '../../../../../shared/bytes/base64url.ts';
import type { ReaderError } from '../driver.ts';
import { checkChain } from './certificates.ts';

const maxChars = 4_000_000;

const Header = z.object({
  alg: z.string().max(20),
  typ: z.string().max(20).nullish(),
  x5c: z.array(z.string().max(12_000)).min(1).max(5),
  crit: z.undefined().optional(),
});

/** A text that is base64url of JSON and nothing more: what an unregistered device sends in place of a JWS. */
export const isUnsigned = (text: string): boolean => !text.includes('.');

/**
 * The payload's bytes, if `text` is signed by a key whose certificate leads to one of `roots`.
 * Reasons: answer_malformed, signature_missing, signature_bad, signer_unknown, reader_key_expired.
 */
export function openSigned(
  text: string,
  roots: readonly X509Certificate[],
  now: Date,
): Result<Uint8Array, ReaderError> {
  if (isUnsigned(text)) return err({ reason: 'signature_missing' });
  const malformed = (code: string) => err({ reason: 'answer_malformed' as const, code });
  if (text.length > maxChars) return err({ reason: 'answer_too_large' });
  const parts = text.split('.');
  const [headerText = '', payloadText = '', signatureText = ''] = parts;
  const [header, payload, signature] = [headerText, payloadText, signatureText].map(decodeBase64Url);
  if (parts.length !== 3 || !header?.ok || !payload?.ok || !signature?.ok) return malformed('jws');
  const parsed = Header.safeParse(parseJson(header.value));
  if (!parsed.success) return malformed('jws header');
  // SECURITY: one algorithm. `none`, HMAC and the rest are not negotiated.
  if (parsed.data.alg !== 'RS256') return err({ reason: 'signature_bad', code: 'alg' });
  const chain = certificatesOf(parsed.data.x5c);
  if (!chain) return malformed('x5c');
  const trusted = checkChain(chain, roots, now);
  if (!trusted.ok) return trusted;
  const [leaf] = chain;
  const signed = Buffer.from(`${headerText}.${payloadText}`);
  if (!leaf || !verify('sha256', signed, leaf.publicKey, signature.value)) return err({ reason: 'signature_bad' });
  return ok(payload.value);
}

/** JSON in UTF-8, or undefined. */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}

function certificatesOf(x5c: readonly string[]): readonly X509Certificate[] | undefined {
  try {
    return x5c.map((text) => new X509Certificate(Buffer.from(text, 'base64')));
  } catch {
    return undefined;
  }
}
