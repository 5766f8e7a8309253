// A person takes back what they let a service see: the permission, and everything that was given under it.

import type { EpochSeconds, SubjectId } from '../../shared/base/brands.ts';
import { endOwed } from '../logins/end-owed.ts';
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
  const person = await needs.objects.person(subjectId);
  const names = claim === undefined ? [] : await namesGiven(needs, subjectId, clientId, claim);
  const given = claim === undefined || names.length > 0;
  // Noted before anything is taken back: whatever fails from here on, what was given under it ends.
  if (given) await person.oweLogins(clientId);
  const done =
    claim === undefined
      ? await needs.consents.withdraw(subjectId, clientId, entry)
      : given && (await needs.consents.withdrawClaims(subjectId, clientId, names, entry));
  // Of what is gone there are none, unless they could not be ended when it went: whoever takes it back once more ends them. Asked for anew,
  // as a login may have come to be meanwhile.
  const logins = given ? await person.oweLogins(clientId) : await person.owedLogins(clientId);
  if (!done && logins.length === 0) return false;
  await endOwed(needs.objects, subjectId, { clientId, logins });
  return true;
}

async function namesGiven(
  needs: Pick<WithdrawNeeds, 'consents' | 'now'>,
  subjectId: SubjectId,
  clientId: string,
  claim: string,
): Promise<readonly string[]> {
  const consent = await needs.consents.find(subjectId, clientId, needs.now);
  return consent ? givenNames(consent).filter((name) => plainName(name) === plainName(claim)) : [];
}
