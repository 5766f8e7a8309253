import { exports } from 'cloudflare:workers';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { LoginJournal } from '../../../worker/logins/login-journal.ts';
import { assertionFor, type ClientKeys, clientKeys, nowSeconds, requestObject } from './client-keys.ts';
import {
  aClient,
  aPerson,
  authorizeUrl,
  Browser,
  claimsIn,
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
const device = 'urn:ietf:params:oauth:grant-type:device_code';
const username = 'poll.tests';
let client: TestClient;
let person: TestPerson;
let wallet: TestWallet;

beforeAll(async () => {
  await withSigningKey();
  person = await aPerson();
  await withPassword(person, username);
  wallet = await TestWallet.bind(person.setupCode);
  client = await aClient({ grant_types: ['authorization_code', 'refresh_token', ciba, device] });
});

afterEach(() => vi.useRealTimers());

type Body = Record<string, string>;
async function post(
  path: string,
  form: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: Body }> {
  const answer = await exports.default.fetch(issuer + path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...headers },
    body: new URLSearchParams(form).toString(),
  });
  return { status: answer.status, body: (await answer.json()) as Body };
}
const basic = (who: TestClient) => ({ Authorization: `Basic ${btoa(`${who.id}:${who.secret}`)}` });
const ask = (form: Record<string, string> = {}, who = client) =>
  post('/bc-authorize', { scope: 'openid', login_hint: person.number, ...form }, basic(who));
const poll = (authReqId: string, wait = 0, who = client) =>
  post('/token', { grant_type: ciba, auth_req_id: authReqId }, { ...basic(who), Prefer: `wait=${wait}` });

async function requestOf(of: TestWallet, authReqId: string) {
  const found = (await of.requests()).find((request) => request.txn === authReqId.split('.')[0]);
  if (!found) throw new Error('the wallet sees no such request');
  return found;
}

