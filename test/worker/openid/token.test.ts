import { exports } from 'cloudflare:workers';
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import * as oauth from 'oauth4webapi';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { LoginJournal } from '../../../worker/logins/login-journal.ts';
import { tokenAnswer } from '../../../worker/openid/token/answer-token.ts';
import {
  assertionFor,
  type ClientKeys,
  clientKeys,
  nowSeconds,
  proofFor,
  requestObject,
  thumbprint,
} from './client-keys.ts';
import {
  aClient,
  aPerson,
  authorizeUrl,
  Browser,
  challengeOf,
  claimsIn,
  exchange,
  house,
  issuer,
  logIn,
  redirectUri,
  type TestClient,
  verifier,
  withPassword,
  withSigningKey,
} from './world.ts';

const username = 'token.tests';
let client: TestClient;
let keys: ClientKeys;
let keyed: TestClient;
let fapi: TestClient;

beforeAll(async () => {
  await withSigningKey();
  await withPassword(await aPerson(), username);
  client = await aClient({
    grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
    scope: 'reports',
  });
  keys = await clientKeys();
  const metadata = {
    token_endpoint_auth_method: 'private_key_jwt',
    jwks: { keys: [keys.jwk] },
    grant_types: ['authorization_code', 'refresh_token'],
  };
  keyed = await aClient(metadata);
  fapi = await aClient(metadata, { profile: 'fapi2' });
});

const codeOf = (url: URL) => url.searchParams.get('code') ?? '';
type Body = Record<string, string>;
const bodyOf = async (response: Response) => (await response.json()) as Body;
function post(path: string, form: Record<string, string>, headers: Record<string, string> = {}): Promise<Response> {
  return exports.default.fetch(issuer + path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...headers },
    body: new URLSearchParams(form).toString(),
  });
}
const basic = (who: TestClient) => ({ Authorization: `Basic ${btoa(`${who.id}:${who.secret}`)}` });
const userinfo = (authorization: string, headers: Record<string, string> = {}) =>
  exports.default.fetch(`${issuer}/userinfo`, { headers: { Authorization: authorization, ...headers } });

