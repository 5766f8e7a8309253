// Consent claim by claim: each with its purpose and its end, kept back, remembered, taken back.
import { exports } from 'cloudflare:workers';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { formatDate } from '../../../shared/i18n/format.ts';
import { givenBefore, purposeHash } from '../../../worker/openid/consent.ts';
import { texts } from '../../../worker/openid/pages/texts.ts';
import { noAskedClaims } from '../../../worker/openid/scopes.ts';
import { civilDateAt } from '../../../worker/registry/calendar.ts';
import {
  aClient,
  aPerson,
  authorizeUrl,
  Browser,
  databaseOf,
  exchange,
  house,
  issuer,
  password,
  type TestClient,
  type TestPerson,
  withPassword,
  withSigningKey,
} from './world.ts';

const purposes = {
  name: { ar: 'لكتابته على البطاقة', en: 'to print it on the card' },
  gender: { ar: 'للإحصاء', en: 'for statistics' },
};
let count = 0;
let client: TestClient;

beforeAll(withSigningKey);
afterEach(() => vi.restoreAllMocks());

/** Somebody new at a service of their own, before the consent page. */
async function visitor(policy: Record<string, unknown> = { purposes }) {
  client = await aClient({ grant_types: ['authorization_code', 'refresh_token'] }, policy);
  const person = await aPerson();
  const username = `consent.${++count}`;
  await withPassword(person, username);
  return { person, username, browser: new Browser() };
}

type Extra = Record<string, string | undefined>;
const asking = (userinfo: Record<string, unknown>): Extra => ({ claims: JSON.stringify({ userinfo }) });
const nameAndGender = asking({ name: null, gender: null });

/** Opens the consent page of a new login. */
async function consentPage(browser: Browser, username: string, extra: Extra) {
  const at =
    (await browser.go(await authorizeUrl(client, { prompt: 'login', ...extra }))).headers.get('location') ?? '';
  await browser.post(`${at}/password`, { username, password });
  const html = await (await browser.go(at)).text();
  return { at, html };
}
async function userinfoOf(location: string): Promise<Record<string, unknown>> {
  const code = new URL(location).searchParams.get('code') ?? '';
  const { access_token } = (await (await exchange(client, { code })).json()) as Record<string, string>;
  const answer = await exports.default.fetch(`${issuer}/userinfo`, {
    headers: { Authorization: `Bearer ${access_token}` },
  });
  const { sub: _, ...claims } = (await answer.json()) as Record<string, unknown>;
  return claims;
}
const answer = async (browser: Browser, at: string, form: Record<string, string>) =>
  (await browser.post(`${at}/consent`, { decision: 'allow', ...form })).headers.get('location') ?? '';
const silently = async (browser: Browser, extra: Extra) =>
  (await browser.go(await authorizeUrl(client, { prompt: 'none', ...extra }))).headers.get('location') ?? '';

describe('the consent page', () => {
  it.each(['ar', 'en'] as const)(
    'names each claim with its purpose, a box and the day it is remembered to (%s)',
    async (locale) => {
      const { browser, username } = await visitor({ purposes, consentDays: 30 });
      const asked = asking({ name: { essential: true }, 'name#ar': null, gender: null, birthdate: null });
      const { html } = await consentPage(browser, username, { ...asked, ui_locales: locale });
      const t = texts[locale];
      expect(html).toContain(`${t.consentWhy}: ${purposes.name[locale]}`);
      expect(html).toContain(`${t.consentWhy}: ${purposes.gender[locale]}`);
      // What the service gave no reason for is said to have none.
      expect(html).toContain(`<span id="claim.birthdate.why">${t.consentNoReason}</span>`);
      expect(html.match(/type="checkbox" id="claim\.\w+"/g)).toEqual([
        'type="checkbox" id="claim.gender"',
        'type="checkbox" id="claim.birthdate"',
      ]);
      expect(html).toContain(t.consentNeeded);
      const day = civilDateAt((Math.floor(Date.now() / 1000) + 30 * 86_400) as never);
      expect(html).toContain(t.consentUntil.replace('{day}', formatDate(locale, day)));
    },
  );

  it('has no box and no word of boxes where nothing is asked but who it is', async () => {
    const { browser, username } = await visitor();
    const { html } = await consentPage(browser, username, { ui_locales: 'en' });
    expect(html).toContain(texts.en.consentOnly);
    expect(html).not.toMatch(/checkbox|name="boxes"/);
    expect(html).not.toContain(texts.en.consentChoose);
  });
});