describe('CIBA', () => {
  it('fapi-ciba-id1, fapi-ciba-id1-ensure-authorization-request-with-binding-message-succeeds, fapi-ciba-id1-ensure-other-scope-order-succeeds: asked, typed in the wallet, polled once: tokens, without claims that were never consented to', async () => {
    const { status, body } = await ask({
      binding_message: 'حجز موعد 7',
      acr_values: 'urn:tawthiq:loa:substantial',
      scope: 'profile openid',
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({ expires_in: 120, interval: 2, match_code: expect.stringMatching(/^\d{6}$/) });
    const authReqId = body['auth_req_id'] ?? '';
    const waiting = poll(authReqId, 20);
    const request = await requestOf(wallet, authReqId);
    expect(request.purpose).toBe('حجز موعد 7');
    expect((await wallet.answer(request, body['match_code'] ?? '')).status).toBe(200);
    const tokens = await waiting;
    expect(tokens.status).toBe(200);
    const claims = claimsIn(tokens.body['id_token'] ?? '');
    expect(claims).toMatchObject({ acr: 'urn:tawthiq:loa:substantial', aud: client.id });
    const userinfo = await exports.default.fetch(`${issuer}/userinfo`, {
      headers: { Authorization: `Bearer ${tokens.body['access_token']}` },
    });
    expect(await userinfo.json()).toEqual({ sub: claims['sub'] });
  });

  it('what was consented to on a page before is given; the same sub as there', async () => {
    const url = await logIn(new Browser(), client, username, { scope: 'openid profile' });
    const page = await post(
      '/token',
      {
        grant_type: 'authorization_code',
        code: url.searchParams.get('code') ?? '',
        redirect_uri: 'https://rp.example/callback',
        code_verifier: 'v'.repeat(43),
      },
      basic(client),
    );
    const { body } = await ask({ scope: 'openid profile' });
    await wallet.answer(await requestOf(wallet, body['auth_req_id'] ?? ''), body['match_code'] ?? '');
    const tokens = await poll(body['auth_req_id'] ?? '');
    expect(claimsIn(tokens.body['id_token'] ?? '')['sub']).toBe(claimsIn(page.body['id_token'] ?? '')['sub']);
    const userinfo = await exports.default.fetch(`${issuer}/userinfo`, {
      headers: { Authorization: `Bearer ${tokens.body['access_token']}` },
    });
    expect(await userinfo.json()).toMatchObject({ 'name#en': 'Sarah Ahmed' });
  });

  it('fapi-ciba-id1-user-rejects-authentication', async () => {
    const { body } = await ask();
    await wallet.answer(await requestOf(wallet, body['auth_req_id'] ?? ''), '', { decision: 'refuse' });
    expect((await poll(body['auth_req_id'] ?? '')).body).toMatchObject({ error: 'access_denied' });
  });

  it('a poll that does not say how long it waits is answered before the hastiest library hangs up, so that nobody collects what nobody hears', async () => {
    const { body } = await ask();
    const { objects } = house().provider;
    const [login, waits] = [objects.login.bind(objects), [] as number[]];
    const seen = vi.spyOn(objects, 'login').mockImplementation((id) => {
      const poll: ReturnType<typeof login>['poll'] = (input, waitMs) => {
        waits.push(waitMs);
        return login(id).poll(input, 0);
      };
      return { poll } as ReturnType<typeof login>;
    });
    try {
      const form = { grant_type: ciba, auth_req_id: body['auth_req_id'] ?? '' };
      expect((await post('/token', form, basic(client))).body).toMatchObject({ error: 'authorization_pending' });
    } finally {
      seen.mockRestore();
    }
    expect(waits).toHaveLength(1);
    // openid-client 5 gives an answer 3.5 s, the way there and back included.
    expect(waits[0]).toBeLessThanOrEqual(2500);
  });

  it('fapi-ciba-id1-multiple-call-to-token-endpoint: pending, then slow_down, and of fifty collections one wins', async () => {
    const { body } = await ask();
    const id = body['auth_req_id'] ?? '';
    // In the same moment, however long the answers take.
    vi.useFakeTimers({ toFake: ['Date'] });
    expect((await poll(id)).body).toMatchObject({ error: 'authorization_pending' });
    expect((await poll(id)).body).toMatchObject({ error: 'slow_down' });
    vi.useRealTimers();
    await wallet.answer(await requestOf(wallet, id), body['match_code'] ?? '');
    const answers = await Promise.all(Array.from({ length: 50 }, () => poll(id)));
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1);
    expect(new Set(answers.filter((answer) => answer.status !== 200).map((answer) => answer.body['error']))).toEqual(
      new Set(['invalid_grant']),
    );
  });

  it('a login is in the person’s list and in the journal once it gave tokens, however often it was come for', async () => {
    const own = await aClient({ grant_types: ['authorization_code', ciba] });
    const { body } = await ask({}, own);
    const id = body['auth_req_id'] ?? '';
    await wallet.answer(await requestOf(wallet, id), body['match_code'] ?? '');
    const written = vi.spyOn(LoginJournal.prototype, 'append');
    const mine = async () =>
      (await (await house().loginObjects.person(person.subjectId)).history()).filter(
        (past) => past.clientId === own.id,
      );
    const wrong = { grant_type: ciba, auth_req_id: id, resource: 'https://elsewhere.example/' };
    for (let i = 0; i < 3; i++) expect((await post('/token', wrong, basic(own))).status).toBe(400);
    expect(await mine()).toEqual([]);
    await Promise.all(Array.from({ length: 20 }, () => poll(id, 0, own)));
    await expect.poll(async () => (await mine()).length).toBe(1);
    const finished = written.mock.calls.flat().filter(({ event }) => event === 'login.finished');
    written.mockRestore();
    expect(finished.map(({ object }) => object)).toEqual([id.split('.')[0]]);
  });

  it('fapi-ciba-id1-ensure-wrong-auth-req-id-in-token-endpoint-request, fapi-ciba-id1-ensure-wrong-client-id-in-token-endpoint-request', async () => {
    expect((await poll(`${'a'.repeat(22)}.${'b'.repeat(43)}`)).body).toMatchObject({ error: 'invalid_grant' });
    const { body } = await ask();
    const other = await aClient({ grant_types: ['authorization_code', ciba] });
    expect((await poll(body['auth_req_id'] ?? '', 0, other)).body).toMatchObject({ error: 'invalid_grant' });
  });

  it('a number that nobody has, and one that is none, get the same kind of answer and are never approved', async () => {
    const known = await ask();
    for (const hint of ['1000000008', '1234567890', 'reem']) {
      const { status, body } = await ask({ login_hint: hint });
      expect(status).toBe(200);
      expect(Object.keys(body)).toEqual(Object.keys(known.body));
      expect((await poll(body['auth_req_id'] ?? '')).body).toMatchObject({ error: 'authorization_pending' });
    }
  });

  it.each([
    ['invalid_scope', 'no openid', { scope: 'profile' }],
    ['invalid_request', 'fapi-ciba-id1-ensure-authorization-request-with-multiple-hints-fails', { id_token_hint: 'x' }],
    ['invalid_request', 'a login_hint_token, which is not supported', { login_hint: '', login_hint_token: 'x' }],
    ['invalid_request', 'an id_token_hint that is no token of ours', { login_hint: '', id_token_hint: 'x' }],
    [
      'invalid_binding_message',
      'fapi-ciba-id1-ensure-authorization-request-with-potentially-bad-binding-message',
      { binding_message: '<b>\u0007' },
    ],
    ['invalid_request', 'requested_expiry of zero', { requested_expiry: '0' }],
  ])('%s: %s', async (error, _what, form) => {
    expect((await ask(form)).body).toMatchObject({ error });
  });

  it.each(['حَجْزٌ مُؤكَّد', 'تحويل 100 ﷼', 'Überweisung 50 €, ref. A-7'])(
    'a binding message as people write it is taken, with its marks and currencies: %s',
    async (binding_message) => {
      // One service asks for one number only so often.
      const own = await aClient({ grant_types: ['authorization_code', ciba] });
      expect((await ask({ binding_message }, own)).status).toBe(200);
    },
  );

  it.each(['   ', 'a\u202eb', 'a\nb', '\u0301', `a${'\u0301'.repeat(20)}`])(
    'a binding message that cannot be read is not (%#)',
    async (binding_message) =>
      expect((await ask({ binding_message })).body).toMatchObject({ error: 'invalid_binding_message' }),
  );

  it('fapi-ciba-id1-ensure-requested-expiry-as-string-succeeds, and is held to three minutes', async () => {
    expect((await ask({ requested_expiry: '60' })).body).toMatchObject({ expires_in: 60 });
    expect((await ask({ requested_expiry: '86400' })).body).toMatchObject({ expires_in: 180 });
  });

  it('a client that is not registered for CIBA is told so; without authentication nothing is asked', async () => {
    expect((await ask({}, await aClient())).body).toMatchObject({ error: 'unauthorized_client' });
    expect((await post('/bc-authorize', { scope: 'openid', login_hint: person.number })).status).toBe(401);
  });

  it('ping: what goes out with the answer is what the client gave, once the wallet has answered', async () => {
    const pinged = await aClient({
      grant_types: ['authorization_code', ciba],
      backchannel_token_delivery_mode: 'ping',
      backchannel_client_notification_endpoint: 'https://rp.example/ping',
    });
    expect((await ask({}, pinged)).body).toMatchObject({ error: 'invalid_request' });
    const { body } = await ask({ client_notification_token: 'n'.repeat(32) }, pinged);
    const answer = await wallet.answer(await requestOf(wallet, body['auth_req_id'] ?? ''), body['match_code'] ?? '');
    expect(answer.status).toBe(200);
    expect((await poll(body['auth_req_id'] ?? '', 0, pinged)).status).toBe(200);
  });

  describe('signed requests of a fapi2 client', () => {
    let keys: ClientKeys;
    let signing: TestClient;
    beforeAll(async () => {
      keys = await clientKeys();
      const metadata = {
        token_endpoint_auth_method: 'private_key_jwt',
        jwks: { keys: [keys.jwk] },
        grant_types: ['authorization_code', ciba],
      };
      signing = await aClient(metadata, { profile: 'fapi2' });
    });
    const signed = async (changed: Record<string, unknown> = {}, by = keys) => {
      const params = {
        scope: 'openid',
        login_hint: person.number,
        binding_message: 'x1',
        iat: nowSeconds(),
        ...changed,
      };
      const request = await requestObject(signing.id, by, params);
      return post('/bc-authorize', { request, ...(await assertionFor(signing.id, keys)) });
    };

    it('one that holds is taken', async () => {
      expect((await signed()).status).toBe(200);
    });

    const at = (from: number) => ({ from });
    it.each([
      ['fapi-ciba-id1-ensure-request-object-missing-aud-fails', { aud: undefined }],
      ['fapi-ciba-id1-ensure-request-object-bad-aud-fails', { aud: 'https://other.example' }],
      ['fapi-ciba-id1-ensure-request-object-missing-iss-fails', { iss: undefined }],
      ['fapi-ciba-id1-ensure-request-object-bad-iss-fails', { iss: 'other' }],
      ['fapi-ciba-id1-ensure-request-object-missing-exp-fails', { exp: undefined }],
      ['fapi-ciba-id1-ensure-request-object-expired-exp-fails', { exp: at(-300) }],
      ['fapi-ciba-id1-ensure-request-object-exp-is-70-minutes-in-future-fails', { exp: at(4200) }],
      ['fapi-ciba-id1-ensure-request-object-missing-iat-fails', { iat: undefined }],
      ['fapi-ciba-id1-ensure-request-object-missing-nbf-fails', { nbf: undefined }],
      ['fapi-ciba-id1-ensure-request-object-nbf-is-10-minutes-in-future-fails', { nbf: at(600) }],
      ['fapi-ciba-id1-ensure-request-object-nbf-is-70-minutes-in-past-fails', { nbf: at(-4200) }],
      ['fapi-ciba-id1-ensure-request-object-missing-jti-fails', { jti: undefined }],
    ])('%s', async (_name, changed) => {
      // Counted from when the request is made, not from when the tests were collected.
      const made = Object.entries(changed).map(([name, value]) => [
        name,
        value && 'from' in Object(value) ? nowSeconds() + value.from : value,
      ]);
      expect((await signed(Object.fromEntries(made))).body).toMatchObject({ error: 'invalid_request' });
    });

    it('fapi-ciba-id1-ensure-request-object-signed-by-other-client-fails, fapi-ciba-id1-ensure-request-object-signature-algorithm-is-RS256-fails, fapi-ciba-id1-ensure-unsigned-backchannel-authorization-request-fails', async () => {
      expect((await signed({}, await clientKeys())).body).toMatchObject({ error: 'invalid_request' });
      expect((await signed({}, await clientKeys('RS256'))).body).toMatchObject({ error: 'invalid_request' });
      const plain = { scope: 'openid', login_hint: person.number, ...(await assertionFor(signing.id, keys)) };
      expect((await post('/bc-authorize', plain)).body).toMatchObject({ error: 'invalid_request' });
    });
  });
});

describe('the device flow', () => {
  const begin = (form: Record<string, string> = {}) =>
    post('/device_authorization', { scope: 'openid', ...form }, basic(client));
  const collect = (code: string) => post('/token', { grant_type: device, device_code: code }, basic(client));

  it('a person enters the code, logs in, allows; the device collects once', async () => {
    const { body } = await begin();
    expect(body['user_code']).toMatch(/^[B-DF-HJ-NP-TV-XZ]{4}-[B-DF-HJ-NP-TV-XZ]{4}$/);
    expect((await collect(body['device_code'] ?? '')).body).toMatchObject({ error: 'authorization_pending' });
    const browser = new Browser();
    expect(await (await browser.go(body['verification_uri_complete'] ?? '')).text()).toContain(
      `value="${body['user_code']}"`,
    );
    const begun = await browser.post('/device', {
      user_code: (body['user_code'] ?? '').toLowerCase().replace('-', ' '),
    });
    const page = (begun.headers.get('location') ?? '').split('?')[0] ?? '';
    await browser.post(`${page}/password`, { username, password: 'four words make a phrase' });
    const done = await browser.post(`${page}/consent?lang=en`, { decision: 'allow' });
    expect(await done.text()).toContain('Go back to your device');
    // Two seconds on: the device asks no sooner.
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 2_000 });
    const answers = await Promise.all(Array.from({ length: 20 }, () => collect(body['device_code'] ?? '')));
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1);
    expect(claimsIn(answers.find((answer) => answer.status === 200)?.body['id_token'] ?? '')).toMatchObject({
      aud: client.id,
    });
  });

  it('a device code is nothing to CIBA’s grant, and the other way round', async () => {
    const { body } = await begin();
    expect((await poll(body['device_code'] ?? '')).body).toMatchObject({ error: 'invalid_grant' });
    expect((await collect((await ask()).body['auth_req_id'] ?? '')).body).toMatchObject({ error: 'invalid_grant' });
  });

  it('a code works in one browser, and a refusal reaches the device', async () => {
    const { body } = await begin();
    const browser = new Browser();
    const page =
      ((await browser.post('/device', { user_code: body['user_code'] ?? '' })).headers.get('location') ?? '').split(
        '?',
      )[0] ?? '';
    expect(page).toMatch(/^\/login\//);
    expect(
      await (await new Browser().post('/device?lang=en', { user_code: body['user_code'] ?? '' })).text(),
    ).toContain('not known');
    await browser.post(`${page}/cancel`, {});
    expect((await collect(body['device_code'] ?? '')).body).toMatchObject({ error: 'access_denied' });
  });

  it('a network that tried many codes waits minutes, is told so and for how long, and no other network does', async () => {
    const enter = (code: string, network: string, lang = 'en') =>
      new Browser().go(`/device?lang=${lang}`, {
        method: 'POST',
        headers: {
          'Content-Type': 'application/x-www-form-urlencoded',
          Origin: issuer,
          'CF-Connecting-IP': network,
        },
        body: new URLSearchParams({ user_code: code }).toString(),
      });
    for (let i = 0; i < 29; i++) expect((await enter('BBBB-BBBB', '198.51.100.7')).status).toBe(200);
    // Right ones cost nobody anything.
    for (let i = 0; i < 2; i++)
      expect((await enter((await begin()).body['user_code'] ?? '', '198.51.100.8')).status).toBe(303);
    expect((await enter('BBBB-BBBB', '198.51.100.7')).status).toBe(200);
    const right = (await begin()).body['user_code'] ?? '';
    const waits = await enter(right, '198.51.100.9');
    expect(waits.status).toBe(429);
    expect(Number(waits.headers.get('retry-after'))).toBeGreaterThan(500);
    const text = await waits.text();
    expect(text).toContain('Many codes were tried from your network.');
    expect(text).not.toContain('not known');
    expect(await (await enter(right, '198.51.100.9', 'ar')).text()).toContain('جُرّبت رموز كثيرة من شبكتك');
    // What cannot be a code is no try, and is said as ever.
    expect(await (await enter('x', '198.51.100.9')).text()).toContain('not known');
    expect((await enter(right, '203.0.113.1')).headers.get('location')).toMatch(/^\/login\//);
    const next = (await begin()).body['user_code'] ?? '';
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 600_000 - 5_000 });
    expect((await enter(next, '198.51.100.9')).status).toBe(429);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 6_000 });
    expect((await enter('BBBB-BBBB', '198.51.100.9')).status).toBe(200);
  });

  it('refuses with OAuth words', async () => {
    expect((await begin({ scope: 'profile' })).body).toMatchObject({ error: 'invalid_scope' });
    expect((await post('/device_authorization', { scope: 'openid' }, basic(await aClient()))).body).toMatchObject({
      error: 'unauthorized_client',
    });
    expect((await collect('x')).body).toMatchObject({ error: 'invalid_grant' });
    expect(await authorizeUrl(client)).toContain('/authorize');
  });
});
