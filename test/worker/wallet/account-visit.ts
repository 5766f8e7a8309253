// A browser's way around the account page, and somebody whose account it is.
import {
  aPerson,
  Browser,
  databaseOf,
  numberIn,
  password,
  type TestPerson,
  TestWallet,
  withPassword,
} from '../openid/world.ts';

/** Follows what a browser would, as far as our own pages go. */
export async function open(browser: Browser, path: string): Promise<{ readonly at: string; readonly html: string }> {
  let at = path;
  for (let hop = 0; hop < 8; hop++) {
    const answer = await browser.go(at);
    const next = answer.headers.get('location');
    if (!next) return { at, html: await answer.text() };
    at = next;
  }
  throw new Error(`too many redirects, last ${at}`);
}

export async function enterByPassword(browser: Browser, username: string, from = '/account?lang=en'): Promise<string> {
  const { at } = await open(browser, from);
  const page = at.split('?')[0] ?? '';
  const answer = await browser.post(`${page}/password`, { username, password });
  return (await open(browser, answer.headers.get('location') ?? '')).html;
}

/** Logs in with six digits, at `substantial`. */
export async function enterByNumber(browser: Browser, person: TestPerson, wallet: TestWallet): Promise<string> {
  const { at } = await open(browser, '/account/login?lang=en&level=substantial');
  const page = at.split('?')[0] ?? '';
  await browser.post(`${page}/number`, { number: person.number });
  const number = numberIn(await (await browser.go(page)).text());
  const [request] = await wallet.requests();
  if (!request) throw new Error('no request');
  await wallet.answer(request, number);
  return (await open(browser, `${page}?lang=en`)).html;
}

let counter = 0;
export async function aHolder() {
  const person = await aPerson();
  const username = `own.page${++counter}`;
  await withPassword(person, username);
  return { person, username, wallet: await TestWallet.bind(person.setupCode), browser: new Browser() };
}

export async function press(browser: Browser, act: string, fields: Record<string, string> = {}) {
  const answer = await browser.post(`/account/${act}?lang=en`, fields);
  const next = answer.headers.get('location');
  return { status: answer.status, html: next ? (await open(browser, next)).html : await answer.text() };
}

export async function idOf(person: TestPerson, type: string): Promise<string> {
  const row = await databaseOf(person.subjectId)
    .prepare("SELECT id FROM authenticators WHERE subject_id = ? AND type = ? AND state = 'bound'")
    .bind(person.subjectId, type)
    .first<{ id: string }>();
  return row?.id ?? '';
}
