// One browser, one session: what a second login in it, of the same person or of another, does with what the first one left.
import { exports } from 'cloudflare:workers';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { SessionRecord } from '../../../worker/logins/session-rules.ts';
import { endReplaced } from '../../../worker/openid/session/browser-session.ts';
import { endEverywhere } from '../../../worker/openid/session/end-session.ts';
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
    await expect.poll(() => userinfo(tokens), { timeout: 3_000 }).toBe(401);
    expect(await sessionsOf(many)).toHaveLength(20);
  });

  describe('makes its answer wait for nothing', () => {
    /** A person's object with as many sessions as it may have; the first holds a login at the bank. */
    async function fullObject() {
      const { subjectId } = await aPerson();
      const object = await house().loginObjects.person(subjectId);
      const begin = async (id: string) => {
        const proved = { subject: subjectId, acr: 'a', amr: [], authTime: 0, device: '', secret: 's' };
        const lifetime = { expiresAt: Math.floor(Date.now() / 1000) + 600, idleSeconds: 600 };
        const begun = await object.startSession({ session: { ...proved, ...lifetime, id }, tries: null });
        if (!begun) throw new Error('nothing began');
        return begun;
      };
      const clock = vi.spyOn(Date, 'now').mockReturnValue(Date.now() - 60_000);
      await begin('first');
      await object.joinSession('first', { clientId: bank.id, login: 'its-login', livesUntil: 9e9 }, null);
      clock.mockRestore();
      for (let i = 1; i < 20; i++) await begin(`s${i}`);
      return { subjectId, object, begin };
    }
    /** The house, whose logins end when they are let, or fail so many times. */
    function houseWhere(ending: () => Promise<void>) {
      const { provider } = house();
      const ended: string[] = [];
      const login = (id: string) => ({
        endWithSession: async () => {
          await ending();
          ended.push(id);
        },
      });
      const objects = { person: provider.objects.person.bind(provider.objects), login };
      return { ended, provider: { ...provider, objects } as unknown as typeof provider };
    }
    const heldAside = async (subjectId: TestPerson['subjectId']) => {
      const clock = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 61_000);
      const object = await house().loginObjects.person(subjectId);
      const session = { subject: subjectId, acr: 'a', amr: [], authTime: 0, device: '', secret: 's', id: 'next' };
      const lifetime = { expiresAt: Math.floor(Date.now() / 1000) + 600, idleSeconds: 600 };
      const begun = await object.startSession({ session: { ...session, ...lifetime }, tries: null });
      clock.mockRestore();
      return begun?.dropped.map(({ id }) => id);
    };

    it('what came of the one that left is ended afterwards, also when that fails at first', async () => {
      const { subjectId, object, begin } = await fullObject();
      const { dropped } = await begin('s20');
      expect(dropped.map(({ id }) => id)).toEqual(['first']);
      expect(await object.findSession('first', 's')).toBeNull();
      let tries = 0;
      const { ended, provider } = houseWhere(async () => {
        if (++tries === 1) throw new Error('the object does not answer');
      });
      const works: Promise<unknown>[] = [];
      await endReplaced(provider, undefined, { dropped, subject: subjectId }, (work) => works.push(work));
      expect(ended).toEqual([]);
      for (let i = 0; i < works.length; i++) await works[i];
      expect([tries, ended]).toEqual([2, ['its-login']]);
      // Said to be done: the next login is handed the one that it pushes out, and no other.
      expect(await heldAside(subjectId)).toEqual([expect.not.stringContaining('first')]);
    });

    it('what could not be ended at all is handed to the next login, a minute later', async () => {
      const { subjectId, begin } = await fullObject();
      await begin('s20');
      // Whoever has it in hand is given the time: a login just after is handed only what it pushes out itself.
      expect((await begin('s21')).dropped.map(({ id }) => id)).toEqual([expect.not.stringContaining('first')]);
      const handed = (await heldAside(subjectId)) ?? [];
      expect([handed.length, handed.includes('first')]).toEqual([3, true]);
    });
  });
});

describe('a logout that fails half-way', () => {
  it('is done by the next login of that person', async () => {
    const leaver = await aPerson();
    await withPassword(leaver, 'browser.leaver');
    const tokens = await tokensOf(bank, await logIn(new Browser(), bank, 'browser.leaver'));
    const [session] = await sessionsOf(leaver);
    if (!session) throw new Error('no session');
    const { provider } = house();
    const login = () => ({ endWithSession: () => Promise.reject(new Error('the object does not answer')) });
    const objects = { person: provider.objects.person.bind(provider.objects), login };
    const broken = { ...provider, objects } as unknown as typeof provider;
    await expect(endEverywhere(broken, session, () => {})).rejects.toThrow('does not answer');
    expect(await sessionsOf(leaver)).toEqual([]);
    expect(await userinfo(tokens)).toBe(200);
    const clock = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 61_000);
    await logIn(new Browser(), bank, 'browser.leaver');
    clock.mockRestore();
    await expect.poll(() => userinfo(tokens), { timeout: 3_000 }).toBe(401);
  });
});
