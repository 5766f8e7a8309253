// Behaviours of the FAPI 2.0 Security Profile's list that no other test names (test/vectors/conformance-modules).
import { exports } from 'cloudflare:workers';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { hashSecret } from '../../../worker/logins/handle.ts';
import { begin, takeUp } from '../../../worker/logins/interaction-rules.ts';
import { assertionFor, type ClientKeys, clientKeys, proofFor, requestObject, thumbprint } from './client-keys.ts';
import {
  aClient,
  aPerson,
  Browser,
  challengeOf,
  claimsIn,
  house,
  issuer,
  redirectUri,
  type TestClient,
  verifier,
  withPassword,
  withSigningKey,
} from './world.ts';

const username = 'fapi.conformance';
let keys: ClientKeys;
let key: ClientKeys;
let fapi: TestClient;

afterEach(() => vi.restoreAllMocks());
beforeAll(async () => {
  await withSigningKey();
  await withPassword(await aPerson(), username);
  [keys, key] = [await clientKeys(), await clientKeys('ES256', 'dpop')];
  const metadata = {
    token_endpoint_auth_method: 'private_key_jwt',
    jwks: { keys: [keys.jwk] },
    grant_types: ['authorization_code', 'refresh_token'],
  };
  fapi = await aClient(metadata, { profile: 'fapi2' });
});

type Body = Record<string, string>;
const bodyOf = async (answer: Response) => (await answer.json()) as Body;
const post = (path: string, form: Record<string, string>, headers: Record<string, string> = {}) =>
  exports.default.fetch(issuer + path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...headers },
    body: new URLSearchParams(form).toString(),
  });
const defined = (form: Record<string, string | undefined>) =>
  Object.fromEntries(Object.entries(form).filter((pair): pair is [string, string] => pair[1] !== undefined));
const params = async (changed: Record<string, string | undefined> = {}) =>
  defined({
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: 'openid',
    state: 'st',
    nonce: 'no',
    code_challenge: await challengeOf(verifier),
    code_challenge_method: 'S256',
    ...changed,
  });
const push = async (form: Record<string, string>) => post('/par', { ...form, ...(await assertionFor(fapi.id, keys)) });

async function finish(pushed: Response, outside = ''): Promise<URL> {
  const { request_uri: uri = '' } = await bodyOf(pushed);
  const browser = new Browser();
  const begun = await browser.go(`/authorize?client_id=${fapi.id}&request_uri=${encodeURIComponent(uri)}${outside}`);
  const page = begun.headers.get('location') ?? '';
  let answer = await browser.post(`${page}/password`, { username, password: 'four words make a phrase' });
  if (answer.headers.get('location')?.startsWith('/login/'))
    answer = await browser.post(`${page}/consent`, { decision: 'allow' });
  return new URL(answer.headers.get('location') ?? '');
}
const proof = async (by = key) => proofFor(by, '/token', { nonce: await house().provider.dpop.nonce() });
async function token(form: Record<string, string | undefined>, by = key): Promise<{ status: number; body: Body }> {
  const all = defined({
    grant_type: 'authorization_code',
    redirect_uri: redirectUri,
    code_verifier: verifier,
    ...form,
  });
  const answer = await post('/token', { ...all, ...(await assertionFor(fapi.id, keys)) }, { DPoP: await proof(by) });
  return { status: answer.status, body: await bodyOf(answer) };
}
const codeOf = (url: URL) => url.searchParams.get('code') ?? '';
const login = async (changed: Record<string, string | undefined> = {}) => finish(await push(await params(changed)));

describe('the metadata', () => {
  it('fapi2-security-profile-final-discovery-end-point-verification', async () => {
    const answer = await exports.default.fetch(`${issuer}/.well-known/openid-configuration`);
    expect(await answer.json()).toMatchObject({
      issuer,
      pushed_authorization_request_endpoint: `${issuer}/par`,
      authorization_response_iss_parameter_supported: true,
      code_challenge_methods_supported: ['S256'],
      token_endpoint_auth_methods_supported: expect.arrayContaining(['private_key_jwt']),
      token_endpoint_auth_signing_alg_values_supported: expect.arrayContaining(['ES256', 'PS256', 'EdDSA']),
      dpop_signing_alg_values_supported: expect.arrayContaining(['ES256', 'PS256', 'EdDSA']),
    });
  });
});

