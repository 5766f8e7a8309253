// The person's own page: what it shows, what each button does, and how surely one must have logged in for it.
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { epochSeconds } from '../../../shared/base/brands.ts';
import { formatDate } from '../../../shared/i18n/format.ts';
import { civilDateAt } from '../../../worker/registry/calendar.ts';
import { accountTexts } from '../../../worker/wallet/account-texts.ts';
import {
  aClient,
  Browser,
  databaseOf,
  house,
  logIn,
  password,
  type TestClient,
  TestWallet,
  withSigningKey,
} from '../openid/world.ts';
import { aHolder, enterByNumber, enterByPassword, idOf, open, press } from './account-visit.ts';
import { heldRow } from './holding.ts';

const t = accountTexts.en;
let client: TestClient;
beforeAll(async () => {
  await withSigningKey();
  await house().keyRing.create('status', 'system');
  client = await aClient();
});

describe('the account page', () => {
  it('asks for a login of its own, without consent, and its code is worth nothing', async () => {
    const { browser, username } = await aHolder();
    const html = await enterByPassword(browser, username);
    expect(html).toContain(t.heading);
    expect(html).toContain(t.type.wallet_key);
    expect(html).not.toContain(t.notice.proven);
    const again = await enterByPassword(browser, username, '/account/login?lang=en&level=low');
    expect(again).toContain(t.notice.proven);
    expect((await house().clientCache.find('tawthiq-account', () => {}))?.metadata.token_endpoint_auth_method).toBe(
      'none',
    );
  });

  it('in Arabic reads from right to left, allows nothing from elsewhere, and shows no one else', async () => {
    const { browser, username, person } = await aHolder();
    await enterByPassword(browser, username);
    const answer = await browser.go('/account?lang=ar');
    const html = await answer.text();
    expect(html).toContain('<html lang="ar" dir="rtl">');
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(html).not.toContain('<script');
    expect(html).not.toContain(person.number);
    expect(html).not.toContain(person.subjectId);
  });

  it('lists logins, permissions and sessions, and ends them', async () => {
    const { browser, username, person, wallet } = await aHolder();
    await logIn(browser, client, username, { scope: 'openid profile' });
    const html = (await open(browser, '/account?lang=en')).html;
    expect(html.match(/<bdi>Sample<\/bdi>/g)?.length).toBeGreaterThanOrEqual(2);
    // As the consent page said it: a day, in Arabic in both calendars.
    const { expiresAt = 0 } = (await house().consents.find(person.subjectId, client.id, house().now())) ?? {};
    const day = civilDateAt(epochSeconds(expiresAt));
    const arabic = (await open(browser, '/account?lang=ar')).html;
    expect(formatDate('ar', day)).toMatch(/هـ\)$/);
    for (const [locale, shown] of [
      ['en', html],
      ['ar', arabic],
    ] as const) {
      const listed = shown.slice(shown.indexOf('id="consents"'), shown.indexOf('id="history"'));
      const days = [...listed.matchAll(/<time datetime="([^"]+)">([^<]+)<\/time>/g)].map(([, at, text]) => [
        at,
        text?.replace('\u00a0', ' '),
      ]);
      expect(days.length).toBeGreaterThan(1);
      for (const one of days) expect(one).toEqual([day, formatDate(locale, day)]);
    }
    const withdrawn = await press(browser, 'withdraw', { object: client.id });
    expect(withdrawn.html).toContain(t.notice.consent_withdrawn);
    expect(withdrawn.html).toContain(t.noConsents);
    expect((await press(browser, 'withdraw', { object: client.id })).html).toContain(t.notice.consent_unknown);
    const session = /name="object" value="([\w-]{22})"/.exec(html.slice(html.indexOf('id="sessions"')))?.[1] ?? '';
    expect((await press(browser, 'end-session', { object: 'no such session' })).html).toContain(
      t.notice.session_unknown,
    );
    await press(browser, 'end-session', { object: session });
    expect((await open(browser, '/account')).at).toMatch(/^\/login\//);
    expect((await wallet.notifications()).map(({ kind }) => kind)).toEqual([
      'session.ended',
      'consent.withdrawn',
      'authenticator.bound',
      'authenticator.bound',
    ]);
  });

  it('removes a way in only after a fresh login as strong, warns about the last of a level, and tells the person', async () => {
    const { browser, username, person, wallet } = await aHolder();
    await enterByPassword(browser, username);
    const id = await idOf(person, 'wallet_key');
    const weak = await press(browser, 'remove', { object: id, confirmed: 'yes' });
    expect([weak.status, weak.html.includes(t.freshTitle)]).toEqual([403, true]);
    await enterByNumber(browser, person, wallet);
    const asked = await press(browser, 'remove', { object: id });
    expect(asked.html).toContain(t.removeLast);
    expect(await idOf(person, 'wallet_key')).toBe(id);
    const statusIdx = await heldRow(person.subjectId, id);
    const done = await press(browser, 'remove', { object: id, confirmed: 'yes' });
    expect(done.html).toContain(t.notice.removed);
    expect(done.html).toContain(t.told['authenticator.removed']);
    expect(await idOf(person, 'wallet_key')).toBe('');
    const { statusEntries } = house();
    await expect.poll(async () => (await statusEntries.find(statusIdx))?.status).toBe(1);
    expect((await wallet.account('list')).status).toBe(401);
    expect((await press(browser, 'remove', { object: id })).html).toContain(t.notice.authenticator_unknown);
    const last = await press(browser, 'remove', { object: await idOf(person, 'password') });
    expect(last.html).toContain(t.removeLastNone);
  });

  it('five minutes after a login nothing is opened with it any more', async () => {
    const { browser, username, person } = await aHolder();
    await enterByPassword(browser, username);
    const objects = house().loginObjects;
    const [session] = await (await objects.person(person.subjectId)).sessions();
    if (!session) throw new Error('no session');
    const { isFresh } = await import('../../../worker/wallet/own-authenticators.ts');
    expect(isFresh(session, 'low', session.authTime + 300)).toBe(true);
    expect(isFresh(session, 'low', session.authTime + 301)).toBe(false);
    expect(isFresh(session, 'substantial', session.authTime)).toBe(false);
  });

  it('names a way in, and takes no name that cannot be seen', async () => {
    const { browser, username, person } = await aHolder();
    await enterByPassword(browser, username);
    const object = await idOf(person, 'wallet_key');
    expect((await press(browser, 'rename', { object, name: '  هاتف <b>أمي</b> ' })).html).toContain(
      'هاتف &lt;b&gt;أمي',
    );
    expect((await press(browser, 'rename', { object, name: '\u0000\u202e' })).html).toContain(t.notice.name_malformed);
    const stranger = await aHolder();
    const foreign = await idOf(stranger.person, 'wallet_key');
    const journalled = async () => {
      const query = "SELECT actor, detail FROM journal WHERE event = 'authenticator.renamed' AND object IN (?, ?)";
      return (await databaseOf(person.subjectId).prepare(query).bind(object, foreign).all()).results;
    };
    expect(await journalled()).toEqual([{ actor: `subject:${person.subjectId}`, detail: null }]);
    expect((await press(browser, 'rename', { object: foreign, name: 'mine' })).html).toContain(
      t.notice.authenticator_unknown,
    );
    expect(await journalled()).toHaveLength(1);
    expect((await press(browser, 'remove', { object: foreign })).html).toContain(t.notice.authenticator_unknown);
  });

  it('adds with a fresh login that is strong enough; what is added binds once', async () => {
    const { browser, username, person, wallet } = await aHolder();
    await enterByPassword(browser, username);
    expect((await press(browser, 'add', { object: 'wallet' })).html).toContain(t.freshTitle);
    expect((await press(browser, 'add', { object: 'credential' })).status).toBe(404);
    await enterByNumber(browser, person, wallet);
    const { html } = await press(browser, 'add', { object: 'wallet' });
    const code = /id="binding-code">([^<]+)</.exec(html)?.[1]?.replaceAll(' ', '') ?? '';
    const second = await TestWallet.bind(code);
    expect((await second.account('list')).status).toBe(200);
    await expect(TestWallet.bind(code)).rejects.toThrow('setup_code_used');
    const totp = await press(browser, 'add', { object: 'totp' });
    expect(totp.html).toContain('id="secret"');
    const told = (await open(browser, '/account?lang=en')).html.replaceAll(/<\/?bdi>/g, '');
    expect(told).toContain(`${t.told['setup_code.issued']}: ${t.adds.wallet}`);
    expect(told).toContain(t.lostPhone);
    const setPassword = await press(browser, 'add', { object: 'password' });
    expect(setPassword.html).toMatch(/id="code"[^>]*value="[\w-]{25}"/);
    expect(setPassword.html).not.toContain('id="passkey"');
  });

  it('a code of the page binds only what it was made for', async () => {
    const { browser, person, wallet } = await aHolder();
    await enterByNumber(browser, person, wallet);
    const { html } = await press(browser, 'add', { object: 'password' });
    const code = /id="code"[^>]*value="([\w-]{25})"/.exec(html)?.[1] ?? '';
    await expect(TestWallet.bind(code)).rejects.toThrow('setup_code_used');
  });

  it('refuses a press that did not come from it', async () => {
    const { browser, username } = await aHolder();
    await enterByPassword(browser, username);
    const answer = await browser.go('/account/recovery-codes?lang=en', {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded', Origin: 'https://elsewhere.example' },
      body: '',
    });
    expect([answer.status, (await answer.text()).includes(t.notice.not_ours)]).toEqual([422, true]);
  });

  it('a suspended account does not open it', async () => {
    const { browser, username, person } = await aHolder();
    await enterByPassword(browser, username);
    await databaseOf(person.subjectId)
      .prepare("UPDATE accounts SET state = 'suspended' WHERE subject_id = ?")
      .bind(person.subjectId)
      .run();
    expect((await open(browser, '/account')).at).toMatch(/\/account\/done/);
  });
});

