import { beforeAll, describe, expect, it } from 'vitest';
import { walletPaths } from '../../../shared/contract/wallet.ts';
import { blockedBecause } from '../../../worker/authn/blocklist.ts';
import { normaliseUsername } from '../../../worker/authn/username.ts';
import {
  aClient,
  aPerson,
  aSetupCode,
  authorizeUrl,
  Browser,
  postJson,
  type TestClient,
  withPassword,
  withSigningKey,
} from '../openid/world.ts';

let client: TestClient;
beforeAll(async () => {
  await withSigningKey();
  client = await aClient();
});

const good = 'four words make a phrase';

async function loginSays(username: string, password: string): Promise<string> {
  const browser = new Browser();
  const page = (await browser.go(await authorizeUrl(client))).headers.get('location') ?? '';
  return (await browser.post(`${page}/password?lang=en`, { username, password })).text();
}

describe('user name and password by a setup code', () => {
  it.each([
    ['username_malformed', { username: '1012345678' }],
    ['username_malformed', { username: 'aـb' }],
    ['username_malformed', { username: 'rееm.mixed' }],
    ['password_too_short', { password: 'seven77' }],
    ['password_too_long', { password: 'long '.repeat(60) }],
    ['password_malformed', { password: `${good}\ud800` }],
    ['password_common', { password: 'Qwertyuiop' }],
    ['password_repeats', { password: 'abcabcabcabcabc' }],
    ['password_sequence', { password: 'zyxwvutsrqponmlk' }],
    ['password_is_username', { password: 'reasons.tested99' }],
    ['password_is_service', { password: 'tawthiq123!' }],
    ['setup_code_unknown', { setupCode: 'fff'.padEnd(25, 'A') }],
  ])('%s is said when it is so', async (reason, changed) => {
    const { setupCode } = await aPerson();
    const answer = await postJson(walletPaths.password, {
      setupCode,
      username: 'reasons.tested',
      password: good,
      ...changed,
    });
    expect(((await answer.json()) as { reason: string }).reason).toBe(reason);
  });

  it("a name is one person's, in every spelling of it; a code sets one password", async () => {
    const [one, two] = [await aPerson(), await aPerson()];
    await withPassword(one, 'Only.One');
    const taken = await postJson(walletPaths.password, {
      setupCode: two.setupCode,
      username: 'ｏnly.one',
      password: good,
    });
    expect(((await taken.json()) as { reason: string }).reason).toBe('username_taken');
    const used = await postJson(walletPaths.password, {
      setupCode: one.setupCode,
      username: 'only.two',
      password: good,
    });
    expect(((await used.json()) as { reason: string }).reason).toBe('setup_code_used');
    await withPassword(two, 'only.two');
  });

  it('a new password takes the place of the one before', async () => {
    const person = await aPerson();
    await withPassword(person, 'new.password');
    const setupCode = await aSetupCode(person.subjectId);
    await withPassword({ ...person, setupCode }, 'new.password', 'another phrase of words');
    expect(await loginSays('new.password', good)).toContain('is wrong');
    expect(await loginSays('new.password', 'another phrase of words')).toBe('');
  });

  it('eight characters are enough beside a second factor and not alone', async () => {
    const person = await aPerson();
    await withPassword(person, 'short.password', 'k7#vQ2!m');
    expect(await loginSays('short.password', 'k7#vQ2!m')).toContain('too short to be enough by itself');
  });

  it('the sixth try in a row must wait, also for a name that nobody has, and the right password waits too', async () => {
    await withPassword(await aPerson(), 'waits.longer');
    for (const name of ['waits.longer', 'nobody.has.this']) {
      for (let i = 0; i < 5; i++) expect(await loginSays(name, 'wrong wrong wrong')).toContain('is wrong');
      expect(await loginSays(name, good)).toMatch(/Wait \d+ (second|minute)/);
    }
  });

  it('a closed or suspended account is told so after its password', async () => {
    for (const state of ['suspended', 'closed']) {
      await withPassword(await aPerson({ state }), `account.${state}`);
      expect(await loginSays(`account.${state}`, good)).toContain(state);
    }
  });
});

describe('names and blocked passwords', () => {
  it('names are compared in NFKC and lower case, and keep to one script', () => {
    expect(normaliseUsername(' Reem.Al-Otaibi ')).toEqual({ ok: true, value: 'reem.al-otaibi' });
    expect(normaliseUsername('ريم_خالد')).toMatchObject({ ok: true });
    for (const name of ['abc', 'ريمa', '.dots', 'a'.repeat(33), '\ud800abc'])
      expect(normaliseUsername(name).ok).toBe(false);
  });

  it('a long phrase may hold a common word', () => {
    expect(blockedBecause('my password is a long story', 'reem')).toBeUndefined();
  });
});
