// Logs a test person in as a browser would, through the provider's own pages, and says where the browser is sent in the end.
import type { SimulatedPerson } from './people.ts';

const redirectsToService = (location: string) => location !== '' && !location.startsWith('/');

/** `begun`: the provider's answer to /authorize. Answers the address at the relying party, or undefined when the person must be asked. */
export async function logIn(
  edgeUrl: string,
  begun: { readonly location: string; readonly cookies: readonly string[] },
  person: SimulatedPerson,
): Promise<string | undefined> {
  const page = begun.location;
  const loginId = /^\/login\/([\w-]{22})/.exec(page)?.[1];
  if (loginId === undefined) return redirectsToService(page) ? page : undefined;
  const jar = new Map<string, string>();
  const keep = (cookies: readonly string[]) => {
    for (const cookie of cookies) {
      const [pair = ''] = cookie.split(';');
      jar.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
    }
  };
  keep(begun.cookies);
  const go = async (path: string, form?: Readonly<Record<string, string>>) => {
    const response = await fetch(new URL(path, edgeUrl), {
      method: form ? 'POST' : 'GET',
      redirect: 'manual',
      headers: {
        Cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; '),
        'Sec-Fetch-Site': 'same-origin',
      },
      ...(form ? { body: new URLSearchParams(form) } : {}),
    });
    keep(response.headers.getSetCookie());
    return { location: response.headers.get('location') ?? '', html: await response.text() };
  };
  await go(`${page}/number`, { number: person.number });
  const number = /id="number">(\d+)</.exec((await go(page)).html)?.[1];
  if (number === undefined) return undefined;
  await person.approve(loginId, number);
  let answer = await go(page);
  if (!redirectsToService(answer.location)) answer = await go(`${page}/consent`, { decision: 'allow' });
  return redirectsToService(answer.location) ? answer.location : undefined;
}
