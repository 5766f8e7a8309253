// Login with a number: the page shows digits, the person types them in the wallet. Begins a request; wallet/ brings the answer.

import { earnedBy, type Method } from '../../shared/assurance/authentication.ts';
import { type Acr, acrOf, type Level, reaches } from '../../shared/assurance/level.ts';
import type { EpochSeconds } from '../../shared/base/brands.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import { randomBelow } from '../../shared/crypto/random.ts';
import type { HolderError } from '../logins/interaction-rules.ts';
import type { LoginObjects } from '../logins/objects.ts';
import type { LoginObject } from '../logins/one-login.ts';
import { parseUnifiedNumber } from '../registry/unified-number.ts';
import type { LoginSubjects } from '../store/login-subjects.ts';

/** Seconds in which the number must be typed: long enough to find the phone, short of NIST's ten minutes. */
export const numberLifetimeSeconds = 180;

export type NumberPlan = { readonly digits: 2 | 6; readonly method: Method; readonly acr: Acr };

/** Two digits as long as they earn what is asked; six otherwise. */
export function planNumber(wanted: Level, twoDigitsEarn: 'low' | 'substantial'): NumberPlan {
  const two = earnedBy('number2', twoDigitsEarn);
  if (reaches(two.level, wanted)) return { digits: 2, method: 'number2', acr: acrOf(two.level) };
  return { digits: 6, method: 'number6', acr: acrOf(earnedBy('number6').level) };
}

/** Uniform; two digits are 10 to 99, so that they are always two. */
export function drawNumber(digits: 2 | 6): string {
  return digits === 2 ? String(10 + randomBelow(90)) : String(randomBelow(1_000_000)).padStart(6, '0');
}

export type BeginNumber = {
  readonly loginId: string;
  readonly object: Pick<LoginObject, 'askNumber'>;
  readonly holderSecret: string;
  readonly number: string;
  readonly client: {
    readonly id: string;
    readonly name: { readonly ar: string; readonly en: string };
    /** A path at the edge. */
    readonly logo?: string;
  };
  readonly purpose: string;
  readonly from: string;
  readonly network: string;
  readonly plan: NumberPlan;
};

export type BeginNumberRefusal =
  | HolderError
  | { readonly reason: 'number_malformed' }
  | { readonly reason: 'network_asks_often'; readonly waitSeconds: number };

export type NumberNeeds = {
  readonly subjects: Pick<LoginSubjects, 'byNumber'>;
  readonly objects: Pick<LoginObjects, 'person' | 'nobody'>;
  /** 0 when this network may ask for one more number now; else after how many seconds. */
  readonly mayAsk: (network: string) => number | Promise<number>;
  readonly now: EpochSeconds;
};

/**
 * One D1 query and two objects, whoever the number belongs to. A number that nobody has, an account that is not active and a person
 * without a wallet get the same page and a request that nobody can answer.
 */
export async function beginNumber(needs: NumberNeeds, input: BeginNumber): Promise<Result<null, BeginNumberRefusal>> {
  const number = parseUnifiedNumber(input.number);
  if (!number.ok) return err({ reason: 'number_malformed' });
  // SECURITY: said before anything is looked up, so that it is the same for a number that nobody has.
  const waitSeconds = await needs.mayAsk(input.network);
  if (waitSeconds > 0) return err({ reason: 'network_asks_often', waitSeconds });
  const { subject, indexHmac } = await needs.subjects.byNumber(number.value);
  const canAnswer =
    subject?.account.state === 'active' && subject.authenticators.some((bound) => bound.type === 'wallet_key');
  const expiresAt = needs.now + numberLifetimeSeconds;
  const asked = await input.object.askNumber(input.holderSecret, {
    value: drawNumber(input.plan.digits),
    subject: canAnswer ? subject.subjectId : null,
    acr: input.plan.acr,
    purpose: input.purpose,
    expiresAt,
  });
  if (!asked.ok) return asked;
  const person = canAnswer ? await needs.objects.person(subject.subjectId) : await needs.objects.nobody(indexHmac);
  await person.addRequest({
    txn: input.loginId,
    clientId: input.client.id,
    clientName: input.client.name,
    ...(input.client.logo && { clientLogo: input.client.logo }),
    network: input.network,
    at: needs.now,
    expiresAt,
    purpose: input.purpose,
    from: input.from,
    digits: input.plan.digits,
    acr: input.plan.acr,
  });
  return ok(null);
}