describe('a claim that is kept back', () => {
  it('is not given, is not asked for again, and the rest is', async () => {
    const { browser, username } = await visitor();
    const { at } = await consentPage(browser, username, nameAndGender);
    expect(await userinfoOf(await answer(browser, at, { boxes: 'yes', 'claim.name': 'yes' }))).toEqual({
      name: 'سارة بنت أحمد',
    });
    expect(await userinfoOf(await silently(browser, nameAndGender))).toEqual({ name: 'سارة بنت أحمد' });
    const again = await consentPage(browser, username, { ...nameAndGender, prompt: 'login consent' });
    expect(again.html).toMatch(/id="claim\.name" name="claim\.name" value="yes" checked=""/);
    expect(again.html).toMatch(/id="claim\.gender" name="claim\.gender" value="yes" aria/);
  });

  it('is asked for again once the service cannot do without it, and then has no box', async () => {
    const { browser, username } = await visitor();
    const { at } = await consentPage(browser, username, nameAndGender);
    await answer(browser, at, { boxes: 'yes', 'claim.name': 'yes' });
    const must = asking({ name: null, gender: { essential: true } });
    expect(await silently(browser, must)).toContain('consent_required');
    const again = await consentPage(browser, username, must);
    expect(again.html).not.toContain('id="claim.gender"');
    expect(await userinfoOf(await answer(browser, again.at, { boxes: 'yes' }))).toEqual({ gender: 'female' });
  });

  it('stays out of verified_claims and of the ID token', async () => {
    const { browser, username } = await visitor();
    const both = { verification: { trust_framework: null }, claims: { name: null, gender: null } };
    const { at } = await consentPage(browser, username, asking({ verified_claims: both }));
    const userinfo = await userinfoOf(await answer(browser, at, { boxes: 'yes', 'claim.name': 'yes' }));
    expect(userinfo['verified_claims']).toMatchObject({ claims: { name: 'سارة بنت أحمد' } });
    expect(JSON.stringify(userinfo)).not.toContain('female');
  });
});

