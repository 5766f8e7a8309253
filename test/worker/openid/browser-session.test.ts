// One browser, one session: what a second login in it, of the same person or of another, does with what the first one left.
import { exports } from 'cloudflare:workers';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { SessionRecord } from '../../../worker/logins/session-rules.ts';
import {
  aClient,
  aPerson,
  authorizeUrl,
  Browser,
  claimsIn,
  exchange,
  house,
  issuer,
  logIn,
  logInByNumber,
  type TestClient,
  type TestPerson,
  TestWallet,
  withPassword,
  withSigningKey,
} from './world.ts';

const username = 'browser.session';
const other = { username: 'browser.other', person: undefined as TestPerson | undefined };
let person: TestPerson;
let wallet: TestWallet;
let bank: TestClient;
let health: TestClient;

beforeAll(async () => {
  await withSigningKey();
  person = await aPerson();
  await withPassword(person, username);
  wallet = await TestWallet.bind(person.setupCode);
  other.person = await aPerson();
  await withPassword(other.person, other.username);
  bank = await aClient();
  health = await aClient({}, { minLevel: 'substantial' });
});

type Tokens = { readonly access_token: string; readonly id_token: string };
async function tokensOf(client: TestClient, url: URL): Promise<Tokens> {
  return (await (await exchange(client, { code: url.searchParams.get('code') ?? '' })).json()) as Tokens;
}
const userinfo = async ({ access_token }: Tokens) =>
  (await exports.default.fetch(`${issuer}/userinfo`, { headers: { Authorization: `Bearer ${access_token}` } })).status;
const sessionsOf = async (who: TestPerson): Promise<readonly SessionRecord[]> =>
  (await house().loginObjects.person(who.subjectId)).sessions();
const cookieOf = (browser: Browser) => browser.cookies().get('__Host-session') ?? '';

/** At the bank with a password, then at a service that asks for more. */
async function steppedUp() {
  const browser = new Browser();
  const before = await tokensOf(bank, await logIn(browser, bank, username));
  const stolen = cookieOf(browser);
  const after = await tokensOf(health, await logInByNumber(browser, await authorizeUrl(health), { person, wallet }));
  return { browser, before, after, stolen };
}

describe('a step-up', () => {
  it('goes on in the session of the browser: one session, all its services, one name for it at each', async () => {
    const had = new Set((await sessionsOf(person)).map(({ id }) => id));
    const { browser, before } = await steppedUp();
    const sessions = (await sessionsOf(person)).filter(({ id }) => !had.has(id));
    expect(sessions.map(({ clients }) => clients.map(({ clientId }) => clientId))).toEqual([[bank.id, health.id]]);
    expect(sessions[0]?.acr).toBe('urn:tawthiq:loa:substantial');
    const silent = await browser.go(await authorizeUrl(bank, { prompt: 'none' }));
    const again = await tokensOf(bank, new URL(silent.headers.get('location') ?? ''));
    expect(claimsIn(again.id_token)['sid']).toBe(claimsIn(before.id_token)['sid']);
  });

  it('is logged out of with everything that came before it', async () => {
    const { browser, before, after } = await steppedUp();
    expect([await userinfo(before), await userinfo(after)]).toEqual([200, 200]);
    await browser.go(`/logout?${new URLSearchParams({ id_token_hint: before.id_token })}`);
    expect([await userinfo(before), await userinfo(after)]).toEqual([401, 401]);
    const silent = await browser.go(await authorizeUrl(bank, { prompt: 'none' }));
    expect(silent.headers.get('location')).toContain('login_required');
  });

  it('makes the cookie of before worthless: whoever copied it does not rise with the person', async () => {
    const { stolen } = await steppedUp();
    const url = await authorizeUrl(bank, { prompt: 'none' });
    const answer = await exports.default.fetch(new URL(url, issuer).href, {
      headers: { Cookie: `__Host-session=${stolen}` },
      redirect: 'manual',
    });
    expect(answer.headers.get('location')).toContain('login_required');
  });

  it('asks for consent on the way and still goes on in the same session', async () => {
    const browser = new Browser();
    const service = await aClient({}, { minLevel: 'substantial' });
    await tokensOf(bank, await logIn(browser, bank, username));
    const id = (await house().provider.cookies.open(cookieOf(browser)))?.id;
    await logInByNumber(browser, await authorizeUrl(service, { scope: 'openid profile' }), { person, wallet });
    expect((await house().provider.cookies.open(cookieOf(browser)))?.id).toBe(id);
  });
});

