// Behaviours of FAPI-CIBA's list that no other test names (test/vectors/conformance-modules).
import { exports } from 'cloudflare:workers';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { identityClaims } from '../../../worker/issuer/openid4vci/configuration.ts';
import { announce } from '../../../worker/openid/backchannel/announce.ts';
import { assertionFor, type ClientKeys, clientKeys, nowSeconds, proofFor, requestObject } from './client-keys.ts';
import {
  aClient,
  aPerson,
  house,
  issuer,
  type TestClient,
  type TestPerson,
  TestWallet,
  withSigningKey,
} from './world.ts';

const ciba = 'urn:openid:params:grant-type:ciba';
const callback = 'https://service.tawthiq-ping.com/ping';
let person: TestPerson;
let wallet: TestWallet;
let keys: ClientKeys;
let key: ClientKeys;
let fapi: TestClient;
let metadata: Record<string, unknown>;

beforeAll(async () => {
  await withSigningKey();
  person = await aPerson();
  wallet = await TestWallet.bind(person.setupCode);
  [keys, key] = [await clientKeys(), await clientKeys('ES256', 'dpop')];
  metadata = {
    token_endpoint_auth_method: 'private_key_jwt',
    jwks: { keys: [keys.jwk] },
    grant_types: ['authorization_code', 'refresh_token', ciba],
  };
  fapi = await aClient(metadata, { profile: 'fapi2' });
});
afterEach(() => vi.restoreAllMocks());

type Answer = { status: number; body: Record<string, string> };
async function post(path: string, form: Record<string, string>, headers: Record<string, string> = {}): Promise<Answer> {
  const answer = await exports.default.fetch(issuer + path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...headers },
    body: new URLSearchParams(form).toString(),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, string> };
}
const about = (changed: Record<string, unknown> = {}) => ({
  scope: 'openid',
  login_hint: person.number,
  binding_message: 'x1',
  iat: nowSeconds(),
  ...changed,
});
async function ask(who = fapi, changed: Record<string, unknown> = {}): Promise<Record<string, string>> {
  const request = await requestObject(who.id, keys, about(changed));
  return (await post('/bc-authorize', { request, ...(await assertionFor(who.id, keys)) })).body;
}
async function approve(begun: Record<string, string>): Promise<void> {
  const request = (await wallet.requests()).find(({ txn }) => begun['auth_req_id']?.startsWith(txn));
  if (!request) throw new Error('no request');
  await wallet.answer(request, begun['match_code'] ?? '');
}
const consented = async (who: TestClient, scopes: readonly string[], claims: readonly string[] = []) => {
  const [grantedAt, subjectId] = [house().now(), person.subjectId];
  const expiresAt = grantedAt + 86_400;
  const yes = { given: true, why: '', at: grantedAt, until: expiresAt };
  const decided = Object.fromEntries(claims.map((name) => [name, yes]));
  const consent = { clientId: who.id, scopes, claims: decided, grantedAt, expiresAt };
  const entry = { at: grantedAt, event: 'consent.granted', actor: `subject:${subjectId}`, subjectId } as const;
  await house().consents.grant(subjectId, consent, entry);
};
const proof = async () => proofFor(key, '/token', { nonce: await house().provider.dpop.nonce() });
async function token(
  form: Record<string, string>,
  who = fapi,
  assertion: Record<string, unknown> = {},
): Promise<Answer> {
  return post('/token', { ...form, ...(await assertionFor(who.id, keys, assertion)) }, { DPoP: await proof() });
}
const collect = (begun: Record<string, string>, assertion: Record<string, unknown> = {}, who = fapi) =>
  token({ grant_type: ciba, auth_req_id: begun['auth_req_id'] ?? '' }, who, assertion);

