// What a service was given ends, because its person took back what it may see: every login there, and the list of them last.

import type { SubjectId } from '../../shared/base/brands.ts';
import type { LoginObjects } from './objects.ts';
import type { OwedEnding } from './session-rules.ts';

/** May be done again: what is not ended stays on the person's list, for whoever asks once more and for their next login. A few hundred at most. */
export async function endOwed(
  objects: Pick<LoginObjects, 'login' | 'person'>,
  subject: SubjectId,
  { clientId, logins }: Pick<OwedEnding, 'clientId' | 'logins'>,
): Promise<void> {
  await Promise.all(logins.map((login) => objects.login(login).end('consent_withdrawn')));
  await (await objects.person(subject)).forgetLogins(clientId, logins);
}
