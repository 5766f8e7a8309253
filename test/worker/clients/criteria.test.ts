// Verification criteria, each kept by a refusal that a login really gets; and keys that change without a stop.
import { exports } from 'cloudflare:workers';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { frameStep, loginFrameText } from '../../../shared/contract/login-frame.ts';
import { policyOf, VerificationCriteria } from '../../../worker/clients/criteria.ts';
import { hashSecret } from '../../../worker/logins/handle.ts';
import { texts } from '../../../worker/openid/pages/texts.ts';
import { assertionFor, clientKeys } from '../openid/client-keys.ts';
import {
  aClient,
  aPerson,
  authorizeUrl,
  Browser,
  exchange,
  issuer,
  logIn,
  logInByNumber,
  numberIn,
  password,
  type TestPerson,
  TestWallet,
  withPassword,
  withSigningKey,
} from '../openid/world.ts';

const ciba = 'urn:openid:params:grant-type:ciba';
const username = 'criteria.tests';
let person: TestPerson;
let wallet: TestWallet;

beforeAll(async () => {
  await withSigningKey();
  person = await aPerson();
  await withPassword(person, username);
  wallet = await TestWallet.bind(person.setupCode);
});
afterEach(() => vi.restoreAllMocks());

/** A client whose policy is made of criteria and nothing else. */
const demanding = (criteria: Record<string, unknown>, metadata: Record<string, unknown> = {}) =>
  aClient(metadata, policyOf(VerificationCriteria.parse(criteria)));
const errorOf = (url: URL) => url.searchParams.get('error');

async function ask(client: { id: string; secret: string }): Promise<Record<string, string>> {
  const call = async (path: string, form: Record<string, string>) =>
    (await (
      await exports.default.fetch(issuer + path, {
        method: 'POST',
        headers: {
          'Content-Type': 'application/x-www-form-urlencoded',
          Authorization: `Basic ${btoa(`${client.id}:${client.secret}`)}`,
        },
        body: new URLSearchParams(form).toString(),
      })
    ).json()) as Record<string, string>;
  const begun = await call('/bc-authorize', { scope: 'openid', login_hint: person.number });
  const request = (await wallet.requests()).find(({ txn }) => begun['auth_req_id']?.startsWith(txn));
  if (!request) throw new Error('no request');
  await wallet.answer(request, begun['match_code'] ?? '');
  return call('/token', { grant_type: ciba, auth_req_id: begun['auth_req_id'] ?? '' });
}

describe('minimum_acr', () => {
  it('a password that reaches less is told so on the page, and a session that does is not enough', async () => {
    const client = await demanding({ minimum_acr: 'urn:tawthiq:loa:substantial' });
    const browser = new Browser();
    await logIn(browser, await aClient(), username);
    const silent = await browser.go(await authorizeUrl(client, { prompt: 'none' }));
    expect(errorOf(new URL(silent.headers.get('location') ?? ''))).toBe('login_required');
    const page = (await browser.go(await authorizeUrl(client))).headers.get('location') ?? '';
    const tried = await browser.post(`${page}/password`, { username, password: 'four words make a phrase' });
    expect([tried.status, tried.headers.get('location')]).toEqual([200, null]);
    expect(errorOf(await logInByNumber(browser, await authorizeUrl(client), { person, wallet }))).toBeNull();
  });

  it('what a wallet reaches at most is less: no number is shown; by CIBA access_denied', async () => {
    const client = await demanding(
      { minimum_acr: 'urn:tawthiq:loa:high' },
      { grant_types: ['authorization_code', ciba] },
    );
    const browser = new Browser();
    const page = (await browser.go(await authorizeUrl(client))).headers.get('location') ?? '';
    const refused = await browser.post(`${page}/number`, { number: person.number });
    expect(await refused.text()).toContain(texts.ar.notice.level_too_low);
    expect(await ask(client)).toMatchObject({ error: 'access_denied' });
  });

  it('what the wallet reaches is lowered by how the account was activated: unmet_authentication_requirements', async () => {
    const client = await demanding({ minimum_acr: 'urn:tawthiq:loa:substantial' });
    const lower = await aPerson({ identityLevel: 'low' });
    const who = { person: lower, wallet: await TestWallet.bind(lower.setupCode) };
    const back = await logInByNumber(new Browser(), await authorizeUrl(client), who);
    expect(errorOf(back)).toBe('unmet_authentication_requirements');
  });
});

describe('login', () => {
  it.each([
    ['ar', 'number'],
    ['en', 'number'],
    ['ar', 'scan'],
    ['en', 'scan'],
  ] as const)(
    'the wallet says what for, in the language of the page, and the person signs it (%s, %s)',
    async (ui_locales, way) => {
      const purpose = { purpose_ar: 'حجز موعد', purpose_en: 'to book a visit' };
      const client = await demanding({ login: purpose });
      const browser = new Browser();
      const page = (await browser.go(await authorizeUrl(client, { ui_locales }))).headers.get('location') ?? '';
      await browser.post(`${page}/${way}`, { number: person.number });
      const seen = { ar: purpose.purpose_ar, en: purpose.purpose_en }[ui_locales];
      const txn = page.split('/').at(-1) ?? '';
      if (way === 'scan') {
        const secret = browser.cookies().get(`__Host-login-${txn}`) ?? '';
        const frame = loginFrameText(hashSecret(secret), txn, frameStep(Math.floor(Date.now() / 1000)));
        expect(await (await wallet.scan(frame)).json()).toMatchObject({ request: { purpose: seen } });
        return;
      }
      const request = (await wallet.requests()).find((one) => one.txn === txn);
      if (!request) throw new Error('no request');
      expect(request.purpose).toBe(seen);
      const number = numberIn(await (await browser.go(page)).text());
      expect((await wallet.answer({ ...request, purpose: 'something else' }, number)).status).not.toBe(200);
      expect((await wallet.answer(request, number)).status).toBe(200);
    },
  );

  it('says nothing of its own: the wallet says that this is a login', async () => {
    const client = await demanding({});
    const browser = new Browser();
    const page = (await browser.go(await authorizeUrl(client, { ui_locales: 'en' }))).headers.get('location') ?? '';
    await browser.post(`${page}/number`, { number: person.number });
    const request = (await wallet.requests()).find(({ txn }) => page.endsWith(txn));
    expect(request?.purpose).toBe('Logging in');
  });
});

