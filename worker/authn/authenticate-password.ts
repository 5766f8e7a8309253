// User name and password. Costs, counts and waits the same for a name that nobody has; tells of an account only after the password.

import type { EpochSeconds } from '../../shared/base/brands.ts';
import { err, type Result } from '../../shared/base/result.ts';
import type { LoginObjects } from '../logins/objects.ts';
import type { Authenticators } from '../store/authenticators.ts';
import type { LoginSubjects } from '../store/login-subjects.ts';
import type { People } from '../store/people.ts';
import { type AccountRefusal, type Authenticated, admit } from './authentication.ts';
import { hashPassword, needsRehash, verifyNothing, verifyPassword } from './password.ts';
import { judgeSecondFactors } from './totp.ts';
import { normaliseUsername } from './username.ts';

/** What an authenticator of type `password` holds. `alone`: long enough to be the only factor. */
export type PasswordData = { readonly phc: string; readonly alone: boolean };

export type PasswordRefusal =
  | AccountRefusal
  | { readonly reason: 'credentials_wrong' | 'authenticator_disabled' | 'second_factor_needed' }
  /** Of this user name; of all that this network tries. */
  | { readonly reason: 'too_many_tries' | 'network_asks_often'; readonly waitSeconds: number };

export type PasswordNeeds = {
  readonly subjects: Pick<LoginSubjects, 'byUsername'>;
  readonly authenticators: Pick<Authenticators, 'replaceData'>;
  readonly people: Pick<People, 'sealerOf'>;
  readonly objects: Pick<LoginObjects, 'person' | 'nobody'>;
  /** 0 when this network may try one more now, whoever's; else after how many seconds. */
  readonly mayTry: (network: string) => number | Promise<number>;
  readonly pepper: Uint8Array;
  readonly now: EpochSeconds;
};

/** The name under which tries are counted; a success clears them when the session starts (Person.startSession). */
export const passwordTries = 'password';

/** `network`: where it is tried from, hashed: a stranger's guessing elsewhere does not keep the person out (Person.beginTry). `otp`: a code of the authenticator app or a recovery code; empty for none. A wrong one is as wrong as the password, and counts alike. */
export async function authenticatePassword(
  needs: PasswordNeeds,
  input: { readonly username: string; readonly password: string; readonly otp: string; readonly network: string },
): Promise<Result<Authenticated, PasswordRefusal>> {
  // SECURITY: one guess at each of many names costs no name a try, and each costs a hash: the network pays for them.
  const busySeconds = await needs.mayTry(input.network);
  if (busySeconds > 0) return err({ reason: 'network_asks_often', waitSeconds: busySeconds });
  const username = normaliseUsername(input.username);
  // A text that is no user name is looked up as one that nobody has: same cost, same answer.
  const { subject, indexHmac } = await needs.subjects.byUsername(username.ok ? username.value : '-');
  const person = subject ? await needs.objects.person(subject.subjectId) : await needs.objects.nobody(indexHmac);
  const tried = await person.beginTry(passwordTries, input.network);
  if (!tried.allowed) {
    return tried.reason === 'disabled'
      ? err({ reason: 'authenticator_disabled' })
      : err({ reason: 'too_many_tries', waitSeconds: tried.waitSeconds });
  }
  const bound = subject?.authenticators.find((authenticator) => authenticator.type === 'password');
  if (!subject || !bound) {
    await verifyNothing(needs.pepper, input.password);
    return err({ reason: 'credentials_wrong' });
  }
  const data = JSON.parse(bound.data) as PasswordData;
  if (!(await verifyPassword(needs.pepper, data.phc, input.password))) return err({ reason: 'credentials_wrong' });
  const seconds = subject.authenticators.filter(({ type }) => type === 'totp' || type === 'recovery_code');
  const second = input.otp === '' ? undefined : await judgeSecondFactors(needs.people, seconds, input.otp, needs.now);
  if (input.otp !== '' && !second) return err({ reason: 'credentials_wrong' });
  if (!data.alone && !second) return err({ reason: 'second_factor_needed' });
  const admitted = admit(subject, second?.method ?? 'password', needs.now);
  // SECURITY: only over what was read, so of two logins with one code one wins.
  if (second && !(await needs.authenticators.replaceData(second.bound, JSON.stringify(second.data), needs.now)))
    return err({ reason: 'credentials_wrong' });
  if (admitted.ok && needsRehash(data.phc)) {
    const phc = await hashPassword(needs.pepper, input.password);
    await needs.authenticators.replaceData(bound, JSON.stringify({ ...data, phc }), needs.now);
  }
  return admitted;
}
