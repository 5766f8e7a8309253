// Passkeys in a real browser: bound on /setup, used at the login page, under the pages' own content security policy.
import { createServer, type Server } from 'node:http';
import { AxeBuilder } from '@axe-core/playwright';
import { type Browser, type CDPSession, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { build } from '../../worker/local/build.ts';
import { freePort } from '../../worker/local/free-port.ts';
import { chromiumFlags, requireChromium } from '../support/chromium.ts';
import { type LoginEdge, startLoginEdge } from '../support/login-edge.ts';

let world: LoginEdge;
let browser: Browser;
let callback: Server;
let redirectUri: string;

beforeAll(async () => {
  await build();
  world = await startLoginEdge();
  browser = await chromium.launch({ executablePath: requireChromium(), args: chromiumFlags });
  const port = await freePort();
  redirectUri = `http://localhost:${port}/callback`;
  callback = createServer((_request, response) => response.end('received'));
  await new Promise<void>((resolve) => callback.listen(port, '127.0.0.1', resolve));
});
afterAll(async () => {
  await browser?.close();
  callback?.closeAllConnections();
  callback?.close();
  await world?.close();
});

async function withAuthenticator(page: Page): Promise<{ cdp: CDPSession; authenticatorId: string }> {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('WebAuthn.enable');
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      ctap2Version: 'ctap2_1',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return { cdp, authenticatorId };
}

describe('a passkey in Chromium', () => {
  it('is bound with the setup code and logs in at the highest level; unverified it does not; no page breaks its policy', async () => {
    const { clientId } = await world.addClient(
      { client_name: 'Land Registry', redirect_uris: [redirectUri], token_endpoint_auth_method: 'none' },
      { minLevel: 'high' },
    );
    const holder = await world.addPerson();
    const context = await browser.newContext({ locale: 'en', viewport: { width: 390, height: 844 } });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (/Content Security Policy/i.test(message.text())) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    const { cdp, authenticatorId } = await withAuthenticator(page);
    const axe = async () => {
      // The page forbids what axe would add to it: a twin without the policy is looked at.
      const twin = await context.newPage();
      await twin.setContent((await page.content()).replace(/<script[^>]*><\/script>/g, ''));
      const { violations } = await new AxeBuilder({ page: twin }).setLegacyMode(true).analyze();
      await twin.close();
      expect(violations.map(({ id }) => id)).toEqual([]);
    };

    await page.goto(`${world.edge.url}/setup?lang=en`);
    await page.locator('#passkey button').waitFor({ state: 'visible' });
    await axe();
    await page.click('#passkey button');
    await page.locator('[role=alert]').waitFor();
    expect(await page.textContent('[role=alert]')).toContain('code is not known');
    await page.fill('#code', holder.setupCode);
    await page.click('#passkey button');
    await page.waitForSelector('text=The passkey is bound');
    expect(await page.textContent('[role=status]')).toContain('does not leave its device');
    const { credentials } = await cdp.send('WebAuthn.getCredentials', { authenticatorId });
    expect(credentials).toMatchObject([{ isResidentCredential: true, rpId: 'localhost', backupEligibility: false }]);

    const url = `${world.edge.url}/authorize?${new URLSearchParams({
      client_id: clientId,
      redirect_uri: redirectUri,
      response_type: 'code',
      scope: 'openid',
      ui_locales: 'en',
      claims: JSON.stringify({ id_token: { acr: { essential: true, value: 'urn:tawthiq:loa:high' } } }),
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
    })}`;
    await page.goto(url);
    await axe();
    await cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false });
    await page.click('#passkey button');
    await page.locator('[role=alert]').waitFor();
    expect(await page.textContent('[role=alert]')).toContain('was not accepted, or was cancelled');
    await cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: true });
    await page.click('#passkey button');
    await page.click('button[value=allow]');
    await page.waitForURL((at) => at.href.startsWith(redirectUri));
    const code = new URL(page.url()).searchParams.get('code') ?? '';
    const answer = await fetch(`${world.edge.url}/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        client_id: clientId,
        redirect_uri: redirectUri,
        code,
        code_verifier: 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk',
      }),
    });
    const { id_token: idToken } = (await answer.json()) as { id_token: string };
    const claims = JSON.parse(Buffer.from(idToken.split('.')[1] ?? '', 'base64url').toString()) as object;
    expect(claims).toMatchObject({ acr: 'urn:tawthiq:loa:high', amr: ['hwk', 'pop', 'user', 'mfa', 'phr'] });
    expect(complaints).toEqual([]);
    await context.close();
  });
});
