// What one network may ask of the login page: so many numbers and so many passwords, whoever's they are.
import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { walletPaths } from '../../../shared/contract/wallet.ts';
import { LeasedLimit } from '../../../worker/http/leased-limit.ts';
import { networkOf, usualAddressHeader } from '../../../worker/http/network.ts';
import { loginSlices, networkSlices } from '../../../worker/logins/network-limit.ts';
import type { PersonObject } from '../../../worker/logins/person-object.ts';
import { lineOf } from '../../../worker/logins/remote.ts';
import { noticeText, texts } from '../../../worker/openid/pages/texts.ts';
import {
  aClient,
  aPerson,
  authorizeUrl,
  Browser,
  house,
  issuer,
  password,
  type TestClient,
  type TestPerson,
  withPassword,
  withSigningKey,
} from './world.ts';

const username = 'of.a.busy.network';
let client: TestClient;
let person: TestPerson;

beforeAll(async () => {
  await withSigningKey();
  person = await aPerson();
  await withPassword(person, username);
  client = await aClient();
});

/** Another network each time: what one test asked is nothing to the next. */
let networks = 0;
let address = '';
/** The clock stands: nothing flows into a bucket but where a test says so. */
let nowMs = 0;
beforeEach(() => {
  address = `192.0.${++networks}.7`;
  nowMs = Date.now();
  vi.spyOn(Date, 'now').mockImplementation(() => nowMs);
});
afterEach(() => vi.restoreAllMocks());

const named = (from: string) =>
  networkOf(new Request(issuer, { headers: { 'CF-Connecting-IP': from } }), usualAddressHeader);
const bucketOf = (from: string) => house().loginObjects.network(named(from));

/** The rest of a burst, asked for elsewhere in the network; what this isolate gives freely is asked for here. */
async function useUp(what: 'numbers' | 'passwords' | 'logins', from: string): Promise<void> {
  const { limit, free } = what === 'logins' ? loginSlices : networkSlices;
  await (await bucketOf(from)).lease(what, { least: limit.burst, wanted: limit.burst }, limit);
  const limits = house().provider.networks;
  let taken = 0;
  while ((await limits[what].take(named(from), 1, () => {})) === 0) taken++;
  expect(taken).toBeLessThanOrEqual(free);
}

