import { exports } from 'cloudflare:workers';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
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
  numberIn,
  redirectUri,
  TestWallet,
  withPassword,
  withSigningKey,
} from './world.ts';

beforeAll(withSigningKey);
afterEach(() => vi.useRealTimers());

const codeOf = (url: URL) => url.searchParams.get('code') ?? '';

describe('the code flow', () => {
  it('oidcc-server, oidcc-ensure-request-with-valid-pkce-succeeds: user name, password and consent give a code, tokens and userinfo', async () => {
    const person = await aPerson();
    await withPassword(person, 'sarah.ahmed');
    const client = await aClient({}, { unifiedNumber: true });
    const url = await logIn(new Browser(), client, 'Sarah.Ahmed', { scope: 'openid profile unified_number' });
    expect(url.origin + url.pathname).toBe(redirectUri);
    expect(url.searchParams.get('state')).toBe('st');
    expect(url.searchParams.get('iss')).toBe(issuer);
    const answer = await exchange(client, { code: codeOf(url) });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const tokens = (await answer.json()) as Record<string, string>;
    expect(claimsIn(tokens['id_token'] ?? '')).toMatchObject({
      iss: issuer,
      aud: client.id,
      nonce: 'no',
      acr: 'urn:tawthiq:loa:low',
      amr: ['pwd'],
      sub: expect.stringMatching(/^[\w-]{43}$/),
    });
    const userinfo = await exports.default.fetch(`${issuer}/userinfo`, {
      headers: { Authorization: `Bearer ${tokens['access_token']}` },
    });
    expect(await userinfo.json()).toMatchObject({
      sub: claimsIn(tokens['id_token'] ?? '')['sub'],
      'name#ar': 'سارة بنت أحمد',
      'name#en': 'Sarah Ahmed',
      birthdate: '1990-02-28',
      gender: 'female',
      nationalities: ['SAU'],
      unified_number: person.number,
    });
    expect(JSON.stringify(tokens)).not.toContain(person.subjectId);
  });

  it('a typed number logs in without a password, at the level that six digits earn', async () => {
    const person = await aPerson();
    const wallet = await TestWallet.bind(person.setupCode);
    const client = await aClient();
    const browser = new Browser();
    const begun = await browser.go(await authorizeUrl(client, { acr_values: 'urn:tawthiq:loa:substantial' }));
    const page = begun.headers.get('location') ?? '';
    expect((await browser.post(`${page}/number`, { number: person.number })).headers.get('location')).toContain(page);
    const html = await (await browser.go(page)).text();
    const number = numberIn(html);
    expect(number).toMatch(/^\d{6}$/);
    expect(html).not.toContain(person.number);
    const [request] = await wallet.requests();
    if (!request) throw new Error('the wallet sees no request');
    expect(request).toMatchObject({ digits: 6, client: { id: client.id }, purpose: 'تسجيل الدخول' });
    const wrong = await wallet.answer(request, number === '000000' ? '000001' : '000000');
    expect(wrong.status).toBe(422);
    expect(await wrong.json()).toMatchObject({ reason: 'number_wrong', detail: '2 tries left' });
    // A wallet shows both, so both are in its language.
    const again = await wallet.answer(request, number === '000000' ? '000001' : '000000', {}, 'ar');
    expect(again.headers.get('content-language')).toBe('ar');
    expect(await again.json()).toMatchObject({ title: 'ليس هذا الرقم المعروض في الصفحة', detail: 'بقيت محاولة واحدة' });
    expect((await wallet.answer(request, number)).status).toBe(200);
    expect(await wallet.requests()).toEqual([]);
    // The page that follows the approval asks for consent; opening it, even twice, begins nothing.
    for (let time = 1; time <= 2; time++) {
      const consent = await browser.go(page);
      expect(consent.status).toBe(200);
      expect(consent.headers.get('set-cookie')).toBeNull();
      expect(await consent.text()).toContain(`${page}/consent`);
    }
    expect(await (await house().loginObjects.person(person.subjectId)).sessions()).toEqual([]);
    const done = await browser.post(`${page}/consent`, { decision: 'allow' });
    expect(done.headers.get('set-cookie')).toContain('__Host-session=');
    expect(await (await house().loginObjects.person(person.subjectId)).sessions()).toHaveLength(1);
    const tokens = (await (
      await exchange(client, { code: codeOf(new URL(done.headers.get('location') ?? '')) })
    ).json()) as Record<string, string>;
    expect(claimsIn(tokens['id_token'] ?? '')).toMatchObject({
      acr: 'urn:tawthiq:loa:substantial',
      amr: ['pop', 'user', 'mfa'],
    });
  });

  it('oidcc-codereuse, oidcc-codereuse-30seconds: of fifty redemptions of one code exactly one wins, and a late one revokes what it gave', async () => {
    const person = await aPerson();
    await withPassword(person, 'fifty.times');
    const client = await aClient();
    const code = codeOf(await logIn(new Browser(), client, 'fifty.times'));
    // Time stands still while they come: those that come late are for the end.
    vi.useFakeTimers({ toFake: ['Date'] });
    const answers = await Promise.all(Array.from({ length: 50 }, () => exchange(client, { code })));
    const won = answers.filter((answer) => answer.status === 200);
    expect(won).toHaveLength(1);
    const { access_token } = (await (won[0] as Response).json()) as { access_token: string };
    const ask = () =>
      exports.default.fetch(`${issuer}/userinfo`, { headers: { Authorization: `Bearer ${access_token}` } });
    expect((await ask()).status).toBe(200);
    vi.setSystemTime(Date.now() + 1600);
    expect((await exchange(client, { code })).status).toBe(400);
    expect((await ask()).status).toBe(401);
  });
});
