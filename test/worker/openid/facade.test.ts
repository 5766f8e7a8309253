// The facade over CIBA: request by number, status, signed answer; the limits and the silence are CIBA's.
import { exports } from 'cloudflare:workers';
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { loginIdOf, transIdOf } from '../../../worker/openid/facade/transaction.ts';
import {
  aClient,
  aPerson,
  authorizeUrl,
  Browser,
  claimsIn,
  issuer,
  logInByNumber,
  type TestClient,
  type TestPerson,
  TestWallet,
  withSigningKey,
} from './world.ts';

const callback = 'https://service.tawthiq-callback.com/answers';
const services = {
  Login: { ar: 'تسجيل الدخول', en: 'Log in' },
  OpenAccount: { ar: 'فتح حساب', en: 'Open an account' },
};
let client: TestClient;
let asking: TestClient;
let person: TestPerson;
let wallet: TestWallet;

beforeAll(async () => {
  await withSigningKey();
  person = await aPerson();
  wallet = await TestWallet.bind(person.setupCode);
  client = await aClient({}, { facade: { services, callback }, unifiedNumber: true });
  asking = await aClient({}, { facade: { services } });
});
afterEach(() => vi.restoreAllMocks());

type Body = Record<string, string>;
async function call(path: string, body: unknown, who = client): Promise<{ status: number; body: Body }> {
  const answer = await exports.default.fetch(`${issuer}/api/v1/mfa/request${path}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'APP-ID': who.id, 'APP-KEY': who.secret },
    body: JSON.stringify(body),
  });
  return { status: answer.status, body: (await answer.json()) as Body };
}
const request = (who = client, body: Body = {}, query = '') =>
  call(query, { nationalId: person.number, service: 'Login', ...body }, who);
const status = (begun: Body, who = client, nationalId = person.number) =>
  call('/status', { nationalId, transId: begun['transId'], random: begun['random'] }, who);

async function waiting(transId = '') {
  const found = (await wallet.requests()).find(({ txn }) => txn === loginIdOf(transId));
  if (!found) throw new Error('the wallet sees no such request');
  return found;
}

/** What the service's callback address got. */
function listen(status = 200): Body[] {
  const got: Body[] = [];
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
    if (String(input) !== callback) throw new Error('nobody is there');
    got.push(JSON.parse(String(init?.body)) as Body);
    return new Response(null, { status });
  });
  return got;
}

async function opened(token = '') {
  const keys = (await (await exports.default.fetch(`${issuer}/api/v1/mfa/jwk`)).json()) as JSONWebKeySet;
  return (await jwtVerify(token, createLocalJWKSet(keys), { issuer, audience: client.id, typ: 'mfa+jwt' })).payload;
}

describe('the facade', () => {
  it('request, typed in the wallet, callback with a signed answer, status COMPLETED ever after', async () => {
    // Claims are given as the person consented on a page before; never because a service asked.
    const scope = 'openid profile unified_number';
    await logInByNumber(new Browser(), await authorizeUrl(client, { scope }), { person, wallet });
    const got = listen();
    const begun = await request(client, {}, '?local=en&requestId=r-1');
    expect(begun).toMatchObject({ status: 201, body: { random: expect.stringMatching(/^[1-9]\d$/) } });
    expect(begun.body['transId']).toMatch(/^[0-9a-f-]{36}$/);
    expect((await status(begun.body)).body).toEqual({ status: 'WAITING' });
    const shown = await waiting(begun.body['transId']);
    expect(shown).toMatchObject({ purpose: 'Log in', digits: 2, client: { id: client.id } });
    expect((await wallet.answer(shown, begun.body['random'] ?? '')).status).toBe(200);
    await expect.poll(() => got.length).toBe(1);
    expect(got[0]).toMatchObject({ transId: begun.body['transId'], requestId: 'r-1' });
    expect(await opened(got[0]?.['token'])).toMatchObject({
      status: 'COMPLETED',
      transId: begun.body['transId'],
      ServiceName: 'Login',
      acr: 'urn:tawthiq:loa:low',
      nin: person.number,
      'name#en': 'Sarah Ahmed',
    });
    for (let i = 0; i < 2; i++) expect((await status(begun.body)).body).toEqual({ status: 'COMPLETED' });
  });

  it('a service without an address gets its answer with the status, once', async () => {
    const begun = (await request(asking, { service: 'OpenAccount' })).body;
    expect((await waiting(begun['transId'])).purpose).toBe('فتح حساب');
    await wallet.answer(await waiting(begun['transId']), begun['random'] ?? '');
    const first = await status(begun, asking);
    expect(first.body).toMatchObject({ status: 'COMPLETED', token: expect.any(String) });
    expect((await status(begun, asking)).body).toEqual({ status: 'COMPLETED' });
  });

  it('a service without an address is told which of its services it was for', async () => {
    const own = await aClient({}, { facade: { services } });
    const begun = (await request(own, { service: 'OpenAccount' })).body;
    await wallet.answer(await waiting(begun['transId']), begun['random'] ?? '');
    const { body } = await status(begun, own);
    expect(claimsIn(body['token'] ?? '')).toMatchObject({ ServiceName: 'OpenAccount', status: 'COMPLETED' });
  });

  it('an approval that is not enough for the service is REJECTED everywhere: at its address and whenever it asks', async () => {
    const strict = await aClient({}, { facade: { services, callback }, minLevel: 'high' });
    const got = listen();
    const begun = (await request(strict)).body;
    await wallet.answer(await waiting(begun['transId']), begun['random'] ?? '');
    expect((await status(begun, strict)).body).toEqual({ status: 'REJECTED' });
    await expect.poll(() => got.length).toBe(1);
    expect(claimsIn(got[0]?.['token'] ?? '')).toMatchObject({ status: 'REJECTED' });
    expect((await status(begun, strict)).body).toEqual({ status: 'REJECTED' });
  });

  it('what its address does not take waits for the service’s own question, once', async () => {
    const got = listen(403);
    const begun = (await request()).body;
    await wallet.answer(await waiting(begun['transId']), begun['random'] ?? '');
    await expect.poll(() => got.length).toBe(1);
    let asked: Body = {};
    await expect
      .poll(async () => {
        asked = (await status(begun)).body;
        return asked['token'];
      })
      .toBeTruthy();
    expect(asked['status']).toBe('COMPLETED');
    expect(await opened(asked['token'])).toMatchObject({ status: 'COMPLETED', ServiceName: 'Login' });
    expect((await status(begun)).body).toEqual({ status: 'COMPLETED' });
  });

  it('a refusal is told, and names nobody', async () => {
    const got = listen();
    const begun = (await request()).body;
    await wallet.answer(await waiting(begun['transId']), '', { decision: 'refuse' });
    await expect.poll(() => got.length).toBe(1);
    const claims = await opened(got[0]?.['token']);
    expect([claims['status'], claims.sub]).toEqual(['REJECTED', undefined]);
    expect((await status(begun)).body).toEqual({ status: 'REJECTED' });
  });

  it('a number that nobody has waits like any other; who asks about it sees no difference', async () => {
    const nobody = await request(client, { nationalId: '1000000008' });
    const known = await request();
    expect(Object.keys(nobody.body)).toEqual(Object.keys(known.body));
    expect([nobody.status, (await status(nobody.body, client, '1000000008')).body]).toEqual([
      201,
      { status: 'WAITING' },
    ]);
  });

  it('a second request is no lock: both are in the wallet; a stranger’s are limited, and the answer says how long', async () => {
    const own = await aClient({}, { facade: { services } });
    const [first, second] = [(await request(own)).body, (await request(own)).body];
    expect((await waiting(first['transId'])).client.id).toBe(own.id);
    expect((await waiting(second['transId'])).client.id).toBe(own.id);
    for (let i = 0; i < 8; i++) expect((await request(own)).status).toBe(201);
    const nobody = { nationalId: '1000000008' };
    for (let i = 0; i < 10; i++) expect((await request(own, nobody)).status).toBe(201);
    const refused = [await request(own), await request(own, nobody)];
    expect(refused[0]).toEqual(refused[1]);
    expect(refused[0]).toMatchObject({ status: 429, body: { code: '429-033-001' } });
  });

  it('a client whose least level two digits do not reach shows six', async () => {
    const strict = await aClient({}, { facade: { services }, minLevel: 'substantial' });
    expect((await request(strict)).body['random']).toMatch(/^\d{6}$/);
  });
});

describe('the facade refuses', () => {
  it('wrong credentials, a client that may not use it, a service that is not its own, a number that is none', async () => {
    expect((await request({ ...client, secret: 'wrong' })).status).toBe(401);
    expect((await request(await aClient())).status).toBe(403);
    expect((await request(client, { service: 'MoneyTransfer' })).body).toMatchObject({ code: '422-031-046' });
    expect((await request(client, { nationalId: '1234567890' })).body).toMatchObject({ code: '422-031-046' });
    expect((await request(client, {}, '?requestId=%20')).status).toBe(422);
  });

  it('a status without the very number, random and client of the transaction', async () => {
    const begun = (await request()).body;
    const other = begun['random'] === '10' ? '11' : '10';
    const wrong = [
      await status({ ...begun, random: other }),
      await status(begun, client, '1000000008'),
      await status(begun, asking),
      await status({ ...begun, transId: 'x' }),
      await status({ ...begun, transId: crypto.randomUUID() }),
    ];
    expect(wrong.map((one) => [one.status, one.body['code']])).toEqual(wrong.map(() => [404, '400-034-053']));
  });

  it('a transaction is a login’s id in another form, and nothing else is', () => {
    const id = 'AAECAwQFBgcICQoLDA0ODw';
    expect(transIdOf(id)).toBe('00010203-0405-0607-0809-0a0b0c0d0e0f');
    expect(loginIdOf(transIdOf(id))).toBe(id);
    expect(loginIdOf(transIdOf(id).slice(1))).toBeUndefined();
  });
});
