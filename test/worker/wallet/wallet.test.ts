import { beforeAll, describe, expect, it } from 'vitest';
import { encodeBase64Url } from '../../../shared/bytes/base64url.ts';
import { bindMessage, walletPaths } from '../../../shared/contract/wallet.ts';
import { generateEd25519, signEd25519 } from '../../../shared/crypto/ed25519.ts';
import {
  aClient,
  aPerson,
  aSetupCode,
  authorizeUrl,
  Browser,
  databaseOf,
  numberIn,
  postJson,
  type TestClient,
  type TestPerson,
  TestWallet,
  withSigningKey,
} from '../openid/world.ts';

let client: TestClient;
beforeAll(async () => {
  await withSigningKey();
  client = await aClient();
});

async function ask(person: TestPerson, at: TestClient = client) {
  const browser = new Browser();
  const page = (await browser.go(await authorizeUrl(at))).headers.get('location') ?? '';
  await browser.post(`${page}/number`, { number: person.number });
  const html = await (await browser.go(page)).text();
  return { browser, page, number: numberIn(html) };
}
const reasonOf = async (response: Response) => ((await response.json()) as { reason: string }).reason;
const other = (number: string) => (number === '11' ? '12' : '11');

describe('binding a wallet', () => {
  it('takes an Ed25519 key that proves itself over the setup code', async () => {
    const { setupCode } = await aPerson();
    const keys = await generateEd25519({ extractable: false });
    const proof = encodeBase64Url(await signEd25519(keys.privateKey, bindMessage(setupCode)));
    const body = { setupCode, name: 'phone', alg: 'EdDSA', publicKey: encodeBase64Url(keys.publicRaw), proof };
    expect((await postJson(walletPaths.bind, body)).status).toBe(201);
  });

  it('of twenty bindings with one code exactly one wins', async () => {
    const { setupCode, subjectId } = await aPerson();
    const tried = await Promise.allSettled(Array.from({ length: 20 }, () => TestWallet.bind(setupCode)));
    expect(tried.filter((one) => one.status === 'fulfilled')).toHaveLength(1);
    const row = await databaseOf(subjectId)
      .prepare("SELECT count(*) AS n FROM authenticators WHERE subject_id = ? AND type = 'wallet_key'")
      .bind(subjectId)
      .first<{ n: number }>();
    expect(row?.n).toBe(1);
  });

  it('refuses, with a reason: unknown, used and expired codes, keys of small order, a proof by another key', async () => {
    const { setupCode, subjectId } = await aPerson();
    const keys = await generateEd25519({ extractable: false });
    const proofFor = async (code: string) => encodeBase64Url(await signEd25519(keys.privateKey, bindMessage(code)));
    const body = async (code: string, changed: Record<string, string> = {}) => ({
      setupCode: code,
      name: 'phone',
      alg: 'EdDSA',
      publicKey: encodeBase64Url(keys.publicRaw),
      proof: await proofFor(code),
      ...changed,
    });
    const tell = async (input: unknown) => reasonOf(await postJson(walletPaths.bind, input));
    const unknown = `${setupCode.slice(0, -2)}${setupCode.endsWith('AA') ? 'BA' : 'AA'}`;
    expect(await tell(await body(unknown))).toBe('setup_code_unknown');
    expect(await tell(await body('not a code at all'))).toBe('setup_code_unknown');
    // The identity point: with it, anybody's signature could be made to hold.
    const identity = encodeBase64Url(Uint8Array.from({ length: 32 }, (_, i) => (i === 0 ? 1 : 0)));
    expect(await tell(await body(setupCode, { publicKey: identity }))).toBe('key_unusable');
    expect(await tell(await body(setupCode, { alg: 'ES256' }))).toBe('key_unusable');
    expect(await tell(await body(setupCode, { proof: await proofFor('another code') }))).toBe('signature_wrong');
    const old = await aSetupCode(subjectId, Math.floor(Date.now() / 1000) - 3600);
    expect(await tell(await body(old))).toBe('setup_code_expired');
    expect((await postJson(walletPaths.bind, await body(setupCode))).status).toBe(201);
    expect(await tell(await body(setupCode))).toBe('setup_code_used');
  });
});

