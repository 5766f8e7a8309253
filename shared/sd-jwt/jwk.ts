// A holder's public key as a JWK (RFC 7517, RFC 7518 §6.2): P-256 only, because wallets' secure hardware is (HAIP 1.0 §6.1).

import { err, ok, type Result } from '../base/result.ts';
import { decodeBase64Url, encodeBase64Url } from '../bytes/base64url.ts';
import { encodeUtf8 } from '../bytes/text.ts';
import type { PlatformKey } from '../crypto/keys.ts';
import { importP256Public } from '../crypto/p256.ts';
import { sha256Sync } from '../crypto/sha256.ts';
import { isJsonObject } from './jws.ts';

/** Exactly the members that make the key, in the order of the thumbprint. */
export type P256Jwk = { readonly crv: 'P-256'; readonly kty: 'EC'; readonly x: string; readonly y: string };

export type JwkError = { readonly reason: 'jwk_kind' | 'jwk_private' | 'jwk_not_on_curve' };

/** The key without whatever else came with it. SECURITY: a private part means that it is somebody's secret no more: refused. */
export async function p256JwkOf(
  value: unknown,
): Promise<Result<{ readonly jwk: P256Jwk; readonly key: PlatformKey }, JwkError>> {
  if (!isJsonObject(value) || value['kty'] !== 'EC' || value['crv'] !== 'P-256') return err({ reason: 'jwk_kind' });
  if ('d' in value) return err({ reason: 'jwk_private' });
  const { x, y } = value;
  if (typeof x !== 'string' || typeof y !== 'string') return err({ reason: 'jwk_kind' });
  const [xBytes, yBytes] = [decodeBase64Url(x), decodeBase64Url(y)];
  if (!xBytes.ok || !yBytes.ok || xBytes.value.length !== 32 || yBytes.value.length !== 32)
    return err({ reason: 'jwk_kind' });
  const key = await importP256Public(xBytes.value, yBytes.value);
  return key.ok ? ok({ jwk: { crv: 'P-256', kty: 'EC', x, y }, key: key.value }) : err({ reason: 'jwk_not_on_curve' });
}

/** From the uncompressed point, 65 bytes. */
export function p256JwkOfRaw(raw: Uint8Array): P256Jwk {
  return { crv: 'P-256', kty: 'EC', x: encodeBase64Url(raw.subarray(1, 33)), y: encodeBase64Url(raw.subarray(33, 65)) };
}

/** RFC 7638, SHA-256, base64url. */
export function thumbprintOf({ crv, kty, x, y }: P256Jwk): string {
  return encodeBase64Url(sha256Sync(encodeUtf8(JSON.stringify({ crv, kty, x, y }))));
}
