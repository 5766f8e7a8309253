// A person takes back what they let a service see: the permission, and everything that was given under it.

import type { EpochSeconds, SubjectId } from '../../shared/base/brands.ts';
import type { LoginObjects } from '../logins/objects.ts';
import type { Consents } from '../store/consents.ts';

export type WithdrawNeeds = {
  readonly consents: Pick<Consents, 'withdraw'>;
  readonly objects: Pick<LoginObjects, 'login' | 'person'>;
  readonly now: EpochSeconds;
};

/** False if there is no such consent. Refresh tokens end with it. */
export async function withdrawConsent(needs: WithdrawNeeds, subjectId: SubjectId, clientId: string): Promise<boolean> {
  const entry = {
    at: needs.now,
    event: 'consent.withdrawn',
    actor: `subject:${subjectId}`,
    subjectId,
    object: clientId,
  } as const;
  if (!(await needs.consents.withdraw(subjectId, clientId, entry))) return false;
  const logins = await (await needs.objects.person(subjectId)).forgetClient(clientId);
  await Promise.all(logins.map((login) => needs.objects.login(login).end('consent_withdrawn')));
  return true;
}
