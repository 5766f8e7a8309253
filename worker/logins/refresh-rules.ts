// Refresh tokens of one login: a family with one living generation. Pure. Specifications: RFC 9700 §4.14.2, RFC 9449 §5.

import { type Level, levelOfAcr, reaches } from '../../shared/assurance/level.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import { decodeBase64Url, encodeBase64Url } from '../../shared/bytes/base64url.ts';
import { concatBytes } from '../../shared/bytes/concat.ts';
import { equalBytes } from '../../shared/bytes/equal.ts';
import { encodeUtf8 } from '../../shared/bytes/text.ts';
import { sha256Sync } from '../../shared/crypto/sha256.ts';
import type { Redeemed } from './code-rules.ts';
import { type GrowthError, growthOf, type Narrowing } from './grant-limits.ts';
import { hashSecret, isSecretOf } from './handle.ts';
import { end } from './interaction-rules.ts';
import type { Authentication, LoginRecord, Step } from './login-record.ts';

export type RefreshInput = {
  readonly secret: string;
  readonly clientId: string;
  readonly dpopJkt: string | null;
  readonly narrowing: Narrowing;
  /** What the login must be worth by now, though less was enough when it began; absent: whatever it is. */
  readonly needs?: { readonly level: Level; readonly amr: readonly string[] | null };
  /** True: the same token goes on (FAPI 2.0 Security Profile §5.3.2.1-9; docs/adr/0031). */
  readonly goesOn?: boolean;
};
export type RefreshError = {
  readonly reason:
    | 'refresh_unknown'
    | 'refresh_of_other_client'
    | 'refresh_expired'
    | 'refresh_reused'
    | 'dpop_key_differs'
    | 'login_ended'
    | 'login_not_enough'
    | GrowthError['reason'];
};
export type Refreshed = Redeemed & { readonly secret: string; readonly generation: number };

/**
 * For this long the generation before may be shown again and gets the SAME successor: an answer that was lost on the way, or two
 * processes of one client, lose nothing and mint nothing. After it, a second use ends the family.
 */
export const replayWindowMs = 15_000;

/**
 * A secret is 128 bits of its own and 128 that mark it as one of its family's: so a generation that is long gone is told from a guess,
 * without a list of all that ever were. `own`: 16 bytes. The salt is the object's alone.
 */
function marked(own: Uint8Array, salt: string): string {
  return encodeBase64Url(concatBytes(own, markOf(own, salt)));
}

function markOf(own: Uint8Array, salt: string): Uint8Array {
  return sha256Sync(encodeUtf8(`tawthiq refresh mark v1\0${salt}\0${encodeBase64Url(own)}`)).subarray(0, 16);
}

/** `own`: 16 random bytes. */
export function firstRefreshSecret(own: Uint8Array, salt: string): string {
  return marked(own, salt);
}

function isOfFamily(secret: string, salt: string): boolean {
  const bytes = decodeBase64Url(secret);
  if (!bytes.ok || bytes.value.length !== 32) return false;
  return equalBytes(bytes.value.subarray(16), markOf(bytes.value.subarray(0, 16), salt));
}

/** Whoever has a generation can derive the next; the object, which keeps only hashes and the salt, cannot. */
function successorOf(secret: string, salt: string, generation: number): string {
  const own = sha256Sync(encodeUtf8(`tawthiq refresh v1\0${salt}\0${generation}\0${secret}`)).subarray(0, 16);
  return marked(own, salt);
}

/** The tokens that follow: the next generation, or none where the client's profile has the same one go on. */
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
  const older = !current && !previous && isOfFamily(input.secret, family.salt);
  // SECURITY: a guess ends nothing (a stranger must not be able to sign a person out); what was once a real one, and is no more, was
  // copied by somebody, whichever of the two is asking now.
  if (!current && !previous && !older) return { result: err({ reason: 'refresh_unknown' }) };
  if (record.clientId !== input.clientId) return { result: err({ reason: 'refresh_of_other_client' }) };
  if (family.dpopJkt !== null && family.dpopJkt !== input.dpopJkt)
    return { result: err({ reason: 'dpop_key_differs' }) };
  if (nowMs >= Math.min(family.expiresAt, family.idleUntil) * 1000)
    return { result: err({ reason: 'refresh_expired' }) };
  const { grant, authentication } = record;
  if (!current && nowMs - family.rotatedAtMs >= replayWindowMs)
    return {
      record: end(record, 'refresh_reused', Math.floor(nowMs / 1000)),
      result: err({ reason: 'refresh_reused' }),
    };
  // A client that rotated twice in the window and is late with its first: nothing is minted for it, and nothing ends.
  if (older) return { result: err({ reason: 'refresh_unknown' }) };
  // Said while nothing is used up: when less is needed again, the same token goes on.
  if (!isEnough(authentication, input.needs)) return { result: err({ reason: 'login_not_enough' }) };
  const growth = growthOf(grant, input.narrowing);
  if (growth) return { result: err(growth) };
  if (previous) {
    const again = successorOf(input.secret, family.salt, family.generation);
    return { result: ok({ grant, authentication, secret: again, generation: family.generation }) };
  }
  const now = Math.floor(nowMs / 1000);
  const idleUntil = Math.min(family.expiresAt, now + family.idleSeconds);
  if (input.goesOn) {
    const { secret } = input;
    const used = { ...record, refresh: { ...family, idleUntil } };
    return { record: used, result: ok({ grant, authentication, secret, generation: family.generation }) };
  }
  const generation = family.generation + 1;
  const secret = successorOf(input.secret, family.salt, generation);
  const rotated: LoginRecord = {
    ...record,
    refresh: {
      ...family,
      generation,
      hash: hashSecret(secret),
      previousHash: family.hash,
      rotatedAtMs: nowMs,
      idleUntil,
    },
  };
  return { record: rotated, result: ok({ grant, authentication, secret, generation }) };
}

/** `amr`: the ways to authenticate of which one must be among the login's; null: any. */
function isEnough({ acr, amr }: Pick<Authentication, 'acr' | 'amr'>, needs: RefreshInput['needs']): boolean {
  if (!needs) return true;
  const level = levelOfAcr(acr);
  return level !== undefined && reaches(level, needs.level) && (needs.amr?.some((one) => amr.includes(one)) ?? true);
}

/** Ends the login of a living refresh token (RFC 7009 §2.1): true. Anything else, another client's included, changes nothing. */
export function revokeRefresh(
  record: LoginRecord | undefined,
  input: { readonly secret: string; readonly clientId: string },
  now: number,
): Step<boolean> {
  const family = record?.refresh;
  if (!record || !family || record.clientId !== input.clientId || record.phase === 'ended') return { result: false };
  const held = isSecretOf(input.secret, family.hash) || isSecretOf(input.secret, family.previousHash ?? undefined);
  return held ? { record: end(record, 'revoked', now), result: true } : { result: false };
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