describe('state and nonce', () => {
  it('fapi2-security-profile-final-ensure-authorization-request-with-64-char-nonce-success', async () => {
    const nonce = 'n'.repeat(64);
    const { body } = await token({ code: codeOf(await login({ nonce })) });
    expect(claimsIn(body['id_token'] ?? '')['nonce']).toBe(nonce);
  });

  it('fapi2-security-profile-final-ensure-authorization-request-with-long-nonce: comes back whole, or is refused', async () => {
    const nonce = 'n'.repeat(512);
    const { body } = await token({ code: codeOf(await login({ nonce })) });
    expect(claimsIn(body['id_token'] ?? '')['nonce']).toBe(nonce);
    expect(await bodyOf(await push(await params({ nonce: `${nonce}n` })))).toMatchObject({ error: 'invalid_request' });
  });

  it('fapi2-security-profile-final-ensure-authorization-request-with-long-state: comes back whole', async () => {
    const state = 's'.repeat(2000);
    expect((await login({ state })).searchParams.get('state')).toBe(state);
  });

  it('fapi2-security-profile-final-ensure-different-state-inside-and-outside-request-object, fapi2-security-profile-final-ensure-different-nonce-inside-and-outside-request-object: what was pushed counts', async () => {
    const request = await requestObject(fapi.id, keys, await params({ state: 'inside', nonce: 'inside' }));
    const back = await finish(await push({ request, state: 'outside', nonce: 'outside' }), '&state=more&nonce=more');
    expect(back.searchParams.get('state')).toBe('inside');
    const { body } = await token({ code: codeOf(back) });
    expect(claimsIn(body['id_token'] ?? '')['nonce']).toBe('inside');
  });

  it('fapi2-security-profile-final-state-only-outside-request-object-not-used', async () => {
    const request = await requestObject(fapi.id, keys, await params({ state: undefined }));
    const back = await finish(await push({ request, state: 'outside' }), '&state=outside');
    expect([codeOf(back) !== '', back.searchParams.has('state')]).toEqual([true, false]);
  });
});

describe('codes', () => {
  it('fapi2-security-profile-final-attempt-reuse-authorization-code-after-one-second: refused, and late enough it ends what it gave', async () => {
    const code = codeOf(await login());
    const first = await token({ code });
    const later = Date.now() + 1600;
    vi.spyOn(Date, 'now').mockImplementation(() => later);
    expect((await token({ code })).body).toMatchObject({ error: 'invalid_grant' });
    const headers = {
      Authorization: `DPoP ${first.body['access_token']}`,
      DPoP: await proofFor(key, '/userinfo', { htm: 'GET', ath: await challengeOf(first.body['access_token'] ?? '') }),
    };
    expect((await exports.default.fetch(`${issuer}/userinfo`, { headers })).status).toBe(401);
  });

  it('fapi2-security-profile-final-ensure-pkce-code-verifier-required, fapi2-security-profile-final-incorrect-pkce-code-verifier-rejected', async () => {
    const code = codeOf(await login());
    expect((await token({ code, code_verifier: undefined })).body).toMatchObject({ error: 'invalid_grant' });
    expect((await token({ code, code_verifier: 'w'.repeat(43) })).body).toMatchObject({ error: 'invalid_grant' });
    expect((await token({ code })).status).toBe(200);
  });

  it('fapi2-security-profile-final-ensure-token-endpoint-fails-with-mismatched-dpop-jkt: the key that was named at PAR is the key', async () => {
    const code = codeOf(await login({ dpop_jkt: await thumbprint(key) }));
    expect((await token({ code }, await clientKeys('ES256', 'other'))).body).toMatchObject({ error: 'invalid_grant' });
    expect((await token({ code })).status).toBe(200);
  });

  it('fapi2-security-profile-final-par-attempt-to-use-expired-request_uri', () => {
    const record = begin(
      {
        kind: 'code',
        phase: 'requested',
        clientId: 'c',
        request: {},
        holderHash: null,
        requestUriHash: hashSecret('s'),
        pollHash: null,
        expiresAt: 90,
      },
      0,
    );
    const bring = (at: number) => takeUp(record, { secret: 's', clientId: 'c', holderHash: 'h', expiresAt: 600 }, at);
    expect(bring(89).result.ok).toBe(true);
    expect(bring(90).result).toMatchObject({ error: { reason: 'request_expired' } });
  });
});

