// Everything of a person that is alive, ended: sessions, refresh and access tokens, requests that wait; and the services are told. For an
// account that is no longer active, whatever the reason.

import type { SubjectId } from '../../../shared/base/brands.ts';
import type { Later, Provider } from '../provider.ts';
import { endEverywhere, tell } from './end-session.ts';

/** The last: the person came to a centre; the account stays active, and opens again for them. */
export type EndReason = 'account_suspended' | 'account_closed' | 'account_recovered';

/** Resolves when nothing of the person works any more; telling the services goes on after that. May be done again. */
export async function endPerson(
  provider: Provider,
  subject: SubjectId,
  because: EndReason,
  later: Later,
): Promise<void> {
  const person = await provider.objects.person(subject);
  const { sessions, logins, waiting } = await person.shut();
  const all = new Set([...logins.map(({ login }) => login), ...waiting]);
  // A few hundred at most; each is an object of its own.
  await Promise.all([...all].map((login) => provider.objects.login(login).end(because)));
  const told = new Set<string>();
  for (const session of sessions) {
    await endEverywhere(provider, session, later);
    for (const { clientId } of session.clients) told.add(clientId);
  }
  // A service that holds tokens without a session of ours (CIBA, long refresh) is told by the person's name there.
  for (const clientId of new Set(logins.map((one) => one.clientId)))
    if (!told.has(clientId)) later(tell(provider, clientId, { subject, id: null }, later));
  if (because === 'account_recovered') await person.reopen();
}
