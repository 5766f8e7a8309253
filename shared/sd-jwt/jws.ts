// Compact JWS with ES256 (RFC 7515, RFC 7518 §3.4): sign and take apart. Which key, typ and claims are right is the caller's business.

import { err, ok, type Result } from '../base/result.ts';
import { decodeBase64Url, encodeBase64Url } from '../bytes/base64url.ts';
import type { Bytes } from '../bytes/bytes.ts';
import { decodeUtf8, encodeUtf8 } from '../bytes/text.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

/** Signs with a P-256 private key; r ‖ s. */
export type Es256Sign = (message: Uint8Array) => Promise<Uint8Array>;

export type Jws = {
  readonly header: JsonObject;
  readonly payload: JsonObject;
  /** What the signature is over. */
  readonly signed: Bytes;
  readonly signature: Bytes;
};

export type JwsError = { readonly reason: 'jws_shape' | 'jws_json' };

export async function signJws(header: JsonObject, payload: JsonObject, sign: Es256Sign): Promise<string> {
  const input = `${jsonPart({ alg: 'ES256', ...header })}.${jsonPart(payload)}`;
  return `${input}.${encodeBase64Url(await sign(encodeUtf8(input)))}`;
}

function jsonPart(value: JsonObject): string {
  return encodeBase64Url(encodeUtf8(JSON.stringify(value)));
}

/** The signature is NOT checked. Header and payload are JSON objects; the signature has 64 bytes. */
export function decodeJws(text: string, maxChars = 65_536): Result<Jws, JwsError> {
  if (text.length > maxChars) return err({ reason: 'jws_shape' });
  const [head, body, tail, ...more] = text.split('.');
  if (head === undefined || body === undefined || tail === undefined || more.length > 0)
    return err({ reason: 'jws_shape' });
  const signature = decodeBase64Url(tail);
  if (!signature.ok || signature.value.length !== 64) return err({ reason: 'jws_shape' });
  const [header, payload] = [jsonObjectOf(head), jsonObjectOf(body)];
  if (!header || !payload) return err({ reason: 'jws_json' });
  // RFC 7515 §4.1.11: none of the extensions that `crit` could name is known here.
  if ('crit' in header) return err({ reason: 'jws_shape' });
  return ok({ header, payload, signed: encodeUtf8(text.slice(0, text.lastIndexOf('.'))), signature: signature.value });
}

function jsonObjectOf(part: string): JsonObject | undefined {
  const value = jsonOf(part);
  return isJsonObject(value) ? value : undefined;
}

/** The JSON in base64url text; undefined if it is none. Nesting is limited by whoever walks it. */
export function jsonOf(part: string): unknown {
  const bytes = decodeBase64Url(part);
  const text = bytes.ok ? decodeUtf8(bytes.value) : bytes;
  if (!text.ok) return undefined;
  try {
    return JSON.parse(text.value) as unknown;
  } catch {
    return undefined;
  }
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