describe('a yes', () => {
  it('to the page as a whole is one to all of it', async () => {
    const { browser, username } = await visitor();
    const { at } = await consentPage(browser, username, nameAndGender);
    expect(await userinfoOf(await answer(browser, at, {}))).toEqual({ name: 'سارة بنت أحمد', gender: 'female' });
  });

  it('is to the purpose that was read: of another one it says nothing', async () => {
    const { browser, username, person } = await visitor();
    await answer(browser, (await consentPage(browser, username, nameAndGender)).at, {});
    expect(await silently(browser, nameAndGender)).toContain('code=');
    const consent = await house().consents.find(person.subjectId, client.id, house().now());
    const other = { ar: 'للإعلان', en: 'for advertisements' };
    const asked = { ...noAskedClaims, userinfo: ['name', 'gender'] };
    const answersFor = (changed: typeof purposes) =>
      givenBefore(consent, { policy: { purposes: changed } }, ['openid'], asked);
    expect(answersFor(purposes)).toEqual(['name', 'gender']);
    expect(answersFor({ ...purposes, gender: other })).toBeUndefined();
    // As if the service had changed its words since.
    await databaseOf(person.subjectId)
      .prepare("UPDATE consents SET granted = json_set(granted, '$.claims.gender.why', ?) WHERE client_id = ?")
      .bind(purposeHash({ policy: { purposes: { gender: other } } }, 'gender'), client.id)
      .run();
    expect(await silently(browser, nameAndGender)).toContain('consent_required');
    // Of the other claim nothing changed.
    expect(await silently(browser, asking({ name: null }))).toContain('code=');
  });

  it('to more leaves what was said before, each to its own day', async () => {
    const { browser, username } = await visitor({ purposes, consentDays: 2 });
    await answer(browser, (await consentPage(browser, username, asking({ name: null }))).at, {});
    const start = Date.now();
    const clock = vi.spyOn(Date, 'now').mockReturnValue(start + 86_400_000);
    await answer(browser, (await consentPage(browser, username, asking({ gender: null }))).at, {});
    expect(await silently(browser, nameAndGender)).toContain('code=');
    clock.mockReturnValue(start + 2.5 * 86_400_000);
    const later = await consentPage(browser, username, asking({ gender: null, name: null }));
    expect(later.html).toContain('id="claim.name"');
    expect(await silently(browser, asking({ gender: null }))).toContain('code=');
    expect(await silently(browser, asking({ name: null }))).toContain('consent_required');
  });

  it('ends what lives on by it: no refresh token is good for longer, and the first day that comes counts', async () => {
    const { browser, username } = await visitor({ purposes, consentDays: 2 });
    const start = Date.now();
    const clock = vi.spyOn(Date, 'now').mockReturnValue(start);
    const tokensOf = async (location: string) => {
      const code = new URL(location).searchParams.get('code') ?? '';
      return (await (await exchange(client, { code })).json()) as Record<string, string>;
    };
    const refresh = async (refresh_token = '') => exchange(client, { grant_type: 'refresh_token', refresh_token });
    const offline = { scope: 'openid offline_access' };
    const named = { ...asking({ name: null }), ...offline };
    const first = await tokensOf(await answer(browser, (await consentPage(browser, username, named)).at, {}));
    // A day later: no page is asked, and the claim is good for one day more.
    clock.mockReturnValue(start + 86_400_000);
    const page = await consentPage(browser, username, { ...asking({ gender: null }), ...offline });
    await answer(browser, page.at, {});
    const both = await tokensOf(await silently(browser, { ...nameAndGender, ...offline }));
    const gender = await tokensOf(await silently(browser, { ...asking({ gender: null }), ...offline }));
    clock.mockReturnValue(start + 1.9 * 86_400_000);
    const living = (await (await refresh(first['refresh_token'])).json()) as Record<string, string>;
    clock.mockReturnValue(start + 2.1 * 86_400_000);
    for (const dead of [living['refresh_token'], both['refresh_token']])
      expect(await (await refresh(dead)).json()).toMatchObject({ error: 'invalid_grant' });
    expect((await refresh(gender['refresh_token'])).status).toBe(200);
  });

  it('of before claims had purposes is asked for once more', async () => {
    const { browser, username, person } = await visitor();
    const old = { scopes: ['openid'], claims: ['name', 'gender'] };
    await databaseOf(person.subjectId)
      .prepare('INSERT INTO consents (subject_id, client_id, granted, granted_at, expires_at) VALUES (?, ?, ?, 1, ?)')
      .bind(person.subjectId, client.id, JSON.stringify(old), 9e9)
      .run();
    await answer(browser, (await consentPage(browser, username, nameAndGender)).at, {});
    expect(await silently(browser, nameAndGender)).toContain('code=');
  });
});

describe('one claim taken back', () => {
  const listed = async ({ subjectId }: TestPerson) =>
    (await house().consents.list(subjectId, Math.floor(Date.now() / 1000) as never)).map(({ claims }) =>
      Object.keys(claims),
    );

  it('on the account page: it is gone, the rest stands, and what had it in it has ended', async () => {
    const { browser, username, person } = await visitor();
    const asked = { scope: 'openid profile', prompt: 'login' };
    const location = await answer(browser, (await consentPage(browser, username, asked)).at, {});
    const code = new URL(location).searchParams.get('code') ?? '';
    const { access_token } = (await (await exchange(client, { code })).json()) as Record<string, string>;
    const account = await (await browser.go('/account?lang=en')).text();
    expect(account).toContain(`value="${client.id} gender"`);
    const taken = await browser.post('/account/withdraw-claim?lang=en', { object: `${client.id} name` });
    expect(taken.headers.get('location')).toContain('claim_withdrawn');
    // Every spelling of it.
    expect(await listed(person)).toEqual([['birthdate', 'gender', 'nationalities']]);
    const userinfo = await exports.default.fetch(`${issuer}/userinfo`, {
      headers: { Authorization: `Bearer ${access_token}` },
    });
    expect(userinfo.status).toBe(401);
    expect(await silently(browser, asking({ name: null }))).toContain('consent_required');
    expect(await silently(browser, asking({ gender: null }))).toContain('code=');
    const told = await (await browser.go('/account?lang=en')).text();
    expect(told).toContain('permission was taken back: <bdi>Sample, Name</bdi>');
    const again = await browser.post('/account/withdraw-claim?lang=en', { object: `${client.id} name` });
    expect(again.status).toBe(422);
  });
});
