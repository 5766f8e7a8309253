// Whom a CIBA request reaches: the person of an ID token, one whose user code was shown, and nobody by bombing.
import { exports } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import type { LiveRequest } from '../../../shared/contract/wallet.ts';
import { parseUserCode } from '../../../worker/authn/user-code-form.ts';
import { ClientMetadata } from '../../../worker/clients/client.ts';
import {
  aClient,
  aPerson,
  Browser,
  claimsIn,
  exchange,
  issuer,
  logIn,
  type TestClient,
  type TestPerson,
  TestWallet,
  withPassword,
  withSigningKey,
} from './world.ts';

const ciba = 'urn:openid:params:grant-type:ciba';
const username = 'ciba.person';
let client: TestClient;
let withCode: TestClient;
let person: TestPerson;
let wallet: TestWallet;

beforeAll(async () => {
  await withSigningKey();
  person = await aPerson();
  await withPassword(person, username);
  wallet = await TestWallet.bind(person.setupCode);
  const metadata = { grant_types: ['authorization_code', ciba] };
  client = await aClient(metadata);
  withCode = await aClient({ ...metadata, backchannel_user_code_parameter: true });
});

type Answer = { status: number; body: Record<string, string> };
async function ask(form: Record<string, string>, who = client): Promise<Answer> {
  const answer = await exports.default.fetch(`${issuer}/bc-authorize`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/x-www-form-urlencoded',
      Authorization: `Basic ${btoa(`${who.id}:${who.secret}`)}`,
    },
    body: new URLSearchParams({ scope: 'openid', ...form }).toString(),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, string> };
}

const reaches = async ({ body }: Answer, of = wallet) =>
  (await of.requests()).some(({ txn }) => (body['auth_req_id'] ?? '').startsWith(txn));

describe('id_token_hint', () => {
  const tokenAt = async (who: TestClient) => {
    const code = (await logIn(new Browser(), who, username)).searchParams.get('code') ?? '';
    return ((await (await exchange(who, { code })).json()) as Record<string, string>)['id_token'] ?? '';
  };

  it('names the person at the client that got it, without a number', async () => {
    const token = await tokenAt(client);
    const asked = await ask({ id_token_hint: token });
    expect([asked.status, await reaches(asked)]).toEqual([200, true]);
    // It names nobody by itself, and no two are alike.
    expect(claimsIn(token)['tawthiq_hint']).not.toBe(claimsIn(await tokenAt(client))['tawthiq_hint']);
  });

  it('of another client, of one without CIBA, or with a changed signature is refused', async () => {
    const mine = await tokenAt(client);
    const plain = await tokenAt(await aClient());
    expect(claimsIn(plain)['tawthiq_hint']).toBeUndefined();
    for (const [token, who] of [
      [mine, withCode],
      [plain, client],
      [`${mine.slice(0, -6)}AAAAAA`, client],
    ] as const)
      expect(await ask({ id_token_hint: token, user_code: '1234' }, who)).toMatchObject({
        status: 400,
        body: { error: 'invalid_request' },
      });
  });

  it('beside a number, or with a number twice, is one hint too many', async () => {
    const both = await ask({ id_token_hint: await tokenAt(client), login_hint: person.number });
    expect(both.body).toMatchObject({ error: 'invalid_request' });
  });
});

