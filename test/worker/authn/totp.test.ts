// The authenticator app and recovery codes, from the setup code to the token. Expected codes come from RFC 6238's own appendix.
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { decodeBase64Url } from '../../../shared/bytes/base64url.ts';
import { encodeUtf8 } from '../../../shared/bytes/text.ts';
import { hotp } from '../../../shared/crypto/hotp.ts';
import { base32 } from '../../../worker/authn/base32.ts';
import { stepOf } from '../../../worker/authn/totp.ts';
import {
  aClient,
  aPerson,
  aSetupCode,
  authorizeUrl,
  Browser,
  claimsIn,
  databaseOf,
  exchange,
  house,
  type TestClient,
  type TestPerson,
  withPassword,
  withSigningKey,
} from '../openid/world.ts';

let client: TestClient;
beforeAll(async () => {
  await withSigningKey();
  client = await aClient();
});
// Codes hold for half a minute: here time stands in the middle of one.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: (Math.floor(Date.now() / 30_000) + 0.5) * 30_000 });
});
afterEach(() => vi.useRealTimers());

const short = 'k7#vQ2!m';
const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';

function bytesOf(secret: string): Uint8Array {
  const bits = [...secret].map((char) => alphabet.indexOf(char).toString(2).padStart(5, '0')).join('');
  return Uint8Array.from(bits.match(/.{8}/g) ?? [], (byte) => Number.parseInt(byte, 2));
}

const step = () => Math.floor(Date.now() / 30_000);

type App = { readonly secret: Uint8Array; readonly recovery: readonly string[]; readonly used: number };

async function bindApp(person: TestPerson): Promise<App> {
  const browser = new Browser();
  const shown = await (await browser.post('/setup/totp?lang=en', { code: person.setupCode })).text();
  const secret = bytesOf((/id="secret">([a-z2-7 ]+)</.exec(shown)?.[1] ?? '').replaceAll(' ', ''));
  expect(secret.length).toBe(20);
  const wrong = await browser.post('/setup/totp?lang=en', { code: person.setupCode, otp: '00000x' });
  expect(wrong.status).toBe(422);
  // One step back, so that this step's code is left for a login.
  const used = step() - 1;
  const done = await browser.post('/setup/totp?lang=en', { code: person.setupCode, otp: await hotp(secret, used) });
  expect(done.status).toBe(200);
  const recovery = [...(await done.text()).matchAll(/<li>([a-z2-7-]{19})<\/li>/g)].map(([, code]) => code ?? '');
  return { secret, recovery, used };
}

/** What comes of one try: the page's words, or the ID token's claims. */
async function tryLogin(username: string, password: string, otp: string): Promise<Record<string, unknown>> {
  const browser = new Browser();
  const page = (await browser.go(await authorizeUrl(client))).headers.get('location') ?? '';
  let done = await browser.post(`${page}/password?lang=en`, { username, password, otp });
  if (done.status === 200) return { page: await done.text() };
  if (done.headers.get('location')?.startsWith('/login/'))
    done = await browser.post(`${page}/consent`, { decision: 'allow' });
  const code = new URL(done.headers.get('location') ?? '').searchParams.get('code') ?? '';
  return claimsIn(((await (await exchange(client, { code })).json()) as { id_token: string }).id_token);
}

describe('one-time codes', () => {
  it('are those of RFC 6238 appendix B, in six digits', async () => {
    const secret = encodeUtf8('12345678901234567890');
    const known: [number, string][] = [
      [59, '287082'],
      [1111111109, '081804'],
      [1234567890, '005924'],
      [20000000000, '353130'],
    ];
    for (const [time, code] of known) expect(await hotp(secret, Math.floor(time / 30))).toBe(code);
  });

  it('hold now and one step back, not before, not ahead, and not when used', async () => {
    const secret = encodeUtf8('12345678901234567890');
    const at = 1_000_000;
    const current = Math.floor(at / 30);
    const holds = async (offset: number, lastStep = 0) =>
      (await stepOf(secret, await hotp(secret, current + offset), at, lastStep)) !== undefined;
    expect(await Promise.all([-2, -1, 0, 1].map((offset) => holds(offset)))).toEqual([false, true, true, false]);
    expect([await holds(0, current), await holds(-1, current - 1), await holds(0, current - 1)]).toEqual([
      false,
      false,
      true,
    ]);
  });

  it('base32 is that of RFC 4648', () => {
    expect(base32(encodeUtf8('fooba'))).toBe('mzxw6ytb');
  });
});