describe('the token endpoint', () => {
  it.each([
    ['invalid_client', 'a wrong secret', {}, { Authorization: `Basic ${btoa('x:y')}` }],
    ['invalid_request', 'no grant_type', { grant_type: '' }, {}],
    ['unsupported_grant_type', 'a grant that nobody has', { grant_type: 'password' }, {}],
    ['invalid_grant', 'a text that is no code', { code: 'nothing' }, {}],
    ['invalid_grant', 'a code that nobody has', { code: `${'a'.repeat(22)}.${'b'.repeat(43)}` }, {}],
    ['invalid_grant', 'a verifier of the wrong form', { code: 'x', code_verifier: 'short' }, {}],
  ])('%s for %s', async (error, _what, form, headers) => {
    const answer = await exchange(client, { code: 'x', ...form }, headers);
    expect(await bodyOf(answer)).toMatchObject({ error });
    expect(answer.status).toBe(error === 'invalid_client' ? 401 : 400);
    if (error === 'invalid_client') expect(answer.headers.get('www-authenticate')).toBe('Basic realm="token"');
  });

  it('a secret may come in the body; two ways at once, and a repeated parameter, are refused', async () => {
    const form = { grant_type: 'client_credentials' };
    expect((await post('/token', { ...form, client_id: client.id, client_secret: client.secret })).status).toBe(200);
    expect(
      await bodyOf(
        await post('/token', { ...form, client_id: client.id, client_secret: client.secret }, basic(client)),
      ),
    ).toMatchObject({ error: 'invalid_request' });
    const twice = await exports.default.fetch(`${issuer}/token`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...basic(client) },
      body: 'grant_type=client_credentials&grant_type=client_credentials',
    });
    expect(await bodyOf(twice)).toMatchObject({ error: 'invalid_request' });
    const json = await exports.default.fetch(`${issuer}/token`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: '{}',
    });
    expect(json.status).toBe(400);
  });

  it('a public client may name itself in the header, with nothing behind the colon; for one that has a secret that is none', async () => {
    const open = await aClient({ token_endpoint_auth_method: 'none' });
    const named = ({ id }: TestClient) => ({ Authorization: `Basic ${btoa(`${id}:`)}` });
    const form = { grant_type: 'authorization_code', code: 'x' };
    expect(await bodyOf(await post('/token', form, named(open)))).toMatchObject({ error: 'invalid_grant' });
    const refused = await post('/token', form, named(client));
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'Basic realm="token"']);
    expect(await bodyOf(refused)).toMatchObject({ error: 'invalid_client' });
  });

  it.each(['/token', '/token?from=somewhere'])('answers at %s, with or without the framework, alike', async (path) => {
    const form = { grant_type: 'client_credentials' };
    const good = await post(path, form, basic(client));
    expect(good.status).toBe(200);
    const large = await post(path, { ...form, scope: 's'.repeat(65_536) }, basic(client));
    expect(large.status).toBe(400);
    expect(await bodyOf(large)).toMatchObject({
      error: 'invalid_request',
      error_description: expect.stringContaining('64 kB'),
    });
    for (const answer of [good, large]) {
      expect(answer.headers.get('content-type')).toBe('application/json');
      expect(answer.headers.get('cache-control')).toBe('no-store');
      expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    }
    expect((await exports.default.fetch(issuer + path)).status).toBe(405);
  });

  it('a fault of ours is a problem document that says nothing of it', async () => {
    const request = new Request(`${issuer}/token`, { method: 'POST' });
    const broken = () => {
      throw new Error('a bound value');
    };
    const answer = await tokenAnswer('/token', request, broken, () => {});
    expect(answer?.status).toBe(500);
    expect(answer?.headers.get('content-type')).toContain('application/problem+json');
    expect(await answer?.text()).not.toContain('bound value');
  });

  it('client_credentials: a token for the service itself, with its own scopes and no person', async () => {
    const token = await bodyOf(
      await post('/token', { grant_type: 'client_credentials', scope: 'reports openid' }, basic(client)),
    );
    expect(claimsIn(token['access_token'] ?? '')).toMatchObject({ sub: client.id, scope: 'reports' });
    expect((await userinfo(`Bearer ${token['access_token']}`)).status).toBe(401);
    expect(
      await bodyOf(await post('/token', { grant_type: 'client_credentials' }, basic(await aClient()))),
    ).toMatchObject({ error: 'unauthorized_client' });
  });

  it.each([
    '/.well-known/openid-configuration',
    '/.well-known/oauth-authorization-server',
    ...['/jwks', '/token', '/userinfo', '/par', '/revoke', '/device_authorization'],
  ])('a page of another origin may ask %s with headers of its library’s own, without cookies', async (path) => {
    const headers = {
      Origin: 'https://app.example',
      'Access-Control-Request-Method': 'POST',
      'Access-Control-Request-Headers': 'authorization,x-library',
    };
    const answer = await exports.default.fetch(issuer + path, { method: 'OPTIONS', headers });
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([204, '*']);
    const allowed = (answer.headers.get('access-control-allow-headers') ?? '').toLowerCase().split(', ');
    expect(allowed).toEqual(expect.arrayContaining(['authorization', '*']));
    expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
  });

  it('a suspended client gets nothing more, an old secret works until its time', async () => {
    const doomed = await aClient({ grant_types: ['client_credentials'] });
    const { clients } = house();
    const known = await clients.find(doomed.id);
    if (!known) throw new Error('no client');
    const suspended = { ...known, state: 'suspended' as const };
    await clients.replace(known, suspended, { at: 1 as never, event: 'client.suspended', actor: 'system' });
    expect((await post('/token', { grant_type: 'client_credentials' }, basic(doomed))).status).toBe(401);
    const old = await aClient({ grant_types: ['client_credentials'] });
    const before = await clients.find(old.id);
    if (!before) throw new Error('no client');
    const secrets = before.secrets.map((secret) => ({ ...secret, goodUntil: nowSeconds() - 1 }));
    await clients.replace(before, { ...before, secrets }, { at: 1 as never, event: 'client.changed', actor: 'system' });
    expect((await post('/token', { grant_type: 'client_credentials' }, basic(old))).status).toBe(401);
  });

  it('codes belong to their client, redirect URI and verifier', async () => {
    const other = await aClient();
    const code = codeOf(await logIn(new Browser(), client, username));
    expect(await bodyOf(await exchange(other, { code }))).toMatchObject({ error: 'invalid_grant' });
    expect(await bodyOf(await exchange(client, { code, redirect_uri: `${redirectUri}/x` }))).toMatchObject({
      error: 'invalid_grant',
    });
    expect((await exchange(client, { code })).status).toBe(200);
    const second = codeOf(await logIn(new Browser(), client, username));
    expect(await bodyOf(await exchange(client, { code: second, code_verifier: 'w'.repeat(43) }))).toMatchObject({
      error: 'invalid_grant',
    });
  });

  it('a client that may go without PKCE cannot be downgraded once it used it, nor the other way round', async () => {
    const lax = await aClient({}, { pkce: 'optional' });
    const without = codeOf(
      await logIn(new Browser(), lax, username, { code_challenge: undefined, code_challenge_method: undefined }),
    );
    expect(await bodyOf(await exchange(lax, { code: without }))).toMatchObject({ error: 'invalid_grant' });
    const withIt = codeOf(await logIn(new Browser(), lax, username));
    expect(
      await bodyOf(
        await post('/token', { grant_type: 'authorization_code', redirect_uri: redirectUri, code: withIt }, basic(lax)),
      ),
    ).toMatchObject({ error: 'invalid_grant' });
  });
});

