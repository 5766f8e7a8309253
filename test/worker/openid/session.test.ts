import { exports } from 'cloudflare:workers';
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { refuseOutbound } from '../../../worker/clients/outbound.ts';
import { type Texts, texts } from '../../../worker/openid/pages/texts.ts';
import { endEverywhere } from '../../../worker/openid/session/end-session.ts';
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
  password,
  type TestClient,
  withPassword,
  withSigningKey,
} from './world.ts';

const username = 'session.tests';
const after = 'https://rp.example/bye?x=1';
let client: TestClient;

beforeAll(async () => {
  await withSigningKey();
  await withPassword(await aPerson(), username);
  client = await aClient({ post_logout_redirect_uris: [after], grant_types: ['authorization_code', 'refresh_token'] });
});

async function loggedIn(extra: Record<string, string> = {}) {
  const browser = new Browser();
  const url = await logIn(browser, client, username, extra);
  const tokens = (await (await exchange(client, { code: url.searchParams.get('code') ?? '' })).json()) as Record<
    string,
    string
  >;
  return { browser, tokens, idToken: tokens['id_token'] ?? '' };
}
const isLoggedIn = async (browser: Browser) =>
  !(await browser.go(await authorizeUrl(client, { prompt: 'none' }))).headers
    .get('location')
    ?.includes('login_required');
const query = (params: Record<string, string>) => `/logout?${new URLSearchParams(params)}`;

