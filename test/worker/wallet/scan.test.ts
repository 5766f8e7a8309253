// The animated code: a page shows frames, a wallet reads one and answers the login it names.
import { beforeAll, describe, expect, it } from 'vitest';
import { frameStep, loginFrameGrace, loginFrameText, parseLoginFrame } from '../../../shared/contract/login-frame.ts';
import type { ScanAnswer } from '../../../shared/contract/wallet.ts';
import { hashSecret } from '../../../worker/logins/handle.ts';
import {
  aClient,
  aPerson,
  authorizeUrl,
  Browser,
  claimsIn,
  databaseOf,
  exchange,
  type TestClient,
  TestWallet,
  withSigningKey,
} from '../openid/world.ts';

let client: TestClient;
beforeAll(async () => {
  await withSigningKey();
  client = await aClient();
});

const reasonOf = async (response: Response) => ((await response.json()) as { reason: string }).reason;
const now = () => Math.floor(Date.now() / 1000);

/** A page that shows a code, and the frame of any moment, as the browser that holds the login would make it. */
async function aPage(extra: Record<string, string> = {}) {
  const browser = new Browser();
  const page = (await browser.go(await authorizeUrl(client, extra))).headers.get('location') ?? '';
  await browser.post(`${page}/scan`, {});
  const txn = page.split('/').at(-1) ?? '';
  const secret = browser.cookies().get(`__Host-login-${txn}`) ?? '';
  const frameAt = (seconds: number) => loginFrameText(hashSecret(secret), txn, frameStep(seconds));
  return { browser, page, txn, frameAt };
}
const scanned = async (response: Response) => (await response.json()) as ScanAnswer;

describe('a code on the login page', () => {
  it('is read by a wallet, which says who asks and from where; its approval logs the person in at `substantial`', async () => {
    const wallet = await TestWallet.bind((await aPerson()).setupCode);
    const { browser, page, frameAt } = await aPage({ acr_values: 'urn:tawthiq:loa:substantial' });
    const shown = await (await browser.go(`${page}?lang=en`)).text();
    expect(shown).toContain('Scan this code with the identity app');
    // Without a script the page itself asks again.
    expect(shown).toMatch(/<noscript><meta http-equiv="refresh"/);
    const svg = await browser.go(`${page}/code.svg`);
    expect(svg.headers.get('content-type')).toBe('image/svg+xml');
    expect(svg.headers.get('cache-control')).toBe('no-store');

    const { request, number } = await scanned(await wallet.scan(frameAt(now())));
    expect(request).toMatchObject({
      client: { id: client.id, name: { ar: 'خدمة تجريبية', en: 'Sample' } },
      purpose: 'تسجيل الدخول',
      digits: 6,
      acr: 'urn:tawthiq:loa:substantial',
    });
    const waiting = await (await browser.go(`${page}?lang=en`)).text();
    expect(waiting).toContain('Go on in the identity app');
    expect(waiting).not.toContain(number);
    expect((await wallet.answer(request, number)).status).toBe(200);
    await browser.go(page);
    const done = await browser.post(`${page}/consent`, { decision: 'allow' });
    const code = new URL(done.headers.get('location') ?? '').searchParams.get('code') ?? '';
    const tokens = (await (await exchange(client, { code })).json()) as { id_token: string };
    expect(claimsIn(tokens.id_token)).toMatchObject({
      acr: 'urn:tawthiq:loa:substantial',
      amr: ['pop', 'user', 'mfa'],
    });
  });

  it('changes: a frame is good for seconds, and one from the future is nobody’s', async () => {
    const wallet = await TestWallet.bind((await aPerson()).setupCode);
    const { frameAt } = await aPage();
    expect(frameAt(now())).not.toBe(frameAt(now() + 3));
    expect(await reasonOf(await wallet.scan(frameAt(now() - 3 * (loginFrameGrace + 2))))).toBe('frame_stale');
    expect(await reasonOf(await wallet.scan(frameAt(now() + 60)))).toBe('frame_stale');
    expect((await wallet.scan(frameAt(now() - 3))).status).toBe(200);
  });

  it('is taken by the first wallet: another is refused, the same one gets the same number again', async () => {
    const first = await TestWallet.bind((await aPerson()).setupCode);
    const second = await TestWallet.bind((await aPerson()).setupCode);
    const { frameAt } = await aPage();
    const { number } = await scanned(await first.scan(frameAt(now())));
    expect(await reasonOf(await second.scan(frameAt(now())))).toBe('frame_taken');
    expect((await scanned(await first.scan(frameAt(now())))).number).toBe(number);
  });

  it('is refused when it is forged, of a login that shows none, malformed, or read by an account that may not log in', async () => {
    const person = await aPerson();
    const wallet = await TestWallet.bind(person.setupCode);
    const { txn, frameAt, browser, page } = await aPage();
    expect(await reasonOf(await wallet.scan(loginFrameText('another secret', txn, frameStep(now()))))).toBe(
      'request_unknown',
    );
    expect(await reasonOf(await wallet.scan('TWL1:NOT A FRAME'))).toBe('frame_malformed');
    const elsewhere = loginFrameText(hashSecret('x'), 'A'.repeat(22), frameStep(now()));
    expect(await reasonOf(await wallet.scan(elsewhere))).toBe('request_unknown');
    await browser.post(`${page}/number`, { number: person.number });
    expect(await reasonOf(await wallet.scan(frameAt(now())))).toBe('request_unknown');
    await browser.post(`${page}/scan`, {});
    await databaseOf(person.subjectId)
      .prepare("UPDATE accounts SET state = 'suspended' WHERE subject_id = ?")
      .bind(person.subjectId)
      .run();
    expect(await reasonOf(await wallet.scan(frameAt(now())))).toBe('account_suspended');
  });

  it('does not forgive the wrong numbers typed before it', async () => {
    const person = await aPerson();
    const wallet = await TestWallet.bind(person.setupCode);
    const { browser, page, frameAt } = await aPage();
    await browser.post(`${page}/number`, { number: person.number });
    const [asked] = await wallet.requests();
    if (!asked) throw new Error('no request');
    for (let i = 0; i < 3; i++) await wallet.answer(asked, '000000');
    await browser.post(`${page}/scan`, {});
    expect(await reasonOf(await wallet.scan(frameAt(now())))).toBe('request_locked');
  });

  it('is drawn only for the browser that holds the login', async () => {
    const { page, txn, frameAt } = await aPage();
    expect((await new Browser().go(`${page}/code.svg`)).status).toBe(404);
    const parsed = parseLoginFrame(frameAt(now()));
    expect(parsed.ok && parsed.value.txn).toBe(txn);
  });
});
