import { beforeAll, describe, expect, it, vi } from 'vitest';
import { checks } from '../../../worker/openid/authorize/checks.ts';
import { clientKeys } from './client-keys.ts';
import {
  aClient,
  aPerson,
  authorizeUrl,
  Browser,
  claimsIn,
  exchange,
  house,
  logIn,
  redirectUri,
  type TestClient,
  withPassword,
  withSigningKey,
} from './world.ts';

let client: TestClient;
let username: string;

beforeAll(async () => {
  await withSigningKey();
  client = await aClient();
  username = 'authorize.tests';
  await withPassword(await aPerson(), username);
});

async function refusal(url: string): Promise<Record<string, string>> {
  const answer = await new Browser().go(url);
  expect(answer.status).toBe(303);
  const to = new URL(answer.headers.get('location') ?? '');
  expect(to.origin + to.pathname).toBe(redirectUri);
  expect(to.searchParams.get('iss')).toBe('http://localhost:8787');
  return Object.fromEntries(to.searchParams);
}

/** Row of the table → parameters that fail it first, and the error that goes back. */
const goesBack: Readonly<Record<string, readonly [Record<string, string | undefined>, string]>> = {
  response_type_is_code: [{ response_type: 'code id_token' }, 'unsupported_response_type'],
  response_mode_is_known: [{ response_mode: 'web_message' }, 'invalid_request'],
  request_objects_came_by_their_own_door: [{ request_uri: 'https://rp.example/object' }, 'request_uri_not_supported'],
  authorization_details_can_be_granted: [
    { authorization_details: '[{"type":"payment_initiation"}]' },
    'invalid_authorization_details',
  ],
  scope_has_openid: [{ scope: 'profile' }, 'invalid_scope'],
  resources_are_registered: [{ resource: 'https://health.example/api' }, 'invalid_target'],
  challenge_is_s256: [{ code_challenge_method: 'plain' }, 'invalid_request'],
  challenge_is_there: [{ code_challenge: undefined, code_challenge_method: undefined }, 'invalid_request'],
  dpop_jkt_is_a_thumbprint: [{ dpop_jkt: 'a key, in other words' }, 'invalid_request'],
  texts_are_short_enough: [{ nonce: 'n'.repeat(513) }, 'invalid_request'],
  prompt_is_known: [{ prompt: 'none login' }, 'invalid_request'],
  max_age_is_a_number: [{ max_age: '-1' }, 'invalid_request'],
  claims_are_json: [{ claims: '{"userinfo":[' }, 'invalid_request'],
  essential_acr_is_one_of_ours: [
    { claims: '{"id_token":{"acr":{"essential":true,"values":["urn:mace:incommon:iap:silver"]}}}' },
    'unmet_authentication_requirements',
  ],
};