describe('recovery codes on paper', () => {
  it('ten are shown once; one of them beside the password binds a new wallet, worth `substantial`, and is used up', async () => {
    const { browser, username, person, wallet } = await aHolder();
    await enterByNumber(browser, person, wallet);
    const { html } = await press(browser, 'recovery-codes');
    const codes = [...html.matchAll(/<li>([a-z2-7-]{19})<\/li>/g)].map(([, code = '']) => code);
    expect(codes).toHaveLength(10);
    const kept = await databaseOf(person.subjectId)
      .prepare("SELECT data FROM authenticators WHERE subject_id = ? AND type = 'recovery_code'")
      .bind(person.subjectId)
      .first<{ data: string }>();
    for (const code of codes) expect(kept?.data).not.toContain(code.replaceAll('-', ''));

    const elsewhere = new Browser();
    const recover = (code: string, secret = password) =>
      elsewhere.post('/recover?lang=en', { username, password: secret, code });
    for (const refused of [await recover(codes[0] ?? '', 'not the password at all'), await recover('123456')])
      expect([refused.status, (await refused.text()).includes(t.recoverWrong)]).toEqual([422, true]);
    const done = await recover(codes[0]?.toUpperCase() ?? '');
    expect(done.status).toBe(200);
    const setupCode = /id="code" value="([\w-]{25})"/.exec(await done.text())?.[1] ?? '';
    const recovered = await TestWallet.bind(setupCode);
    expect((await recovered.account('list')).status).toBe(200);
    expect((await recover(codes[0] ?? '')).status).toBe(422);
    expect((await recovered.notifications()).slice(0, 2).map(({ kind }) => kind)).toEqual([
      'authenticator.bound',
      'recovery.code_used',
    ]);
    expect((await open(browser, '/account?lang=en')).html).toContain(`${t.codesLeft}: 9`);
  });

  it('of many who use one code at once, one wins', async () => {
    const { browser, username, person, wallet } = await aHolder();
    await enterByNumber(browser, person, wallet);
    const { html } = await press(browser, 'recovery-codes');
    const [code = ''] = [...html.matchAll(/<li>([a-z2-7-]{19})<\/li>/g)].map(([, one = '']) => one);
    const tried = await Promise.all(
      Array.from({ length: 4 }, () => new Browser().post('/recover?lang=en', { username, password, code })),
    );
    expect(tried.filter(({ status }) => status === 200)).toHaveLength(1);
  });
});

describe('what people are told', () => {
  it('goes to the gateway’s queue as codes and an inner handle, once', async () => {
    const { person } = await aHolder();
    const sent: unknown[] = [];
    const { Notifications } = await import('../../../worker/store/notifications.ts');
    const shards = [env.SHARD_0, env.SHARD_1, env.SHARD_2, env.SHARD_3];
    const notifications = new Notifications(shards, {
      sendBatch: async (messages) => {
        for (const { body } of messages) sent.push(body);
        return { metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } } } as never;
      },
    });
    await notifications.handOn();
    const mine = sent.filter((one) => (one as { account: string }).account === person.subjectId);
    expect(mine).toMatchObject([
      { v: 1, kind: 'authenticator.bound', detail: { type: 'password' } },
      { v: 1, kind: 'authenticator.bound', detail: { type: 'wallet_key' } },
    ]);
    expect(JSON.stringify(sent)).not.toContain(person.number);
    expect(await notifications.handOn()).toBe(0);
  });
});
