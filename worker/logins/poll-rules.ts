// Logins that a client polls for (CIBA Core §11, RFC 8628 §3.4): how it stands, how often it may ask, and the one exchange. Pure.

import { err, ok, type Result } from '../../shared/base/result.ts';
import { afterRedemptionSeconds, type Redeemed, type RefreshStart, startRefresh } from './code-rules.ts';
import { type GrowthError, growthOf, type Narrowing } from './grant-limits.ts';
import { isSecretOf } from './handle.ts';
import { end } from './interaction-rules.ts';
import type { Authentication, Json, LoginRecord, NumberRequest, Step } from './login-record.ts';

/** Seconds between two questions of a client; asking sooner is `slow_down`. */
export const pollIntervalSeconds = 2;

export type PollError = { readonly reason: 'poll_unknown' | 'poll_expired' | 'poll_denied' | 'poll_used' };
export type CollectError = PollError | GrowthError;
export type Poll =
  | { readonly state: 'pending' }
  | { readonly state: 'slow_down' }
  /** A wallet approved; nobody has been given anything yet. */
  | { readonly state: 'approved'; readonly number: NumberRequest; readonly request: Json }
  /** A person approved on the login page; the grant is ready. */
  | { readonly state: 'issued' };

export type PollInput = { readonly secret: string; readonly clientId: string };

export function poll(record: LoginRecord | undefined, input: PollInput, nowMs: number): Step<Result<Poll, PollError>> {
  if (!record || record.clientId !== input.clientId || !isSecretOf(input.secret, record.pollHash ?? undefined))
    return { result: err({ reason: 'poll_unknown' }) };
  const standing = standingOf(record, Math.floor(nowMs / 1000));
  if (!standing.ok || standing.value.state !== 'pending') return { result: standing };
  const soon = nowMs - (record.polledAtMs ?? 0) < pollIntervalSeconds * 1000 - 200;
  return { record: { ...record, polledAtMs: nowMs }, result: soon ? ok({ state: 'slow_down' }) : standing };
}

export function standingOf(record: LoginRecord, now: number): Result<Poll, PollError> {
  if (record.phase === 'redeemed') return err({ reason: 'poll_used' });
  if (record.phase === 'ended')
    return err({ reason: record.endedBecause === 'expired' ? 'poll_expired' : 'poll_denied' });
  if (now >= record.expiresAt) return err({ reason: 'poll_expired' });
  if (record.phase === 'issued') return ok({ state: 'issued' });
  const { number } = record;
  if (record.kind !== 'backchannel' || number === null || number.state === 'waiting') return ok({ state: 'pending' });
  if (number.state === 'approved') return ok({ state: 'approved', number, request: record.request });
  return err({ reason: 'poll_denied' });
}

/** What is kept of a request that ran out of time while a client may still ask (`expired_token`); undefined: nothing is. */
export function lapse(record: LoginRecord, now: number): LoginRecord | undefined {
  const mayBeAskedFor = record.pollHash !== null && record.phase !== 'redeemed' && record.phase !== 'ended';
  return mayBeAskedFor ? end(record, 'expired', now) : undefined;
}

export type CollectInput = PollInput & {
  /** What an approval by wallet gives; null where the login page has left a grant. */
  readonly granted: { readonly authentication: Authentication; readonly grant: Json } | null;
  readonly narrowing: Narrowing;
  readonly refresh: RefreshStart | null;
};

/** The exchange: of any number at once, one wins. */
export function collect(
  record: LoginRecord | undefined,
  input: CollectInput,
  now: number,
): Step<Result<Redeemed, CollectError>> {
  if (!record || record.clientId !== input.clientId || !isSecretOf(input.secret, record.pollHash ?? undefined))
    return { result: err({ reason: 'poll_unknown' }) };
  const standing = standingOf(record, now);
  if (!standing.ok) return { result: standing };
  const ready = standing.value.state === 'issued' || (standing.value.state === 'approved' && input.granted !== null);
  const authentication = input.granted?.authentication ?? record.authentication;
  if (!ready || !authentication) return { result: err({ reason: 'poll_unknown' }) };
  const grant = input.granted?.grant ?? record.grant;
  const growth = growthOf(grant, input.narrowing);
  if (growth) return { result: err(growth) };
  const redeemed: LoginRecord = {
    ...record,
    phase: 'redeemed',
    authentication,
    grant,
    request: null,
    number: null,
    refresh: startRefresh(input.refresh, now),
    expiresAt: Math.max(now + afterRedemptionSeconds, input.refresh?.expiresAt ?? 0),
  };
  return { record: redeemed, result: ok({ grant, authentication }) };
}
