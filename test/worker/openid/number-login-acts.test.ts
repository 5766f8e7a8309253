// How often a number login goes to D1 and to Durable Objects, counted at the bindings: its budget. Each trip more is latency for a person
// and a price for the edge.
import { env } from 'cloudflare:workers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { numberLoginActs, type PlatformAct } from '../../support/number-login-acts.ts';
import {
  aClient,
  aPerson,
  authorizeUrl,
  Browser,
  exchange,
  logInByNumber,
  numberIn,
  redirectUri,
  TestWallet,
  withSigningKey,
} from './world.ts';

/** Which steps of a login's and a person's object write; every other one only reads. */
const kindOf: Readonly<Record<string, PlatformAct>> = {
  started: 'object',
  addRequest: 'row',
  answerNumber: 'row',
  joinSession: 'row',
  issue: 'row',
  redeem: 'row',
};

let acts: PlatformAct[] = [];
const undo: (() => void)[] = [];

/** Replaces a method of a binding's class until the end of this file. */
function replaced<T extends object>(owner: T, name: string, by: (native: (...args: never[]) => unknown) => unknown) {
  const native = Reflect.get(owner, name) as (...args: never[]) => unknown;
  Object.defineProperty(owner, name, { value: by(native), configurable: true, writable: true });
  undo.push(() => Object.defineProperty(owner, name, { value: native, configurable: true, writable: true }));
}

type Called = { call(line: string): Promise<string | undefined> };

beforeAll(async () => {
  await withSigningKey();
  const statement: D1PreparedStatement = Object.getPrototypeOf(env.SHARD_0.prepare('SELECT 1'));
  for (const name of ['first', 'all', 'run', 'raw']) {
    replaced(statement, name, (native) => {
      return function (this: { statement: string }, ...args: never[]) {
        // Whether a client was changed is asked every few seconds, for all logins together.
        if (!this.statement.includes('"epochs"')) acts.push('read');
        return native.apply(this, args);
      };
    });
  }
  replaced(Object.getPrototypeOf(env.SHARD_0) as object, 'batch', (native) => {
    return function (this: unknown, ...args: never[]) {
      acts.push('batch');
      return native.apply(this, args);
    };
  });
  replaced(Object.getPrototypeOf(env.LOGIN) as object, 'get', (native) => {
    return function (this: unknown, ...args: never[]): Called {
      const stub = native.apply(this, args) as Called;
      // One class for the namespaces of all objects.
      if (this !== env.LOGIN && this !== env.PERSON) return stub;
      return {
        call(line) {
          acts.push(kindOf[line.slice(0, line.indexOf(' '))] ?? 'call');
          return stub.call(line);
        },
      };
    };
  });
});
afterAll(() => {
  for (const one of undo) one();
});

async function actsOf<T>(request: () => Promise<T>): Promise<{ readonly answer: T; readonly acts: PlatformAct[] }> {
  acts = [];
  const answer = await request();
  return { answer, acts: [...acts].sort() };
}

it('a first number login takes four reads, one batch and one object of its own, and no request does more than its part', async () => {
  const service = await aClient({}, { twoDigitsEarn: 'substantial' });
  const person = await aPerson();
  const wallet = await TestWallet.bind(person.setupCode);
  // An isolate that is warm has the keys and knows the service; a person who has logged in before has an object.
  const other = await aClient();
  const earlier = await logInByNumber(new Browser(), await authorizeUrl(other), { person, wallet });
  await exchange(other, { code: earlier.searchParams.get('code') ?? '' });
  await new Browser().go(await authorizeUrl(service));

  const browser = new Browser();
  const counted: Record<string, PlatformAct[]> = {};
  const step = async <T>(name: keyof typeof numberLoginActs, request: () => Promise<T>): Promise<T> => {
    const { answer, acts: taken } = await actsOf(request);
    counted[name] = taken;
    return answer;
  };
  const begun = await step('authorize', async () => browser.go(await authorizeUrl(service)));
  const page = begun.headers.get('location') ?? '';
  await step('page', () => browser.go(page));
  await step('style', () => browser.go('/login/style.css'));
  await step('number_typed', () => browser.post(`${page}/number`, { number: person.number }));
  const number = numberIn(await (await step('number_page', () => browser.go(page))).text());
  await step('script', () => browser.go('/login/wait.js'));
  // Answered when the person has answered.
  const events = await step('events', async () => {
    const moved = browser.go(`${page}/events`).then((answer) => answer.text());
    await expect.poll(() => acts).not.toEqual([]);
    return { moved };
  });
  const waiting = await step('wallet_looks', () => wallet.requests());
  const request = waiting.find(({ client }) => client.id === service.id);
  if (request === undefined) throw new Error('the wallet sees no request');
  const answered = await step('wallet_answers', () => wallet.answer(request, number));
  expect([answered.status, await events.moved]).toEqual([200, expect.stringContaining('event: moved')]);
  await step('consent_page', () => browser.go(page));
  const done = await step('consent_given', () => browser.post(`${page}/consent`, { decision: 'allow' }));
  const back = new URL(done.headers.get('location') ?? '');
  expect(back.href.startsWith(redirectUri)).toBe(true);
  const tokens = await step('tokens', () => exchange(service, { code: back.searchParams.get('code') ?? '' }));
  expect(tokens.status).toBe(200);
  const expected = Object.fromEntries(Object.entries(numberLoginActs).map(([name, list]) => [name, [...list].sort()]));
  expect(counted).toEqual(expected);
});
