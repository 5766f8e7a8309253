// The login over real HTTP, with relying-party libraries as they come from npm, and the pages in a real browser.

import { mkdirSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { AxeBuilder } from '@axe-core/playwright';
import * as oauth from 'oauth4webapi';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../worker/local/free-port.ts';
import { startSampleService } from '../../worker/local/sample-service.ts';
import { DemoWallet } from '../demo/wallet.ts';
import { chromiumFlags, requireChromium } from '../support/chromium.ts';
import { type EdgePerson, type LoginEdge, setPassword, startLoginEdge } from '../support/login-edge.ts';
import { formsOf, type Page, UserAgent } from '../support/user-agent.ts';

const username = 'reem.login';
const password = 'palm trees by the sea';

let world: LoginEdge;
let person: EdgePerson;
let callback: Server;
let redirectUri: string;

beforeAll(async () => {
  world = await startLoginEdge();
  person = await world.addPerson();
  await setPassword(world.edge, person.setupCode, username, password);
  const port = await freePort();
  redirectUri = `http://localhost:${port}/callback`;
  // A relying party that only receives: the address it was called at is what a test looks at.
  callback = createServer((_request, response) => response.end('received'));
  await new Promise<void>((resolve) => callback.listen(port, '127.0.0.1', resolve));
});
afterAll(async () => {
  callback?.closeAllConnections();
  callback?.close();
  await world?.close();
});

function formTo(page: Page, act: string) {
  const form = formsOf(page).find((candidate) => new URL(candidate.action).pathname.endsWith(`/${act}`));
  if (!form) throw new Error(`no form to ${act} on ${page.url}: ${page.status}\n${page.html.slice(0, 1500)}`);
  return form;
}

function authorizeUrl(clientId: string, locale: string): string {
  return `${world.edge.url}/authorize?${new URLSearchParams({
    client_id: clientId,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: 'openid profile',
    ui_locales: locale,
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
  })}`;
}

const numberOn = (html: string) => /id="number">(\d+)</.exec(html)?.[1] ?? '';

describe('login', () => {
  it('openid-client: a service logs a person in by user name and password, and sees what was consented to', async () => {
    const port = await freePort();
    const { clientId, clientSecret } = await world.addClient({
      client_name: 'City Library',
      'client_name#ar': 'مكتبة المدينة',
      redirect_uris: [`http://localhost:${port}/callback`],
    });
    const service = await startSampleService({ issuer: world.edge.url, clientId, clientSecret, port });
    try {
      const agent = new UserAgent();
      const page = await agent.get(`${service.url}/login?acr=low&lang=en`);
      expect(page.html).toContain('City Library');
      const wrong = await agent.submit(formTo(page, 'password'), { username, password: 'not my password at all' });
      expect(wrong.html).toContain('The user name or the password is wrong.');
      const asked = await agent.submit(formTo(wrong, 'password'), { username, password });
      expect(asked.html).toContain('Date of birth');
      const done = await agent.submit(formTo(asked, 'consent'), { decision: 'allow' });
      expect(done.url).toBe(`${service.url}/?lang=en`);
      expect(done.html).toContain('Reem Khalid Alotaibi');
      expect(done.html).toContain('urn:tawthiq:loa:low');
      expect(done.html).not.toContain(person.number);
      // The session answers the second time: no page at all, and consent is remembered.
      const again = await agent.get(`${service.url}/login?acr=low&lang=en`);
      expect(again.url).toBe(`${service.url}/?lang=en`);
      // More is asked than the session reached: the person is asked again.
      const more = await agent.get(`${service.url}/login?lang=en`);
      expect(more.html).toContain('Unified number');
    } finally {
      await service.close();
    }
  });

  it('oauth4webapi: private_key_jwt, PKCE, a number typed in the wallet, userinfo', async () => {
    const { privateKey, publicKey } = (await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, [
      'sign',
      'verify',
    ])) as CryptoKeyPair;
    const jwk = { ...(await crypto.subtle.exportKey('jwk', publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' };
    const { clientId } = await world.addClient({
      client_name: 'Clinic',
      redirect_uris: [redirectUri],
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: { keys: [jwk] },
    });
    const insecure = { [oauth.allowInsecureRequests]: true };
    const issuer = new URL(world.edge.url);
    const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, insecure));
    const client: oauth.Client = { client_id: clientId };
    const verifier = oauth.generateRandomCodeVerifier();
    const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()];
    const url = new URL(as.authorization_endpoint ?? '');
    url.search = new URLSearchParams({
      client_id: clientId,
      redirect_uri: redirectUri,
      response_type: 'code',
      scope: 'openid profile',
      state,
      nonce,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      claims: JSON.stringify({ id_token: { acr: { essential: true, value: 'urn:tawthiq:loa:substantial' } } }),
    }).toString();

    const holder = await world.addPerson();
    const wallet = await DemoWallet.bind(world.edge.url, holder.setupCode);
    const agent = new UserAgent();
    const first = await agent.get(url.href);
    const shown = await agent.submit(formTo(first, 'number'), { number: holder.number });
    const [request] = await wallet.requests();
    if (!request) throw new Error('the wallet sees no request');
    expect(await wallet.answer(request, 'approve', numberOn(shown.html))).toBe('approved');
    const asked = await agent.get(shown.url);
    const done = await agent.submit(formTo(asked, 'consent'), { decision: 'allow' });

    const params = oauth.validateAuthResponse(as, client, new URL(done.url), state);
    const answer = await oauth.authorizationCodeGrantRequest(
      as,
      client,
      oauth.PrivateKeyJwt({ key: privateKey, kid: 'k1' }),
      params,
      redirectUri,
      verifier,
      insecure,
    );
    const tokens = await oauth.processAuthorizationCodeResponse(as, client, answer, {
      expectedNonce: nonce,
      requireIdToken: true,
    });
    await oauth.validateApplicationLevelSignature(as, answer, insecure);
    const claims = oauth.getValidatedIdTokenClaims(tokens);
    expect(claims).toMatchObject({ acr: 'urn:tawthiq:loa:substantial', amr: ['pop', 'user', 'mfa'] });
    const userinfo = await oauth.processUserInfoResponse(
      as,
      client,
      claims?.sub ?? '',
      await oauth.userInfoRequest(as, client, tokens.access_token, insecure),
    );
    expect(userinfo['name#ar']).toBe('ريم بنت خالد العتيبي');
  });

  describe('the pages in a browser', () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await chromium.launch({ executablePath: requireChromium(), args: chromiumFlags });
    });
    afterAll(() => browser?.close());

    it.each(['ar', 'en'] as const)(
      'a person logs in without JavaScript; every page is axe clean and calls nobody (%s)',
      async (locale) => {
        const { clientId } = await world.addClient(
          {
            client_name: 'City Library',
            'client_name#ar': 'مكتبة المدينة',
            redirect_uris: [redirectUri],
            token_endpoint_auth_method: 'none',
          },
          { purposes: { birthdate: { ar: 'لرفّ كتب الأطفال', en: "for the children's shelf" } } },
        );
        const holder = await world.addPerson();
        const wallet = await DemoWallet.bind(world.edge.url, holder.setupCode);
        const url = authorizeUrl(clientId, locale);
        // axe needs scripts in the page; the login itself is done with none (`plain`).
        const context = await browser.newContext({ locale, viewport: { width: 390, height: 844 } });
        const plain = await browser.newContext({
          locale,
          viewport: { width: 390, height: 844 },
          javaScriptEnabled: false,
        });
        const asked: string[] = [];
        plain.on('request', (request) => asked.push(new URL(request.url()).origin));
        const page = await plain.newPage();
        const shots = process.env['SCREENSHOTS'];
        if (shots) mkdirSync(shots, { recursive: true });
        const look = async (name: string) => {
          if (shots) await page.screenshot({ path: `${shots}/${name}-${locale}.png`, fullPage: true });
          const twin = await context.newPage();
          await twin.setContent(await page.content());
          await twin.addStyleTag({ content: await (await fetch(`${world.edge.url}/login/style.css`)).text() });
          const { violations } = await new AxeBuilder({ page: twin }).setLegacyMode(true).analyze();
          await twin.close();
          expect(violations.map((violation) => `${name}: ${violation.id}`)).toEqual([]);
        };

        await page.goto(url);
        expect(await page.getAttribute('html', 'dir')).toBe(locale === 'ar' ? 'rtl' : 'ltr');
        await look('identify');
        await page.fill('#number', '1234567890');
        await page.click('form[action*="/number"] button');
        await look('notice');
        await page.fill('#number', holder.number);
        await page.click('form[action*="/number"] button');
        const number = (await page.textContent('#number')) ?? '';
        expect(number).toMatch(/^\d\d$/);
        await look('number');
        const [request] = await wallet.requests();
        if (!request) throw new Error('the wallet sees no request');
        await wallet.answer(request, 'approve', number);
        // The page refreshes itself.
        await page.waitForSelector('form[action*="/consent"]');
        await look('consent');
        await page.click('button[value=allow]');
        await page.waitForURL((at) => at.href.startsWith(redirectUri));
        expect(new URL(page.url()).searchParams.get('code')).toMatch(/^[\w-]{22}\.[\w-]{43}$/);
        await page.goto(`${world.edge.url}/authorize?client_id=nobody&lang=${locale}`);
        await look('problem');
        expect([...new Set(asked)].sort()).toEqual([world.edge.url, new URL(redirectUri).origin].sort());
        await context.close();
        await plain.close();
      },
    );

    it('a login and a logout that another site posts find the session, which no cookie came with', async () => {
      const bye = redirectUri.replace('/callback', '/bye');
      const client = { client_name: 'Posts', redirect_uris: [redirectUri], post_logout_redirect_uris: [bye] };
      const { clientId } = await world.addClient({ ...client, token_endpoint_auth_method: 'none' });
      const context = await browser.newContext();
      const page = await context.newPage();
      await page.goto(authorizeUrl(clientId, 'en'));
      for (const closed of await page.locator('details:not([open]) > summary').all()) await closed.click();
      await page.fill('input[name=username]', username);
      await page.fill('input[name=password]', password);
      await page.press('input[name=password]', 'Enter');
      await page.click('button[value=allow]');
      await page.waitForURL(/\/callback\?code=/);
      const asked = Object.fromEntries(new URL(authorizeUrl(clientId, 'en')).searchParams);
      // The same machine by another name is another site.
      const elsewhere = redirectUri.replace('localhost', '127.0.0.1');
      const postFrom = async (path: string, fields: Record<string, string>, to: RegExp) => {
        await page.goto(elsewhere);
        const form = { action: world.edge.url + path, fields };
        await page.evaluate(({ action, fields }) => {
          const made = Object.assign(document.createElement('form'), { method: 'post', action });
          for (const [name, value] of Object.entries(fields))
            made.append(Object.assign(document.createElement('input'), { type: 'hidden', name, value }));
          document.body.append(made);
          made.submit();
        }, form);
        await page.waitForURL(to);
      };
      await postFrom('/authorize', { ...asked, prompt: 'none' }, /\/callback\?code=/);
      await postFrom('/logout', { client_id: clientId, post_logout_redirect_uri: bye }, /\/logout$/);
      await page.click('form[action*="/logout/confirm"] button');
      await page.waitForURL(bye);
      await postFrom('/authorize', { ...asked, prompt: 'none' }, /error=login_required/);
      await context.close();
    });

    it('with JavaScript the page goes on the moment the wallet has answered: a server-sent event, and no other request meanwhile', async () => {
      const client = { client_name: 'Event', redirect_uris: [redirectUri], token_endpoint_auth_method: 'none' };
      const { clientId } = await world.addClient(client);
      const holder = await world.addPerson();
      const wallet = await DemoWallet.bind(world.edge.url, holder.setupCode);
      const page = await browser.newPage();
      const asked: string[] = [];
      page.on('request', (request) => asked.push(new URL(request.url()).pathname.split('/').slice(3).join('/')));
      await page.goto(authorizeUrl(clientId, 'ar'));
      await page.fill('#number', holder.number);
      const listening = page.waitForRequest(/\/events$/);
      await page.click('form[action*="/number"] button');
      const number = (await page.textContent('#number')) ?? '';
      await listening;
      asked.length = 0;
      // Longer than the refresh that a page without JavaScript does.
      await page.waitForTimeout(3500);
      expect(asked).toEqual([]);
      const [request] = await wallet.requests();
      if (!request) throw new Error('the wallet sees no request');
      await wallet.answer(request, 'approve', number);
      await page.waitForSelector('form[action*="/consent"]');
      // The event opened the page; nothing else was asked before it.
      expect(asked[0]).toBe('');
      await page.close();
    });
  });
});
