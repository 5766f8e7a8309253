// A phone is lost and there is no other: password and a code take it away, on the account page or by one call, and bind nothing.
import { beforeAll, describe, expect, it } from 'vitest';
import { walletPaths } from '../../../shared/contract/wallet.ts';
import { accountTexts } from '../../../worker/wallet/account-texts.ts';
import {
  aSetupCode,
  Browser,
  databaseOf,
  house,
  password,
  postJson,
  type TestPerson,
  TestWallet,
  withSigningKey,
} from '../openid/world.ts';
import { aHolder, enterByNumber, enterByPassword, idOf, open, press } from './account-visit.ts';
import { heldRow } from './holding.ts';

const t = accountTexts.en;
beforeAll(async () => {
  await withSigningKey();
  await house().keyRing.create('status', 'system');
});

describe('a phone that is lost, by a person who holds no other', () => {
  /** Somebody whose way in beside the phone is a password, and whose ten codes are on paper. */
  async function aLoser() {
    const held = await aHolder();
    await enterByNumber(held.browser, held.person, held.wallet);
    const { html } = await press(held.browser, 'recovery-codes');
    const codes = [...html.matchAll(/<li>([a-z2-7-]{19})<\/li>/g)].map(([, code = '']) => code);
    return { ...held, codes, phone: await idOf(held.person, 'wallet_key'), browser: new Browser() };
  }
  async function enterByCode(browser: Browser, username: string, otp: string): Promise<string> {
    const { at } = await open(browser, '/account/login?lang=en&level=low');
    const answer = await browser.post(`${at.split('?')[0]}/password`, { username, password, otp });
    return (await open(browser, answer.headers.get('location') ?? '')).html;
  }
  const removedOf = async (person: TestPerson) => {
    const { entries } = await house().journal.read({ limit: 500, event: 'authenticator.removed' });
    return entries.filter(({ subjectId }) => subjectId === person.subjectId);
  };

  it('is removed after a login with the password and a code on paper; the same login binds nothing in its place', async () => {
    const { browser, username, person, wallet, codes, phone } = await aLoser();
    const shown = await heldRow(person.subjectId, phone);
    await enterByPassword(browser, username);
    const refused = await press(browser, 'remove', { object: phone });
    expect([refused.status, refused.html.includes(t.lostTitle)]).toEqual([403, true]);
    expect(await enterByCode(browser, username, codes[0] ?? '')).toContain(t.notice.proven);
    for (const object of ['wallet', 'passkey', 'totp']) {
      expect((await press(browser, 'add', { object })).status).toBe(403);
    }
    expect((await press(browser, 'recovery-codes')).status).toBe(403);
    const sure = await press(browser, 'remove', { object: phone });
    expect(sure.html).toContain(t.removeTitle);
    const done = await press(browser, 'remove', { object: phone, confirmed: 'yes' });
    expect(done.html).toContain(t.notice.removed);
    expect((await wallet.account('list')).status).toBe(401);
    await expect.poll(async () => (await house().statusEntries.find(shown))?.status).toBe(1);
    expect(await removedOf(person)).toMatchObject([
      { actor: `subject:${person.subjectId}`, object: phone, detail: { type: 'wallet_key' } },
    ]);
    expect(done.html).toContain(t.told['authenticator.removed']);
  });

  it('stays after a login with the password alone; a passkey stays with the code too', async () => {
    const { browser, username, person, codes, phone } = await aLoser();
    await enterByCode(browser, username, codes[0] ?? '');
    const passkey = `${person.subjectId.slice(0, 3)}a-passkey-of-a-test`;
    await databaseOf(person.subjectId)
      .prepare(
        `INSERT INTO authenticators (id, subject_id, type, name, state, data, created_at)
         VALUES (?1, ?2, 'passkey', '', 'bound', ?3, 1)`,
      )
      .bind(passkey, person.subjectId, JSON.stringify({ deviceBound: true }))
      .run();
    const refused = await press(browser, 'remove', { object: passkey });
    expect([refused.status, refused.html.includes(t.lostTitle)]).toEqual([403, false]);
    await enterByPassword(browser, username, '/account/login?lang=en&level=low');
    expect((await press(browser, 'remove', { object: phone, confirmed: 'yes' })).status).toBe(403);
    expect(await removedOf(person)).toEqual([]);
  });

  const lost = (username: string, code: string, secret = password) =>
    postJson(walletPaths.lost, { username, password: secret, code });

  it('is removed by one call with user name, password and a code, all wallets at once, and the person is told', async () => {
    const { username, person, wallet, codes } = await aLoser();
    const second = await TestWallet.bind(await aSetupCode(person.subjectId));
    const done = await lost(username.toUpperCase(), codes[0]?.toUpperCase() ?? '');
    expect([done.status, await done.json()]).toEqual([200, { removed: 2 }]);
    for (const gone of [wallet, second]) expect((await gone.account('list')).status).toBe(401);
    expect(await removedOf(person)).toMatchObject([
      { actor: `subject:${person.subjectId}`, detail: { type: 'wallet_key', because: 'lost_phone' } },
    ]);
    const told = await databaseOf(person.subjectId)
      .prepare("SELECT count(*) AS n FROM notifications WHERE subject_id = ? AND kind = 'authenticator.removed'")
      .bind(person.subjectId)
      .first<{ n: number }>();
    expect(told?.n).toBe(1);
    // The code is used up; another one finds nothing to remove, and that is no failure.
    expect((await lost(username, codes[0] ?? '')).status).toBe(401);
    expect(await (await lost(username, codes[1] ?? '')).json()).toEqual({ removed: 0 });
  });

  it('is refused alike for a wrong name, password or code, and tries wait as at login', async () => {
    const { username, person, wallet, codes } = await aLoser();
    const [code = ''] = codes;
    const wrong = [lost('nobody.has.this', code), lost(username, code, 'not the password at all'), lost(username, ' ')];
    const said = await Promise.all(wrong.map(async (one) => [(await one).status, await (await one).text()]));
    expect(said[0]).toEqual([401, expect.stringContaining('credentials_wrong')]);
    expect([said[1], said[2]]).toEqual([said[0], said[0]]);
    for (let i = 0; i < 4; i++) await lost(username, 'aaaabbbbccccdddd');
    const waits = await lost(username, code);
    expect([waits.status, Number(waits.headers.get('retry-after')) > 0]).toEqual([429, true]);
    expect(await waits.json()).toMatchObject({ reason: 'too_many_tries' });
    expect((await wallet.account('list')).status).toBe(200);
    expect(await removedOf(person)).toEqual([]);
  });
});
