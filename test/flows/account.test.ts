// The person's own account in a real browser, in both languages: in by the animated code, a passkey bound there, and no page heavier,
// noisier or less accessible than it may be.
import { AxeBuilder } from '@axe-core/playwright';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { build } from '../../worker/local/build.ts';

import { textOfSvg } from '../demo/login/person.ts';
import { DemoWallet } from '../demo/wallet.ts';
import { chromiumFlags, requireChromium } from '../support/chromium.ts';
import { type LoginEdge, setPassword, startLoginEdge } from '../support/login-edge.ts';

let world: LoginEdge;
let browser: Browser;
beforeAll(async () => {
  await build();
  world = await startLoginEdge();
  browser = await chromium.launch({ executablePath: requireChromium(), args: chromiumFlags });
});
afterAll(async () => {
  await browser?.close();
  await world?.close();
});

const mostBytes = 60_000;
/** What a person reads at the turns of the story. */
const words = {
  ar: {
    done: 'رُبط مفتاح المرور',
    capped: 'بمستوى الدخول الذي ربطته به',
    proven: 'أثبتّ نفسك',
    phone: 'تطبيق الهوية',
    removed: 'أُزيلت وسيلة الدخول.',
  },
  en: {
    done: 'The passkey is bound',
    capped: 'at the level of the login you bound it with',
    proven: 'You have proven yourself',
    phone: 'Identity app',
    removed: 'The way in was removed.',
  },
} as const;

