// Which ways in a login's page offers: those that can be enough for the service, and no other.
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { ClientPolicy } from '../../../worker/clients/client.ts';
import { openWays } from '../../../worker/openid/authorize/ways.ts';
import { texts } from '../../../worker/openid/pages/texts.ts';
import {
  aClient,
  aPerson,
  authorizeUrl,
  Browser,
  logIn,
  password,
  type TestClient,
  withPassword,
  withSigningKey,
} from './world.ts';

const username = 'ways.tests';
beforeAll(async () => {
  await withSigningKey();
  await withPassword(await aPerson(), username);
});

const waysOf = (policy: Record<string, unknown>, asked: Partial<Parameters<typeof openWays>[1]> = {}) =>
  openWays({ policy: ClientPolicy.parse(policy) }, { wanted: [], essential: false, ...asked }).join(' ');

describe('a way is open if it can be enough', () => {
  it.each([
    [{}, 'number passkey password'],
    [{ minLevel: 'substantial' }, 'number passkey password'],
    [{ minLevel: 'high' }, 'passkey'],
    [{ authenticators: ['phr'] }, 'passkey'],
    [{ authenticators: ['hwk'] }, 'passkey'],
    [{ authenticators: ['pwd'] }, 'password'],
    [{ authenticators: ['otp'] }, 'password'],
    [{ authenticators: ['pop'] }, 'number passkey'],
    [{ authenticators: ['pop', 'pwd'], minLevel: 'high' }, 'passkey'],
    [{ authenticators: ['pwd'], minLevel: 'high' }, ''],
  ])('%j: %s', (policy, expected) => {
    expect(waysOf(policy)).toBe(expected);
  });

  it('by what is essential to the request, and not by what it only prefers', () => {
    expect(waysOf({}, { wanted: ['high'], essential: true })).toBe('passkey');
    expect(waysOf({}, { wanted: ['high'], essential: false })).toBe('number passkey password');
    expect(waysOf({}, { wanted: ['high', 'substantial'], essential: true })).toBe('number passkey password');
  });
});

async function pageOf(client: TestClient, locale = 'en') {
  const browser = new Browser();
  const at = (await browser.go(await authorizeUrl(client, { ui_locales: locale }))).headers.get('location') ?? '';
  return { browser, at, html: await (await browser.go(at)).text() };
}

describe('the page of a login', () => {
  it('at the highest level offers a passkey alone, and says what to do where there is none', async () => {
    for (const locale of ['ar', 'en'] as const) {
      const { html } = await pageOf(await aClient({}, { minLevel: 'high' }), locale);
      expect(html).toContain('id="passkey"');
      expect(html).toContain(texts[locale].onlyPasskey);
      expect(html).not.toMatch(/id="number"|id="password"|\/scan\?/);
    }
  });

  it.each(['number', 'scan', 'password'])('takes no form of a way that cannot be enough: %s', async (act) => {
    const { browser, at } = await pageOf(await aClient({}, { minLevel: 'high' }));
    const refused = await browser.post(`${at}/${act}`, { number: '1000000008', username, password });
    expect(await refused.text()).toContain(texts.en.notice.level_too_low);
    // The login goes on.
    expect((await browser.go(at)).status).toBe(200);
  });

  it('of a service that takes other authenticators says so of a login that is of none of them, and goes on', async () => {
    const { browser, at, html } = await pageOf(await aClient({}, { authenticators: ['otp'] }));
    expect(html).toMatch(/<details open=""/);
    expect(html).not.toMatch(/id="number"|id="passkey"/);
    const refused = await browser.post(`${at}/password`, { username, password });
    expect([refused.headers.get('location'), await refused.text()]).toEqual([
      null,
      expect.stringContaining(texts.en.notice.level_too_low),
    ]);
    expect((await browser.go(at)).status).toBe(200);
  });

  it('is not shown where nothing can be enough: the service is told', async () => {
    const client = await aClient({}, { authenticators: ['pwd'], minLevel: 'high' });
    const answer = await new Browser().go(await authorizeUrl(client));
    expect(new URL(answer.headers.get('location') ?? '').searchParams.get('error')).toBe(
      'unmet_authentication_requirements',
    );
  });
});

describe('whoever has no active account', () => {
  it('is told where to be activated: before the number, beside it and when nothing came of it; as is everybody else', async () => {
    const pending = await aPerson({ state: 'pending' });
    const active = await aPerson();
    const client = await aClient();
    for (const locale of ['ar', 'en'] as const) {
      const t = texts[locale];
      const seen = async (number: string) => {
        const { browser, at, html } = await pageOf(client, locale);
        expect(html).toContain(t.notActive);
        await browser.post(`${at}/number?lang=${locale}`, { number });
        const beside = await (await browser.go(at)).text();
        expect(beside).toContain(t.typeThis);
        expect(beside).toContain(t.notActive);
        const clock = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 181_000);
        const after = await (await browser.go(at)).text();
        clock.mockRestore();
        expect(after).toContain(t.notice.number_expired);
        expect(after).toContain(t.notActive);
        // Alike to the letter, but for the login's own id and number.
        return [beside, after].map((text) => text.replaceAll(/\/login\/[\w-]+/g, '').replace(/id="number">\d+</, ''));
      };
      const [first, ...others] = [await seen(pending.number), await seen(active.number), await seen('1000000008')];
      for (const other of others) expect(other).toEqual(first);
    }
  });
});

describe('a login at a service that takes all', () => {
  it('goes on as ever', async () => {
    expect((await logIn(new Browser(), await aClient(), username)).searchParams.get('code')).toBeTruthy();
  });
});
