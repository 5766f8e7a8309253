// Logins that a client polls for (CIBA Core §11, RFC 8628 §3.4): how it stands, how often it may ask, and the one exchange. Pure.

import { err, ok, type Result } from '../../shared/base/result.ts';
import { afterRedemptionSeconds, type Redeemed, type RefreshStart, startRefresh } from './code-rules.ts';
import { type GrowthError, growthOf, type Narrowing, outlivesSession } from './grant-limits.ts';
import { isSecretOf } from './handle.ts';
import { end } from './interaction-rules.ts';
import type { Authentication, Json, LoginKind, LoginRecord, NumberRequest, Step } from './login-record.ts';

/** Seconds between two questions of a client; asking sooner is `slow_down`. */
export const pollIntervalSeconds = 2;

export type PollError = { readonly reason: 'poll_unknown' | 'poll_expired' | 'poll_denied' | 'poll_used' };
export type CollectError = PollError | GrowthError;
export type Poll =
  | { readonly state: 'pending' }
  | { readonly state: 'slow_down' }
  /** A wallet approved; nobody has been given anything yet. */
  | { readonly state: 'approved'; readonly number: NumberRequest; readonly request: Json; readonly ping: Json }
  /** A person approved on the login page; the grant is ready. */
  | { readonly state: 'issued' };

/** `kind`: of the grant that asks; another kind's is unknown to it. */
export type PollInput = { readonly secret: string; readonly clientId: string; readonly kind?: LoginKind };

export function poll(record: LoginRecord | undefined, input: PollInput, nowMs: number): Step<Result<Poll, PollError>> {
  if (!record || !isOf(record, input)) return { result: err({ reason: 'poll_unknown' }) };
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
  if (number.state === 'approved') return ok({ state: 'approved', number, request: record.request, ping: record.ping });
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
  /** Of an answer that is sent to the client: when it may come for it instead. */
  readonly handOverFrom?: number;
};

/** The exchange: of any number at once, one wins. */
export function collect(
  record: LoginRecord | undefined,
  input: CollectInput,
  now: number,
): Step<Result<Redeemed, CollectError>> {
  if (!record || !isOf(record, input)) return { result: err({ reason: 'poll_unknown' }) };
  const standing = standingOf(record, now);
  if (!standing.ok) return { result: standing };
  const ready = standing.value.state === 'issued' || (standing.value.state === 'approved' && input.granted !== null);
  const authentication = input.granted?.authentication ?? record.authentication;
  if (!ready || !authentication) return { result: err({ reason: 'poll_unknown' }) };
  const grant = input.granted?.grant ?? record.grant;
  const growth = growthOf(grant, input.narrowing);
  if (growth) return { result: err(growth) };
  const refresh = outlivesSession(grant) ? startRefresh(input.refresh, record.refreshUntil, now) : null;
  const redeemed: LoginRecord = {
    ...record,
    phase: 'redeemed',
    authentication,
    grant,
    request: null,
    number: null,
    handOverFrom: input.handOverFrom ?? null,
    refresh,
    expiresAt: Math.max(now + afterRedemptionSeconds, refresh?.expiresAt ?? 0),
  };
  return { record: redeemed, result: ok({ grant, authentication }) };
}

/** How the sending went: `from` is when the client may come for it (epoch seconds), null where it has it. */
export function settleHandOver(
  record: LoginRecord | undefined,
  input: PollInput & { readonly from: number | null },
): Step<null> {
  const open = record && isOf(record, input) && record.phase === 'redeemed' && (record.handOverFrom ?? null) !== null;
  return open ? { record: { ...record, handOverFrom: input.from }, result: null } : { result: null };
}

/** What could not be sent, once; null: nothing waits, or not yet. */
export function takeHandOver(
  record: LoginRecord | undefined,
  input: PollInput,
  now: number,
): Step<(Redeemed & { readonly ping: Json }) | null> {
  if (!record || !isOf(record, input) || record.phase !== 'redeemed') return { result: null };
  const { authentication, grant, ping, handOverFrom = null } = record;
  if (!authentication || handOverFrom === null || now < handOverFrom) return { result: null };
  return { record: { ...record, handOverFrom: null }, result: { grant, authentication, ping } };
}

function isOf(record: LoginRecord, { secret, clientId, kind = record.kind }: PollInput): boolean {
  return record.kind === kind && record.clientId === clientId && isSecretOf(secret, record.pollHash ?? undefined);
}
