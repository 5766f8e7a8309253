// Attacks by their names, each against the whole Worker. Redirect tricks have a file of their own (clients/redirect-tricks.test.ts), races
// and timing too (test/fuzz/races.ts, test/bench/timing.ts).
import { exports } from 'cloudflare:workers';
import { exportSPKI, importJWK, SignJWT } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { walletPaths } from '../../../shared/contract/wallet.ts';
import { type ClientKeys, clientKeys, jwtOf, nowSeconds, proofFor, requestObject } from './client-keys.ts';
import {
  aClient,
  aPerson,
  authorizeUrl,
  Browser,
  claimsIn,
  exchange,
  issuer,
  logIn,
  numberIn,
  redirectUri,
  type TestClient,
  type TestPerson,
  TestWallet,
  withPassword,
  withSigningKey,
} from './world.ts';

const username = 'negative.tests';
let client: TestClient;
let keys: ClientKeys;
let keyed: TestClient;
let person: TestPerson;
let wallet: TestWallet;

beforeAll(async () => {
  await withSigningKey();
  person = await aPerson();
  await withPassword(person, username);
  wallet = await TestWallet.bind(person.setupCode);
  client = await aClient({ grant_types: ['authorization_code', 'refresh_token'] });
  keys = await clientKeys();
  keyed = await aClient({ token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [keys.jwk] } });
});

const codeOf = (url: URL) => url.searchParams.get('code') ?? '';
const ask = (path: string, init: RequestInit = {}) =>
  exports.default.fetch(issuer + path, { redirect: 'manual', ...init });
const post = (path: string, form: Record<string, string>) =>
  ask(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(form).toString(),
  });
const errorOf = async (response: Response) => ((await response.json()) as { error?: string }).error;

describe('mix-up', () => {
  it('every answer to a redirect URI names this issuer, a code and a refusal alike (RFC 9207)', async () => {
    const url = await logIn(new Browser(), client, username);
    expect(url.searchParams.get('iss')).toBe(issuer);
    const refused = await new Browser().go(await authorizeUrl(client, { prompt: 'none' }));
    expect(new URL(refused.headers.get('location') ?? '').searchParams.get('iss')).toBe(issuer);
  });
});

describe('code injection', () => {
  it("a stolen code is of no use with a thief's own verifier, client or redirect URI; after three tries with none", async () => {
    const code = codeOf(await logIn(new Browser(), client, username));
    const thief = await aClient();
    expect(await errorOf(await exchange(thief, { code }))).toBe('invalid_grant');
    expect(await errorOf(await exchange(client, { code, code_verifier: 'w'.repeat(43) }))).toBe('invalid_grant');
    expect(await errorOf(await exchange(client, { code, redirect_uri: `${redirectUri}/x` }))).toBe('invalid_grant');
    expect(await errorOf(await exchange(client, { code }))).toBe('invalid_grant');
  });

  it("the ID token carries the nonce of the request that was answered, so another request's code shows", async () => {
    const code = codeOf(await logIn(new Browser(), client, username, { nonce: 'of the victim' }));
    const { id_token: idToken = '' } = (await (await exchange(client, { code })).json()) as { id_token?: string };
    expect(claimsIn(idToken)['nonce']).toBe('of the victim');
  });
});

