// What an SBI reader signs (compact JWS, RS256, its chain in x5c), checked with WebCrypto: the edge has nothing else.
import * as z from 'zod';
import { err, ok, type Result } from '../base/result.ts';
import { decodeBase64 } from '../bytes/base64.ts';
import { decodeBase64Url } from '../bytes/base64url.ts';
import type { Bytes } from '../bytes/bytes.ts';
import { decodeUtf8, encodeUtf8 } from '../bytes/text.ts';
import {
  type DeviceCertificate,
  type DeviceChainError,
  isSignedBy,
  verifyDeviceChain,
} from '../x509/device-certificate.ts';

const maxChars = 400_000;

const Header = z.object({
  alg: z.literal('RS256'),
  x5c: z.array(z.string().max(12_000)).min(1).max(5),
  crit: z.undefined().optional(),
});

export type SbiSignatureError = { readonly reason: 'jws_malformed' | 'signature_bad' | DeviceChainError['reason'] };

/**
 * The payload's bytes, if `jws` is signed by a key whose chain leads to one of `roots` at the epoch second `at`.
 * SECURITY: one algorithm; `none`, HMAC and the rest are not negotiated (`jws_malformed`).
 */
export async function openSbiJws(
  jws: string,
  roots: readonly DeviceCertificate[],
  at: number,
): Promise<Result<Bytes, SbiSignatureError>> {
  const parts = jws.length <= maxChars ? jws.split('.') : [];
  const [headerText = '', payloadText = '', signatureText = ''] = parts;
  const [header, payload, signature] = [headerText, payloadText, signatureText].map(decodeBase64Url);
  if (parts.length !== 3 || !header?.ok || !payload?.ok || !signature?.ok) return err({ reason: 'jws_malformed' });
  const parsed = Header.safeParse(jsonOf(header.value));
  const chain = parsed.success ? parsed.data.x5c.map(decodeBase64) : [];
  const certificates = chain.flatMap((bytes) => (bytes.ok ? [bytes.value] : []));
  if (!parsed.success || certificates.length !== chain.length) return err({ reason: 'jws_malformed' });
  const signer = await verifyDeviceChain(certificates, roots, at);
  if (!signer.ok) return signer;
  if (signer.value.key.kind !== 'rsa') return err({ reason: 'certificate_kind' });
  const holds = await isSignedBy(signer.value, encodeUtf8(`${headerText}.${payloadText}`), signature.value);
  return holds ? ok(payload.value) : err({ reason: 'signature_bad' });
}

/** JSON in UTF-8, or undefined. */
export function jsonOf(bytes: Uint8Array): unknown {
  const text = decodeUtf8(bytes);
  if (!text.ok) return undefined;
  try {
    return JSON.parse(text.value) as unknown;
  } catch {
    return undefined;
  }
}