describe('what is dated from the future (FAPI 2.0 Security Profile §5.3.2.1)', () => {
  it.each([
    ['ten seconds pass', 10, 201],
    ['more than sixty do not', 70, 400],
  ])('in a request object: %s', async (_what, ahead, status) => {
    const iat = Math.floor(Date.now() / 1000) + ahead;
    const request = await requestObject(fapi.id, keys, await params({ iat: iat as never }));
    expect((await push({ request })).status).toBe(status);
  });

  it.each([
    ['ten seconds pass', 10, 201],
    ['more than sixty do not', 70, 401],
  ])('in a client assertion: %s', async (_what, ahead, status) => {
    const iat = Math.floor(Date.now() / 1000) + ahead;
    const pushed = await post('/par', { ...(await params()), ...(await assertionFor(fapi.id, keys, { iat })) });
    expect(pushed.status).toBe(status);
  });

  it('in a DPoP proof, whatever its nonce', async () => {
    const { dpop } = house().provider;
    const about = { method: 'POST', url: `${issuer}/token`, requireNonce: true };
    const nonce = await dpop.nonce();
    const tried = async (ahead: number) =>
      dpop.verify({
        ...about,
        proof: await proofFor(key, '/token', { nonce, iat: Math.floor(Date.now() / 1000) + ahead }),
      });
    expect([(await tried(10)).ok, (await tried(-300)).ok]).toEqual([true, true]);
    expect(await tried(70)).toMatchObject({ error: { error: 'invalid_dpop_proof' } });
  });
});

describe('more of it', () => {
  it('fapi2-security-profile-final-refresh-token: bound to the client, with a proof, and the same one goes on (§5.3.2.1-9)', async () => {
    const { body } = await token({ code: codeOf(await login({ scope: 'openid offline_access' })) });
    const refresh = (refresh_token: string | undefined) =>
      token({ grant_type: 'refresh_token', refresh_token, code_verifier: undefined, redirect_uri: undefined });
    const second = await refresh(body['refresh_token']);
    expect(second).toMatchObject({ status: 200, body: { token_type: 'DPoP', refresh_token: body['refresh_token'] } });
    // However late, and however often: an answer that was lost on the way costs nothing.
    const later = Date.now() + 60_000;
    const clock = vi.spyOn(Date, 'now').mockImplementation(() => later);
    for (let time = 0; time < 3; time++)
      expect(await refresh(body['refresh_token'])).toMatchObject({
        status: 200,
        body: { refresh_token: body['refresh_token'] },
      });
    clock.mockRestore();
    const other = {
      token_endpoint_auth_method: 'private_key_jwt',
      grant_types: ['authorization_code', 'refresh_token'],
    };
    const stranger = await aClient({ ...other, jwks: { keys: [keys.jwk] } }, { profile: 'fapi2' });
    const stolen = { grant_type: 'refresh_token', refresh_token: body['refresh_token'] ?? '' };
    const taken = await post(
      '/token',
      { ...stolen, ...(await assertionFor(stranger.id, keys)) },
      { DPoP: await proof() },
    );
    expect(await bodyOf(taken)).toMatchObject({ error: 'invalid_grant' });
    expect(claimsIn(second.body['access_token'] ?? '')['cnf']).toEqual({ jkt: await thumbprint(key) });
    const bare = { grant_type: 'refresh_token', refresh_token: second.body['refresh_token'] ?? '' };
    const without = await post('/token', { ...bare, ...(await assertionFor(fapi.id, keys)) });
    expect(await bodyOf(without)).toMatchObject({ error: 'invalid_dpop_proof' });
  });

  it('a proof by RS256 binds nothing of a client of this profile, one by PS256 does (§5.4.1)', async () => {
    const [rs, ps] = [await clientKeys('RS256', 'rs'), await clientKeys('PS256', 'ps')];
    const code = codeOf(await login());
    expect((await token({ code }, rs)).body).toMatchObject({ error: 'invalid_dpop_proof' });
    expect((await token({ code }, ps)).body).toMatchObject({ token_type: 'DPoP' });
  });

  it('fapi2-security-profile-final-test-claims-parameter-identity-claims', async () => {
    const claims = JSON.stringify({ id_token: { birthdate: { essential: true }, 'name#en': null } });
    const { body } = await token({ code: codeOf(await login({ claims })) });
    expect(claimsIn(body['id_token'] ?? '')).toMatchObject({ birthdate: '1990-02-28', 'name#en': 'Sarah Ahmed' });
  });

  it('fapi2-security-profile-final-ensure-signed-request-object-with-RS256-fails', async () => {
    const rsa = await clientKeys('RS256', 'rsa');
    const metadata = { token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [keys.jwk, rsa.jwk] } };
    const client = await aClient(metadata, { profile: 'fapi2' });
    const request = await requestObject(client.id, rsa, await params(), { kid: 'rsa' });
    const answer = await post('/par', { request, ...(await assertionFor(client.id, keys)) });
    expect(await bodyOf(answer)).toMatchObject({ error: 'invalid_request_object' });
  });
});