describe('claims with purposes', () => {
  it('each is asked for with its reason, and no other is given, whatever a request says', async () => {
    const why = { purpose_ar: 'لسنّ المريض', purpose_en: 'for the age of the patient' };
    const client = await demanding({ claims: { birthdate: why } });
    const browser = new Browser();
    const claims = JSON.stringify({ userinfo: { gender: { essential: true } }, id_token: { name: null } });
    const page =
      (await browser.go(await authorizeUrl(client, { scope: 'openid profile', claims }))).headers.get('location') ?? '';
    await browser.post(`${page}/password`, { username, password: 'four words make a phrase' });
    expect(await (await browser.go(page)).text()).toContain('لسنّ المريض');
    const done = await browser.post(`${page}/consent`, { decision: 'allow' });
    const code = new URL(done.headers.get('location') ?? '').searchParams.get('code') ?? '';
    const { access_token } = (await (await exchange(client, { code })).json()) as { access_token: string };
    const seen = await exports.default.fetch(`${issuer}/userinfo`, {
      headers: { Authorization: `Bearer ${access_token}` },
    });
    expect(Object.keys((await seen.json()) as object).sort()).toEqual(['birthdate', 'sub']);
  });
});

describe('authenticators', () => {
  it('one that does not count here is not taken: the page says so and goes on; by CIBA access_denied', async () => {
    const client = await demanding({ authenticators: ['phr'] }, { grant_types: ['authorization_code', ciba] });
    const browser = new Browser();
    const page = (await browser.go(await authorizeUrl(client))).headers.get('location') ?? '';
    const tried = await browser.post(`${page}/password`, { username, password });
    expect(await tried.text()).toContain(texts.ar.notice.level_too_low);
    expect((await browser.go(page)).status).toBe(200);
    expect(await ask(client)).toMatchObject({ error: 'access_denied' });
  });

  it('a session by one that does not count answers nothing', async () => {
    const client = await demanding({ authenticators: ['pop'] });
    const browser = new Browser();
    await logIn(browser, await aClient(), username);
    const silent = await browser.go(await authorizeUrl(client, { prompt: 'none' }));
    expect(errorOf(new URL(silent.headers.get('location') ?? ''))).toBe('login_required');
  });
});

describe('session length', () => {
  it('past it the person is asked again; silently, login_required', async () => {
    const client = await demanding({ session_seconds: 1 });
    const browser = new Browser();
    await logIn(browser, client, username);
    const silent = async () => {
      const answer = await browser.go(await authorizeUrl(client, { prompt: 'none' }));
      return new URL(answer.headers.get('location') ?? '').searchParams;
    };
    await expect.poll(async () => (await silent()).get('error')).toBe('login_required');
    const again = await browser.go(await authorizeUrl(client));
    expect(again.headers.get('location')).toMatch(/^\/login\//);
  });
});

describe('criteria that are none', () => {
  it.each([
    ['an acr of somebody else', { minimum_acr: 'urn:mace:incommon:iap:silver' }],
    ['a claim without its reason', { claims: { birthdate: { purpose_ar: 'لأمر' } } }],
    ['an empty list of authenticators', { authenticators: [] }],
    ['an authenticator that nobody has', { authenticators: ['face'] }],
    ['a session of two days', { session_seconds: 172_800 }],
    ['a resource that is no URI', { resources: ['health'] }],
    ['what only the authority decides', { twoDigitsEarn: 'substantial' }],
  ])('%s is refused', (_what, criteria) => {
    expect(VerificationCriteria.safeParse(criteria).success).toBe(false);
  });
});

describe('keys at a jwks_uri', () => {
  it('the next one is published first: assertions by both are good, and nothing stops', async () => {
    const uri = 'https://keys.tawthiq-service.com/jwks.json';
    const [old, next, stranger] = [
      await clientKeys('ES256', 'old'),
      await clientKeys('ES256', 'next'),
      await clientKeys(),
    ];
    let reads = 0;
    vi.spyOn(globalThis, 'fetch').mockImplementation(async (input) => {
      if (String(input) !== uri) throw new Error('nobody is there');
      reads++;
      return Response.json({ keys: [old.jwk, next.jwk] });
    });
    const client = await aClient({
      token_endpoint_auth_method: 'private_key_jwt',
      jwks_uri: uri,
      grant_types: ['client_credentials'],
    });
    const token = async (keys: typeof old, kid: string) => {
      const form = { grant_type: 'client_credentials', ...(await assertionFor(client.id, keys, {}, { kid })) };
      const body = new URLSearchParams(form).toString();
      const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
      return (await exports.default.fetch(`${issuer}/token`, { method: 'POST', headers, body })).status;
    };
    expect([await token(old, 'old'), await token(next, 'next'), await token(old, 'old')]).toEqual([200, 200, 200]);
    expect(await token(stranger, 'next')).toBe(401);
    expect(reads).toBe(1);
  });
});