describe('a password with a second factor', () => {
  it('a short password and a code reach substantial, once for a code; the secret is sealed', async () => {
    const person = await aPerson();
    await withPassword(person, 'totp.short', short);
    const { secret, recovery, used } = await bindApp(person);
    expect(new Set(recovery).size).toBe(10);
    expect((await tryLogin('totp.short', short, ''))['page']).toContain('too short to be enough');
    expect((await tryLogin('totp.short', short, await hotp(secret, used)))['page']).toContain('is wrong');
    const code = await hotp(secret, step());
    expect((await tryLogin('totp.short', 'k7#vQ2!x', code))['page']).toContain('is wrong');
    expect(await tryLogin('totp.short', short, code)).toMatchObject({
      acr: 'urn:tawthiq:loa:substantial',
      amr: ['pwd', 'otp', 'mfa'],
    });
    expect((await tryLogin('totp.short', short, code))['page']).toContain('is wrong');
    const row = await databaseOf(person.subjectId)
      .prepare("SELECT data FROM authenticators WHERE subject_id = ? AND type = 'totp'")
      .bind(person.subjectId)
      .first<{ data: string }>();
    const sealed = decodeBase64Url((JSON.parse(row?.data ?? '{}') as { sealed: string }).sealed);
    expect(sealed.ok && sealed.value.join().includes(secret.join())).toBe(false);
    expect(row?.data).not.toContain(recovery[0]?.replaceAll('-', ''));
  });

  it('a recovery code is good once, earns no more than low, and another is still good', async () => {
    const person = await aPerson();
    await withPassword(person, 'totp.recovery', short);
    const { recovery } = await bindApp(person);
    const [first = '', second = ''] = recovery;
    expect(await tryLogin('totp.recovery', short, first)).toMatchObject({ acr: 'urn:tawthiq:loa:low' });
    expect((await tryLogin('totp.recovery', short, first))['page']).toContain('is wrong');
    expect(await tryLogin('totp.recovery', short, second)).toMatchObject({ acr: 'urn:tawthiq:loa:low' });
  });

  it('one code in four logins at once begins one', async () => {
    const person = await aPerson();
    await withPassword(person, 'totp.race', short);
    const { recovery } = await bindApp(person);
    const tries = await Promise.all(Array.from({ length: 4 }, () => tryLogin('totp.race', short, recovery[0] ?? '')));
    expect(tries.filter((claims) => 'acr' in claims).length).toBe(1);
  });

  it('wrong codes count as wrong passwords do, and the right one waits too', async () => {
    const person = await aPerson();
    await withPassword(person, 'totp.guess', short);
    const { secret } = await bindApp(person);
    for (let i = 0; i < 5; i++) expect((await tryLogin('totp.guess', short, 'wrong'))['page']).toContain('is wrong');
    expect((await tryLogin('totp.guess', short, await hotp(secret, step())))['page']).toMatch(
      /Wait \d+ (second|minute)/,
    );
  });

  it('a person has one set of codes: a second app gives none while some are left, and ten when none is', async () => {
    const person = await aPerson();
    await withPassword(person, 'totp.one.set', short);
    const { recovery } = await bindApp(person);
    const database = databaseOf(person.subjectId);
    const sets = async () => {
      const rows = await database
        .prepare(
          "SELECT json_array_length(data, '$.left') AS n FROM authenticators WHERE subject_id = ? AND type = 'recovery_code' AND state = 'bound'",
        )
        .bind(person.subjectId)
        .all<{ n: number }>();
      return rows.results.map(({ n }) => n);
    };
    expect([recovery.length, await sets()]).toEqual([10, [10]]);
    const second = await bindApp({ ...person, setupCode: await aSetupCode(person.subjectId) });
    expect([second.recovery, await sets()]).toEqual([[], [10]]);
    // Those of the first app's day are good beside the second.
    expect(await tryLogin('totp.one.set', short, recovery[3] ?? '')).toMatchObject({ acr: 'urn:tawthiq:loa:low' });
    await database
      .prepare("UPDATE authenticators SET data = '{\"left\":[]}' WHERE subject_id = ? AND type = 'recovery_code'")
      .bind(person.subjectId)
      .run();
    const third = await bindApp({ ...person, setupCode: await aSetupCode(person.subjectId) });
    expect([third.recovery.length, await sets()]).toEqual([10, [10]]);
    expect((await tryLogin('totp.one.set', short, recovery[4] ?? ''))['page']).toContain('is wrong');
    const told = await house().notifications.ofSubject(person.subjectId, Number.MAX_SAFE_INTEGER, 50);
    expect(told.filter(({ kind }) => kind === 'recovery.codes_made')).toHaveLength(2);
  });

  it('a code binds one app', async () => {
    const person = await aPerson();
    await bindApp(person);
    const again = await new Browser().post('/setup/totp?lang=en', { code: person.setupCode });
    expect(await again.text()).toContain('used for this already');
  });
});
