// What is good once: client assertions, DPoP proofs, signed requests. Seen twice, wherever, they are worth nothing.
import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import type { OnceObject } from '../../../worker/issuer/openid4vci/once.ts';
import { Spent } from '../../../worker/openid/spent.ts';
import { assertionFor, type ClientKeys, clientKeys, nowSeconds, proofFor, requestObject } from './client-keys.ts';
import {
  aClient,
  aPerson,
  authorizeUrl,
  Browser,
  challengeOf,
  exchange,
  issuer,
  logIn,
  redirectUri,
  type TestClient,
  verifier,
  withPassword,
  withSigningKey,
} from './world.ts';

const ciba = 'urn:openid:params:grant-type:ciba';
let keys: ClientKeys;
let service: TestClient;

beforeAll(async () => {
  await withSigningKey();
  keys = await clientKeys();
  service = await aClient({
    token_endpoint_auth_method: 'private_key_jwt',
    jwks: { keys: [keys.jwk] },
    grant_types: ['authorization_code', 'client_credentials', ciba],
  });
});

async function post(path: string, form: Record<string, string>, headers: Record<string, string> = {}) {
  const answer = await exports.default.fetch(issuer + path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...headers },
    body: new URLSearchParams(form).toString(),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, string>, headers: answer.headers };
}

describe('a client assertion', () => {
  it('counts once, at whichever endpoint it is shown, and of fifty at once one wins', async () => {
    const assertion = await assertionFor(service.id, keys);
    expect((await post('/token', { grant_type: 'client_credentials', ...assertion })).status).toBe(200);
    for (const [path, form] of [
      ['/token', { grant_type: 'client_credentials' }],
      ['/introspect', { token: 'x' }],
      ['/bc-authorize', { scope: 'openid', login_hint: '1' }],
    ] as const) {
      const again = await post(path, { ...form, ...assertion });
      expect([again.status, again.body['error']]).toEqual([401, 'invalid_client']);
    }
    const other = await assertionFor(service.id, keys);
    const all = await Promise.all(
      Array.from({ length: 50 }, () => post('/token', { grant_type: 'client_credentials', ...other })),
    );
    expect(all.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it('is not spent on a client that is sent back for a DPoP nonce', async () => {
    const fapi = await aClient(
      {
        token_endpoint_auth_method: 'private_key_jwt',
        jwks: { keys: [keys.jwk] },
        grant_types: ['client_credentials', 'authorization_code'],
      },
      { profile: 'fapi2' },
    );
    const form = { grant_type: 'client_credentials', ...(await assertionFor(fapi.id, keys)) };
    const key = await clientKeys();
    const first = await post('/token', form, { DPoP: await proofFor(key, '/token') });
    expect(first.body).toMatchObject({ error: 'use_dpop_nonce' });
    const nonce = first.headers.get('dpop-nonce') ?? '';
    const second = await post('/token', form, { DPoP: await proofFor(key, '/token', { nonce }) });
    expect(second.status).toBe(200);
    const third = await post('/token', form, { DPoP: await proofFor(key, '/token', { nonce }) });
    expect([third.status, third.body['error']]).toEqual([401, 'invalid_client']);
  });

  it('without a jti, or with one that is no short text, is none', async () => {
    for (const jti of [undefined, 'x'.repeat(257)])
      expect(
        (await post('/introspect', { token: 'x', ...(await assertionFor(service.id, keys, { jti })) })).status,
      ).toBe(401);
  });
});

describe('a DPoP proof', () => {
  it('counts once, at the token endpoint and at userinfo', async () => {
    const person = await aPerson();
    await withPassword(person, 'replay.tests');
    const client = await aClient();
    const key = await clientKeys();
    const url = await logIn(new Browser(), client, 'replay.tests');
    const proof = await proofFor(key, '/token');
    const tokens = (await (
      await exchange(client, { code: url.searchParams.get('code') ?? '' }, { DPoP: proof })
    ).json()) as { access_token: string };
    const again = await exchange(client, { code: 'x' }, { DPoP: proof });
    expect(((await again.json()) as { error: string }).error).toBe('invalid_dpop_proof');
    const ath = await challengeOf(tokens.access_token);
    const shown = await proofFor(key, '/userinfo', { htm: 'GET', ath });
    const ask = (with_: string) =>
      exports.default.fetch(`${issuer}/userinfo`, {
        headers: { Authorization: `DPoP ${tokens.access_token}`, DPoP: with_ },
      });
    expect((await ask(shown)).status).toBe(200);
    expect((await ask(shown)).status).toBe(401);
    expect((await ask(await proofFor(key, '/userinfo', { htm: 'GET', ath }))).status).toBe(200);
  });
});

describe('a signed request', () => {
  const params = async () => ({
    response_type: 'code',
    redirect_uri: redirectUri,
    scope: 'openid',
    code_challenge: await challengeOf(verifier),
    code_challenge_method: 'S256',
  });

  it('is pushed once, and asks a person once', async () => {
    const request = await requestObject(service.id, keys, await params());
    const push = async () => post('/par', { request, ...(await assertionFor(service.id, keys)) });
    expect((await push()).status).toBe(201);
    expect((await push()).body).toMatchObject({ error: 'invalid_request_object' });
    const about = { scope: 'openid', login_hint: '1000000008', iat: nowSeconds() };
    const asked = await requestObject(service.id, keys, about);
    const ask = async () => post('/bc-authorize', { request: asked, ...(await assertionFor(service.id, keys)) });
    expect((await ask()).status).toBe(200);
    expect((await ask()).body).toMatchObject({ error: 'invalid_request' });
  });

  it('in a browser may come again: its person reloads the page', async () => {
    const request = await requestObject(service.id, keys, { ...(await params()), state: 's' });
    const url = await authorizeUrl(service, { request });
    for (let i = 0; i < 2; i++) expect((await new Browser().go(url)).headers.get('location')).toMatch(/^\/login\//);
  });
});

describe('what remembers them', () => {
  it('keeps owners and kinds apart, and forgets what is past its time', async () => {
    const name = 'spent-test';
    const stub = env.ONCE.get(env.ONCE.idFromName(name));
    const spent = new Spent(() => stub as unknown as OnceObject);
    const past = nowSeconds() - 3600;
    expect(await spent.first('assertion', 'a', 'j', past)).toBe(true);
    expect(await spent.first('assertion', 'a', 'j', past)).toBe(false);
    expect(await spent.first('assertion', 'b', 'j', past)).toBe(true);
    expect(await spent.first('dpop', 'a', 'j', nowSeconds() + 600)).toBe(true);
    const kept = () => runInDurableObject(stub, (_, state) => [...state.storage.kv.list()].length);
    expect(await kept()).toBe(3);
    expect(await runDurableObjectAlarm(stub)).toBe(true);
    expect(await kept()).toBe(1);
    expect(await spent.first('dpop', 'a', 'j', nowSeconds() + 600)).toBe(false);
  });
});