describe('answering a request', () => {
  it('a refusal ends the request, and the page says so', async () => {
    const person = await aPerson();
    const wallet = await TestWallet.bind(person.setupCode);
    const { browser, page } = await ask(person);
    const [request] = await wallet.requests();
    if (!request) throw new Error('no request');
    expect((await wallet.answer(request, '', { decision: 'refuse' })).status).toBe(200);
    expect(await (await browser.go(`${page}?lang=en`)).text()).toContain('The request was refused in the app.');
    expect(await wallet.requests()).toEqual([]);
  });

  it('"not me" ends the login and whatever else waits, tells the services, and silences where it came from', async () => {
    const person = await aPerson();
    const wallet = await TestWallet.bind(person.setupCode);
    const asked = [await ask(person), await ask(person, await aClient())];
    const [request, other] = await wallet.requests();
    if (!request || !other) throw new Error('two requests should wait');
    expect((await wallet.answer(request, '', { decision: 'report' })).status).toBe(200);
    expect(await wallet.requests()).toEqual([]);
    for (const { browser, page } of asked) {
      const answer = await browser.go(`${page}?lang=en`);
      expect(answer.headers.get('location')).toContain('error=access_denied');
      expect((await browser.go(page)).status).toBe(400);
    }
    expect(await reasonOf(await wallet.answer(other, '123456'))).toBe('request_unknown');
    expect(await wallet.notifications()).toMatchObject([
      { kind: 'login.reported', detail: { client: request.client.id }, seen: false },
      { kind: 'authenticator.bound', detail: { type: 'wallet_key' } },
    ]);
    expect((await wallet.notifications())[0]?.seen).toBe(true);
    // From the same network nothing reaches the wallet any more; the page that asks looks as ever.
    const muted = await ask(person);
    expect(muted.number).toMatch(/^\d\d$/);
    expect(await wallet.requests()).toEqual([]);
  });

  it('three wrong numbers lock the request, and asking for a new number does not start the count again', async () => {
    const person = await aPerson();
    const wallet = await TestWallet.bind(person.setupCode);
    const { browser, page, number } = await ask(person);
    const [request] = await wallet.requests();
    if (!request) throw new Error('no request');
    expect(await reasonOf(await wallet.answer(request, other(number)))).toBe('number_wrong');
    await browser.post(`${page}/number`, { number: person.number });
    const again = numberIn(await (await browser.go(page)).text());
    const [renewed] = await wallet.requests();
    if (!renewed) throw new Error('no request');
    expect(await reasonOf(await wallet.answer(renewed, other(again)))).toBe('number_wrong');
    expect(await reasonOf(await wallet.answer(renewed, other(again)))).toBe('request_locked');
    expect(await reasonOf(await wallet.answer(renewed, again))).toBe('request_locked');
    expect(await (await browser.go(`${page}?lang=en`)).text()).toContain('typed three times');
  });

  it('of fifty approvals of one number exactly one wins', async () => {
    const person = await aPerson();
    const wallet = await TestWallet.bind(person.setupCode);
    const { number } = await ask(person);
    const [request] = await wallet.requests();
    if (!request) throw new Error('no request');
    const answers = await Promise.all(Array.from({ length: 50 }, () => wallet.answer(request, number)));
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1);
    const reasons = new Set(await Promise.all(answers.filter((answer) => answer.status !== 200).map(reasonOf)));
    expect([...reasons]).toEqual(['request_answered']);
  });

  it('what was signed must be what is asked, by the wallet of the person who is asked, now', async () => {
    const person = await aPerson();
    const wallet = await TestWallet.bind(person.setupCode);
    const stranger = await TestWallet.bind((await aPerson()).setupCode);
    const { number } = await ask(person);
    const [request] = await wallet.requests();
    if (!request) throw new Error('no request');
    const tell = async (answer: Promise<Response>) => reasonOf(await answer);
    expect(await tell(wallet.answer(request, number, { client: 'another' }))).toBe('request_differs');
    expect(await tell(wallet.answer(request, number, { purpose: 'pay' }))).toBe('request_differs');
    expect(await tell(wallet.answer(request, number, { acr: 'urn:tawthiq:loa:high' }))).toBe('request_differs');
    expect(await tell(wallet.answer(request, number, { at: request.expiresAt - 1000 }))).toBe('clock_off');
    expect(await tell(wallet.answer(request, number, { walletId: stranger.id }))).toBe('signature_wrong');
    expect(await tell(wallet.answer(request, number, { walletId: 'x' }))).toBe('wallet_unknown');
    expect(await tell(stranger.answer(request, number))).toBe('request_unknown');
    expect(await tell(wallet.answer({ ...request, txn: 'x' }, number))).toBe('request_unknown');
    expect((await wallet.answer(request, number)).status).toBe(200);
  });

  it('a suspended account approves nothing', async () => {
    const person = await aPerson();
    const wallet = await TestWallet.bind(person.setupCode);
    const { number } = await ask(person);
    const [request] = await wallet.requests();
    if (!request) throw new Error('no request');
    const move = (state: string) =>
      databaseOf(person.subjectId)
        .prepare('UPDATE accounts SET state = ? WHERE subject_id = ?')
        .bind(state, person.subjectId)
        .run();
    for (const state of ['pending', 'suspended', 'closed']) {
      await move(state);
      expect(await reasonOf(await wallet.answer(request, number))).toBe(`account_${state}`);
    }
  });
});
