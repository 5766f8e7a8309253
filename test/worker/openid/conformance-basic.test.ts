// Behaviours of the lists Basic, Dynamic and logout that no other test names (test/vectors/conformance-modules).
import { exports } from 'cloudflare:workers';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { ClientMetadata } from '../../../worker/clients/client.ts';
import { ClientKeys } from '../../../worker/clients/client-keys.ts';
import { isSectorTrue } from '../../../worker/clients/metadata-checks.ts';
import { paramsOf } from '../../../worker/openid/authorize/request.ts';
import { token } from '../../../worker/openid/token/token.ts';
import { assertionFor, clientKeys, requestObject } from './client-keys.ts';
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
  redirectUri,
  type TestClient,
  verifier,
  withPassword,
  withSigningKey,
} from './world.ts';

const username = 'basic.conformance';
let client: TestClient;

beforeAll(async () => {
  await withSigningKey();
  await withPassword(await aPerson(), username);
  client = await aClient();
});

type Body = Record<string, string>;
const codeOf = (url: URL) => url.searchParams.get('code') ?? '';
async function tokensOf(url: URL, who = client, form: Record<string, string> = {}): Promise<Body> {
  return (await (await exchange(who, { code: codeOf(url), ...form })).json()) as Body;
}
async function userinfo(tokens: Body): Promise<Record<string, unknown>> {
  const headers = { Authorization: `Bearer ${tokens['access_token']}` };
  return (await (await exports.default.fetch(`${issuer}/userinfo`, { headers })).json()) as Record<string, unknown>;
}
/** The error that goes back to the service. */
async function refusal(extra: Record<string, string | undefined>, who = client): Promise<string | null> {
  const answer = await new Browser().go(await authorizeUrl(who, extra));
  const to = new URL(answer.headers.get('location') ?? 'x:', issuer);
  return to.origin + to.pathname === redirectUri ? to.searchParams.get('error') : null;
}
async function metadata(): Promise<Record<string, unknown>> {
  const answer = await exports.default.fetch(`${issuer}/.well-known/openid-configuration`);
  return (await answer.json()) as Record<string, unknown>;
}

