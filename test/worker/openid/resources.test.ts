// Resource indicators (RFC 8707): what an access token is for is asked, registered, granted, narrowed, and never grows.
import { exports } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { criteriaOf, policyOf, VerificationCriteria } from '../../../worker/clients/criteria.ts';
import { isResource } from '../../../worker/clients/resource.ts';
import { paramsOf } from '../../../worker/openid/authorize/request.ts';
import { clientKeys, requestObject } from './client-keys.ts';
import {
  aClient,
  aPerson,
  authorizeUrl,
  Browser,
  challengeOf,
  claimsIn,
  exchange,
  issuer,
  logIn,
  redirectUri,
  type TestClient,
  type TestPerson,
  TestWallet,
  verifier,
  withPassword,
  withSigningKey,
} from './world.ts';

const health = 'https://health.example/api';
const tax = 'https://tax.example/api';
const ciba = 'urn:openid:params:grant-type:ciba';
const device = 'urn:ietf:params:oauth:grant-type:device_code';
const username = 'resource.tests';
let client: TestClient;
let person: TestPerson;
let wallet: TestWallet;

beforeAll(async () => {
  await withSigningKey();
  person = await aPerson();
  await withPassword(person, username);
  wallet = await TestWallet.bind(person.setupCode);
  client = await aClient(
    { grant_types: ['authorization_code', 'refresh_token', 'client_credentials', ciba, device], scope: 'read' },
    { resources: [health, tax] },
  );
});

type Body = Record<string, string>;
async function post(path: string, form: string | Record<string, string>, who = client): Promise<Response> {
  return exports.default.fetch(issuer + path, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/x-www-form-urlencoded',
      Authorization: `Basic ${btoa(`${who.id}:${who.secret}`)}`,
    },
    body: new URLSearchParams(form).toString(),
  });
}
const bodyOf = async (answer: Response) => (await answer.json()) as Body;
const audOf = (body: Body) => claimsIn(body['access_token'] ?? '')['aud'];
const codeOf = (url: URL) => url.searchParams.get('code') ?? '';
const both = `${health}&resource=${encodeURIComponent(tax)}`;

/** A code for both resources: the parameter comes twice. */
async function codeForBoth(scope = 'openid'): Promise<string> {
  const browser = new Browser();
  const begun = await browser.go(
    `${await authorizeUrl(client, { scope, resource: health })}&resource=${encodeURIComponent(tax)}`,
  );
  const page = begun.headers.get('location') ?? '';
  let answer = await browser.post(`${page}/password`, { username, password: 'four words make a phrase' });
  if (answer.headers.get('location')?.startsWith('/login/'))
    answer = await browser.post(`${page}/consent`, { decision: 'allow' });
  return codeOf(new URL(answer.headers.get('location') ?? ''));
}

describe('resource at the authorization endpoint', () => {
  it('one that is not registered, and one that is no absolute URI, go back with invalid_target', async () => {
    for (const resource of ['https://other.example/', 'health', 'https://health.example/api#part', `${both} x`]) {
      const answer = await new Browser().go(await authorizeUrl(client, { resource }));
      const to = new URL(answer.headers.get('location') ?? '');
      expect([to.origin + to.pathname, to.searchParams.get('error')]).toEqual([redirectUri, 'invalid_target']);
    }
  });

  it('more than five are refused, and the same one twice is one', () => {
    const repeated = paramsOf(new URLSearchParams(`resource=${health}&resource=${health}&scope=a&scope=b`));
    expect(repeated.repeated).toEqual(['scope']);
    expect(repeated.values.get('resource')).toBe(`${health} ${health}`);
  });

  it('without one, tokens are for us; userinfo takes them', async () => {
    const tokens = await bodyOf(await exchange(client, { code: codeOf(await logIn(new Browser(), client, username)) }));
    expect(audOf(tokens)).toBe(issuer);
  });

  it('with one, tokens are for it, and userinfo does not take what another service could show', async () => {
    const url = await logIn(new Browser(), client, username, { resource: health });
    const tokens = await bodyOf(await exchange(client, { code: codeOf(url) }));
    expect(audOf(tokens)).toBe(health);
    const userinfo = await exports.default.fetch(`${issuer}/userinfo`, {
      headers: { Authorization: `Bearer ${tokens['access_token']}` },
    });
    expect(userinfo.status).toBe(401);
    expect(userinfo.headers.get('www-authenticate')).toContain('invalid_token');
  });

  it('the pushed request, and the signed one with a list in it, may name it too', async () => {
    const keys = await clientKeys();
    const signing = await aClient({ jwks: { keys: [keys.jwk] } }, { resources: [health, tax] });
    const request = await requestObject(signing.id, keys, {
      response_type: 'code',
      redirect_uri: redirectUri,
      scope: 'openid',
      code_challenge: await challengeOf(verifier),
      code_challenge_method: 'S256',
      resource: [health, tax],
    });
    const pushed = await post('/par', { request }, signing);
    expect(pushed.status).toBe(201);
    const refused = await post('/par', { ...(await pushedForm()), resource: 'https://other.example/' }, signing);
    expect([refused.status, (await bodyOf(refused))['error']]).toEqual([400, 'invalid_target']);
  });
});

