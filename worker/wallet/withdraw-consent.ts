// A person takes back what they let a service see: the permission, and everything that was given under it.

import type { EpochSeconds, SubjectId } from '../../shared/base/brands.ts';
import type { JournalEntry } from '../journal/entry.ts';
import type { LoginObjects } from '../logins/objects.ts';
import { givenNames, plainName } from '../openid/consent.ts';
import type { Consents } from '../store/consents.ts';

export type WithdrawNeeds = {
  readonly consents: Pick<Consents, 'find' | 'withdraw' | 'withdrawClaims'>;
  readonly objects: Pick<LoginObjects, 'login' | 'person'>;
  readonly now: EpochSeconds;
};

/**
 * False if there is no such consent. Refresh tokens end with it. `claim`: this one alone, by any of its spellings, all of which go; the rest
 * is still let go, to whoever asks anew: what was given so far had this in it.
 */
export async function withdrawConsent(
  needs: WithdrawNeeds,
  subjectId: SubjectId,
  clientId: string,
  claim?: string,
): Promise<boolean> {
  const entry = {
    at: needs.now,
    event: 'consent.withdrawn',
    actor: `subject:${subjectId}`,
    subjectId,
    object: clientId,
    ...(claim === undefined ? {} : { detail: { claim: plainName(claim) } }),
  } as const;
  const done =
    claim === undefined
      ? await needs.consents.withdraw(subjectId, clientId, entry)
      : await withdrawOne(needs, subjectId, clientId, claim, entry);
  const person = await needs.objects.person(subjectId);
  // Of a consent that is gone there are none, unless they could not be ended when it went: whoever takes it back once more ends them.
  const logins = done || claim === undefined ? await person.loginsAt(clientId) : [];
  if (!done && logins.length === 0) return false;
  await Promise.all(logins.map((login) => needs.objects.login(login).end('consent_withdrawn')));
  await person.forgetLogins(clientId, logins);
  return true;
}

async function withdrawOne(
  needs: WithdrawNeeds,
  subjectId: SubjectId,
  clientId: string,
  claim: string,
  entry: JournalEntry,
): Promise<boolean> {
  const consent = await needs.consents.find(subjectId, clientId, needs.now);
  const names = consent ? givenNames(consent).filter((name) => plainName(name) === plainName(claim)) : [];
  return names.length > 0 && needs.consents.withdrawClaims(subjectId, clientId, names, entry);
}