describe('RP-initiated logout', () => {
  it('oidcc-rp-initiated-logout: a hint of this session ends it and goes back with state; tokens end with it', async () => {
    const { browser, idToken, tokens } = await loggedIn();
    const answer = await browser.go(query({ id_token_hint: idToken, post_logout_redirect_uri: after, state: 's1' }));
    expect(answer.headers.get('location')).toBe(`${after}&state=s1`);
    expect(await isLoggedIn(browser)).toBe(false);
    const userinfo = await exports.default.fetch(`${issuer}/userinfo`, {
      headers: { Authorization: `Bearer ${tokens['access_token']}` },
    });
    expect(userinfo.status).toBe(401);
  });

  it('a login that was granted to outlive the session (offline_access) does', async () => {
    const { browser, idToken, tokens } = await loggedIn({ scope: 'openid offline_access' });
    await browser.go(query({ id_token_hint: idToken }));
    const refreshed = await exchange(client, {
      grant_type: 'refresh_token',
      refresh_token: tokens['refresh_token'] ?? '',
    });
    expect(refreshed.status).toBe(200);
  });

  it('a device that was not granted to outlive it is logged out with the session it was allowed in', async () => {
    const device = 'urn:ietf:params:oauth:grant-type:device_code';
    const tv = await aClient({ grant_types: ['authorization_code', 'refresh_token', device] });
    const { browser, idToken } = await loggedIn();
    const tokensFor = async (scope: string) => {
      const Authorization = `Basic ${btoa(`${tv.id}:${tv.secret}`)}`;
      const asked = await exports.default.fetch(`${issuer}/device_authorization`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/x-www-form-urlencoded', Authorization },
        body: new URLSearchParams({ scope }).toString(),
      });
      const begun = (await asked.json()) as Record<string, string>;
      const entered = await browser.post('/device', { user_code: begun['user_code'] ?? '' });
      const page = (entered.headers.get('location') ?? '').split('?')[0] ?? '';
      await browser.post(`${page}/password`, { username, password });
      await browser.post(`${page}/consent`, { decision: 'allow' });
      const form = { grant_type: device, device_code: begun['device_code'] ?? '' };
      return (await (await exchange(tv, form)).json()) as Record<string, string>;
    };
    const [plain, offline] = [await tokensFor('openid'), await tokensFor('openid offline_access')];
    const stands = async (tokens: Record<string, string>) => {
      const headers = { Authorization: `Bearer ${tokens['access_token']}` };
      return (await exports.default.fetch(`${issuer}/userinfo`, { headers })).status;
    };
    expect([await stands(plain), await stands(offline)]).toEqual([200, 200]);
    await browser.go(query({ id_token_hint: idToken }));
    expect([await stands(plain), await stands(offline)]).toEqual([401, 200]);
  });

  it('oidcc-rp-initiated-logout-no-state, oidcc-rp-initiated-logout-no-post-logout-redirect-uri', async () => {
    const one = await loggedIn();
    const answer = await one.browser.go(query({ id_token_hint: one.idToken, post_logout_redirect_uri: after }));
    expect(answer.headers.get('location')).toBe(after);
    const two = await loggedIn();
    const page = await two.browser.go(query({ id_token_hint: two.idToken, state: 's', ui_locales: 'en' }));
    expect(await page.text()).toContain('You are logged out');
  });

  it('oidcc-rp-initiated-logout-no-params, oidcc-rp-initiated-logout-no-id-token-hint, oidcc-rp-initiated-logout-only-state: the person is asked, and says yes or nothing', async () => {
    const { browser } = await loggedIn();
    for (const params of [{}, { client_id: client.id, post_logout_redirect_uri: after }, { state: 's' }] as Record<
      string,
      string
    >[]) {
      const page = await browser.go(query({ ...params, ui_locales: 'en' }));
      expect(await page.text()).toContain('Do you want to log out');
      expect(await isLoggedIn(browser)).toBe(true);
    }
    const done = await browser.post('/logout/confirm', {
      client_id: client.id,
      post_logout_redirect_uri: after,
      state: 's',
    });
    expect(done.headers.get('location')).toBe(`${after}&state=s`);
    expect(await isLoggedIn(browser)).toBe(false);
  });

  it('the button works from our own page only', async () => {
    const { browser } = await loggedIn();
    await browser.go('/logout/confirm', {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded', Origin: 'https://evil.example' },
      body: '',
    });
    expect(await isLoggedIn(browser)).toBe(true);
  });

  it('oidcc-rp-initiated-logout-bad-post-logout-redirect-uri, oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri, oidcc-rp-initiated-logout-bad-id-token-hint, oidcc-rp-initiated-logout-modified-id-token-hint', async () => {
    const { browser, idToken } = await loggedIn();
    for (const uri of ['https://evil.example/', `${after}&y=2`])
      expect(
        await (await browser.go(query({ id_token_hint: idToken, post_logout_redirect_uri: uri }))).text(),
      ).toContain('logout_redirect_not_registered');
    for (const hint of ['x', `${idToken.slice(0, -6)}AAAAAA`])
      expect(
        await (await browser.go(query({ id_token_hint: hint, post_logout_redirect_uri: after }))).text(),
      ).toContain('logout_hint_invalid');
    const other = await aClient();
    expect(await (await browser.go(query({ id_token_hint: idToken, client_id: other.id }))).text()).toContain(
      'logout_hint_invalid',
    );
    expect(await isLoggedIn(browser)).toBe(true);
  });

  it('a form of another site, with which the browser sends no cookie (SameSite), is sent on from our page and finds the session', async () => {
    const { browser, idToken } = await loggedIn();
    const fieldsOf = (html: string) =>
      Object.fromEntries(
        [...html.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)].map((m) => [m[1], m[2]]),
      );
    // As a browser does it: the page of the service is another site, so its cookies stay behind.
    const fromElsewhere = async (path: string, says: keyof Texts, form: Record<string, string>, locale = 'ar') => {
      const answer = await exports.default.fetch(issuer + path, {
        method: 'POST',
        redirect: 'manual',
        headers: {
          'Content-Type': 'application/x-www-form-urlencoded',
          Origin: 'https://rp.example',
          'Sec-Fetch-Site': 'cross-site',
          'Accept-Language': locale,
        },
        body: new URLSearchParams(form).toString(),
      });
      const html = await answer.text();
      expect([answer.status, answer.headers.get('location')]).toEqual([200, null]);
      // A browser would hold it against the way back to the service, too.
      expect(answer.headers.get('content-security-policy')).not.toContain('form-action');
      expect(html).toContain(`action="${path}"`);
      // Without a script a person presses the button: it says what for.
      const t = texts[locale === 'en' ? 'en' : 'ar'];
      expect(html).toContain(`<button type="submit">${t[says]}</button>`);
      expect(html).not.toContain(t.continue);
      return fieldsOf(html) as Record<string, string>;
    };
    const asked = Object.fromEntries(
      new URLSearchParams((await authorizeUrl(client, { prompt: 'none' })).split('?')[1]),
    );
    const silent = await browser.post('/authorize', await fromElsewhere('/authorize', 'continueLogin', asked));
    expect(silent.headers.get('location')).toContain('code=');
    const logout = { id_token_hint: idToken, post_logout_redirect_uri: after, state: 's' };
    await fromElsewhere('/logout', 'continueLogout', logout, 'en');
    const done = await browser.post('/logout', await fromElsewhere('/logout', 'continueLogout', logout));
    expect(done.headers.get('location')).toBe(`${after}&state=s`);
    expect(await isLoggedIn(browser)).toBe(false);
  });

  it('without a client nobody is sent anywhere', async () => {
    const page = await new Browser().go(query({ post_logout_redirect_uri: 'https://evil.example/' }));
    expect(page.status).toBe(200);
    expect(page.headers.get('location')).toBeNull();
  });
});