it('fapi-ciba-id1-discovery-end-point-verification', async () => {
  const answer = await exports.default.fetch(`${issuer}/.well-known/openid-configuration`);
  expect(await answer.json()).toMatchObject({
    backchannel_authentication_endpoint: `${issuer}/bc-authorize`,
    backchannel_token_delivery_modes_supported: ['poll', 'ping'],
    backchannel_authentication_request_signing_alg_values_supported: ['ES256', 'EdDSA', 'Ed25519', 'PS256'],
    backchannel_user_code_parameter_supported: true,
    grant_types_supported: expect.arrayContaining([ciba]),
  });
});

describe('who asks', () => {
  it('fapi-ciba-id1-ensure-without-client-assertion-in-backchannel-authorization-request', async () => {
    const request = await requestObject(fapi.id, keys, about());
    for (const form of [{ request }, { request, client_id: fapi.id }])
      expect(await post('/bc-authorize', form)).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
  });

  it('fapi-ciba-id1-ensure-without-client-assertion-in-token-endpoint-request', async () => {
    const begun = await ask();
    await approve(begun);
    const form = { grant_type: ciba, auth_req_id: begun['auth_req_id'] ?? '', client_id: fapi.id };
    expect(await post('/token', form, { DPoP: await proof() })).toMatchObject({ status: 401 });
    expect((await collect(begun)).status).toBe(200);
  });

  it('fapi-ciba-id1-ensure-wrong-client-id-in-backchannel-authorization-request, fapi-ciba-id1-ensure-different-client-id-and-issuer-in-backchannel-authorization-request', async () => {
    const request = await requestObject(fapi.id, keys, about());
    const unknown = { request, ...(await assertionFor('nobody', keys)) };
    expect(await post('/bc-authorize', unknown)).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
    const differs = { request, client_id: 'other', ...(await assertionFor(fapi.id, keys)) };
    expect(await post('/bc-authorize', differs)).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
  });

  it('fapi-ciba-id1-ensure-client-assertion-signature-algorithm-in-backchannel-authorization-request-is-RS256-fails, fapi-ciba-id1-ensure-client-assertion-signature-algorithm-in-token-endpoint-request-is-RS256-fails', async () => {
    const rsa = await clientKeys('RS256', 'rsa');
    const both = await aClient({ ...metadata, jwks: { keys: [keys.jwk, rsa.jwk] } }, { profile: 'fapi2' });
    const by = await assertionFor(both.id, rsa, {}, { kid: 'rsa' });
    const request = await requestObject(both.id, keys, about());
    expect(await post('/bc-authorize', { request, ...by })).toMatchObject({ status: 401 });
    const begun = await ask(both);
    const form = { grant_type: ciba, auth_req_id: begun['auth_req_id'] ?? '' };
    const other = await assertionFor(both.id, rsa, {}, { kid: 'rsa' });
    expect(await post('/token', { ...form, ...other }, { DPoP: await proof() })).toMatchObject({ status: 401 });
  });

  it('fapi-ciba-id1-ensure-client-assertion-with-iss-aud-to-token-endpoint-succeeds', async () => {
    const begun = await ask();
    await approve(begun);
    expect((await collect(begun, { aud: issuer })).status).toBe(200);
  });
});

describe('how it is signed', () => {
  it('fapi-ciba-id1-ensure-requested-expiry-as-string-succeeds: inside the object a number, or a text of one', async () => {
    for (const requested_expiry of [60, '60'])
      expect(await ask(fapi, { requested_expiry })).toMatchObject({ expires_in: 60 });
  });

  it('fapi-ciba-id1-ensure-request-object-signature-algorithm-is-none-fails, fapi-ciba-id1-ensure-request-object-signature-algorithm-is-bad-fails', async () => {
    const good = await requestObject(fapi.id, keys, about());
    const [, body = '', signature = ''] = good.split('.');
    const head = (alg: string) => btoa(JSON.stringify({ alg, kid: 'k1' })).replaceAll('=', '');
    for (const request of [
      `${head('none')}.${body}.`,
      `${head('ES384')}.${body}.${signature}`,
      `${head('HS256')}.${body}.${signature}`,
    ])
      expect((await post('/bc-authorize', { request, ...(await assertionFor(fapi.id, keys)) })).body).toMatchObject({
        error: 'invalid_request',
      });
  });
});