async function pageOf(locale: 'ar' | 'en' = 'en') {
  const browser = new Browser();
  const at = (await browser.go(await authorizeUrl(client, { ui_locales: locale }))).headers.get('location') ?? '';
  const post = (act: string, form: Record<string, string>, from = address) =>
    browser.go(`${at}/${act}?lang=${locale}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded', Origin: issuer, 'CF-Connecting-IP': from },
      body: new URLSearchParams(form).toString(),
    });
  return { browser, at, post };
}

const waitIn = (answer: Response) => Number(answer.headers.get('retry-after'));

describe('a network that asked for many numbers', () => {
  it('is told to wait in both languages, for a number that nobody has as for one that somebody has; the login lives', async () => {
    await useUp('numbers', address);
    for (const locale of ['ar', 'en'] as const) {
      const { browser, at, post } = await pageOf(locale);
      const said: string[] = [];
      for (const number of [person.number, '1000000008']) {
        const answer = await post('number', { number });
        expect([answer.status, waitIn(answer)]).toEqual([429, 1]);
        said.push(await answer.text());
      }
      expect(said[0]).toContain(noticeText(locale, 'network_asks_often', 1));
      expect(said[1]).toBe(said[0]);
      // What is no number was never asked for, and is said as ever.
      const wrong = await post('number', { number: '123' });
      expect([wrong.status, await wrong.text()]).toEqual([
        200,
        expect.stringContaining(texts[locale].notice.number_malformed),
      ]);
      expect((await browser.go(at)).status).toBe(200);
    }
  });

  it('may scan, use a passkey and a password; the next network, and this one after the wait, type numbers as ever', async () => {
    await useUp('numbers', address);
    const { browser, at, post } = await pageOf();
    const html = await (await post('number', { number: person.number })).text();
    expect(html).toContain(`${at}/scan`);
    expect(html).toContain('id="passkey"');
    expect((await post('passkey-options', {})).status).toBe(200);
    expect((await post('scan', {})).status).toBe(303);
    expect(await (await browser.go(`${at}?lang=en`)).text()).toContain(texts.en.scanTitle);
    const other = await pageOf();
    expect((await other.post('number', { number: person.number }, '203.0.113.4')).status).toBe(303);
    // Two seconds, two numbers; then it waits again.
    nowMs += 2_000;
    const again = await pageOf();
    const statuses: number[] = [];
    for (let i = 0; i < 3; i++) statuses.push((await again.post('number', { number: person.number })).status);
    expect(statuses).toEqual([303, 303, 429]);
    expect((await (await pageOf()).post('password', { username, password })).status).toBe(303);
  });
});

describe('a network that tried many passwords', () => {
  it('waits, whoever it tries and whether the password is right; its tries count against nobody', async () => {
    await useUp('passwords', address);
    const { browser, at, post } = await pageOf();
    for (const [name, secret] of [
      [username, password],
      [username, 'wrong'],
      ['nobody.has.this', 'wrong'],
    ] as const) {
      const answer = await post('password', { username: name, password: secret });
      expect([answer.status, waitIn(answer)]).toEqual([429, 1]);
      expect(await answer.text()).toContain(noticeText('en', 'network_asks_often', 1));
    }
    expect((await post('number', { number: person.number })).status).toBe(303);
    await browser.post(`${at}/again`, {});
    for (let i = 0; i < 10; i++) expect((await post('password', { username, password: 'wrong' })).status).toBe(429);
    expect((await (await pageOf()).post('password', { username, password }, '203.0.113.4')).status).toBe(303);
  });

  it('waits at the doors for a lost phone and for recovery too', async () => {
    await useUp('passwords', address);
    const headers = { 'Content-Type': 'application/json', 'CF-Connecting-IP': address, 'Accept-Language': 'ar' };
    const lost = await new Browser().go(walletPaths.lost, {
      method: 'POST',
      headers,
      body: JSON.stringify({ username, password, code: 'aaaabbbbccccdddd' }),
    });
    expect([lost.status, waitIn(lost)]).toEqual([429, 1]);
    expect(await lost.json()).toMatchObject({ reason: 'network_asks_often' });
    const recovered = await new Browser().go('/recover?lang=en', {
      method: 'POST',
      headers: { ...headers, 'Content-Type': 'application/x-www-form-urlencoded', Origin: issuer },
      body: new URLSearchParams({ username, password, code: 'aaaabbbbccccdddd' }).toString(),
    });
    expect(await recovered.text()).toContain(noticeText('en', 'network_asks_often', 1));
  });
});

describe('the bucket of a network', () => {
  it('is asked for nothing while an isolate needs few, and holds over isolates', async () => {
    let leases = 0;
    const lessor = () => ({
      lease: async (_caller: string, least: number, wanted: number) => {
        leases++;
        return (await bucketOf(address)).lease('numbers', { least, wanted }, networkSlices.limit);
      },
    });
    const isolates = [0, 1].map(() => new LeasedLimit(lessor, () => nowMs, networkSlices));
    const works: Promise<unknown>[] = [];
    const take = async (limit: LeasedLimit | undefined) =>
      (await limit?.take(address, 1, (work) => works.push(work))) === 0;
    // Seven in ten: then it fetches the next slice behind an answer's back.
    for (let i = 0; i < 7; i++) expect(await take(isolates[0])).toBe(true);
    expect(leases).toBe(0);
    let taken = 7;
    for (let i = 0, refused = 0; refused < 4 && i < 2_000; i++) {
      if (await take(isolates[i % 2])) taken++;
      else refused++;
    }
    await Promise.all(works);
    const { limit, free } = networkSlices;
    expect(taken).toBeGreaterThan(limit.burst - free);
    expect(taken).toBeLessThanOrEqual(limit.burst + 2 * free + 10);
  });

  it('is forgotten when it is full again, and its object with it', async () => {
    const stub = env.PERSON.get(env.PERSON.idFromName('a network of a test')) as unknown as DurableObjectStub;
    const { limit } = networkSlices;
    const asked = { least: 1, wanted: 300 } satisfies Parameters<PersonObject['lease']>[1];
    const call = stub as unknown as { call(line: string): Promise<string> };
    expect(JSON.parse(await call.call(lineOf('lease', ['numbers', asked, limit])))).toEqual({
      granted: 300,
      waitSeconds: 0,
    });
    const keys = () => runInDurableObject(stub, (_object, state) => [...state.storage.kv.list()].map(([key]) => key));
    expect(await runDurableObjectAlarm(stub)).toBe(true);
    expect(await keys()).toEqual(['bucket:numbers']);
    nowMs += 301_000;
    expect(await runDurableObjectAlarm(stub)).toBe(true);
    expect(await keys()).toEqual([]);
  });
});

describe('a network that began many logins', () => {
  let open: TestClient;
  beforeAll(async () => {
    const device = 'urn:ietf:params:oauth:grant-type:device_code';
    open = await aClient({ token_endpoint_auth_method: 'none', grant_types: ['authorization_code', device] });
  });
  const send = (path: string, form: Record<string, string>, more: Record<string, string> = {}) =>
    new Browser().go(path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded', 'CF-Connecting-IP': address, ...more },
      body: new URLSearchParams(form).toString(),
    });
  const askedBy = async ({ id }: TestClient, extra: Record<string, string> = {}) =>
    Object.fromEntries(new URLSearchParams((await authorizeUrl({ id, secret: '' }, extra)).split('?')[1]));

  it('begins no more of them by what needs no secret: a push, a device, a request that fits no cookie, a first step', async () => {
    const first = await pageOf();
    const begun = await pageOf();
    expect((await begun.post('scan', {})).status).toBe(303);
    await useUp('logins', address);
    for (const answer of [
      await send('/par', await askedBy(open)),
      await send('/device_authorization', { client_id: open.id, scope: 'openid' }),
    ]) {
      expect([answer.status, waitIn(answer)]).toEqual([429, 1]);
      expect(await answer.json()).toMatchObject({ error: 'temporarily_unavailable' });
    }
    const long = { headers: { 'CF-Connecting-IP': address } };
    const state = 's'.repeat(3_500);
    const back = await new Browser().go(await authorizeUrl(client, { state }), long);
    const said = new URL(back.headers.get('location') ?? '').searchParams;
    expect([said.get('error'), said.get('state')]).toEqual(['temporarily_unavailable', state]);
    for (const act of ['scan', 'number', 'passkey', 'cancel']) {
      const answer = await first.post(act, { number: person.number });
      expect([act, answer.status, waitIn(answer)]).toEqual([act, 429, 1]);
      expect(await answer.text()).toContain(noticeText('en', 'network_begins_often', 1));
    }
    expect((await first.post('passkey-options', {})).status).toBe(403);
    // Who has begun goes on; who only looks leaves nothing; who says who they are is nobody's stranger.
    expect((await begun.post('number', { number: person.number })).status).toBe(303);
    expect((await first.browser.go(first.at)).status).toBe(200);
    const basic = { Authorization: `Basic ${btoa(`${client.id}:${client.secret}`)}` };
    expect((await send('/par', await askedBy(client), basic)).status).toBe(201);
    expect((await first.post('password', { username, password })).status).toBe(303);
  });
});
