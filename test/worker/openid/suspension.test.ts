// A suspended account or client: sessions, refresh and access tokens, pages and requests under way are over everywhere; services are told.
import { exports } from 'cloudflare:workers';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { endPerson } from '../../../worker/openid/session/end-person.ts';
import { withdrawConsent } from '../../../worker/wallet/withdraw-consent.ts';
import { askUntilOther } from '../heard.ts';
import {
  aClient,
  aPerson,
  aSetupCode,
  authorizeUrl,
  Browser,
  claimsIn,
  exchange,
  house,
  issuer,
  logIn,
  type TestClient,
  type TestPerson,
  TestWallet,
  withPassword,
  withSigningKey,
} from './world.ts';

const ciba = 'urn:openid:params:grant-type:ciba';
const callback = 'https://service.tawthiq-logout.com/backchannel';
let client: TestClient;

beforeAll(async () => {
  await withSigningKey();
  client = await aClient({
    grant_types: ['authorization_code', 'refresh_token', ciba],
    backchannel_logout_uri: callback,
  });
});
afterEach(() => vi.restoreAllMocks());

type Body = Record<string, string>;
const bodyOf = async (answer: Response) => (await answer.json()) as Body;
const basic = (who: TestClient) => ({ Authorization: `Basic ${btoa(`${who.id}:${who.secret}`)}` });
const post = (path: string, form: Record<string, string>, who = client) =>
  exports.default.fetch(issuer + path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...basic(who) },
    body: new URLSearchParams(form).toString(),
  });
const userinfo = (token = '') =>
  exports.default.fetch(`${issuer}/userinfo`, { headers: { Authorization: `Bearer ${token}` } });
const isActive = async (token = '', who = client) =>
  ((await (await post('/introspect', { token }, who)).json()) as { active: boolean }).active;
const move = (which: string, person: TestPerson, why = 'a test of it') =>
  exports.default.fetch(`${issuer}/v1/admin/accounts/${which}`, {
    method: 'POST',
    headers: { Authorization: 'Bearer test-admin-token', 'Content-Type': 'application/json' },
    body: JSON.stringify({ number: person.number, why }),
  });

/** Logout tokens that went to the service. */
function listen(): Record<string, unknown>[] {
  const got: Record<string, unknown>[] = [];
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
    if (String(input) !== callback) throw new Error('nobody is there');
    got.push(claimsIn(new URLSearchParams(String(init?.body)).get('logout_token') ?? ''));
    return new Response(null, { status: 200 });
  });
  return got;
}

async function living(username: string, state = 'active', scope = 'openid offline_access') {
  const person = await aPerson({ state });
  await withPassword(person, username);
  const wallet = await TestWallet.bind(person.setupCode);
  const browser = new Browser();
  const url = await logIn(browser, client, username, { scope });
  const tokens = await bodyOf(await exchange(client, { code: url.searchParams.get('code') ?? '' }));
  return { person, wallet, browser, tokens };
}