async function pushedForm(): Promise<Record<string, string>> {
  return {
    response_type: 'code',
    redirect_uri: redirectUri,
    scope: 'openid',
    code_challenge: await challengeOf(verifier),
    code_challenge_method: 'S256',
  };
}

describe('resource at the token endpoint', () => {
  it('all that was granted, one of it, or ourselves; what was not granted costs neither code nor refresh token', async () => {
    const code = await codeForBoth('openid offline_access');
    const more = await exchange(client, { code, resource: 'https://other.example/' });
    expect([more.status, (await bodyOf(more))['error']]).toEqual([400, 'invalid_target']);
    const whole = await bodyOf(await exchange(client, { code }));
    expect(audOf(whole)).toEqual([health, tax]);
    const refresh = (form: Record<string, string>, token: string | undefined) =>
      exchange(client, { grant_type: 'refresh_token', refresh_token: token ?? '', ...form });
    const grown = await refresh({ resource: 'https://other.example/' }, whole['refresh_token']);
    expect([grown.status, (await bodyOf(grown))['error']]).toEqual([400, 'invalid_target']);
    const wider = await refresh({ scope: 'openid profile' }, whole['refresh_token']);
    expect([wider.status, (await bodyOf(wider))['error']]).toEqual([400, 'invalid_scope']);
    const narrowed = await bodyOf(await refresh({ resource: tax }, whole['refresh_token']));
    expect(audOf(narrowed)).toBe(tax);
    const ours = await bodyOf(await refresh({ resource: issuer }, narrowed['refresh_token']));
    expect(audOf(ours)).toBe(issuer);
    const again = await bodyOf(await refresh({}, ours['refresh_token']));
    expect(audOf(again)).toEqual([health, tax]);
  });

  it('a code narrows at once; text that is no URI is invalid_target', async () => {
    const code = await codeForBoth();
    expect(await bodyOf(await exchange(client, { code, resource: 'tax' }))).toMatchObject({ error: 'invalid_target' });
    expect(audOf(await bodyOf(await exchange(client, { code, resource: tax })))).toBe(tax);
  });

  it('a service for itself asks for what it is registered for', async () => {
    const own = (resource: string) => post('/token', { grant_type: 'client_credentials', resource });
    expect(audOf(await bodyOf(await own(health)))).toBe(health);
    expect(await bodyOf(await own('https://other.example/'))).toMatchObject({ error: 'invalid_target' });
  });

  it('introspection says what a token is for', async () => {
    const tokens = await bodyOf(await exchange(client, { code: await codeForBoth('openid offline_access') }));
    for (const token of [tokens['access_token'], tokens['refresh_token']])
      expect(await bodyOf(await post('/introspect', { token: token ?? '' }))).toMatchObject({
        active: true,
        aud: [health, tax],
        acr: 'urn:tawthiq:loa:low',
        auth_time: expect.any(Number),
      });
  });
});

describe('resource where a person is asked elsewhere', () => {
  it('CIBA: asked with the request, narrowed at the exchange', async () => {
    const refused = await post('/bc-authorize', { scope: 'openid', login_hint: person.number, resource: 'x' });
    expect(await bodyOf(refused)).toMatchObject({ error: 'invalid_target' });
    const form = { scope: 'openid', login_hint: person.number, resource: health };
    const begun = await bodyOf(await post('/bc-authorize', form));
    const authReqId = begun['auth_req_id'] ?? '';
    const request = (await wallet.requests()).find(({ txn }) => authReqId.startsWith(txn));
    if (!request) throw new Error('the wallet sees no such request');
    await wallet.answer(request, begun['match_code'] ?? '');
    const collect = (resource: string) => post('/token', { grant_type: ciba, auth_req_id: authReqId, resource });
    expect(await bodyOf(await collect(tax))).toMatchObject({ error: 'invalid_target' });
    expect(audOf(await bodyOf(await collect(health)))).toBe(health);
  });

  it('device flow: an unregistered one is refused before a code is shown', async () => {
    const asked = (resource: string) => post('/device_authorization', { scope: 'openid', resource });
    expect(await bodyOf(await asked('https://other.example/'))).toMatchObject({ error: 'invalid_target' });
    expect((await asked(tax)).status).toBe(200);
  });
});

describe('which resources a client may name', () => {
  it('is part of what it registers, and of its policy', () => {
    const criteria = VerificationCriteria.parse({ resources: [health] });
    expect(policyOf(criteria).resources).toEqual([health]);
    expect(criteriaOf(policyOf(criteria)).resources).toEqual([health]);
    expect(VerificationCriteria.safeParse({ resources: ['health'] }).success).toBe(false);
  });

  it.each([
    ['https://health.example/api', true],
    ['https://health.example', true],
    ['urn:example:health', true],
    ['http://localhost:9000/api', true],
    ['http://health.example/api', false],
    ['https://health.example:443/api', false],
    ['https://HEALTH.example/api', false],
    ['https://health.example/a/../b', false],
    ['https://me@health.example/', false],
    ['https://health.example/#x', false],
    ['/api', false],
    [`https://health.example/${'a'.repeat(300)}`, false],
  ])('%s: %s', (text, is) => expect(isResource(text)).toBe(is));
});