/** Ends the session of this browser; answers what went out to services. */
async function sentAtTheEndOf(browser: Browser): Promise<{ url: string; body: string }[]> {
  const sent: { url: string; body: string }[] = [];
  const provider = {
    ...house().provider,
    outbound: {
      read: async () => undefined,
      readText: async () => undefined,
      send: async (to: string, { body }: { body: string }) => {
        sent.push({ url: to, body });
        return 200;
      },
    },
  };
  const cookie = await provider.cookies.open(browser.cookies().get('__Host-session') ?? '');
  if (!cookie) throw new Error('no session');
  const session = await (await provider.objects.person(cookie.subject)).findSession(cookie.id, cookie.secret);
  if (!session) throw new Error('no session');
  const work: Promise<unknown>[] = [];
  await endEverywhere(provider, session, (promise) => work.push(promise));
  for (let i = 0; i < work.length; i++) await work[i];
  return sent;
}

describe('back-channel logout', () => {
  it('oidcc-backchannel-rp-initiated-logout: every client of the session that asked to be told gets a logout token of its own', async () => {
    const told = await aClient({
      backchannel_logout_uri: 'https://rp.example/backchannel',
      redirect_uris: ['https://rp.example/callback'],
    });
    const browser = new Browser();
    const url = await logIn(browser, told, username);
    const { id_token } = (await (await exchange(told, { code: url.searchParams.get('code') ?? '' })).json()) as {
      id_token: string;
    };
    const sent = await sentAtTheEndOf(browser);
    expect(sent.map((one) => one.url)).toEqual(['https://rp.example/backchannel']);
    const token = new URLSearchParams(sent[0]?.body).get('logout_token') ?? '';
    const claims = claimsIn(token);
    expect(JSON.parse(atob(token.split('.')[0] ?? ''))).toMatchObject({ typ: 'logout+jwt' });
    expect(claims).toMatchObject({
      iss: issuer,
      aud: told.id,
      sub: claimsIn(id_token)['sub'],
      sid: claimsIn(id_token)['sid'],
      events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
    });
    expect(claims['nonce']).toBeUndefined();
  });

  it('oidcc-backchannel-rp-initiated-logout: at the end of a session that one service asked for, the others are told too', async () => {
    const got: { to: string; init: RequestInit | undefined }[] = [];
    const fetched = vi.spyOn(globalThis, 'fetch').mockImplementation(async (to, init) => {
      got.push({ to: String(to), init });
      return new Response(null, { status: 200 });
    });
    const services = await Promise.all(
      ['one', 'two'].map((name) =>
        aClient({
          backchannel_logout_uri: `https://${name}.tawthiq-logout.com/out`,
          post_logout_redirect_uris: [after],
        }),
      ),
    );
    const browser = new Browser();
    const idTokens: string[] = [];
    for (const service of services) {
      const begun = await browser.go(await authorizeUrl(service));
      const page = begun.headers.get('location') ?? '';
      if (idTokens.length === 0) await browser.post(`${page}/password`, { username, password });
      const done = await browser.post(`${page}/consent`, { decision: 'allow' });
      const code = new URL(done.headers.get('location') ?? '').searchParams.get('code') ?? '';
      idTokens.push(((await (await exchange(service, { code })).json()) as Record<string, string>)['id_token'] ?? '');
    }
    await browser.go(query({ id_token_hint: idTokens[0] ?? '', post_logout_redirect_uri: after }));
    await expect.poll(() => got.length).toBe(2);
    for (const [i, service] of services.entries()) {
      const sent = got.find(({ to }) => to === `https://${['one', 'two'][i]}.tawthiq-logout.com/out`);
      expect(sent?.init).toMatchObject({ method: 'POST', redirect: 'manual' });
      const token = new URLSearchParams(String(sent?.init?.body)).get('logout_token') ?? '';
      expect(claimsIn(token)).toMatchObject({ aud: service.id, sid: claimsIn(idTokens[i] ?? '')['sid'] });
    }
    fetched.mockRestore();
  });

  it.each(['ES256', 'RS256', 'EdDSA'] as const)(
    'a client whose ID tokens are %s gets its logout tokens so (Back-Channel Logout §2.4)',
    async (alg) => {
      if (alg !== 'ES256') await house().keyRing.create('id_token', 'system', alg);
      const backchannel_logout_uri = 'https://rp.example/backchannel';
      const told = await aClient({ id_token_signed_response_alg: alg, backchannel_logout_uri });
      const browser = new Browser();
      await logIn(browser, told, username);
      const [sent] = await sentAtTheEndOf(browser);
      const token = new URLSearchParams(sent?.body).get('logout_token') ?? '';
      const jwks = (await (await exports.default.fetch(`${issuer}/jwks`)).json()) as JSONWebKeySet;
      const options = { issuer, audience: told.id, typ: 'logout+jwt', algorithms: [alg] };
      await expect(jwtVerify(token, createLocalJWKSet(jwks), options)).resolves.toMatchObject({
        payload: { sid: expect.any(String) },
      });
    },
  );

  it.each([
    ['https://rp.example.sa/logout', undefined],
    ['https://rp.example.sa:8443/logout', undefined],
    ['http://rp.example.sa/', 'url_insecure'],
    ['https://u:p@rp.example.sa/', 'url_insecure'],
    ['https://rp.example.sa:22/', 'url_insecure'],
    ['https://127.0.0.1/', 'url_not_public'],
    ['https://2130706433/', 'url_not_public'],
    ['https://0x7f.1/', 'url_not_public'],
    ['https://[::1]/', 'url_not_public'],
    ['https://[::ffff:10.0.0.1]/', 'url_not_public'],
    ['https://169.254.169.254/latest/meta-data', 'url_not_public'],
    ['https://localhost/', 'url_not_public'],
    ['https://db.internal/', 'url_not_public'],
    ['https://intranet/', 'url_not_public'],
    ['https://printer.local./', 'url_not_public'],
    ['https://localhost../', 'url_not_public'],
    ['https://127.0.0.1./', 'url_not_public'],
    ['https://１２７.0.0.1/', 'url_not_public'],
    ['https://0177.0.0.1/', 'url_not_public'],
    ['https://127.1/', 'url_not_public'],
    ['https://[::127.0.0.1]/', 'url_not_public'],
    ['https://[fe80::1]/', 'url_not_public'],
    ['https://[64:ff9b::a9fe:a9fe]/', 'url_not_public'],
    ['https://metadata.google.internal/', 'url_not_public'],
    ['https://kubernetes.default.svc/', 'url_not_public'],
    ['https://router.home.arpa/', 'url_not_public'],
    ['https://db.localdomain/', 'url_not_public'],
    ['file:///etc/passwd', 'url_insecure'],
    ['gopher://rp.example.sa/', 'url_insecure'],
    ['not a url', 'url_malformed'],
  ])('SSRF: %s is %s', (url, reason) => {
    expect(refuseOutbound(url, false)).toBe(reason);
  });
});

describe('a page that is no login’s', () => {
  it('leads to itself in the other language, with what it was asked and nothing more', async () => {
    const asked = `/authorize?client_id=nobody&state=${encodeURIComponent('"><b>')}&lang=ar`;
    const html = await (await new Browser().go(asked)).text();
    expect(html).toContain('<html lang="ar" dir="rtl">');
    expect(html).toContain('href="/authorize?client_id=nobody&amp;state=%22%3E%3Cb%3E&amp;lang=en"');
    expect(await (await new Browser().go('/logout?lang=en')).text()).toContain('href="/logout?lang=ar"');
    const posted = await new Browser().post('/logout?lang=en', {});
    expect(await posted.text()).not.toContain('hreflang');
  });
});