describe('tokens', () => {
  it('fapi-ciba-id1-refresh-token: with offline_access, bound to the key, and the same one goes on', async () => {
    // Nobody is asked for it on this path: the person said yes on a page.
    await consented(fapi, ['openid', 'offline_access']);
    const begun = await ask(fapi, { scope: 'openid offline_access' });
    await approve(begun);
    const { body } = await collect(begun);
    const refreshed = await token({ grant_type: 'refresh_token', refresh_token: body['refresh_token'] ?? '' });
    expect(refreshed).toMatchObject({ status: 200, body: { token_type: 'DPoP', refresh_token: expect.any(String) } });
    expect(refreshed.body['refresh_token']).toBe(body['refresh_token']);
  });
});

describe('what goes beyond the login itself', () => {
  it('tokens that live on, and a credential with everything in it, come only where the person said yes on a page', async () => {
    const scope = 'openid profile offline_access identity_credential';
    const own = await aClient({ ...metadata }, { profile: 'fapi2', wallet: true });
    const given = async () => {
      const begun = await ask(own, { scope });
      await approve(begun);
      const { body } = await collect(begun, {}, own);
      return { scope: body['scope'] ?? body, refresh: body['refresh_token'] };
    };
    expect(await given()).toEqual({ scope: 'openid profile', refresh: undefined });
    await consented(own, ['openid'], identityClaims.slice(1));
    expect(await given()).toEqual({ scope: 'openid profile', refresh: undefined });
    await consented(own, ['openid', 'offline_access'], identityClaims);
    expect(await given()).toEqual({ scope, refresh: expect.any(String) });
  });

  it('taking the consent back ends what lives on', async () => {
    const own = await aClient({ ...metadata }, { profile: 'fapi2' });
    await consented(own, ['openid', 'offline_access']);
    const begun = await ask(own, { scope: 'openid offline_access' });
    await approve(begun);
    const { body } = await collect(begun, {}, own);
    expect((await wallet.account('withdraw_consent', own.id)).status).toBe(200);
    const form = { grant_type: 'refresh_token', refresh_token: body['refresh_token'] ?? '' };
    expect((await token(form, own)).body).toMatchObject({ error: 'invalid_grant' });
  });
});

