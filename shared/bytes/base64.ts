// Base64 with padding (RFC 4648 §4), as x5c carries certificates. Strict: one text for each byte string.

import { err, ok, type Result } from '../base/result.ts';
import { type Base64UrlError, decodeBase64Url, encodeBase64Url } from './base64url.ts';
import type { Bytes } from './bytes.ts';

export type Base64Error = Base64UrlError | { readonly reason: 'base64_padding' };

export function encodeBase64(bytes: Uint8Array): string {
  const text = encodeBase64Url(bytes).replaceAll('-', '+').replaceAll('_', '/');
  return text.padEnd(Math.ceil(text.length / 4) * 4, '=');
}

export function decodeBase64(text: string): Result<Bytes, Base64Error> {
  const bare = text.replace(/={0,2}$/, '');
  if (text.length % 4 !== 0) return err({ reason: 'base64_padding' });
  if (/[-_]/.test(bare)) return err({ reason: 'base64url_character' });
  const bytes = decodeBase64Url(bare.replaceAll('+', '-').replaceAll('/', '_'));
  return bytes.ok ? ok(bytes.value) : bytes;
}