describe('a suspended account', () => {
  it('userinfo 401, refresh refused, introspection inactive, session cookie dead, code and request under way worth nothing', async () => {
    const { person, wallet, browser, tokens } = await living('suspended.one');
    // Alive: a code not yet exchanged, a login page, a CIBA request, tokens by CIBA that no session holds.
    const loose = (await browser.go(await authorizeUrl(client, { scope: 'openid offline_access' }))).headers;
    const code = new URL(loose.get('location') ?? '').searchParams.get('code') ?? '';
    const ask = async () => bodyOf(await post('/bc-authorize', { scope: 'openid', login_hint: person.number }));
    const answer = async (begun: Body) => {
      const request = (await wallet.requests()).find(({ txn }) => begun['auth_req_id']?.startsWith(txn));
      if (!request) throw new Error('no request');
      return wallet.answer(request, begun['match_code'] ?? '');
    };
    const collect = (begun: Body) => post('/token', { grant_type: ciba, auth_req_id: begun['auth_req_id'] ?? '' });
    const first = await ask();
    await answer(first);
    const byWallet = await bodyOf(await collect(first));
    const approvedOnly = await ask();
    await answer(approvedOnly);
    const waiting = await ask();
    const request = (await wallet.requests())[0];
    for (const token of [tokens['access_token'], byWallet['access_token']])
      expect((await userinfo(token)).status).toBe(200);

    const got = listen();
    expect(await (await move('suspend', person)).json()).toEqual({ state: 'suspended' });

    for (const token of [tokens['access_token'], byWallet['access_token']]) {
      expect((await userinfo(token)).status).toBe(401);
      expect(await isActive(token)).toBe(false);
    }
    expect(await isActive(tokens['refresh_token'])).toBe(false);
    const refreshed = await exchange(client, {
      grant_type: 'refresh_token',
      refresh_token: tokens['refresh_token'] ?? '',
    });
    expect([refreshed.status, (await bodyOf(refreshed))['error']]).toEqual([400, 'invalid_grant']);
    expect((await bodyOf(await exchange(client, { code })))['error']).toBe('invalid_grant');
    const silent = await browser.go(await authorizeUrl(client, { prompt: 'none' }));
    expect(new URL(silent.headers.get('location') ?? '').searchParams.get('error')).toBe('login_required');
    expect((await bodyOf(await collect(approvedOnly)))['error']).toBe('access_denied');
    if (request) expect((await wallet.answer(request, waiting['match_code'] ?? '')).status).not.toBe(200);
    expect(await wallet.requests()).toEqual([]);
    // Once for the session, once for what no session holds; with the person’s name at this service.
    await expect.poll(() => got.length).toBe(2);
    const { sub, sid } = claimsIn(tokens['id_token'] ?? '');
    expect(got.map((one) => [one['aud'], one['sub'], one['sid']])).toEqual(
      expect.arrayContaining([
        [client.id, sub, sid],
        [client.id, sub, undefined],
      ]),
    );
  });

  it('is suspended to the end by doing it again, when the first time failed half-way', async () => {
    listen();
    const { person, tokens } = await living('suspended.half');
    const { provider } = house();
    const login = () => ({ end: () => Promise.reject(new Error('the object does not answer')) });
    const objects = { person: provider.objects.person.bind(provider.objects), login };
    const broken = { ...provider, objects } as unknown as typeof provider;
    await expect(endPerson(broken, person.subjectId, 'account_suspended', () => {})).rejects.toThrow('does not answer');
    expect(await isActive(tokens['refresh_token'])).toBe(true);
    expect((await move('suspend', person)).status).toBe(200);
    expect(await isActive(tokens['refresh_token'])).toBe(false);
    expect((await userinfo(tokens['access_token'])).status).toBe(401);
    // Nothing is left to be handed out.
    const object = await house().loginObjects.person(person.subjectId);
    expect(await object.shut()).toEqual({ sessions: [], logins: [], waiting: [] });
  });

  it('so is a consent that is taken back: what came of it ends when it is taken back once more, and then there is none', async () => {
    const { person, tokens } = await living('withdrawn.half');
    const { consents, loginObjects, now } = house();
    const login = () => ({ end: () => Promise.reject(new Error('the object does not answer')) });
    const objects = { person: loginObjects.person.bind(loginObjects), login } as unknown as typeof loginObjects;
    const take = (by: typeof loginObjects) =>
      withdrawConsent({ consents, objects: by, now: now() }, person.subjectId, client.id);
    await expect(take(objects)).rejects.toThrow('does not answer');
    expect(await isActive(tokens['refresh_token'])).toBe(true);
    expect([await take(loginObjects), await isActive(tokens['refresh_token'])]).toEqual([true, false]);
    expect(await take(loginObjects)).toBe(false);
  });

  describe('so is one claim that is taken back', () => {
    const broken = new Error('the object does not answer');
    async function halfTaken(username: string) {
      const { person, tokens } = await living(username, 'active', 'openid profile offline_access');
      const { consents, loginObjects, now } = house();
      const login = () => ({ end: () => Promise.reject(broken) });
      const failing = { person: loginObjects.person.bind(loginObjects), login } as unknown as typeof loginObjects;
      const take = (claim: string, objects = loginObjects) =>
        withdrawConsent({ consents, objects, now: now() }, person.subjectId, client.id, claim);
      const given = async () => {
        const consent = await consents.find(person.subjectId, client.id, now());
        return Object.entries(consent?.claims ?? {}).flatMap(([name, one]) => (one.given ? [name] : []));
      };
      expect(await take('shoe_size')).toBe(false);
      expect(await isActive(tokens['refresh_token'])).toBe(true);
      await expect(take('birthdate', failing)).rejects.toThrow(broken.message);
      expect([await isActive(tokens['refresh_token']), await given()]).toEqual([
        true,
        expect.not.arrayContaining(['birthdate']),
      ]);
      return { person, tokens, take, given };
    }

    it('what came of it ends when it is taken back once more; the rest of the consent stays', async () => {
      const { person, tokens, take, given } = await halfTaken('claim.half');
      expect([await take('birthdate'), await isActive(tokens['refresh_token'])]).toEqual([true, false]);
      expect(await take('birthdate')).toBe(false);
      expect(await given()).toContain('gender');
      const { logins } = await (await house().loginObjects.person(person.subjectId)).shut();
      expect(logins).toEqual([]);
    });

    it('or by the person’s next login, a minute later, which keeps what it gives itself', async () => {
      const { tokens } = await halfTaken('claim.later');
      const again = async () => {
        const url = await logIn(new Browser(), client, 'claim.later', { scope: 'openid offline_access' });
        return bodyOf(await exchange(client, { code: url.searchParams.get('code') ?? '' }));
      };
      // Whoever has it in hand is given the time.
      await again();
      expect(await isActive(tokens['refresh_token'])).toBe(true);
      const clock = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 61_000);
      const { refresh_token: newer } = await again();
      clock.mockRestore();
      await expect.poll(() => isActive(tokens['refresh_token']), { timeout: 3_000 }).toBe(false);
      expect(await isActive(newer)).toBe(true);
    });

    it('or with the account, wherever the login is remembered', async () => {
      const { person, tokens } = await halfTaken('claim.shut');
      const object = await house().loginObjects.person(person.subjectId);
      const login = tokens['refresh_token']?.split('.')[0] ?? '';
      const filled = Array.from({ length: 200 }, (_, i) => `login-${i}`);
      for (const one of filled) await object.rememberLogin(client.id, one, 9e9);
      expect((await object.shut()).logins).toContainEqual({ clientId: client.id, login });
    });
  });

  it('cannot log in, and nothing that was begun before ends well; resumed, it can', async () => {
    listen();
    const { person, wallet, browser } = await living('suspended.two');
    await move('suspend', person);
    const page = (await browser.go(await authorizeUrl(client))).headers.get('location') ?? '';
    expect(page).toMatch(/^\/login\//);
    const tried = await browser.post(`${page}/password`, {
      username: 'suspended.two',
      password: 'four words make a phrase',
    });
    expect(await tried.text()).toContain('حسابك موقوف');
    // As if the account had been read just before: the person's own object keeps the door.
    const object = await house().loginObjects.person(person.subjectId);
    const session = { id: 'i'.repeat(22), secret: 's', subject: person.subjectId, acr: 'a', amr: [], authTime: 0 };
    const begun = { ...session, device: '', expiresAt: 9e9, idleSeconds: 600 };
    await object.startSession({ session: begun, tries: null });
    const joining = { clientId: client.id, login: 'l', livesUntil: 9e9 };
    expect(await object.joinSession(session.id, joining, null)).toBeNull();
    expect(await object.joinSession(session.id, joining, { session: begun, tries: null })).toBeNull();
    expect(await object.rememberLogin(client.id, 'l', 9e9)).toBe(false);
    expect(await (await move('resume', person)).json()).toEqual({ state: 'active' });
    expect((await logIn(new Browser(), client, 'suspended.two')).searchParams.get('code')).toBeTruthy();
    expect((await wallet.account('list')).status).toBe(200);
  });

  it('tokens without a session are told of by the person’s name alone', async () => {
    const person = await aPerson();
    const wallet = await TestWallet.bind(person.setupCode);
    const begun = await bodyOf(await post('/bc-authorize', { scope: 'openid', login_hint: person.number }));
    const request = (await wallet.requests())[0];
    if (!request) throw new Error('no request');
    await wallet.answer(request, begun['match_code'] ?? '');
    await post('/token', { grant_type: ciba, auth_req_id: begun['auth_req_id'] ?? '' });
    const got = listen();
    await move('close', person);
    await expect.poll(() => got.length).toBe(1);
    expect(got[0]).toMatchObject({ sub: expect.any(String), events: expect.any(Object) });
    expect(got[0]).not.toHaveProperty('sid');
    expect((await move('resume', person)).status).toBe(409);
  });

  it('a service that needs a session’s name to end it (backchannel_logout_session_required) gets each', async () => {
    const strict = await aClient({
      grant_types: ['authorization_code', ciba],
      backchannel_logout_uri: callback,
      backchannel_logout_session_required: true,
    });
    const person = await aPerson();
    await withPassword(person, 'suspended.strict');
    const wallet = await TestWallet.bind(await aSetupCode(person.subjectId));
    const url = await logIn(new Browser(), strict, 'suspended.strict');
    const byPage = await bodyOf(await exchange(strict, { code: url.searchParams.get('code') ?? '' }));
    const begun = await bodyOf(await post('/bc-authorize', { scope: 'openid', login_hint: person.number }, strict));
    const request = (await wallet.requests())[0];
    if (!request) throw new Error('no request');
    await wallet.answer(request, begun['match_code'] ?? '');
    const poll = { grant_type: ciba, auth_req_id: begun['auth_req_id'] ?? '' };
    const byWallet = await bodyOf(await post('/token', poll, strict));
    const got = listen();
    await move('close', person);
    await expect.poll(() => got.length).toBe(2);
    const sids = [byPage, byWallet].map((tokens) => claimsIn(tokens['id_token'] ?? '')['sid']);
    expect(got.map((one) => one['sid']).sort()).toEqual(sids.sort());
  });

  it('is asked for again without harm, by whoever may, for an account that is there', async () => {
    const person = await aPerson();
    expect((await move('suspend', person)).status).toBe(200);
    expect((await move('suspend', person)).status).toBe(200);
    expect((await move('suspend', { ...person, number: '1000000008' })).status).toBe(404);
    expect((await move('suspend', { ...person, number: '1' })).status).toBe(422);
    expect((await move('suspend', await aPerson({ state: 'pending' }))).status).toBe(409);
    const { entries } = await house().journal.read({ limit: 500, event: 'account.suspended' });
    expect(entries.filter(({ subjectId }) => subjectId === person.subjectId)).toHaveLength(1);
  });
});