describe('refresh tokens', () => {
  const begin = async () => {
    const url = await logIn(new Browser(), client, username, { scope: 'openid profile offline_access' });
    return bodyOf(await exchange(client, { code: codeOf(url) }));
  };
  const refresh = (token: string, more: Record<string, string> = {}) =>
    post('/token', { grant_type: 'refresh_token', refresh_token: token, ...more }, basic(client));

  it('oidcc-refresh-token: rotates; the same person and auth_time, no nonce; the old one within seconds gives the same successor', async () => {
    const first = await begin();
    const second = await bodyOf(await refresh(first['refresh_token'] ?? ''));
    expect(second['refresh_token']).not.toBe(first['refresh_token']);
    const [before, after] = [claimsIn(first['id_token'] ?? ''), claimsIn(second['id_token'] ?? '')];
    expect(after).toMatchObject({ sub: before['sub'], auth_time: before['auth_time'], aud: before['aud'] });
    expect(after['nonce']).toBeUndefined();
    const again = await bodyOf(await refresh(first['refresh_token'] ?? ''));
    expect(again['refresh_token']).toBe(second['refresh_token']);
    expect((await userinfo(`Bearer ${second['access_token']}`)).status).toBe(200);
  });

  it('fifty at once mint one successor', async () => {
    const { refresh_token = '' } = await begin();
    const answers = await Promise.all(Array.from({ length: 50 }, () => refresh(refresh_token).then(bodyOf)));
    expect(new Set(answers.map((answer) => answer['refresh_token'])).size).toBe(1);
  });

  it("are given for offline_access only, keep their scope, and are their client's", async () => {
    const plain = await bodyOf(await exchange(client, { code: codeOf(await logIn(new Browser(), client, username)) }));
    expect(plain['refresh_token']).toBeUndefined();
    const { refresh_token = '' } = await begin();
    expect(await bodyOf(await refresh(refresh_token, { scope: 'openid unified_number' }))).toMatchObject({
      error: 'invalid_scope',
    });
    const other = await aClient({ grant_types: ['authorization_code', 'refresh_token'] });
    expect(
      await bodyOf(await post('/token', { grant_type: 'refresh_token', refresh_token }, basic(other))),
    ).toMatchObject({ error: 'invalid_grant' });
  });

  it('narrowed to a scope without openid give an access token alone, and with all of it an ID token again; oauth4webapi reads both', async () => {
    const first = await begin();
    const options = {
      [oauth.allowInsecureRequests]: true,
      [oauth.customFetch]: (url: string, init: { readonly method: string }) => exports.default.fetch(url, init),
    };
    const metadata = await oauth.discoveryRequest(new URL(issuer), options);
    const server = await oauth.processDiscoveryResponse(new URL(issuer), metadata);
    const who = { client_id: client.id };
    const secret = oauth.ClientSecretBasic(client.secret);
    const refreshed = async (token = '', additionalParameters: Record<string, string> = {}) => {
      const asked = { ...options, additionalParameters };
      const answer = await oauth.refreshTokenGrantRequest(server, who, secret, token, asked);
      return oauth.processRefreshTokenResponse(server, who, answer);
    };
    const narrow = await refreshed(first['refresh_token'], { scope: 'profile offline_access' });
    expect(narrow).not.toHaveProperty('id_token');
    expect([narrow.scope, claimsIn(narrow.access_token)['scope']]).toEqual(Array(2).fill('profile offline_access'));
    expect((await userinfo(`Bearer ${narrow.access_token}`)).status).toBe(403);
    // What it is let see is narrower as well (OpenID Connect Core §5.4).
    const bare = await refreshed(narrow.refresh_token, { scope: 'openid' });
    expect(Object.keys(await bodyOf(await userinfo(`Bearer ${bare.access_token}`)))).toEqual(['sub']);
    const whole = await refreshed(bare.refresh_token);
    expect(await bodyOf(await userinfo(`Bearer ${whole.access_token}`))).toHaveProperty('name');
    expect(oauth.getValidatedIdTokenClaims(whole)?.sub).toBe(claimsIn(first['id_token'] ?? '')['sub']);
    expect(whole.scope).toBe(first['scope']);
  });

  it('introspection tells of them, revocation ends them and every access token of the login', async () => {
    const { refresh_token = '', access_token = '' } = await begin();
    const about = async (token: string, who = client) => bodyOf(await post('/introspect', { token }, basic(who)));
    expect(await about(refresh_token)).toMatchObject({
      active: true,
      client_id: client.id,
      token_type: 'refresh_token',
    });
    expect(await about(access_token)).toMatchObject({ active: true, token_type: 'Bearer', iss: issuer });
    const stranger = await aClient();
    expect(await about(access_token, stranger)).toEqual({ active: false });
    const resource = await aClient({ grant_types: ['client_credentials'] }, { introspectsAll: true });
    const seen = await about(access_token, resource);
    expect(seen).toMatchObject({ active: true });
    expect(seen['sub']).toBeUndefined();
    expect((await post('/revoke', { token: refresh_token }, basic(stranger))).status).toBe(200);
    expect(await about(refresh_token)).toMatchObject({ active: true });
    expect((await post('/revoke', { token: refresh_token }, basic(client))).status).toBe(200);
    expect(await about(refresh_token)).toEqual({ active: false });
    expect(await about(access_token)).toEqual({ active: false });
    expect(await about('nonsense')).toEqual({ active: false });
  });

  it('the journal says what was taken back, once, and nothing of tokens that were not', async () => {
    const written = vi.spyOn(LoginJournal.prototype, 'append');
    const { access_token = '', refresh_token = '' } = await begin();
    const stranger = await aClient();
    const unknown = `${'a'.repeat(22)}.${'b'.repeat(43)}`;
    const loginId = refresh_token.split('.')[0];
    for (const [token, who] of [
      [refresh_token, stranger],
      [access_token, stranger],
      [unknown, client],
      [`${loginId}.${'b'.repeat(43)}`, client],
      [access_token, client],
      [access_token, client],
      [refresh_token, client],
      [refresh_token, client],
      [access_token, client],
    ] as const)
      expect((await post('/revoke', { token }, basic(who))).status).toBe(200);
    const revoked = written.mock.calls.flat().filter(({ event }) => event === 'token.revoked');
    written.mockRestore();
    expect(revoked.map(({ actor, object }) => [actor, object])).toEqual([
      [`client:${client.id}`, loginId],
      [`client:${client.id}`, loginId],
    ]);
  });

  it('one access token can be revoked alone; the answer can be a signed token', async () => {
    const { access_token = '', refresh_token = '' } = await begin();
    await post('/revoke', { token: access_token, token_type_hint: 'access_token' }, basic(client));
    expect((await userinfo(`Bearer ${access_token}`)).status).toBe(401);
    expect((await refresh(refresh_token)).status).toBe(200);
    const answer = await post(
      '/introspect',
      { token: access_token },
      { ...basic(client), Accept: 'application/token-introspection+jwt' },
    );
    expect(answer.headers.get('content-type')).toBe('application/token-introspection+jwt');
    expect(claimsIn(await answer.text())).toMatchObject({
      iss: issuer,
      aud: client.id,
      token_introspection: { active: false },
    });
  });
});