describe('downgrade', () => {
  it.each([
    ['the method left out', { code_challenge_method: undefined }],
    ['the plain method', { code_challenge_method: 'plain' }],
    ['the challenge left out', { code_challenge: undefined, code_challenge_method: undefined }],
    ['an empty challenge', { code_challenge: '' }],
  ])('PKCE: %s is refused', async (_what, changed) => {
    const answer = await new Browser().go(await authorizeUrl(client, changed));
    expect(new URL(answer.headers.get('location') ?? '').searchParams.get('error')).toBe('invalid_request');
  });

  it('PKCE: a verifier for a code that was asked without a challenge is refused, and so is none for one with it', async () => {
    const loose = await aClient({}, { pkce: 'optional' });
    const bare = { code_challenge: undefined, code_challenge_method: undefined };
    const without = codeOf(await logIn(new Browser(), loose, username, bare));
    expect(await errorOf(await exchange(loose, { code: without }))).toBe('invalid_grant');
    const code = codeOf(await logIn(new Browser(), client, username));
    const form = { grant_type: 'authorization_code', code, redirect_uri: redirectUri };
    const answer = await ask('/token', {
      method: 'POST',
      headers: {
        'Content-Type': 'application/x-www-form-urlencoded',
        Authorization: `Basic ${btoa(`${client.id}:${client.secret}`)}`,
      },
      body: new URLSearchParams(form).toString(),
    });
    expect(await errorOf(answer)).toBe('invalid_grant');
  });

  it('acr: two digits earn what the policy says and no more, whatever the wallet signs', async () => {
    const browser = new Browser();
    const page = (await browser.go(await authorizeUrl(client))).headers.get('location') ?? '';
    await browser.post(`${page}/number`, { number: person.number });
    const number = numberIn(await (await browser.go(page)).text());
    expect(number).toMatch(/^\d{2}$/);
    const request = (await wallet.requests()).find(({ txn }) => page.includes(txn));
    if (!request) throw new Error('no request');
    const lifted = await wallet.answer(request, number, { acr: 'urn:tawthiq:loa:high' });
    expect(((await lifted.json()) as { reason: string }).reason).toBe('request_differs');
    expect((await wallet.answer(request, number)).status).toBe(200);
    let done = await browser.go(page);
    if (done.headers.get('location')?.startsWith('/login/') || done.status === 200)
      done = await browser.post(`${page}/consent`, { decision: 'allow' });
    const code = codeOf(new URL(done.headers.get('location') ?? ''));
    const { id_token: idToken = '' } = (await (await exchange(client, { code })).json()) as { id_token?: string };
    expect(claimsIn(idToken)['acr']).toBe('urn:tawthiq:loa:low');
    // The session knows it too: more is asked for again.
    const more = await browser.go(
      await authorizeUrl(client, {
        prompt: 'none',
        claims: JSON.stringify({ id_token: { acr: { essential: true, value: 'urn:tawthiq:loa:substantial' } } }),
      }),
    );
    expect(new URL(more.headers.get('location') ?? '').searchParams.get('error')).not.toBeNull();
  });
});

describe('CSRF and session fixation', () => {
  it.each(['number', 'password', 'consent', 'cancel', 'again'])(
    "a form to %s from another site, or from none, is not taken even with the person's cookies",
    async (act) => {
      const browser = new Browser();
      const page = (await browser.go(await authorizeUrl(client))).headers.get('location') ?? '';
      const headers = { 'Content-Type': 'application/x-www-form-urlencoded', Origin: 'https://evil.example' };
      for (const site of ['cross-site', 'same-site', 'none', undefined]) {
        const sent = { ...headers, ...(site === undefined ? {} : { 'Sec-Fetch-Site': site }) };
        const answer = await browser.go(`${page}/${act}`, { method: 'POST', headers: sent, body: 'decision=allow' });
        expect([site, answer.status]).toEqual([site, 400]);
      }
    },
  );

  it("a login that a thief began is not the victim's, and a session cookie that somebody planted is not taken up", async () => {
    const [thief, victim] = [new Browser(), new Browser()];
    const page = (await thief.go(await authorizeUrl(client))).headers.get('location') ?? '';
    expect((await victim.go(page)).status).toBe(400);
    expect((await victim.post(`${page}/password`, { username, password: 'whatever it is' })).status).toBe(400);
    const planted = 'planted-by-somebody';
    const url = await authorizeUrl(client, { prompt: 'none' });
    const answer = await ask(url, { headers: { Cookie: `__Host-session=${planted}` } });
    expect(answer.headers.get('location')).toContain('login_required');
    const before = new Browser();
    await logIn(before, client, username);
    const first = before.cookies().get('__Host-session');
    const again = await before.go(await authorizeUrl(client, { prompt: 'login' }));
    await before.post(`${again.headers.get('location')}/password`, { username, password: 'four words make a phrase' });
    expect(before.cookies().get('__Host-session')).not.toBe(first);
  });

  it('cookies are for this host, for HTTPS, out of reach of scripts and of strangers’ forms', async () => {
    const begun = await ask(await authorizeUrl(client));
    for (const cookie of begun.headers.getSetCookie())
      expect(cookie).toMatch(/^__Host-[^;]+; Path=\/; Secure; HttpOnly; SameSite=Lax; Max-Age=\d+$/);
    expect(begun.headers.getSetCookie()).not.toEqual([]);
  });
});

