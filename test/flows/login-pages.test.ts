// The login's pages in a real browser, under their own content security policy: with and without scripts, in both languages.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { build } from '../../worker/local/build.ts';
import { launchChromium, look } from '../screens/browser.ts';
import { type EdgePerson, type LoginEdge, setPassword, startLoginEdge } from '../support/login-edge.ts';

const username = 'pages.reader';
const password = 'four words make a phrase';
let world: LoginEdge;
let browser: Browser;
let person: EdgePerson;
/** A service behind a broker: what comes back is sent on to another origin (localhost, 127.0.0.1). */
let broker: Server;
let service: Server;
let redirectUri: string;

const portOf = (server: Server) => (server.address() as AddressInfo).port;
const listening = async (server: Server) => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
};

beforeAll(async () => {
  await build();
  world = await startLoginEdge();
  browser = await launchChromium();
  person = await world.addPerson();
  await setPassword(world.edge, person.setupCode, username, password);
  service = await listening(createServer((_request, response) => response.end('you are in')));
  const home = `http://127.0.0.1:${portOf(service)}/home`;
  broker = await listening(
    createServer((_request, response) => response.writeHead(302, { Location: home }).end('on to the service')),
  );
  redirectUri = `http://localhost:${portOf(broker)}/callback`;
});
afterAll(async () => {
  await browser?.close();
  for (const server of [broker, service]) {
    server?.closeAllConnections();
    server?.close();
  }
  await world?.close();
});

const metadata = () => ({
  client_name: 'Land Registry',
  'client_name#ar': 'السجل العقاري',
  redirect_uris: [redirectUri],
  token_endpoint_auth_method: 'none',
});

async function aService(policy: Record<string, unknown> = {}): Promise<string> {
  return (await world.addClient(metadata(), policy)).clientId;
}

function authorizeUrl(clientId: string, extra: Record<string, string> = {}): string {
  return `${world.edge.url}/authorize?${new URLSearchParams({
    client_id: clientId,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: 'openid',
    ui_locales: 'en',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
    ...extra,
  })}`;
}

/** `complaints`: what the page's policy forbade it, and what it threw. */
async function open(
  options: BrowserContextOptions = {},
): Promise<{ page: Page; complaints: string[]; close(): Promise<void> }> {
  const context = await browser.newContext({ locale: 'en', viewport: { width: 480, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (/Content Security Policy/i.test(message.text())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  return { page, complaints, close: () => context.close() };
}

async function byPassword(page: Page): Promise<void> {
  await page.click('summary');
  await page.fill('#username', username);
  await page.fill('#password', password);
  await page.click('details button[type=submit]');
}

describe('a service behind a broker on another origin', () => {
  it.each(['query', 'form_post'])('is reached by every hop after the last form (%s)', async (response_mode) => {
    const { page, complaints, close } = await open();
    await page.goto(authorizeUrl(await aService(), { response_mode }));
    await byPassword(page);
    await page.click('button[value=allow]');
    await page.waitForURL(`http://127.0.0.1:${portOf(service)}/home`);
    expect(await page.textContent('body')).toContain('you are in');
    expect(complaints).toEqual([]);
    await close();
  });
});

describe('the unified number', () => {
  it('is taken as people type it: Arabic-Indic digits or ASCII ones, with spaces and dashes', async () => {
    const { page, close } = await open();
    const clientId = await aService();
    for (const zero of [0x30, 0x660, 0x6f0]) {
      await page.goto(authorizeUrl(clientId));
      const typed = [...person.number].map((digit) => String.fromCodePoint(zero + Number(digit))).join('');
      await page.fill('#number', `${typed.slice(0, 1)} ${typed.slice(1, 4)}-${typed.slice(4)} `);
      await page.click('form[action*="/number"] button');
      await page.waitForSelector('p.number');
    }
    await close();
  });
});

const purposes = {
  name: { ar: 'لكتابته في الصك', en: 'to write it in the deed' },
  birthdate: { ar: 'للتحقق من أهلية البيع', en: 'to see that you may sell' },
};
const wanted = {
  scope: 'openid profile offline_access',
  claims: JSON.stringify({ userinfo: { name: { essential: true } } }),
};

describe('the pages of a login', () => {
  it('number, consent, error and every choice of ways: axe finds nothing, in both languages', async () => {
    const ordinary = await world.addClient(
      { ...metadata(), grant_types: ['authorization_code', 'refresh_token'] },
      { purposes },
    );
    const highest = await aService({ minLevel: 'high' });
    const byPasswordOnly = await aService({ authenticators: ['otp'] });
    // The pages' policy forbids what axe adds to them.
    const { page, close } = await open({ bypassCSP: true });
    const faultless = async (name: string) => {
      const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze();
      expect([name, violations.map(({ id }) => id)]).toEqual([name, []]);
      await look(page, name);
    };
    await page.goto(authorizeUrl(highest, { ui_locales: 'ar' }));
    await faultless('login-highest-ar');
    await page.goto(authorizeUrl(byPasswordOnly));
    await faultless('login-password-en');
    for (const ui_locales of ['ar', 'en']) {
      await page.goto(authorizeUrl('nobody', { lang: ui_locales }));
      await faultless(`login-error-${ui_locales}`);
      await page.goto(authorizeUrl(ordinary.clientId, { ui_locales, ...wanted, prompt: 'login consent' }));
      await faultless(`login-identify-${ui_locales}`);
      await page.fill('#number', person.number);
      await page.click('form[action*="/number"] button');
      await page.waitForSelector('p.number');
      await faultless(`login-number-${ui_locales}`);
      await page.click('form[action*="/again"] button');
      await byPassword(page);
      await page.waitForSelector('button[value=allow]');
      await faultless(`login-consent-${ui_locales}`);
    }
    await close();
  });

  it('are under 60 kB in all with everything that they load, ask nobody else for anything, and work without a script', async () => {
    const { clientId } = await world.addClient(metadata(), { purposes });
    const { page, complaints, close } = await open({ javaScriptEnabled: false });
    let bytes = 0;
    const elsewhere: string[] = [];
    page.on('response', async (response) => {
      const { origin } = new URL(response.url());
      if (origin === world.edge.url) bytes += (await response.body().catch(() => Buffer.of())).length;
    });
    page.on('request', (request) => {
      if (!/^data:/.test(request.url()) && !request.url().startsWith(world.edge.url)) elsewhere.push(request.url());
    });
    await page.goto(authorizeUrl(clientId, wanted));
    await page.fill('#number', person.number);
    await page.click('form[action*="/number"] button');
    await page.waitForSelector('p.number');
    await page.click('form[action*="/again"] button');
    await byPassword(page);
    await page.uncheck('#claim\\.gender');
    expect(elsewhere).toEqual([]);
    await page.click('button[value=allow]');
    await page.waitForURL(`http://127.0.0.1:${portOf(service)}/home`);
    expect(bytes).toBeGreaterThan(5_000);
    expect(bytes).toBeLessThan(60_000);
    expect(complaints).toEqual([]);
    await close();
  });
});