describe('ping', () => {
  it.each([
    ['fapi-ciba-id1-ping-backchannel-notification-endpoint-response-has-body', 200],
    ['fapi-ciba-id1-ping-backchannel-notification-endpoint-response-401', 401],
    ['fapi-ciba-id1-ping-backchannel-notification-endpoint-response-403', 403],
    ['fapi-ciba-id1-ping-backchannel-notification-endpoint-return-redirect-request', 302],
  ])('%s: once, not followed, and the tokens are there for whoever polls', async (_name, status) => {
    const pinged = await aClient(
      {
        ...metadata,
        backchannel_token_delivery_mode: 'ping',
        backchannel_client_notification_endpoint: callback,
      },
      { profile: 'fapi2' },
    );
    const got: { url: string; body: string; token: string | null; redirect: string | undefined }[] = [];
    vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
      const headers = new Headers(init?.headers);
      got.push({
        url: String(input),
        body: String(init?.body),
        token: headers.get('authorization'),
        redirect: init?.redirect,
      });
      return new Response('more than was asked for', {
        status,
        headers: { Location: 'https://elsewhere.example.com/' },
      });
    });
    const notification = 'n'.repeat(32);
    const begun = await ask(pinged, { client_notification_token: notification });
    await approve(begun);
    await expect.poll(() => got.length).toBe(1);
    expect(got[0]).toEqual({
      url: callback,
      body: JSON.stringify({ auth_req_id: begun['auth_req_id'] }),
      token: `Bearer ${notification}`,
      redirect: 'manual',
    });
    expect((await collect(begun, {}, pinged)).status).toBe(200);
    expect(got).toHaveLength(1);
  });

  it('goes to no service that was suspended meanwhile', async () => {
    const pings = { backchannel_token_delivery_mode: 'ping', backchannel_client_notification_endpoint: callback };
    const pinged = await aClient({ ...metadata, ...pings }, { profile: 'fapi2' });
    const fetched = vi.spyOn(globalThis, 'fetch').mockImplementation(async () => new Response(null, { status: 204 }));
    const { provider, clients, loginObjects, now } = house();
    // Five seconds later, when every isolate has heard of it.
    const later = { ...provider, clients: { find: (id: string) => clients.find(id) } };
    const answered = async () => {
      const begun = await ask(pinged, { client_notification_token: 'n'.repeat(32) });
      const login = loginObjects.login(begun['auth_req_id']?.split('.')[0] ?? '');
      return (await login.withdrawNumber(person.subjectId)) ?? { state: 'nothing waited', ping: null };
    };
    const [before, after] = [await answered(), await answered()];
    await announce(later, before, () => undefined);
    expect(fetched).toHaveBeenCalledTimes(1);
    const known = await clients.find(pinged.id);
    if (!known) throw new Error('no client');
    const entry = { at: now(), event: 'client.suspended', actor: 'system' } as const;
    await clients.replace(known, { ...known, state: 'suspended' }, entry);
    await announce(later, after, () => undefined);
    expect([after.state, fetched.mock.calls.length]).toEqual(['reported', 1]);
  });

  it('the third wrong number pings once, wakes the poll that waits, and answers access_denied at once', async () => {
    const pinged = await aClient(
      { ...metadata, backchannel_token_delivery_mode: 'ping', backchannel_client_notification_endpoint: callback },
      { profile: 'fapi2' },
    );
    const got: string[] = [];
    vi.spyOn(globalThis, 'fetch').mockImplementation(async (_input, init) => {
      got.push(String(init?.body));
      return new Response(null, { status: 204 });
    });
    const begun = await ask(pinged, { client_notification_token: 'n'.repeat(32) });
    const request = (await wallet.requests()).find(({ txn }) => begun['auth_req_id']?.startsWith(txn));
    if (!request) throw new Error('no request');
    const number = begun['match_code'] ?? '';
    const wrong = `${(Number(number[0]) + 1) % 10}${number.slice(1)}`;
    const typed = async () => ((await (await wallet.answer(request, wrong)).json()) as { reason: string }).reason;
    expect([await typed(), await typed()]).toEqual(['number_wrong', 'number_wrong']);
    expect(got).toEqual([]);
    // A wait of a length that nothing else in this isolate has; it never ends by itself: what answers was woken.
    const waitSeconds = 17;
    const isWait = (ms: number) => ms > waitSeconds * 1000 - 3000 && ms <= waitSeconds * 1000;
    const held: number[] = [];
    const timer = globalThis.setTimeout.bind(globalThis);
    const endless = (act: () => void, ms = 0) => {
      if (isWait(ms)) held.push(ms);
      return isWait(ms) ? 0 : timer(act, ms);
    };
    vi.spyOn(globalThis, 'setTimeout').mockImplementation(endless as never);
    const form = { grant_type: ciba, auth_req_id: begun['auth_req_id'] ?? '' };
    const asked = { ...form, ...(await assertionFor(pinged.id, keys)) };
    const waiting = post('/token', asked, { DPoP: await proof(), Prefer: `wait=${waitSeconds}` });
    await expect.poll(() => held.length).toBeGreaterThan(0);
    expect(await typed()).toBe('request_locked');
    expect(await waiting).toMatchObject({ status: 400, body: { error: 'access_denied' } });
    await expect.poll(() => got).toEqual([JSON.stringify({ auth_req_id: begun['auth_req_id'] })]);
    expect([await typed(), (await collect(begun, {}, pinged)).body['error']]).toEqual([
      'request_locked',
      'access_denied',
    ]);
    expect((await wallet.requests()).map(({ txn }) => txn)).not.toContain(request.txn);
    expect(got).toHaveLength(1);
  });
});