describe('clickjacking', () => {
  it('no page of a person can be framed', async () => {
    const browser = new Browser();
    const page = (await browser.go(await authorizeUrl(client))).headers.get('location') ?? '';
    for (const path of [page, '/setup', '/device', '/logout', '/authorize', '/reference']) {
      const answer = await browser.go(path);
      expect([path, answer.headers.get('x-frame-options')]).toEqual([path, 'DENY']);
      expect(answer.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    }
  });
});

describe('JWT algorithm confusion, jku and x5u', () => {
  const assertion = async (header: Record<string, unknown>, sign?: (payload: object) => Promise<string>) => {
    const now = nowSeconds();
    const payload = { iss: keyed.id, sub: keyed.id, aud: issuer, jti: crypto.randomUUID(), iat: now, exp: now + 60 };
    const text = sign ? await sign(payload) : await jwtOf(keys, payload, header);
    return post('/introspect', {
      token: 'x',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: text,
    });
  };
  const part = (value: object) =>
    btoa(JSON.stringify(value)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');

  it('a right assertion is taken, so that what follows is refused for its own reason', async () => {
    expect((await assertion({})).status).toBe(200);
  });

  it.each(['none', 'None', 'nOnE', 'NONE', ''])('alg "%s" without a signature', async (alg) => {
    const unsigned = async (payload: object) => `${part({ alg, kid: 'k1' })}.${part(payload)}.`;
    expect(await errorOf(await assertion({}, unsigned))).toBe('invalid_client');
  });

  it('HS256 with the public key as the secret', async () => {
    const pem = await exportSPKI((await importJWK(keys.jwk, 'ES256', { extractable: true })) as CryptoKey);
    for (const secret of [pem, JSON.stringify(keys.jwk), keys.jwk.x ?? '']) {
      const forged = (payload: object) =>
        new SignJWT(payload as never)
          .setProtectedHeader({ alg: 'HS256', kid: 'k1' })
          .sign(new TextEncoder().encode(secret));
      expect(await errorOf(await assertion({}, forged))).toBe('invalid_client');
    }
  });

  it.each(['jku', 'x5u', 'jwk', 'x5c'])('a header %s that points at a thief’s key is not followed', async (member) => {
    const thief = await clientKeys();
    const value = { jku: 'https://evil.example/jwks', x5u: 'https://evil.example/x', jwk: thief.jwk, x5c: ['AAAA'] }[
      member
    ];
    const forged = async (payload: object) => jwtOf(thief, payload as never, { [member]: value });
    expect(await errorOf(await assertion({}, forged))).toBe('invalid_client');
  });

  it.each(['oauth-authz-req+jwt', 'dpop+jwt', 'at+jwt', 'logout+jwt', 'application/secevent+jwt'])(
    'what says of itself that it is a %s is no client assertion, whoever signed it (RFC 8725 §3.11)',
    async (typ) => expect(await errorOf(await assertion({ typ }))).toBe('invalid_client'),
  );

  it.each(['JWT', 'jwt', 'client-authentication+jwt', 'application/client-authentication+jwt'])(
    'what says that it is a %s may be one',
    async (typ) => expect((await assertion({ typ })).status).toBe(200),
  );

  it('a request object that went through a browser is no client assertion, and an assertion or a proof no request object', async () => {
    const params = { response_type: 'code', redirect_uri: redirectUri, scope: 'openid' };
    const form = (assertion: string) => ({
      token: 'x',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion,
    });
    const object = await requestObject(keyed.id, keys, { ...params, sub: keyed.id }, { typ: 'oauth-authz-req+jwt' });
    expect(await errorOf(await post('/introspect', form(object)))).toBe('invalid_client');
    for (const typ of ['client-authentication+jwt', 'dpop+jwt']) {
      const request = await requestObject(keyed.id, keys, params, { typ });
      const answer = await ask(`/authorize?${new URLSearchParams({ ...params, client_id: keyed.id, request })}`);
      expect(answer.headers.get('location')).toContain('error=invalid_request_object');
    }
  });

  it('a critical header that nobody here knows, and a DPoP proof or request object with the wrong key type', async () => {
    const critical = { crit: ['b64x'], b64x: true };
    expect(
      await errorOf(
        await assertion(
          {},
          async (payload) => `${part({ alg: 'ES256', kid: 'k1', ...critical })}.${part(payload)}.${'A'.repeat(86)}`,
        ),
      ),
    ).toBe('invalid_client');
    const code = codeOf(await logIn(new Browser(), client, username));
    const proof = await proofFor(keys, '/token', {}, { alg: 'ES256', jwk: { ...keys.jwk, d: 'secret' } });
    expect(await errorOf(await exchange(client, { code }, { DPoP: proof }))).toBe('invalid_dpop_proof');
    const symmetric = `${part({ alg: 'HS256', typ: 'dpop+jwt', jwk: { kty: 'oct', k: 'AAAA' } })}.${part({ jti: 'a', htm: 'POST', htu: `${issuer}/token`, iat: nowSeconds() })}.AAAA`;
    expect(await errorOf(await exchange(client, { code }, { DPoP: symmetric }))).toBe('invalid_dpop_proof');
    const object = await requestObject(keyed.id, await clientKeys(), {
      response_type: 'code',
      redirect_uri: redirectUri,
    });
    const answer = await ask(`/authorize?${new URLSearchParams({ client_id: keyed.id, request: object })}`);
    expect([400, 303]).toContain(answer.status);
    expect(answer.headers.get('location') ?? '').not.toContain('/login/');
  });
});

describe('oversize', () => {
  const big = 'x'.repeat(70_000);
  it.each([
    ['/token', 'application/x-www-form-urlencoded', `grant_type=${big}`, 400],
    ['/par', 'application/x-www-form-urlencoded', `state=${big}`, 400],
    ['/bc-authorize', 'application/x-www-form-urlencoded', `binding_message=${big}`, 400],
    ['/authorize', 'application/x-www-form-urlencoded', `state=${big}`, 400],
    [walletPaths.bind, 'application/json', JSON.stringify({ setupCode: big }), 413],
    [walletPaths.answer, 'application/json', JSON.stringify({ txn: big }), 413],
    [walletPaths.answer, 'application/json', '['.repeat(8_000), 400],
  ])('%s does not read more than its limit', async (path, type, body, status) => {
    const answer = await ask(path, { method: 'POST', headers: { 'Content-Type': type }, body });
    expect(answer.status).toBe(status);
  });

  it('a cookie header of megabytes finds no session; a token of 16 kB is no token', async () => {
    const url = await authorizeUrl(client, { prompt: 'none' });
    const cookies = { Cookie: `__Host-session=${'x'.repeat(20_000)}` };
    expect((await ask(url, { headers: cookies })).headers.get('location')).toContain('login_required');
    const token = { Authorization: `Bearer ${'x'.repeat(16_000)}` };
    expect((await ask('/userinfo', { headers: token })).status).toBe(401);
  });
});

describe('enumeration', () => {
  it('a number that nobody has, one that is pending and one without a wallet get the page that everybody gets', async () => {
    const pending = await aPerson({ state: 'pending', identityLevel: 'none' });
    const bare = await aPerson();
    const pages = new Set<string>();
    for (const number of [person.number, pending.number, bare.number, '1000000016']) {
      const browser = new Browser();
      const page = (await browser.go(await authorizeUrl(client))).headers.get('location') ?? '';
      const asked = await browser.post(`${page}/number`, { number });
      expect(asked.status).toBe(303);
      const html = await (await browser.go(page)).text();
      pages.add(html.replaceAll(/\/login\/[\w-]{22}/g, '').replaceAll(/>\d{2}</g, '><'));
    }
    expect(pages.size).toBe(1);
  });

  it('a wrong password and a user name that nobody has are told alike', async () => {
    const said = new Set<string>();
    for (const name of [username, 'nobody.at.all']) {
      const browser = new Browser();
      const page = (await browser.go(await authorizeUrl(client))).headers.get('location') ?? '';
      const answer = await browser.post(`${page}/password?lang=en`, { username: name, password: 'wrong, for certain' });
      said.add(`${answer.status} ${(await answer.text()).replaceAll(/\/login\/[\w-]{22}/g, '')}`);
    }
    expect(said.size).toBe(1);
  });
});
