// How long each thing that a person's object keeps is worth keeping: one table. Pure.

import type { Bucket } from '../http/rate-limit.ts';
import { alertBudget, type LiveRequest, type Mute } from './live-request-rules.ts';
import type { EndingSession, OwedEnding, SessionRecord } from './session-rules.ts';
import type { Tries } from './throttle-rules.ts';

/** `until` (epoch seconds): when to look again; infinite for what has no end of its own. */
export type Kept = { readonly value: unknown; readonly until: number };

type Rule = { readonly prefix: string; readonly keeps: (value: never, now: number) => Kept | undefined };

/**
 * Tries are forgotten half a year after the last one, whoever they were about, so that a name that nobody has is not told by it. SECURITY: fifty
 * twice a year stay within the hundred in a row that NIST allows an authenticator (SP 800-63B-4 §3.2.2).
 */
export const triesKeptSeconds = 183 * 86_400;

const rules: readonly Rule[] = [
  { prefix: 'tries:', keeps: (tries: Tries, now) => keptTries(tries, now) },
  { prefix: 'spent:', keeps: (spent: { readonly endsAt: number }, now) => keptUntil(spent, spent.endsAt, now) },
  { prefix: 'bucket:', keeps: (bucket: KeptBucket, now) => keptUntil(bucket, bucket.fullAt, now) },
  { prefix: 'requests', keeps: (list: readonly LiveRequest[], now) => keptOf(list, ({ expiresAt }) => expiresAt, now) },
  { prefix: 'alerts', keeps: (list: readonly number[], now) => keptOf(list, (at) => at + alertBudget.seconds, now) },
  { prefix: 'mutes', keeps: (list: readonly Mute[], now) => keptOf(list, ({ until }) => until, now) },
  { prefix: 'session:', keeps: (session: SessionRecord, now) => keptUntil(session, session.expiresAt, now) },
  { prefix: 'ending:', keeps: (ending: EndingSession, now) => keptUntil(ending, ending.session.expiresAt, now) },
  { prefix: 'owed:', keeps: (owed: OwedEnding, now) => keptUntil(owed, owed.until, now) },
  { prefix: 'logins:', keeps: (list: readonly (Remembered | string)[], now) => keptOf(list, endOfLogin, now) },
];

/** A full one is as good as none. */
export type KeptBucket = Bucket & { readonly fullAt: number };

type Remembered = { readonly until: number };
/** Early records were bare ids. */
const endOfLogin = (one: Remembered | string) => (typeof one === 'string' ? Number.POSITIVE_INFINITY : one.until);

/** What is left of a value at `now`; undefined: nothing. What no rule names has no end: history, known networks, whether it is shut. */
export function sweep(key: string, value: unknown, now: number): Kept | undefined {
  const rule = rules.find(({ prefix }) => key.startsWith(prefix));
  return rule ? rule.keeps(value as never, now) : { value, until: Number.POSITIVE_INFINITY };
}

function keptUntil(value: unknown, until: number, now: number): Kept | undefined {
  return until > now ? { value, until } : undefined;
}

function keptOf<T>(list: readonly T[], endOf: (one: T) => number, now: number): Kept | undefined {
  const left = list.filter((one) => endOf(one) > now);
  if (left.length === 0) return undefined;
  return { value: left.length === list.length ? list : left, until: Math.min(...left.map(endOf)) };
}

/** A count of before there was a date begins its half year now. */
function keptTries(tries: Tries, now: number): Kept | undefined {
  const value = tries.at === undefined ? { ...tries, at: now } : tries;
  return keptUntil(value, (value.at ?? now) + triesKeptSeconds, now);
}