describe('the checks of an authorization request', () => {
  it.each(Object.entries(goesBack))(
    '%s: what fails it goes back to the service with state and iss',
    async (_name, [extra, error]) => {
      expect(await refusal(await authorizeUrl(client, extra))).toMatchObject({ error, state: 'st' });
    },
  );

  it('every row of the table is tried here or below', () => {
    const elsewhere = [
      'client_is_named_once',
      'client_is_known',
      'client_is_active',
      'redirect_uri_is_named_once',
      'redirect_uri_is_registered',
      'no_parameter_is_repeated',
      'client_may_use_the_code_flow',
      'pushed_where_it_must_be',
      // token.test.ts, ways.test.ts
      'signed_where_it_must_be',
      'some_way_of_logging_in_can_do_it',
    ];
    expect(checks.map((check) => check.name).sort()).toEqual([...Object.keys(goesBack), ...elsewhere].sort());
  });

  it("a repeated parameter goes back, and a repeated state is nobody's", async () => {
    const url = await authorizeUrl(client);
    expect(await refusal(`${url}&nonce=two`)).toMatchObject({ error: 'invalid_request', state: 'st' });
    expect((await refusal(`${url}&state=two`))['state']).toBeUndefined();
  });

  it('fapi2-security-profile-final-ensure-unsigned-authorization-request-without-using-par-fails: a client that must push is told so', async () => {
    const keyed = { token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [(await clientKeys()).jwk] } };
    const fapi = await aClient(keyed, { profile: 'fapi2' });
    expect(await refusal(await authorizeUrl(fapi))).toMatchObject({ error: 'invalid_request' });
  });

  it('a client without the code grant is told so', async () => {
    const other = await aClient({ grant_types: ['client_credentials'] });
    expect(await refusal(await authorizeUrl(other))).toMatchObject({ error: 'unauthorized_client' });
  });

  it.each([
    ['client_missing', { client_id: undefined }],
    ['client_unknown', { client_id: 'nobody' }],
    ['redirect_uri_missing', { redirect_uri: undefined }],
    ['redirect_uri_not_registered', { redirect_uri: 'https://rp.example/callback/..' }],
    ['redirect_uri_not_registered', { redirect_uri: 'https://rp.example/callback?x=1' }],
    ['redirect_uri_not_registered', { redirect_uri: 'https://rp.example:8443/callback' }],
    ['redirect_uri_not_registered', { redirect_uri: 'https://rp.example@evil.example/callback' }],
    ['redirect_uri_not_registered', { redirect_uri: 'https://rp.example.evil.example/callback' }],
    ['redirect_uri_not_registered', { redirect_uri: 'https://RP.example/callback' }],
    ['redirect_uri_not_registered', { redirect_uri: 'https://rр.example/callback' }],
    ['redirect_uri_not_registered', { redirect_uri: 'javascript:alert(1)' }],
  ])('oidcc-ensure-registered-redirect-uri: %s is shown and sends nobody anywhere (%o)', async (reason, extra) => {
    const answer = await new Browser().go(await authorizeUrl(client, extra));
    expect(answer.status).toBe(400);
    expect(answer.headers.get('location')).toBeNull();
    expect(await answer.text()).toContain(reason);
  });

  it('a suspended client gets a page, and gets it at once where the change was made', async () => {
    const doomed = await aClient();
    const { clients } = house();
    const known = await clients.find(doomed.id);
    if (!known) throw new Error('no client');
    await clients.replace(
      known,
      { ...known, state: 'suspended' },
      { at: 1 as never, event: 'client.suspended', actor: 'system' },
    );
    expect(await (await new Browser().go(await authorizeUrl(doomed))).text()).toContain('client_suspended');
  });

  it('oidcc-ensure-post-request-succeeds: parameters may come as a form', async () => {
    const [, query = ''] = (await authorizeUrl(client)).split('?');
    const answer = await new Browser().post('/authorize', Object.fromEntries(new URLSearchParams(query)));
    expect(answer.headers.get('location')).toMatch(/^\/login\//);
  });

  it('oidcc-ensure-request-with-unknown-parameter-succeeds, oidcc-ensure-request-with-acr-values-succeeds, oidcc-ui-locales, oidcc-claims-locales, oidcc-display-popup', async () => {
    const extra = {
      fancy: 'yes',
      acr_values: 'urn:x urn:tawthiq:loa:low',
      ui_locales: 'fr en-GB',
      display: 'popup',
      claims_locales: 'ar',
    };
    const browser = new Browser();
    const begun = await browser.go(await authorizeUrl(client, extra));
    const page = await browser.go(begun.headers.get('location') ?? '');
    expect(await page.text()).toContain('<html lang="en" dir="ltr">');
  });

  it('response_mode=form_post answers with a form that goes to the redirect URI and nowhere else', async () => {
    const browser = new Browser();
    const begun = await browser.go(await authorizeUrl(client, { response_mode: 'form_post' }));
    const page = begun.headers.get('location') ?? '';
    await browser.post(`${page}/password`, { username, password: 'four words make a phrase' });
    const done = await browser.post(`${page}/consent`, { decision: 'allow' });
    expect(done.status).toBe(200);
    expect(await done.text()).toMatch(
      /action="https:\/\/rp\.example\/callback"[\s\S]*name="code" value="[\w-]{22}\.[\w-]{43}"/,
    );
    // Whoever receives it may send the browser on.
    expect(done.headers.get('content-security-policy')).not.toContain('form-action');
  });

  it('response_mode=fragment answers behind the #, where a page without a server of its own reads it', async () => {
    const extra = { response_mode: 'fragment', prompt: 'none' };
    const answer = await new Browser().go(await authorizeUrl(client, extra));
    const to = new URL(answer.headers.get('location') ?? '');
    expect([answer.status, to.origin + to.pathname, to.search]).toEqual([303, redirectUri, '']);
    expect(Object.fromEntries(new URLSearchParams(to.hash.slice(1)))).toMatchObject({
      error: 'login_required',
      state: 'st',
      iss: 'http://localhost:8787',
    });
  });

  it('a page can be framed by nobody, holds no inline script and is not kept', async () => {
    const browser = new Browser();
    const begun = await browser.go(await authorizeUrl(client));
    const page = await browser.go(begun.headers.get('location') ?? '');
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe');
    expect(page.headers.get('cache-control')).toBe('no-store');
    expect((await page.text()).length).toBeLessThan(20_000);
  });
});

