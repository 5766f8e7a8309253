// The session that a browser's cookie names, if it may be relied on now. Knows no HTTP.

import type { SessionRecord } from '../../logins/session-rules.ts';
import type { Provider } from '../provider.ts';

export async function findSession(
  provider: Pick<Provider, 'cookies' | 'objects'>,
  cookie: string | undefined,
): Promise<SessionRecord | undefined> {
  const opened = cookie === undefined ? undefined : await provider.cookies.open(cookie);
  if (!opened) return undefined;
  const person = await provider.objects.person(opened.subject);
  return (await person.findSession(opened.id, opened.secret)) ?? undefined;
}