describe('private_key_jwt', () => {
  const token = async (changed: Record<string, unknown>, who = keyed, by = keys) =>
    bodyOf(
      await post('/token', {
        grant_type: 'authorization_code',
        code: 'x',
        ...(await assertionFor(who.id, by, changed)),
      }),
    );

  it('oidcc-ensure-client-assertion-with-iss-aud-succeeds: the issuer, or the endpoint, is an audience', async () => {
    for (const aud of [issuer, `${issuer}/token`, [issuer]])
      expect(await token({ aud })).toMatchObject({ error: 'invalid_grant' });
  });

  it.each([
    [
      'fapi2-security-profile-final-ensure-client-assertion-with-exp-is-5-minutes-in-past-fails',
      { exp: nowSeconds() - 300 },
    ],
    ['fapi2-security-profile-final-ensure-client-assertion-with-wrong-aud-fails', { aud: 'https://other.example' }],
    ['fapi2-security-profile-final-ensure-client-assertion-with-no-sub-fails', { sub: undefined }],
    [
      'fapi2-security-profile-final-par-ensure-jwt-client-assertions-nbf-over-60-seconds-in-the-future-fails',
      { nbf: nowSeconds() + 61 },
    ],
    ['an assertion that lives for more than an hour fails', { exp: nowSeconds() + 3700 }],
    ['an assertion without jti fails', { jti: undefined }],
    ['an assertion of another client fails', { iss: 'other', sub: 'other' }],
  ])('%s, whatever the profile', async (_name, changed) => {
    for (const who of [keyed, fapi]) expect(await token(changed, who)).toMatchObject({ error: 'invalid_client' });
  });

  it('an assertion may live for an hour, as libraries write it; that of a fapi2 client for ten minutes', async () => {
    const hour = { exp: nowSeconds() + 3600 };
    expect(await token(hour)).toMatchObject({ error: 'invalid_grant' });
    expect(await token(hour, fapi)).toMatchObject({ error: 'invalid_client' });
    // Refused for its life and nothing else.
    expect(await token({ exp: nowSeconds() + 600 }, fapi)).not.toMatchObject({ error: 'invalid_client' });
  });

  it('fapi2-security-profile-final-par-ensure-jwt-client-assertions-nbf-8-seconds-in-the-future-is-accepted', async () => {
    expect(await token({ nbf: nowSeconds() + 8 })).toMatchObject({ error: 'invalid_grant' });
  });

  it('a key that is not registered, and the wrong method, are refused', async () => {
    expect(await token({}, keyed, await clientKeys())).toMatchObject({ error: 'invalid_client' });
    expect(await bodyOf(await post('/token', { grant_type: 'authorization_code', client_id: keyed.id }))).toMatchObject(
      { error: 'invalid_client' },
    );
  });

  it('fapi2-security-profile-final-par-test-array-as-audience-fails, fapi2-security-profile-final-par-test-token-endpoint-url-as-audience-fails, fapi2-security-profile-final-par-test-par-endpoint-url-as-audience-fails', async () => {
    for (const aud of [[issuer], `${issuer}/token`, `${issuer}/par`])
      expect(await token({ aud }, fapi)).toMatchObject({ error: 'invalid_client' });
  });

  it('fapi2-security-profile-final-ensure-signed-client-assertion-with-RS256-fails', async () => {
    const rsa = await clientKeys('RS256');
    const metadata = { token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [rsa.jwk] } };
    expect(await token({}, await aClient(metadata, { profile: 'fapi2' }), rsa)).toMatchObject({
      error: 'invalid_client',
    });
    expect(await token({}, await aClient(metadata), rsa)).toMatchObject({ error: 'invalid_grant' });
  });
});

