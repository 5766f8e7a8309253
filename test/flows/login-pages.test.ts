// The login's pages in a real browser, under their own content security policy: with and without scripts, in both languages.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { build } from '../../worker/local/build.ts';
import { launchChromium } from '../screens/browser.ts';
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

async function aService(policy: Record<string, unknown> = {}): Promise<string> {
  const metadata = {
    client_name: 'Land Registry',
    'client_name#ar': 'السجل العقاري',
    redirect_uris: [redirectUri],
    token_endpoint_auth_method: 'none',
  };
  return (await world.addClient(metadata, policy)).clientId;
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
  it.each(['ascii', 'arab', 'arabext'])(
    'is taken as people type it: digits %s, with spaces and dashes',
    async (digits) => {
      const { page, close } = await open();
      await page.goto(authorizeUrl(await aService()));
      const zero = { ascii: 0x30, arab: 0x660, arabext: 0x6f0 }[digits] ?? 0;
      const typed = [...person.number].map((digit) => String.fromCodePoint(zero + Number(digit))).join('');
      await page.fill('#number', `${typed.slice(0, 1)} ${typed.slice(1, 4)}-${typed.slice(4)} `);
      await page.click('form[action*="/number"] button');
      await page.waitForSelector('p.number');
      await close();
    },
  );
});