describe('requests', () => {
  it('oidcc-response-type-missing', async () => {
    expect(await refusal({ response_type: undefined })).toBe('invalid_request');
  });

  it('oidcc-ensure-request-without-nonce-succeeds-for-code-flow', async () => {
    const tokens = await tokensOf(await logIn(new Browser(), client, username, { nonce: undefined }));
    expect(claimsIn(tokens['id_token'] ?? '')).not.toHaveProperty('nonce');
  });

  it('oidcc-alternate-happy-flow, oidcc-redirect-uri-query-OK: a redirect URI with a query, a secret in the body, a long state', async () => {
    const withQuery = `${redirectUri}?tenant=a`;
    const other = await aClient({ redirect_uris: [withQuery], token_endpoint_auth_method: 'client_secret_post' });
    const state = 's'.repeat(1000);
    const back = await logIn(new Browser(), other, username, { redirect_uri: withQuery, state });
    expect([back.searchParams.get('tenant'), back.searchParams.get('state')]).toEqual(['a', state]);
    const form = { redirect_uri: withQuery, client_id: other.id, client_secret: other.secret };
    expect(await tokensOf(back, { id: other.id, secret: '' }, form)).toHaveProperty('id_token');
  });

  it.each(['oidcc-display-page', 'oidcc-display-popup'])('%s: the page is the same', async (name) => {
    const display = name.slice('oidcc-display-'.length);
    const answer = await new Browser().go(await authorizeUrl(client, { display }));
    expect(answer.headers.get('location')).toMatch(/^\/login\//);
  });

  it('oidcc-login-hint: the name is there already', async () => {
    const browser = new Browser();
    const begun = await browser.go(await authorizeUrl(client, { login_hint: 'someone.known' }));
    expect(await (await browser.go(begun.headers.get('location') ?? '')).text()).toContain('value="someone.known"');
  });

  it('oidcc-ensure-redirect-uri-in-authorization-request: also with one that is registered', async () => {
    const answer = await new Browser().go(await authorizeUrl(client, { redirect_uri: undefined }));
    expect([answer.status, answer.headers.get('location')]).toEqual([400, null]);
  });

  it.each([
    ['oidcc-redirect-uri-query-added', redirectUri, `${redirectUri}?more=1`],
    ['oidcc-redirect-uri-query-mismatch', `${redirectUri}?a=1`, `${redirectUri}?a=2`],
  ])('%s', async (_name, registered, asked) => {
    const other = await aClient({ redirect_uris: [registered] });
    const answer = await new Browser().go(await authorizeUrl(other, { redirect_uri: asked }));
    expect([answer.status, answer.headers.get('location')]).toEqual([400, null]);
    expect(await answer.text()).toContain('redirect_uri_not_registered');
  });
});

describe('claims', () => {
  it('oidcc-scope-profile', async () => {
    const url = await logIn(new Browser(), client, username, { scope: 'openid profile' });
    expect(await userinfo(await tokensOf(url))).toMatchObject({
      name: 'سارة بنت أحمد',
      birthdate: '1990-02-28',
      gender: 'female',
    });
  });

  it.each([
    ['oidcc-scope-email', 'openid email'],
    ['oidcc-scope-address', 'openid address'],
    ['oidcc-scope-phone', 'openid phone'],
  ])('%s: a register has none of these; the login succeeds without', async (_name, scope) => {
    const tokens = await tokensOf(await logIn(new Browser(), client, username, { scope }));
    expect(tokens['scope']).toBe('openid');
    expect(Object.keys(await userinfo(tokens))).toEqual(['sub']);
  });

  it('oidcc-scope-all', async () => {
    const scope = 'openid profile email address phone';
    const tokens = await tokensOf(await logIn(new Browser(), client, username, { scope }));
    expect(tokens['scope']).toBe('openid profile');
    expect(await userinfo(tokens)).toMatchObject({ 'name#en': 'Sarah Ahmed' });
  });

  it('oidcc-claims-essential: by name, in userinfo', async () => {
    const claims = JSON.stringify({ userinfo: { name: { essential: true } } });
    const url = await logIn(new Browser(), client, username, { claims });
    expect(Object.keys(await userinfo(await tokensOf(url))).sort()).toEqual(['name', 'sub']);
  });
});

describe('request objects and addresses of them', () => {
  it('oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported: refused', async () => {
    const part = (value: object) => btoa(JSON.stringify(value)).replaceAll('=', '');
    const request = `${part({ alg: 'none' })}.${part({ client_id: client.id })}.`;
    expect(await refusal({ request })).toBe('invalid_request_object');
  });

  it('oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported, oidcc-request-uri-unsigned: refused, and said so in the metadata', async () => {
    expect(await refusal({ request_uri: 'https://rp.example/object' })).toBe('request_uri_not_supported');
    expect(await metadata()).toMatchObject({ request_uri_parameter_supported: false });
  });

  it('oidcc-request-uri-signed-rs256: by value, since no address is fetched', async () => {
    const keys = await clientKeys('RS256');
    const other = await aClient({ jwks: { keys: [keys.jwk] }, request_object_signing_alg: 'RS256' });
    const request = await requestObject(other.id, keys, { prompt: 'none', state: 'inside' });
    expect(await refusal({ request }, other)).toBe('invalid_request');
    const whole = await requestObject(other.id, keys, {
      ...Object.fromEntries(new URLSearchParams((await authorizeUrl(other)).split('?')[1])),
      prompt: 'none',
    });
    expect(await refusal({ request: whole }, other)).toBe('login_required');
  });
});

describe('keys and registration', () => {
  it('oidcc-server-rotate-keys: a new key is published beside the old, whose tokens stay good', async () => {
    const kids = async () => {
      const { keys } = (await (await exports.default.fetch(`${issuer}/jwks`)).json()) as { keys: { kid: string }[] };
      return keys.map(({ kid }) => kid);
    };
    const before = await kids();
    const tokens = await tokensOf(await logIn(new Browser(), client, username));
    await house().keyRing.create('id_token', 'system');
    expect((await kids()).length).toBe(before.length + 1);
    expect(await kids()).toEqual(expect.arrayContaining(before));
    expect(await userinfo(tokens)).toHaveProperty('sub');
    const fresh = await tokensOf(await logIn(new Browser(), client, username));
    const { kid } = JSON.parse(atob((fresh['id_token'] ?? '').split('.')[0] ?? '')) as { kid: string };
    expect(await kids()).toContain(kid);
    expect(await userinfo(fresh)).toHaveProperty('sub');
  });

  it('oidcc-refresh-token-rp-key-rotation: a refresh token goes on with the new key, and the old one is no client’s any more', async () => {
    const [old, fresh] = [await clientKeys('ES256', 'old'), await clientKeys('ES256', 'new')];
    const own = await aClient({
      token_endpoint_auth_method: 'private_key_jwt',
      jwks_uri: 'https://service.tawthiq-rotation.com/jwks',
      grant_types: ['authorization_code', 'refresh_token'],
    });
    const at = { nowMs: 0, published: { keys: [old.jwk] } };
    const keyRing = new ClientKeys({ read: async () => at.published }, () => at.nowMs);
    const provider = { ...house().provider, clientKeys: keyRing };
    const ask = async (form: Body, by: typeof old) => {
      const proof = await assertionFor(own.id, by, {}, { kid: by.jwk.kid });
      const params = paramsOf(new URLSearchParams({ ...form, ...proof }));
      const bare = { params, authorization: undefined, proof: undefined, prefer: undefined };
      return token(provider, bare, () => undefined);
    };
    const refresh = (text: unknown, by: typeof old) =>
      ask({ grant_type: 'refresh_token', refresh_token: String(text) }, by);
    const refreshOf = (answer: Awaited<ReturnType<typeof ask>>) => answer.ok && answer.value['refresh_token'];
    const code = codeOf(await logIn(new Browser(), own, username, { scope: 'openid offline_access' }));
    const form = { grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier };
    const second = refreshOf(await refresh(refreshOf(await ask(form, old)), old));
    at.published = { keys: [fresh.jwk] };
    at.nowMs = 31_000;
    const third = refreshOf(await refresh(second, fresh));
    expect(third).toMatch(/^[\w-]{22}\.[\w-]{43}$/);
    expect(await refresh(third, old)).toMatchObject({ ok: false, error: { error: 'invalid_client' } });
  });

  it('oidcc-registration-sector-uri, oidcc-registration-sector-bad: at the door, a client is of the sector that lists it', async () => {
    const listed = ['https://a.tawthiq-sector.com/cb', 'https://b.tawthiq-sector.com/cb'];
    const fetched = vi.spyOn(globalThis, 'fetch').mockImplementation(async () => Response.json(listed));
    const sector_identifier_uri = 'https://sector.tawthiq-sector.com/list';
    const register = async (redirect_uris: string[]) => {
      const metadata = { client_name: 'Sector', redirect_uris, sector_identifier_uri };
      const headers = { Authorization: 'Bearer test-admin-token', 'Content-Type': 'application/json' };
      const body = JSON.stringify({ metadata });
      return (await exports.default.fetch(`${issuer}/v1/admin/clients`, { method: 'POST', headers, body })).status;
    };
    expect(await register(listed)).toBe(201);
    expect(await register([...listed, 'https://c.tawthiq-sector.com/cb'])).toBe(422);
    expect(fetched.mock.calls.map(([url]) => String(url))).toEqual([sector_identifier_uri, sector_identifier_uri]);
    fetched.mockImplementation(
      async () => new Response(null, { status: 302, headers: { Location: 'https://x.com/' } }),
    );
    expect(await register(listed)).toBe(422);
    vi.restoreAllMocks();
  });

  it('oidcc-registration-sector-uri: the document must name every redirect URI', async () => {
    const read = vi.fn(async () => ['https://a.example/cb', 'https://b.example/cb'] as unknown);
    const with_ = (redirect_uris: string[]) =>
      ClientMetadata.parse({ client_name: 'x', redirect_uris, sector_identifier_uri: 'https://s.example/list' });
    expect(await isSectorTrue({ read }, with_(['https://a.example/cb', 'https://b.example/cb']))).toBe(true);
    expect(await isSectorTrue({ read }, with_(['https://a.example/cb', 'https://c.example/cb']))).toBe(false);
    expect(read).toHaveBeenCalledWith('https://s.example/list');
  });
});

describe('logout in the metadata', () => {
  it('oidcc-rp-initiated-logout-discovery-endpoint-verification', async () => {
    expect(await metadata()).toMatchObject({ end_session_endpoint: `${issuer}/logout` });
  });

  it('oidcc-backchannel-logout-discovery-endpoint-verification', async () => {
    expect(await metadata()).toMatchObject({
      backchannel_logout_supported: true,
      backchannel_logout_session_supported: true,
    });
  });
});