describe('a suspended client', () => {
  it('within five seconds: no token, no refresh, no userinfo, no page, and whoever introspects hears that its tokens are nothing', async () => {
    const person = await aPerson();
    await withPassword(person, 'client.suspended');
    const other = await aClient({ grant_types: ['authorization_code', 'refresh_token'] });
    const api = await aClient({ grant_types: ['client_credentials'] }, { introspectsAll: true });
    const url = await logIn(new Browser(), other, 'client.suspended', { scope: 'openid offline_access' });
    const tokens = await bodyOf(await exchange(other, { code: url.searchParams.get('code') ?? '' }));
    const page = (await new Browser().go(await authorizeUrl(other))).headers.get('location') ?? '';
    expect(page).toMatch(/^\/login\//);
    expect(await isActive(tokens['access_token'], api)).toBe(true);
    const suspended = await exports.default.fetch(`${issuer}/v1/admin/clients/${other.id}/state`, {
      method: 'POST',
      headers: { Authorization: 'Bearer test-admin-token', 'Content-Type': 'application/json' },
      body: JSON.stringify({ state: 'suspended' }),
    });
    expect(suspended.status).toBe(200);
    expect(await askUntilOther(() => isActive(tokens['access_token'], api), true)).toBe(false);
    expect((await userinfo(tokens['access_token'])).status).toBe(401);
    const refreshed = await exchange(other, {
      grant_type: 'refresh_token',
      refresh_token: tokens['refresh_token'] ?? '',
    });
    expect(refreshed.status).toBe(401);
    expect(await (await new Browser().go(await authorizeUrl(other))).text()).toContain('client_suspended');
  });
});
