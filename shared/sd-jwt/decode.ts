// Takes an SD-JWT apart and puts its disclosed claims in their places (RFC 9901 §7.1). Strict: what does not fit is refused, not skipped.

import { err, ok, type Result } from '../base/result.ts';
import { digestOf, SD_JWT_VC_TYPE } from './issue.ts';
import { decodeJws, isJsonObject, type JsonObject, type Jws, jsonOf } from './jws.ts';

export const sdJwtLimits = { maxChars: 65_536, maxDisclosures: 64, maxDepth: 16 } as const;

export type SdJwtReason =
  | 'sd_jwt_too_long'
  | 'sd_jwt_shape'
  | 'jws_shape'
  | 'jws_json'
  | 'disclosure_malformed'
  | 'disclosure_repeated'
  | 'disclosure_unused'
  | 'disclosure_of_fixed_claim'
  | 'digest_malformed'
  | 'digest_repeated'
  | 'claim_collides'
  | 'hash_unknown'
  | 'too_deep';
export type SdJwtError = { readonly reason: SdJwtReason };

export type SdJwt = {
  readonly issuerJwt: string;
  readonly issuer: Jws;
  readonly disclosures: readonly string[];
  /** Everything before the key-binding JWT: what its `sd_hash` is over. */
  readonly shown: string;
  readonly keyBinding: string | undefined;
};

/** Splits and reads; neither a signature nor a digest is checked. */
export function decodeSdJwt(text: string): Result<SdJwt, SdJwtError> {
  if (text.length > sdJwtLimits.maxChars) return err({ reason: 'sd_jwt_too_long' });
  const parts = text.split('~');
  const [issuerJwt = '', ...rest] = parts;
  const last = rest.pop();
  if (last === undefined || rest.length > sdJwtLimits.maxDisclosures) return err({ reason: 'sd_jwt_shape' });
  const issuer = decodeJws(issuerJwt);
  if (!issuer.ok) return issuer;
  const shown = text.slice(0, text.length - last.length);
  return ok({ issuerJwt, issuer: issuer.value, disclosures: rest, shown, keyBinding: last === '' ? undefined : last });
}

type Disclosure = { readonly name: string | undefined; readonly value: unknown; used: boolean };

/** Claims that say what the credential is may not be hidden, or a holder could choose to leave them out (SD-JWT VC §3.2.2.2). */
const fixedClaims = ['iss', 'nbf', 'exp', 'cnf', 'vct', 'vct#integrity', 'status'];

/** The payload with every shown claim in its place and every digest gone. Refuses a disclosure that belongs nowhere. */
export function discloseClaims(sdJwt: Pick<SdJwt, 'issuer' | 'disclosures'>): Result<JsonObject, SdJwtError> {
  const { payload, header } = sdJwt.issuer;
  const algorithm = payload['_sd_alg'];
  if (algorithm !== undefined && algorithm !== 'sha-256') return err({ reason: 'hash_unknown' });
  const byDigest = new Map<string, Disclosure>();
  for (const text of sdJwt.disclosures) {
    const disclosure = disclosureOf(text);
    if (!disclosure) return err({ reason: 'disclosure_malformed' });
    const digest = digestOf(text);
    if (byDigest.has(digest)) return err({ reason: 'disclosure_repeated' });
    byDigest.set(digest, disclosure);
  }
  const walk: Walk = { byDigest, seen: new Set(), isVc: header['typ'] === SD_JWT_VC_TYPE };
  const { _sd_alg: _, ...rest } = payload;
  const claims = openObject(rest, walk, 0);
  if (!claims.ok) return claims;
  if ([...byDigest.values()].some((disclosure) => !disclosure.used)) return err({ reason: 'disclosure_unused' });
  return claims;
}

function disclosureOf(text: string): Disclosure | undefined {
  const parts = jsonOf(text);
  if (!Array.isArray(parts) || typeof parts[0] !== 'string') return undefined;
  if (parts.length === 2) return { name: undefined, value: parts[1], used: false };
  const [, name, value] = parts as readonly unknown[];
  if (parts.length !== 3 || typeof name !== 'string') return undefined;
  // SECURITY: `__proto__` would change an object instead of adding to it; the other two have a meaning of their own.
  return ['_sd', '...', '__proto__'].includes(name) ? undefined : { name, value, used: false };
}

type Walk = { readonly byDigest: ReadonlyMap<string, Disclosure>; readonly seen: Set<string>; readonly isVc: boolean };

function openValue(value: unknown, walk: Walk, depth: number): Result<unknown, SdJwtError> {
  if (depth > sdJwtLimits.maxDepth) return err({ reason: 'too_deep' });
  if (Array.isArray(value)) return openArray(value, walk, depth);
  return isJsonObject(value) ? openObject(value, walk, depth) : ok(value);
}

function openObject(object: JsonObject, walk: Walk, depth: number): Result<JsonObject, SdJwtError> {
  const { _sd: digests = [], ...open } = object;
  if (!Array.isArray(digests)) return err({ reason: 'digest_malformed' });
  if ('...' in open || Object.hasOwn(open, '__proto__')) return err({ reason: 'digest_malformed' });
  const entries = new Map<string, unknown>(Object.entries(open));
  for (const digest of digests as readonly unknown[]) {
    const found = take(digest, walk);
    if (!found.ok) return found;
    const disclosure = found.value;
    if (!disclosure) continue;
    if (disclosure.name === undefined) return err({ reason: 'disclosure_malformed' });
    if (entries.has(disclosure.name)) return err({ reason: 'claim_collides' });
    if (walk.isVc && depth === 0 && fixedClaims.includes(disclosure.name))
      return err({ reason: 'disclosure_of_fixed_claim' });
    entries.set(disclosure.name, disclosure.value);
  }
  const opened: Record<string, unknown> = {};
  for (const [name, value] of entries) {
    const inner = openValue(value, walk, depth + 1);
    if (!inner.ok) return inner;
    opened[name] = inner.value;
  }
  return ok(opened);
}

function openArray(array: readonly unknown[], walk: Walk, depth: number): Result<unknown[], SdJwtError> {
  const opened: unknown[] = [];
  for (const element of array) {
    let value = element;
    if (isJsonObject(element) && '...' in element) {
      if (Object.keys(element).length !== 1) return err({ reason: 'digest_malformed' });
      const found = take(element['...'], walk);
      if (!found.ok) return found;
      if (!found.value) continue;
      if (found.value.name !== undefined) return err({ reason: 'disclosure_malformed' });
      value = found.value.value;
    }
    const inner = openValue(value, walk, depth + 1);
    if (!inner.ok) return inner;
    opened.push(inner.value);
  }
  return ok(opened);
}

/** The disclosure of a digest, once; undefined for one that was not shown (or stands for nothing, a decoy). */
function take(digest: unknown, walk: Walk): Result<Disclosure | undefined, SdJwtError> {
  if (typeof digest !== 'string') return err({ reason: 'digest_malformed' });
  if (walk.seen.has(digest)) return err({ reason: 'digest_repeated' });
  walk.seen.add(digest);
  const disclosure = walk.byDigest.get(digest);
  if (disclosure) disclosure.used = true;
  return ok(disclosure);
}
