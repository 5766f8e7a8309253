// Refresh tokens of one login: a family with one living generation. Pure. Specifications: RFC 9700 §4.14.2, RFC 9449 §5.

import { err, ok, type Result } from '../../shared/base/result.ts';
import { encodeBase64Url } from '../../shared/bytes/base64url.ts';
import { encodeUtf8 } from '../../shared/bytes/text.ts';
import { sha256Sync } from '../../shared/crypto/sha256.ts';
import type { Redeemed } from './code-rules.ts';
import { type GrowthError, growthOf, type Narrowing } from './grant-limits.ts';
import { hashSecret, isSecretOf } from './handle.ts';
import { end } from './interaction-rules.ts';
import type { LoginRecord, Step } from './login-record.ts';

export type RefreshInput = {
  readonly secret: string;
  readonly clientId: string;
  readonly dpopJkt: string | null;
  readonly narrowing: Narrowing;
};
export type RefreshError = {
  readonly reason:
    | 'refresh_unknown'
    | 'refresh_of_other_client'
    | 'refresh_expired'
    | 'refresh_reused'
    | 'dpop_key_differs'
    | 'login_ended'
    | GrowthError['reason'];
};
export type Refreshed = Redeemed & { readonly secret: string; readonly generation: number };

/**
 * For this long the generation before may be shown again and gets the SAME successor: an answer that was lost on the way, or two
 * processes of one client, lose nothing and mint nothing. After it, a second use ends the family.
 */
export const replayWindowMs = 15_000;

/** Whoever has a generation can derive the next; the object, which keeps only hashes and the salt, cannot. */
function successorOf(secret: string, salt: string, generation: number): string {
  return encodeBase64Url(sha256Sync(encodeUtf8(`tawthiq refresh v1\0${salt}\0${generation}\0${secret}`)));
}

export function rotate(
  record: LoginRecord | undefined,
  input: RefreshInput,
  nowMs: number,
): Step<Result<Refreshed, RefreshError>> {
  const family = record?.refresh;
  if (!record || !family) return { result: err({ reason: 'refresh_unknown' }) };
  if (record.phase !== 'redeemed' || !record.authentication) return { result: err({ reason: 'login_ended' }) };
  const current = isSecretOf(input.secret, family.hash);
  const previous = !current && family.previousHash !== null && isSecretOf(input.secret, family.previousHash);
  // SECURITY: the secret of an older generation is unknown too; only whoever once held a real one can be told from a guess by the
  // two hashes, so an unknown secret ends nothing (a stranger must not be able to sign a person out).
  if (!current && !previous) return { result: err({ reason: 'refresh_unknown' }) };
  if (record.clientId !== input.clientId) return { result: err({ reason: 'refresh_of_other_client' }) };
  if (family.dpopJkt !== null && family.dpopJkt !== input.dpopJkt)
    return { result: err({ reason: 'dpop_key_differs' }) };
  if (nowMs >= Math.min(family.expiresAt, family.idleUntil) * 1000)
    return { result: err({ reason: 'refresh_expired' }) };
  const { grant, authentication } = record;
  if (previous && nowMs - family.rotatedAtMs >= replayWindowMs)
    return {
      record: end(record, 'refresh_reused', Math.floor(nowMs / 1000)),
      result: err({ reason: 'refresh_reused' }),
    };
  const growth = growthOf(grant, input.narrowing);
  if (growth) return { result: err(growth) };
  if (previous) {
    const again = successorOf(input.secret, family.salt, family.generation);
    return { result: ok({ grant, authentication, secret: again, generation: family.generation }) };
  }
  const generation = family.generation + 1;
  const secret = successorOf(input.secret, family.salt, generation);
  const now = Math.floor(nowMs / 1000);
  const rotated: LoginRecord = {
    ...record,
    refresh: {
      ...family,
      generation,
      hash: hashSecret(secret),
      previousHash: family.hash,
      rotatedAtMs: nowMs,
      idleUntil: Math.min(family.expiresAt, now + family.idleSeconds),
    },
  };
  return { record: rotated, result: ok({ grant, authentication, secret, generation }) };
}

/** Ends the login of a living refresh token (RFC 7009 §2.1); anything else, another client's included, changes nothing. */
export function revokeRefresh(
  record: LoginRecord | undefined,
  input: { readonly secret: string; readonly clientId: string },
  now: number,
): Step<null> {
  const family = record?.refresh;
  if (!record || !family || record.clientId !== input.clientId || record.phase === 'ended') return { result: null };
  const held = isSecretOf(input.secret, family.hash) || isSecretOf(input.secret, family.previousHash ?? undefined);
  return held ? { record: end(record, 'revoked', now), result: null } : { result: null };
}

/** What a refresh token is good for now (RFC 7662), without using it. */
export function inspectRefresh(
  record: LoginRecord | undefined,
  secret: string,
  now: number,
): (Redeemed & { readonly clientId: string; readonly expiresAt: number }) | null {
  const family = record?.refresh;
  if (!record || !family || record.phase !== 'redeemed' || !record.authentication) return null;
  const expiresAt = Math.min(family.expiresAt, family.idleUntil);
  if (!isSecretOf(secret, family.hash) || now >= expiresAt) return null;
  return { grant: record.grant, authentication: record.authentication, clientId: record.clientId, expiresAt };
}
