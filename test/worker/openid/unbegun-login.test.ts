import { beforeAll, describe, expect, it } from 'vitest';
import {
  aClient,
  aPerson,
  authorizeUrl,
  Browser,
  exchange,
  house,
  logIn,
  password,
  withPassword,
  withSigningKey,
} from './world.ts';

beforeAll(withSigningKey);

const nobodyAsked = { ok: false, error: { reason: 'login_unknown' } };

async function begun(browser: Browser, extra: Record<string, string> = {}) {
  const page = (await browser.go(await authorizeUrl(await aClient(), extra))).headers.get('location') ?? '';
  const name = `__Host-login-${page.slice('/login/'.length)}`;
  const cookie = browser.cookies().get(name) ?? '';
  const [holderSecret = '', sealed] = cookie.split('.');
  const login = house().loginObjects.login(page.slice('/login/'.length));
  return { page, name, cookie, holderSecret, sealed, view: () => login.view(holderSecret) };
}

describe('a login that nobody has acted in', () => {
  it('stays with the browser: the page is shown, and no object knows of it', async () => {
    const browser = new Browser();
    const { page, sealed, view } = await begun(browser);
    expect(sealed).toBeTruthy();
    expect((await browser.go(page)).status).toBe(200);
    expect(await view()).toEqual(nobodyAsked);
  });

  it('begins with the first step, from what was asked, and the cookie is short from then on', async () => {
    const person = await aPerson();
    const browser = new Browser();
    const { page, name, holderSecret, view } = await begun(browser, { state: 'kept' });
    expect((await browser.post(`${page}/number`, { number: person.number })).status).toBe(303);
    expect(browser.cookies().get(name)).toBe(holderSecret);
    expect(await view()).toMatchObject({
      ok: true,
      value: { phase: 'interacting', request: { state: 'kept' }, number: { state: 'waiting' } },
    });
    expect(await (await browser.go(page)).text()).toContain('id="number">');
  });

  it('goes on where it was if the answer to a step was lost and the browser still holds the long cookie', async () => {
    const person = await aPerson();
    const browser = new Browser();
    const { page, name, cookie, view } = await begun(browser);
    await browser.post(`${page}/number`, { number: person.number });
    const first = await view();
    const stale = new Browser();
    (stale.cookies() as Map<string, string>).set(name, cookie);
    // The page cannot know better; the step that follows is taken in the login as it is, whose tries and record are not begun anew.
    expect(await (await stale.go(page)).text()).not.toContain('id="number">');
    await stale.post(`${page}/number`, { number: person.number });
    const second = await view();
    expect(second.ok && first.ok && second.value.createdAt === first.value.createdAt).toBe(true);
    expect((await stale.post(`${page}/cancel`, {})).headers.get('location')).toContain('access_denied');
    expect(await view()).toMatchObject({ ok: false, error: { reason: 'login_ended' } });
    (stale.cookies() as Map<string, string>).set(name, cookie);
    // An ended login is not begun again from what its browser kept.
    expect((await stale.post(`${page}/number`, { number: person.number })).status).toBe(400);
    expect(await view()).toMatchObject({ ok: false, error: { reason: 'login_ended' } });
  });

  it('a consent that a session waits for is asked and answered without an object before the answer', async () => {
    const person = await aPerson();
    await withPassword(person, 'unbegun.one');
    const browser = new Browser();
    await logIn(browser, await aClient(), 'unbegun.one');
    const { page, view } = await begun(browser);
    expect(await (await browser.go(page)).text()).toContain(`${page}/consent`);
    expect(await view()).toEqual(nobodyAsked);
    const done = await browser.post(`${page}/consent`, { decision: 'allow' });
    expect(new URL(done.headers.get('location') ?? '').searchParams.get('code')).toBeTruthy();
    expect(await view()).toMatchObject({ ok: true, value: { phase: 'issued' } });
  });

  it('whoever kept the cookie of a login whose tokens are out is told that it has ended', async () => {
    const person = await aPerson();
    await withPassword(person, 'unbegun.two');
    const browser = new Browser();
    const client = await aClient();
    const page = (await browser.go(await authorizeUrl(client))).headers.get('location') ?? '';
    const name = `__Host-login-${page.slice('/login/'.length)}`;
    await browser.post(`${page}/password`, { username: 'unbegun.two', password });
    const short = browser.cookies().get(name) ?? '';
    expect(short).toHaveLength(43);
    const done = await browser.post(`${page}/consent`, { decision: 'allow' });
    const code = new URL(done.headers.get('location') ?? '').searchParams.get('code') ?? '';
    expect((await exchange(client, { code })).status).toBe(200);
    const kept = new Browser();
    (kept.cookies() as Map<string, string>).set(name, short);
    expect((await kept.go(page)).status).toBe(400);
  });

  it('a request too long for a cookie, or a browser with many cookies, makes the object at once', async () => {
    const long = await begun(new Browser(), { state: 's'.repeat(3000) });
    expect(long.sealed).toBeUndefined();
    expect(await long.view()).toMatchObject({ ok: true, value: { phase: 'interacting' } });
    const browser = new Browser();
    (browser.cookies() as Map<string, string>).set('other', 'c'.repeat(6001));
    const crowded = await begun(browser);
    expect(crowded.sealed).toBeUndefined();
    expect(await crowded.view()).toMatchObject({ ok: true });
  });

  it("another login's sealed part, a changed one and another browser's secret begin nothing", async () => {
    const person = await aPerson();
    const browser = new Browser();
    const [one, two] = [await begun(browser), await begun(browser)];
    const cookies = browser.cookies() as Map<string, string>;
    const flipped = one.cookie.slice(0, -1) + (one.cookie.endsWith('A') ? 'B' : 'A');
    const forgeries = [
      `${one.holderSecret}.${two.sealed}`,
      `${two.holderSecret}.${one.sealed}`,
      `${one.holderSecret}.${flipped.split('.')[1]?.slice(8)}`,
      `${one.holderSecret}.${'A'.repeat(5000)}`,
      `${one.holderSecret}.`,
      one.holderSecret,
    ];
    for (const forged of forgeries) {
      cookies.set(one.name, forged);
      expect((await browser.go(one.page)).status, forged.slice(0, 60)).toBe(400);
      expect((await browser.post(`${one.page}/number`, { number: person.number })).status).toBe(400);
      expect(await one.view()).toEqual(nobodyAsked);
    }
  });
});