describe('pushed requests and DPoP (FAPI 2.0 Security Profile)', () => {
  const params = async (changed: Record<string, string | undefined> = {}) => {
    const all = {
      client_id: fapi.id,
      redirect_uri: redirectUri,
      response_type: 'code',
      scope: 'openid',
      state: 'st',
      nonce: 'no',
      code_challenge: await challengeOf(verifier),
      code_challenge_method: 'S256',
      ...changed,
    };
    return Object.fromEntries(Object.entries(all).filter((pair): pair is [string, string] => pair[1] !== undefined));
  };
  const pushed = async (changed: Record<string, string | undefined> = {}, headers: Record<string, string> = {}) =>
    post('/par', { ...(await params(changed)), ...(await assertionFor(fapi.id, keys)) }, headers);
  const uriOf = async (response: Response) => (await bodyOf(response))['request_uri'] ?? '';
  async function finish(requestUri: string, browser = new Browser(), outside = ''): Promise<URL> {
    const begun = await browser.go(
      `/authorize?client_id=${fapi.id}&request_uri=${encodeURIComponent(requestUri)}${outside}`,
    );
    const location = begun.headers.get('location') ?? '';
    if (!location.startsWith('/login/')) throw new Error(`${begun.status} ${await begun.text()}`);
    let answer = await browser.post(`${location}/password`, { username, password: 'four words make a phrase' });
    if (answer.headers.get('location')?.startsWith('/login/'))
      answer = await browser.post(`${location}/consent`, { decision: 'allow' });
    return new URL(answer.headers.get('location') ?? '');
  }
  async function redeem(code: string, proof: string, changed: Record<string, string> = {}): Promise<Response> {
    const form = { grant_type: 'authorization_code', redirect_uri: redirectUri, code, code_verifier: verifier };
    return post('/token', { ...form, ...(await assertionFor(fapi.id, keys)), ...changed }, { DPoP: proof });
  }
  const nonce = async () => (await house().provider.dpop.nonce()) as string;

  it('fapi2-security-profile-final-happy-flow, fapi2-security-profile-final-par-without-duplicate-parameters, fapi2-security-profile-final-access-token-type-header-case-sensitivity: PAR, DPoP with a server nonce, userinfo by the bound token alone', async () => {
    const answer = await pushed();
    expect(answer.status).toBe(201);
    const url = await finish(await uriOf(answer), new Browser(), '&state=outside');
    expect(url.searchParams.get('state')).toBe('st');
    const key = await clientKeys('ES256', 'dpop');
    const first = await redeem(codeOf(url), await proofFor(key, '/token'));
    expect(await bodyOf(first)).toMatchObject({ error: 'use_dpop_nonce' });
    const proof = await proofFor(key, '/token', { nonce: first.headers.get('dpop-nonce') });
    const tokens = await bodyOf(await redeem(codeOf(url), proof));
    expect(tokens['token_type']).toBe('DPoP');
    const access = tokens['access_token'] ?? '';
    expect(claimsIn(access)['cnf']).toEqual({ jkt: await thumbprint(key) });
    const ath = await challengeOf(access);
    const proofs = (changed = {}) => proofFor(key, '/userinfo', { htm: 'GET', ath, ...changed });
    expect((await userinfo(`dpop ${access}`, { DPoP: await proofs() })).status).toBe(200);
    expect((await userinfo(`Bearer ${access}`)).status).toBe(401);
    expect((await userinfo(`DPoP ${access}`)).status).toBe(401);
    expect((await userinfo(`DPoP ${access}`, { DPoP: await proofs({ ath: 'other' }) })).status).toBe(401);
    const stranger = await clientKeys('ES256', 'other');
    expect(
      (await userinfo(`DPoP ${access}`, { DPoP: await proofFor(stranger, '/userinfo', { htm: 'GET', ath }) })).status,
    ).toBe(401);
  });

  it('fapi2-security-profile-final-dpop-negative-tests: typ, method, address, key, signature, age', async () => {
    const key = await clientKeys('ES256', 'dpop');
    const { dpop } = house().provider;
    const tried = async (changed = {}, header = {}) =>
      dpop.verify({
        proof: await proofFor(key, '/token', changed, header),
        method: 'POST',
        url: `${issuer}/token`,
        requireNonce: false,
      });
    expect(await tried()).toMatchObject({ ok: true });
    expect(await tried({ htu: `${issuer}/token?x=1#y` })).toMatchObject({ ok: true });
    for (const bad of [
      { htm: 'GET' },
      { htu: `${issuer}/par` },
      { jti: undefined },
      { iat: nowSeconds() - 600 },
      { iat: undefined },
      { nonce: 'old' },
    ])
      expect((await tried(bad)).ok).toBe(false);
    for (const header of [
      { typ: 'JWT' },
      { jwk: undefined },
      { jwk: { ...key.jwk, d: 'x' } },
      { jwk: { kty: 'oct', k: 'AA' } },
    ])
      expect((await tried({}, header)).ok).toBe(false);
    expect((await dpop.verify({ proof: undefined, method: 'POST', url: issuer, requireNonce: false })).ok).toBe(false);
  });

  it('fapi2-security-profile-final-ensure-dpopproof-with-iat-10seconds-before-succeeds, fapi2-security-profile-final-ensure-dpopproof-with-iat-10seconds-after-succeeds, fapi2-security-profile-final-check-dpop-proof-nbf-exp', async () => {
    const key = await clientKeys('ES256', 'dpop');
    const { dpop } = house().provider;
    for (const times of [
      { iat: nowSeconds() - 10 },
      { iat: nowSeconds() + 10 },
      { nbf: nowSeconds(), exp: nowSeconds() + 60 },
    ]) {
      const proof = await proofFor(key, '/token', times);
      expect((await dpop.verify({ proof, method: 'POST', url: `${issuer}/token`, requireNonce: false })).ok).toBe(true);
    }
  });

  it('fapi2-security-profile-final-ensure-dpop-auth-code-binding-success, fapi2-security-profile-final-ensure-dpopproof-at-par-endpoint-binding-success, fapi2-security-profile-final-ensure-token-endpoint-fails-with-mismatched-dpop-proof-jkt, fapi2-security-profile-final-ensure-mismatched-dpop-jkt-fails', async () => {
    const [key, other] = [await clientKeys('ES256', 'dpop'), await clientKeys('ES256', 'other')];
    const bound = await pushed({}, { DPoP: await proofFor(key, '/par') });
    const url = await finish(await uriOf(bound));
    expect(
      await bodyOf(await redeem(codeOf(url), await proofFor(other, '/token', { nonce: await nonce() }))),
    ).toMatchObject({ error: 'invalid_grant' });
    expect((await redeem(codeOf(url), await proofFor(key, '/token', { nonce: await nonce() }))).status).toBe(200);
    const mismatched = await pushed({ dpop_jkt: await thumbprint(other) }, { DPoP: await proofFor(key, '/par') });
    expect(await bodyOf(mismatched)).toMatchObject({ error: 'invalid_dpop_proof' });
  });

  it.each([
    [
      'fapi2-security-profile-final-par-ensure-pkce-required',
      { code_challenge: undefined, code_challenge_method: undefined },
    ],
    ['fapi2-security-profile-final-par-plain-pkce-rejected', { code_challenge_method: 'plain' }],
    ['fapi2-security-profile-final-ensure-registered-redirect-uri', { redirect_uri: 'https://rp.example/other' }],
    ['fapi2-security-profile-final-ensure-redirect-uri-in-authorization-request', { redirect_uri: undefined }],
    [
      'fapi2-security-profile-final-par-authorization-request-containing-request_uri-form-param',
      { request_uri: 'urn:ietf:params:oauth:request_uri:x' },
    ],
    ['fapi2-security-profile-final-ensure-response-type-code-idtoken-fails', { response_type: 'code id_token' }],
    ['fapi2-security-profile-final-ensure-response-type-token-fails', { response_type: 'token' }],
  ])('%s', async (_name, changed) => {
    const answer = await pushed(changed);
    expect(answer.status).toBe(400);
    expect((await bodyOf(answer))['error']).toMatch(/^(invalid_request|unsupported_response_type)$/);
  });

  it('fapi2-security-profile-final-par-attempt-invalid-http-method, and without client authentication nothing is pushed', async () => {
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const answer = await exports.default.fetch(`${issuer}/par`, { method });
      expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST']);
      expect(await bodyOf(answer)).toMatchObject({ error: 'invalid_request' });
    }
    expect((await post('/par', await params())).status).toBe(401);
  });

  it('fapi2-security-profile-final-par-attempt-to-use-request_uri-for-different-client, fapi2-security-profile-final-par-attempt-reuse-request_uri', async () => {
    const uri = await uriOf(await pushed());
    const other = new Browser();
    const stolen = await other.go(`/authorize?client_id=${keyed.id}&request_uri=${encodeURIComponent(uri)}`);
    expect(await stolen.text()).toContain('request_uri_unknown');
    await finish(uri);
    const again = await other.go(`/authorize?client_id=${fapi.id}&request_uri=${encodeURIComponent(uri)}`);
    expect(await again.text()).toContain('request_uri_unknown');
  });

  it('fapi2-security-profile-final-par-ensure-reused-request-uri-prior-to-auth-completion-succeeds', async () => {
    const uri = await uriOf(await pushed());
    await new Browser().go(`/authorize?client_id=${fapi.id}&request_uri=${encodeURIComponent(uri)}`);
    expect(codeOf(await finish(uri))).not.toBe('');
  });

  it('fapi2-security-profile-final-ensure-authorization-request-without-state-success, fapi2-security-profile-final-ensure-authorization-request-without-nonce-success, fapi2-security-profile-final-ensure-other-scope-order-succeeds', async () => {
    const url = await finish(
      await uriOf(await pushed({ state: undefined, nonce: undefined, scope: 'profile openid' })),
    );
    expect(codeOf(url)).not.toBe('');
    expect(url.searchParams.has('state')).toBe(false);
  });

  it('fapi2-security-profile-final-ensure-holder-of-key-required: a fapi2 client without a proof gets no token', async () => {
    const url = await finish(await uriOf(await pushed()));
    const form = {
      grant_type: 'authorization_code',
      redirect_uri: redirectUri,
      code: codeOf(url),
      code_verifier: verifier,
    };
    expect(await bodyOf(await post('/token', { ...form, ...(await assertionFor(fapi.id, keys)) }))).toMatchObject({
      error: 'invalid_dpop_proof',
    });
  });
});