describe('a login in a browser whose session was ended from elsewhere', () => {
  it('begins a session of its own', async () => {
    const browser = new Browser();
    await logIn(browser, bank, username);
    const ended = await house().provider.cookies.open(cookieOf(browser));
    if (!ended) throw new Error('no session');
    await (await house().loginObjects.person(person.subjectId)).endSession(ended.id);
    await logIn(browser, bank, username);
    expect((await house().provider.cookies.open(cookieOf(browser)))?.id).not.toBe(ended.id);
  });
});

describe('another person in the same browser', () => {
  it('ends the session of the one before, at every service of it', async () => {
    const { browser, before, after } = await steppedUp();
    const left = await house().provider.cookies.open(cookieOf(browser));
    await logIn(browser, bank, other.username, { prompt: 'login' });
    expect([await userinfo(before), await userinfo(after)]).toEqual([401, 401]);
    expect((await sessionsOf(person)).some(({ id }) => id === left?.id)).toBe(false);
  });
});

describe('two logins at once in one browser', () => {
  it('one goes on in its session; the other begins nothing, and takes nothing from it', async () => {
    const browser = new Browser();
    await logIn(browser, bank, username);
    const held = await house().provider.cookies.open(cookieOf(browser));
    if (!held) throw new Error('no session');
    const object = await house().loginObjects.person(person.subjectId);
    const lifetime = { expiresAt: Math.floor(Date.now() / 1000) + 600, idleSeconds: 600 };
    const session = { ...held, ...lifetime, acr: 'a', amr: [], authTime: 0, device: '', secret: 'first' };
    expect(await object.startSession({ session, tries: null, continues: held.secret })).not.toBeNull();
    const second = { session: { ...session, secret: 'second' }, tries: null, continues: held.secret };
    expect(await object.startSession(second)).toBeNull();
    expect(await object.joinSession(held.id, { clientId: bank.id, login: 'l', livesUntil: 9e9 }, second)).toBeNull();
    expect(await object.findSession(held.id, 'first')).toMatchObject({ clients: [{ clientId: bank.id }] });
  });
});

describe('the twenty-first session', () => {
  it('takes the place of the one unused for longest, whose tokens end with it', async () => {
    const many = await aPerson();
    await withPassword(many, 'browser.many');
    const tokens = await tokensOf(bank, await logIn(new Browser(), bank, 'browser.many'));
    const object = await house().loginObjects.person(many.subjectId);
    const now = Date.now();
    const clock = vi.spyOn(Date, 'now').mockReturnValue(now + 60_000);
    const session = { subject: many.subjectId, acr: 'a', amr: [], authTime: 0, device: '', secret: 's' };
    const lifetime = { expiresAt: Math.floor(now / 1000) + 600, idleSeconds: 600 };
    for (let i = 0; i < 19; i++)
      expect(await object.startSession({ session: { ...session, ...lifetime, id: `s${i}` }, tries: null })).toEqual({
        dropped: [],
      });
    clock.mockRestore();
    expect(await userinfo(tokens)).toBe(200);
    await logIn(new Browser(), bank, 'browser.many');
    expect(await userinfo(tokens)).toBe(401);
    expect(await sessionsOf(many)).toHaveLength(20);
  });
});