describe('the user code', () => {
  it('missing_user_code and invalid_user_code are said before anybody is looked up: for known and unknown numbers alike', async () => {
    for (const login_hint of [person.number, '1000000008']) {
      expect((await ask({ login_hint }, withCode)).body).toMatchObject({ error: 'missing_user_code' });
      expect((await ask({ login_hint, user_code: 'x' }, withCode)).body).toMatchObject({ error: 'invalid_user_code' });
    }
  });

  it('set in the wallet: only its holder’s requests arrive; a wrong one is answered like a number that nobody has', async () => {
    const other = await aPerson();
    const phone = await TestWallet.bind(other.setupCode);
    const { number: login_hint } = other;
    // None set: whatever is sent, the request arrives, from either kind of client.
    expect(await reaches(await ask({ login_hint, user_code: '9999' }, withCode), phone)).toBe(true);
    expect(await reaches(await ask({ login_hint }), phone)).toBe(true);
    const set = await phone.account('set_user_code', '٢٤٦٨ab');
    expect([set.status, ((await set.json()) as { userCode: boolean }).userCode]).toEqual([200, true]);
    const wrong = await ask({ login_hint, user_code: '1357' }, withCode);
    const nobody = await ask({ login_hint: '1000000008', user_code: '1357' }, withCode);
    expect(Object.keys(wrong.body)).toEqual(Object.keys(nobody.body));
    expect([wrong.status, nobody.status, await reaches(wrong, phone)]).toEqual([200, 200, false]);
    // A client that cannot send one does not reach the person, and cannot tell.
    const without = await ask({ login_hint });
    expect([without.status, await reaches(without, phone)]).toEqual([200, false]);
    expect(await reaches(await ask({ login_hint, user_code: '2468ab' }, withCode), phone)).toBe(true);
    expect((await phone.account('remove_user_code')).status).toBe(200);
    expect(await reaches(await ask({ login_hint }), phone)).toBe(true);
  });

  it('guessing must wait, at the client that guesses and at no other', async () => {
    const other = await aPerson();
    const phone = await TestWallet.bind(other.setupCode);
    await phone.account('set_user_code', '2468');
    for (let i = 0; i < 6; i++) await ask({ login_hint: other.number, user_code: `100${i}` }, withCode);
    const right = { login_hint: other.number, user_code: '2468' };
    expect(await reaches(await ask(right, withCode), phone)).toBe(false);
    const bank = await aClient({ grant_types: ['authorization_code', ciba], backchannel_user_code_parameter: true });
    expect(await reaches(await ask(right, bank), phone)).toBe(true);
  });

  it('is 4 to 16 letters and digits; Arabic digits are digits', async () => {
    expect(['٢٤٦٨', ' 2468 ', 'abcd', '123', 'a b c d', 'é234', 'x'.repeat(17)].map(parseUserCode)).toEqual([
      '2468',
      '2468',
      'abcd',
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    const refused = await wallet.account('set_user_code', '12');
    expect([refused.status, ((await refused.json()) as { reason: string }).reason]).toEqual([
      422,
      'user_code_malformed',
    ]);
  });
});

describe('prompt bombing', () => {
  it('thirty requests of one service are three entries, no more than five call, and another service still gets through', async () => {
    const other = await aPerson();
    const phone = await TestWallet.bind(other.setupCode);
    const answers: Answer[] = [];
    for (let i = 0; i < 30; i++) answers.push(await ask({ login_hint: other.number }));
    const said = answers.map(({ status, body }) => body['error'] ?? status);
    expect(said).toEqual([...Array<number>(10).fill(200), ...Array<string>(20).fill('slow_down')]);
    expect(answers.at(-1)?.status).toBe(429);
    expect((await phone.requests()).map(({ quiet }) => quiet)).toEqual([true, true, true]);
    const bank = await aClient({ grant_types: ['authorization_code', ciba] });
    const theirs = await ask({ login_hint: other.number }, bank);
    expect(await reaches(theirs, phone)).toBe(true);
    const request = (await phone.requests()).find(({ client: from }) => from.id === bank.id);
    if (!request) throw new Error('no request');
    expect((await phone.answer(request, theirs.body['match_code'] ?? '')).status).toBe(200);
  });

  it('a stranger who asks again at the same service does not take away what the person asked for', async () => {
    const other = await aPerson();
    const phone = await TestWallet.bind(other.setupCode);
    const mine = await ask({ login_hint: other.number });
    for (let i = 0; i < 2; i++) await ask({ login_hint: other.number });
    const request = (await phone.requests()).find(({ txn }) => (mine.body['auth_req_id'] ?? '').startsWith(txn));
    if (!request) throw new Error('no request');
    expect((await phone.answer(request, mine.body['match_code'] ?? '')).status).toBe(200);
  });

  it('the limit is the same for a number that nobody has, for one that is none, and for a person who has no wallet', async () => {
    const own = await aClient({ grant_types: ['authorization_code', ciba] });
    const noWallet = await aPerson();
    const seen = async (login_hint: string) => {
      const said: unknown[] = [];
      for (let i = 0; i < 11; i++) {
        const { status, body } = await ask({ login_hint }, own);
        said.push([status, Object.keys(body).sort(), body['error'], body['error_description']]);
      }
      return said;
    };
    const known = await seen(person.number);
    expect(known.at(-1)).toEqual([429, ['error', 'error_description'], 'slow_down', expect.any(String)]);
    for (const hint of ['1000000008', 'reem', noWallet.number]) expect(await seen(hint)).toEqual(known);
  });

  it('"not me" about a service silences that service and no other, wherever their machines are', async () => {
    const other = await aPerson();
    const phone = await TestWallet.bind(other.setupCode);
    const [shop, bank] = [await aClient({ grant_types: [ciba] }), await aClient({ grant_types: [ciba] })];
    await ask({ login_hint: other.number }, shop);
    const [bad] = await phone.requests();
    if (!bad) throw new Error('no request');
    expect((await phone.answer(bad, '', { decision: 'report' })).status).toBe(200);
    expect(await reaches(await ask({ login_hint: other.number }, shop), phone)).toBe(false);
    expect(await reaches(await ask({ login_hint: other.number }, bank), phone)).toBe(true);
  });

  it('the wallet says that the service asks by itself, in the language that it asked for', async () => {
    const other = await aPerson();
    const phone = await TestWallet.bind(other.setupCode);
    const own = await aClient({ grant_types: [ciba] });
    await ask({ login_hint: other.number, ui_locales: 'en' }, own);
    await ask({ login_hint: other.number, ui_locales: 'ar' }, own);
    await ask({ login_hint: other.number }, own);
    const shop = await aClient(
      { grant_types: [ciba] },
      { loginPurpose: { ar: 'لمتابعة طلبك', en: 'to follow your order' } },
    );
    await ask({ login_hint: other.number, ui_locales: 'en' }, shop);
    const theirs = (await phone.requests()).find(({ client: asks }) => asks.id === shop.id);
    expect(theirs?.purpose).toBe('to follow your order');
    await phone.answer(theirs as LiveRequest, '', { decision: 'refuse' });
    expect((await phone.requests()).map(({ purpose }) => purpose)).toEqual([
      'Logging in',
      'تسجيل الدخول',
      'تسجيل الدخول',
    ]);
    expect((await phone.requests()).map(({ from }) => from)).toEqual([
      'the service itself, not a page',
      'الخدمة نفسها، لا من صفحة',
      'الخدمة نفسها، لا من صفحة · the service itself, not a page',
    ]);
  });
});

describe('registration', () => {
  it('ping needs an address, and push is no mode here', () => {
    const metadata = { client_name: 'x', redirect_uris: ['https://rp.example/'], grant_types: [ciba] };
    const parse = (more: object) => ClientMetadata.safeParse({ ...metadata, ...more }).success;
    expect(parse({ backchannel_token_delivery_mode: 'poll' })).toBe(true);
    expect(parse({ backchannel_token_delivery_mode: 'ping' })).toBe(false);
    expect(parse({ backchannel_token_delivery_mode: 'push' })).toBe(false);
  });
});
