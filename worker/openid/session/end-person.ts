// Everything of a person that is alive, ended: sessions, refresh and access tokens, requests that wait; and the services are told. For an
// account that is no longer active, whatever the reason.

import type { SubjectId } from '../../../shared/base/brands.ts';
import type { Later, Provider } from '../provider.ts';
import { finishEnding, tell } from './end-session.ts';

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
    await finishEnding(provider, session, later);
    for (const { clientId } of session.clients) told.add(`${clientId} ${session.id}`);
  }
  const untold = logins.filter(({ clientId, session }) => !told.has(`${clientId} ${session}`));
  for (const clientId of new Set(untold.map((one) => one.clientId))) {
    const theirs = untold.filter((one) => one.clientId === clientId).map(({ session }) => session ?? null);
    later(tellOfRest(provider, clientId, { subject, sessions: new Set(theirs) }, later));
  }
  // Till here whoever does it again is handed all of it again.
  await person.forgetShut();
  if (because === 'account_recovered') await person.reopen();
}

/**
 * A service that holds tokens without a session of ours (CIBA, long refresh) is told by the person's name there, in one token for all of
 * them; unless it registered that it needs the name of each (Back-Channel Logout §2.2).
 */
async function tellOfRest(
  provider: Provider,
  clientId: string,
  { subject, sessions }: { readonly subject: SubjectId; readonly sessions: ReadonlySet<string | null> },
  later: Later,
): Promise<void> {
  const client = await provider.clients.find(clientId, later);
  const each = client?.metadata.backchannel_logout_session_required === true;
  for (const id of each ? sessions : [null]) later(tell(provider, clientId, { subject, id }, later));
}