describe('request objects (JAR)', () => {
  const inside = async (changed: Record<string, unknown> = {}) => ({
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: 'openid',
    state: 'inside',
    code_challenge: await challengeOf(verifier),
    code_challenge_method: 'S256',
    ...changed,
  });
  const pushed = async (object: string, who = fapi) =>
    post('/par', { request: object, ...(await assertionFor(who.id, keys)) });

  it('a signed object is pushed; fapi2-security-profile-final-ensure-request-object-with-multiple-aud-succeeds, fapi2-security-profile-final-ensure-request-object-with-nbf-8-seconds-in-the-future-is-accepted', async () => {
    for (const changed of [{}, { aud: [issuer, 'https://other.example'] }, { nbf: nowSeconds() + 8 }])
      expect((await pushed(await requestObject(fapi.id, keys, await inside(changed)))).status).toBe(201);
  });

  it.each([
    ['fapi2-security-profile-final-ensure-request-object-without-exp-fails', { exp: undefined }],
    ['fapi2-security-profile-final-ensure-request-object-without-nbf-fails', { nbf: undefined }],
    ['fapi2-security-profile-final-ensure-expired-request-object-fails', { exp: nowSeconds() - 60 }],
    ['fapi2-security-profile-final-ensure-request-object-with-bad-aud-fails', { aud: 'https://other.example' }],
    ['fapi2-security-profile-final-ensure-request-object-with-exp-over-60-fails', { exp: nowSeconds() + 4200 }],
    ['fapi2-security-profile-final-ensure-request-object-with-nbf-over-60-fails', { nbf: nowSeconds() - 4200 }],
    ['fapi2-security-profile-final-ensure-matching-key-in-authorization-request', { iss: 'other' }],
    ['an object that names another client fails', { client_id: 'other' }],
    ['an object in an object fails', { request: 'x' }],
    ['fapi2-security-profile-final-par-authorization-request-containing-request_uri', { request_uri: 'urn:x' }],
  ])('%s', async (_name, changed) => {
    const answer = await pushed(await requestObject(fapi.id, keys, await inside(changed)));
    expect(await bodyOf(answer)).toMatchObject({ error: 'invalid_request_object' });
  });

  it('fapi2-security-profile-final-ensure-request-object-with-invalid-signature-fails, fapi2-security-profile-final-ensure-request-object-signature-algorithm-is-not-none', async () => {
    const object = await requestObject(fapi.id, await clientKeys(), await inside());
    expect(await bodyOf(await pushed(object))).toMatchObject({ error: 'invalid_request_object' });
    // fapi2-security-profile-final-ensure-matching-key-in-authorization-request: a key that another client registered is as strange.
    const others = await clientKeys('ES256', 'k2');
    await aClient(
      { token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [others.jwk] } },
      { profile: 'fapi2' },
    );
    const crossed = await requestObject(fapi.id, others, await inside(), { kid: 'k2' });
    expect(await bodyOf(await pushed(crossed))).toMatchObject({ error: 'invalid_request_object' });
    const none = `${btoa('{"alg":"none"}')}.${btoa(JSON.stringify(await inside())).replaceAll('=', '')}.`;
    expect(await bodyOf(await pushed(none.replaceAll('=', '')))).toMatchObject({ error: 'invalid_request_object' });
  });

  it('fapi2-security-profile-final-ensure-request-object-without-redirect-uri-fails', async () => {
    expect(
      await bodyOf(await pushed(await requestObject(fapi.id, keys, await inside({ redirect_uri: undefined })))),
    ).toMatchObject({ error: 'invalid_request' });
  });

  it('fapi2-security-profile-final-ensure-unsigned-request-at-par-endpoint-fails where signing is a must', async () => {
    const strict = await aClient({
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: { keys: [keys.jwk] },
      require_signed_request_object: true,
    });
    const plain = {
      client_id: strict.id,
      ...((await inside()) as Record<string, string>),
      ...(await assertionFor(strict.id, keys)),
    };
    expect(await bodyOf(await post('/par', plain))).toMatchObject({ error: 'invalid_request' });

    // RFC 9101 §10.5, and §6.3: at /authorize too, and nothing from outside the object fills a gap in it.
    const location = async (url: string) => (await new Browser().go(url)).headers.get('location') ?? '';
    const unsigned = new URL(await location(await authorizeUrl(strict, { state: 'outside' })));
    expect(unsigned.origin + unsigned.pathname).toBe(redirectUri);
    expect([unsigned.searchParams.get('error'), unsigned.searchParams.get('state')]).toEqual([
      'invalid_request',
      'outside',
    ]);
    const object = await requestObject(strict.id, keys, await inside());
    expect(await location(await authorizeUrl(strict, { request: object }))).toMatch(/^\/login\//);
    const gap = await requestObject(strict.id, keys, await inside({ redirect_uri: undefined }));
    const page = await new Browser().go(await authorizeUrl(strict, { request: gap }));
    expect([page.status, await page.text()]).toEqual([400, expect.stringContaining('redirect_uri_missing')]);
  });

  it('oidcc-request-uri-signed, oidcc-ensure-request-object-with-redirect-uri: by value at /authorize, what is inside wins', async () => {
    const object = await requestObject(keyed.id, keys, await inside());
    const answer = await new Browser().go(
      await authorizeUrl(keyed, { request: object, prompt: 'none', state: 'outside' }),
    );
    expect(answer.headers.get('location')).toMatch(/^\/login\//);
    const silent = await requestObject(keyed.id, keys, await inside({ prompt: 'none' }));
    const refused = new URL(
      (await new Browser().go(await authorizeUrl(keyed, { request: silent, state: 'outside' }))).headers.get(
        'location',
      ) ?? '',
    );
    expect(refused.searchParams.get('error')).toBe('login_required');
    expect(refused.searchParams.get('state')).toBe('inside');
  });
});

describe('an Ed25519 key (RFC 9864)', () => {
  /** Everything that a client signs, as a library does that writes the one name, of a key that was registered by the other, or by none. */
  it.each([
    ['EdDSA', 'Ed25519', {}],
    ['Ed25519', 'EdDSA', {}],
    ['EdDSA', 'Ed25519', { alg: undefined }],
    ['Ed25519', 'Ed25519', {}],
  ] as const)('registered as %s signs as %s', async (named, written, changed) => {
    const pair = await clientKeys(named);
    const own = { ...pair, alg: written };
    const { id } = await aClient(
      {
        token_endpoint_auth_method: 'private_key_jwt',
        token_endpoint_auth_signing_alg: named,
        request_object_signing_alg: named,
        jwks: { keys: [{ ...pair.jwk, ...changed }] },
      },
      { profile: 'fapi2' },
    );
    const request = await requestObject(id, own, {
      redirect_uri: redirectUri,
      response_type: 'code',
      scope: 'openid',
      code_challenge: await challengeOf(verifier),
      code_challenge_method: 'S256',
    });
    const send = async (by: ClientKeys) =>
      bodyOf(await post('/par', { request, ...(await assertionFor(id, by)) }, { DPoP: await proofFor(own, '/par') }));
    expect(await send(own)).toHaveProperty('request_uri');
    // Another key by the same name, and the same name over another kind of key, are not it.
    expect(await send({ ...(await clientKeys('EdDSA')), alg: written })).toMatchObject({ error: 'invalid_client' });
    expect(await send(keys)).toMatchObject({ error: 'invalid_client' });
  });
});

describe('what everybody may read', () => {
  it('oidcc-discovery-endpoint-verification: the metadata names this issuer, https or localhost endpoints, PKCE and iss', async () => {
    for (const path of ['/.well-known/openid-configuration', '/.well-known/oauth-authorization-server']) {
      const document = (await (await exports.default.fetch(issuer + path)).json()) as Record<string, unknown>;
      expect(document).toMatchObject({
        issuer,
        code_challenge_methods_supported: ['S256'],
        authorization_response_iss_parameter_supported: true,
      });
      for (const [name, value] of Object.entries(document))
        if (name.endsWith('_endpoint') || name.endsWith('_uri')) expect(value).toMatch(/^http:\/\/localhost:8787\//);
    }
  });

  it('oidcc-idtoken-signature: the ID token verifies with the published key, and no private part is published', async () => {
    const { keys: published } = (await (await exports.default.fetch(`${issuer}/jwks`)).json()) as {
      keys: Record<string, string>[];
    };
    const tokens = await bodyOf(await exchange(client, { code: codeOf(await logIn(new Browser(), client, username)) }));
    const [head = '', body = '', signature = ''] = (tokens['id_token'] ?? '').split('.');
    const { kid } = JSON.parse(atob(head)) as { kid: string };
    const jwk = published.find((key) => key['kid'] === kid);
    expect(Object.keys(jwk ?? {}).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
    const key = await crypto.subtle.importKey(
      'jwk',
      jwk as unknown as JsonWebKey,
      { name: 'ECDSA', namedCurve: 'P-256' },
      false,
      ['verify'],
    );
    const bytes = Uint8Array.from(atob(signature.replaceAll('-', '+').replaceAll('_', '/')), (char) =>
      char.charCodeAt(0),
    );
    expect(
      await crypto.subtle.verify(
        { name: 'ECDSA', hash: 'SHA-256' },
        key,
        bytes,
        new TextEncoder().encode(`${head}.${body}`),
      ),
    ).toBe(true);
    expect(claimsIn(tokens['id_token'] ?? '')['at_hash']).toBe(await challengeHalf(tokens['access_token'] ?? ''));
  });

  it('oidcc-userinfo-get, oidcc-userinfo-post-header, oidcc-userinfo-post-body; never in the query; wrong tokens are refused', async () => {
    const { access_token = '' } = await bodyOf(
      await exchange(client, { code: codeOf(await logIn(new Browser(), client, username)) }),
    );
    expect((await userinfo(`Bearer ${access_token}`)).status).toBe(200);
    expect((await post('/userinfo', {}, { Authorization: `bearer ${access_token}` })).status).toBe(200);
    expect((await post('/userinfo', { access_token })).status).toBe(200);
    expect((await exports.default.fetch(`${issuer}/userinfo?access_token=${access_token}`)).status).toBe(401);
    // RFC 6750 §2: one way at a time, even with the same token.
    for (const twice of [
      await post('/userinfo', { access_token }, { Authorization: `Bearer ${access_token}` }),
      await exports.default.fetch(`${issuer}/userinfo?access_token=${access_token}`, {
        headers: { Authorization: `Bearer ${access_token}` },
      }),
    ]) {
      expect([twice.status, twice.headers.get('www-authenticate')]).toEqual([
        400,
        expect.stringContaining('error="invalid_request"'),
      ]);
    }
    for (const wrong of [`${access_token}x`, access_token.replace('.', '..'), 'x', `${btoa('{"alg":"none"}')}.e30.`])
      expect((await userinfo(`Bearer ${wrong}`)).status).toBe(401);
    const { id_token = '' } = await bodyOf(
      await exchange(client, { code: codeOf(await logIn(new Browser(), client, username)) }),
    );
    expect((await userinfo(`Bearer ${id_token}`)).status).toBe(401);
  });

  it.each(['RS256', 'EdDSA'] as const)(
    'oidcc-idtoken-rs256, oidcc-userinfo-rs256: a client may have %s instead',
    async (alg) => {
      await house().keyRing.create('id_token', 'system', alg);
      const other = await aClient({ id_token_signed_response_alg: alg, userinfo_signed_response_alg: alg });
      const url = await logIn(new Browser(), other, username, { scope: 'openid profile' });
      const tokens = await bodyOf(await exchange(other, { code: codeOf(url) }));
      const { keys: published } = (await (await exports.default.fetch(`${issuer}/jwks`)).json()) as JSONWebKeySet;
      const keySet = createLocalJWKSet({ keys: published });
      const checked = await jwtVerify(tokens['id_token'] ?? '', keySet, {
        issuer,
        audience: other.id,
        algorithms: [alg],
      });
      expect(checked.payload['acr']).toBe('urn:tawthiq:loa:low');
      const answer = await userinfo(`Bearer ${tokens['access_token']}`);
      expect(answer.headers.get('content-type')).toBe('application/jwt');
      const text = new TextDecoder().decode(await answer.arrayBuffer());
      const signed = await jwtVerify(text, keySet, { issuer, audience: other.id, algorithms: [alg] });
      expect(signed.payload).toMatchObject({ sub: checked.payload.sub, gender: 'female' });
      expect(published.every((key) => !('d' in key))).toBe(true);
    },
  );

  async function challengeHalf(token: string): Promise<string> {
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(token))).slice(0, 16);
    return btoa(String.fromCharCode(...digest))
      .replaceAll('+', '-')
      .replaceAll('/', '_')
      .replaceAll('=', '');
  }
});
