// What authn answers: who, how surely, by what, when. Nothing of who asked.

import { earnedBy, type Method } from '../../shared/assurance/authentication.ts';
import { type Acr, acrOf, type Level, loginLevel, reaches } from '../../shared/assurance/level.ts';
import type { EpochSeconds, SubjectId } from '../../shared/base/brands.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import type { LoginSubject } from '../store/login-subjects.ts';

export type Authenticated = {
  readonly subject: SubjectId;
  readonly level: Level;
  readonly acr: Acr;
  readonly amr: readonly string[];
  readonly authTime: EpochSeconds;
};

export type AccountRefusal = { readonly reason: 'account_pending' | 'account_suspended' | 'account_closed' };

/** Only an active account logs in; the level is the lower of what was used and how the account was activated. */
export function admit(
  subject: Pick<LoginSubject, 'subjectId' | 'account'>,
  method: Method,
  now: EpochSeconds,
  twoDigits: 'low' | 'substantial' = 'low',
  /** What this very authenticator may earn at most. */
  most: Level = 'high',
): Result<Authenticated, AccountRefusal> {
  const { state, identityLevel } = subject.account;
  if (state === 'suspended') return err({ reason: 'account_suspended' });
  if (state === 'closed') return err({ reason: 'account_closed' });
  const earned = earnedBy(method, twoDigits);
  const level = loginLevel(reaches(most, earned.level) ? earned.level : most, identityLevel);
  if (state === 'pending' || level === null) return err({ reason: 'account_pending' });
  return ok({ subject: subject.subjectId, level, acr: acrOf(level), amr: earned.amr, authTime: now });
}