describe('an existing session', () => {
  it('oidcc-prompt-none-not-logged-in: nobody is asked, login_required goes back', async () => {
    expect(await refusal(await authorizeUrl(client, { prompt: 'none' }))).toMatchObject({ error: 'login_required' });
  });

  it('oidcc-prompt-none-logged-in, oidcc-max-age-10000: the session answers without a page, with the first auth_time', async () => {
    const browser = new Browser();
    const first = await logIn(browser, client, username);
    const tokens = async (url: URL) =>
      (await (await exchange(client, { code: url.searchParams.get('code') ?? '' })).json()) as Record<string, string>;
    const before = claimsIn((await tokens(first))['id_token'] ?? '');
    for (const extra of [{ prompt: 'none' }, { max_age: '10000' }]) {
      const again = await browser.go(await authorizeUrl(client, extra));
      const after = claimsIn((await tokens(new URL(again.headers.get('location') ?? '')))['id_token'] ?? '');
      expect(after).toMatchObject({ sub: before['sub'], auth_time: before['auth_time'], sid: before['sid'] });
    }
  });

  it('oidcc-prompt-login, oidcc-max-age-1: the person is asked again although there is a session, and auth_time says when', async () => {
    const browser = new Browser();
    const claimsOf = async (url: URL) => {
      const answer = await exchange(client, { code: url.searchParams.get('code') ?? '' });
      return claimsIn(((await answer.json()) as Record<string, string>)['id_token'] ?? '');
    };
    const start = Date.now();
    const clock = vi.spyOn(Date, 'now').mockImplementation(() => start);
    const first = await claimsOf(await logIn(browser, client, username));
    const asked = [{ prompt: 'login' }, { max_age: '1' }];
    for (const [i, extra] of asked.entries()) {
      clock.mockImplementation(() => start + (i + 1) * 2_100);
      // `logIn` goes through the page with the password, or throws.
      const again = await claimsOf(await logIn(browser, client, username, extra));
      expect(again).toMatchObject({ sub: first['sub'], auth_time: Math.floor((start + (i + 1) * 2_100) / 1000) });
      expect(again['auth_time']).toBeGreaterThan(Number(first['auth_time']));
    }
    clock.mockImplementation(() => start + 6_300);
    expect(
      (await browser.go(await authorizeUrl(client, { max_age: '1', prompt: 'none' }))).headers.get('location'),
    ).toMatch(/error=login_required/);
    clock.mockRestore();
  });

  it('oidcc-id-token-hint: a hint at another person is refused, at the same one it passes', async () => {
    const browser = new Browser();
    const url = await logIn(browser, client, username);
    const { id_token } = (await (await exchange(client, { code: url.searchParams.get('code') ?? '' })).json()) as {
      id_token: string;
    };
    const same = await browser.go(await authorizeUrl(client, { prompt: 'none', id_token_hint: id_token }));
    expect(new URL(same.headers.get('location') ?? '').searchParams.get('code')).toBeTruthy();
    await withPassword(await aPerson(), 'somebody.else');
    const other = new Browser();
    await logIn(other, client, 'somebody.else');
    const refused = await other.go(await authorizeUrl(client, { prompt: 'none', id_token_hint: id_token }));
    expect(new URL(refused.headers.get('location') ?? '').searchParams.get('error')).toBe('login_required');
    const forged = await other.go(await authorizeUrl(client, { id_token_hint: `${id_token.slice(0, -4)}AAAA` }));
    expect(new URL(forged.headers.get('location') ?? '').searchParams.get('error')).toBe('invalid_request');
  });

  it('another client asks for its own consent, knows the person by another sub, and the session by another sid', async () => {
    const other = await aClient({ redirect_uris: ['https://other.example/callback'] });
    const browser = new Browser();
    const one = await logIn(browser, client, username);
    const begun = await browser.go(await authorizeUrl(other, { redirect_uri: 'https://other.example/callback' }));
    const page = begun.headers.get('location') ?? '';
    expect(page).toMatch(/^\/login\//);
    const two = new URL((await browser.post(`${page}/consent`, { decision: 'allow' })).headers.get('location') ?? '');
    const first = (await (await exchange(client, { code: one.searchParams.get('code') ?? '' })).json()) as {
      id_token: string;
    };
    const second = (await (
      await exchange(other, {
        code: two.searchParams.get('code') ?? '',
        redirect_uri: 'https://other.example/callback',
      })
    ).json()) as { id_token: string };
    expect(claimsIn(first.id_token)['sub']).not.toBe(claimsIn(second.id_token)['sub']);
    expect(claimsIn(first.id_token)['sid']).not.toBe(claimsIn(second.id_token)['sid']);
  });

  it('prompt=none without consent is consent_required; prompt=consent asks again', async () => {
    const fresh = await aClient();
    const browser = new Browser();
    await logIn(browser, client, username);
    const silent = await browser.go(await authorizeUrl(fresh, { prompt: 'none' }));
    expect(new URL(silent.headers.get('location') ?? '').searchParams.get('error')).toBe('consent_required');
    const asked = await browser.go(await authorizeUrl(client, { prompt: 'consent' }));
    expect(asked.headers.get('location')).toMatch(/^\/login\//);
  });
});

describe('the login page', () => {
  it('belongs to the browser that began: without its cookie there is no login', async () => {
    const begun = await new Browser().go(await authorizeUrl(client));
    const stranger = await new Browser().go(begun.headers.get('location') ?? '');
    expect(await stranger.text()).toContain('login_unknown');
  });

  it('takes no form that came from another site', async () => {
    const browser = new Browser();
    const page = (await browser.go(await authorizeUrl(client))).headers.get('location') ?? '';
    for (const headers of [{ Origin: 'https://evil.example' }, { 'Sec-Fetch-Site': 'cross-site' }]) {
      const answer = await browser.go(`${page}/cancel`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...headers },
        body: 'x=1',
      });
      expect(await answer.text()).toContain('wrong_origin');
    }
  });

  it('fapi2-security-profile-final-user-rejects-authentication: cancel and "do not allow" go back with access_denied, and end the login', async () => {
    const browser = new Browser();
    const page = (await browser.go(await authorizeUrl(client))).headers.get('location') ?? '';
    const back = new URL((await browser.post(`${page}/cancel`, {})).headers.get('location') ?? '');
    expect(back.searchParams.get('error')).toBe('access_denied');
    expect(await (await browser.go(page)).text()).toContain('login_unknown');
    const fresh = await aClient();
    const second = (await browser.go(await authorizeUrl(fresh))).headers.get('location') ?? '';
    await browser.post(`${second}/password`, { username, password: 'four words make a phrase' });
    const denied = new URL(
      (await browser.post(`${second}/consent`, { decision: 'deny' })).headers.get('location') ?? '',
    );
    expect(denied.searchParams.get('error')).toBe('access_denied');
  });

  it('fapi2-security-profile-final-test-essential-acr-sca-claim: a password does where low is wanted, and is sent to the wallet where more is a must', async () => {
    const browser = new Browser();
    const claims = '{"id_token":{"acr":{"essential":true,"value":"urn:tawthiq:loa:substantial"}}}';
    const page = (await browser.go(await authorizeUrl(client, { claims }))).headers.get('location') ?? '';
    const answer = await browser.post(`${page}/password?lang=en`, { username, password: 'four words make a phrase' });
    expect(await answer.text()).toContain('This service asks for a stronger login');
  });

  it('tells a pending account where to be activated, after its password and not before', async () => {
    const pending = await aPerson({ state: 'pending', identityLevel: 'none' });
    await withPassword(pending, 'pending.person');
    const browser = new Browser();
    const page = (await browser.go(await authorizeUrl(client))).headers.get('location') ?? '';
    const wrong = await browser.post(`${page}/password?lang=en`, {
      username: 'pending.person',
      password: 'not this one at all',
    });
    expect(await wrong.text()).toContain('The user name or the password is wrong.');
    const right = await browser.post(`${page}/password?lang=en`, {
      username: 'pending.person',
      password: 'four words make a phrase',
    });
    expect(await right.text()).toContain('Your account is not activated yet.');
  });

  it('a number that nobody has looks like one that somebody has', async () => {
    const person = await aPerson();
    const pages: string[] = [];
    for (const number of [person.number, '1000000008']) {
      const browser = new Browser();
      const page = (await browser.go(await authorizeUrl(client))).headers.get('location') ?? '';
      const answer = await browser.post(`${page}/number`, { number });
      expect(answer.status).toBe(303);
      const html = await (await browser.go(page)).text();
      pages.push(html.replaceAll(page, 'PAGE').replace(/id="number">\d+</, 'id="number">'));
    }
    expect(pages[0]).toBe(pages[1]);
  });
});