/** A page under watch: what it says on its console, asks of others, and weighs. */
async function watched(context: BrowserContext) {
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const complaints: string[] = [];
  const weights = new Map<string, number>();
  page.on('console', (message) => {
    if (/Content Security Policy/i.test(message.text())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    const { origin, protocol } = new URL(request.url());
    if (protocol !== 'data:' && origin !== world.edge.url) complaints.push(`outside: ${request.url()}`);
  });
  page.on('response', async (response) => {
    const body = await response.body().catch(() => undefined);
    if (body) weights.set(new URL(response.url()).pathname, body.length);
  });
  return { page, complaints, weights };
}

/** The page forbids what axe would add to it: a twin without the policy is looked at. */
async function faultsOf(context: BrowserContext, page: Page): Promise<string[]> {
  const css = await (await fetch(`${world.edge.url}/login/style.css`)).text();
  const twin = await context.newPage();
  await twin.setContent((await page.content()).replace(/<script[^>]*><\/script>/g, ''));
  await twin.addStyleTag({ content: css });
  const { violations } = await new AxeBuilder({ page: twin }).setLegacyMode(true).analyze();
  await twin.close();
  return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.target.join(' ')}`);
}

describe('the account page in Chromium', () => {
  it.each(['ar', 'en'] as const)('by code, with a passkey bound there, in %s', async (lang) => {
    const t = words[lang];
    const holder = await world.addPerson();
    await setPassword(world.edge, holder.setupCode, `reem.${lang}`, 'palm trees by the sea');
    const wallet = await DemoWallet.bind(world.edge.url, holder.setupCode);
    const context = await browser.newContext({
      locale: lang,
      viewport: { width: 390, height: 844 },
      // One language in the dark, one in the light: the colours are the same in both.
      colorScheme: lang === 'ar' ? 'dark' : 'light',
    });
    const { page, complaints, weights } = await watched(context);
    const shots = process.env['SCREENSHOTS'];
    const look = async (name: string) => {
      if (shots) await page.screenshot({ path: `${shots}/${name}-${lang}.png`, fullPage: true });
      expect([name, await faultsOf(context, page)]).toEqual([name, []]);
    };

    await page.goto(`${world.edge.url}/account?lang=${lang}`);
    await page.click('form[action*="/scan"] button');
    const code = page.locator('#code-frame');
    await code.waitFor();
    const first = await code.getAttribute('src');
    await look('code');
    // The script asks for the next frame; the image is another one then.
    await page.waitForFunction(
      (before) => document.getElementById('code-frame')?.getAttribute('src') !== before,
      first,
    );
    const cookies = await context.cookies();
    const svg = await fetch(new URL((await code.getAttribute('src')) ?? '', page.url()), {
      headers: { Cookie: cookies.map(({ name, value }) => `${name}=${value}`).join('; ') },
    });
    const { request, number } = await wallet.scan(textOfSvg(await svg.text()));
    await page.waitForSelector('#code-frame', { state: 'detached' });
    await look('scanned');
    await wallet.answer(request, 'approve', number);
    await page.waitForURL(/\/account\?/);
    expect(await page.getAttribute('html', 'dir')).toBe(lang === 'ar' ? 'rtl' : 'ltr');
    await look('account');

    const cdp = await context.newCDPSession(page);
    await cdp.send('WebAuthn.enable');
    await cdp.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        ...{ protocol: 'ctap2', ctap2Version: 'ctap2_1', transport: 'internal', hasResidentKey: true },
        ...{ hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
      },
    });
    await page.click('form[action*="/add"]:has(input[value=passkey]) button');
    await page.locator('#passkey button').waitFor({ state: 'visible' });
    await look('bind-passkey');
    await page.click('#passkey button');
    await page.waitForSelector(`text=${t.done}`);
    // It cannot leave the device, and is still worth no more than the login that vouched for it.
    expect(await page.textContent('[role=status]')).toContain(t.capped);

    await page.goto(`${world.edge.url}/account/login?lang=${lang}&level=substantial`);
    await page.click('#passkey button');
    await page.waitForURL(/\/account\?/);
    expect(await page.textContent('[role=status]')).toContain(t.proven);
    await page.click('form[action*="recovery-codes"] button');
    await expect.poll(() => page.locator('ol.codes li').count()).toBe(10);
    await look('codes');
    const onPaper = (await page.textContent('ol.codes li')) ?? '';
    await page.goto(`${world.edge.url}/recover?lang=${lang}`);
    await look('recover');
    await page.goto(`${world.edge.url}/setup?lang=${lang}`);
    await page.locator('#passkey button').waitFor({ state: 'visible' });
    await look('setup');

    // The phone is lost: elsewhere, the password alone does not take it away, and with a code from the paper it does.
    const elsewhere = await browser.newContext({ locale: lang, viewport: { width: 390, height: 844 } });
    const lost = await watched(elsewhere);
    const logIn = async (otp: string) => {
      await lost.page.click('details summary');
      await lost.page.fill('#username', `reem.${lang}`);
      await lost.page.fill('#password', 'palm trees by the sea');
      await lost.page.fill('#otp', otp);
      await lost.page.click('form[action*="/password"] button');
      await lost.page.waitForURL(/\/account\?/);
    };
    const remove = 'form[action*="/remove?"] button';
    const phone = lost.page.locator('li', { hasText: t.phone }).locator(remove);
    await lost.page.goto(`${world.edge.url}/account?lang=${lang}`);
    await logIn('');
    await phone.click();
    if (shots) await lost.page.screenshot({ path: `${shots}/lost-phone-${lang}.png`, fullPage: true });
    expect(await faultsOf(elsewhere, lost.page)).toEqual([]);
    await lost.page.click('a[href*="level=low"]');
    await logIn(onPaper);
    expect(await lost.page.textContent('[role=status]')).toContain(t.proven);
    await phone.click();
    await lost.page.waitForSelector(`text=${t.removed}`);
    expect(await phone.count()).toBe(0);
    expect(lost.complaints).toEqual([]);
    await elsewhere.close();

    expect(complaints).toEqual([]);
    // Whatever was loaded in all of this, each file once: less than any one page may weigh beside its own text.
    const files = [...weights]
      .filter(([path]) => /\.(css|js|svg)$/.test(path))
      .reduce((sum, [, bytes]) => sum + bytes, 0);
    const heaviest = Math.max(
      ...[...weights].filter(([path]) => !/\.(css|js|svg)$/.test(path)).map(([, bytes]) => bytes),
    );
    expect(files + heaviest).toBeLessThan(mostBytes);
    await context.close();
  });
});
