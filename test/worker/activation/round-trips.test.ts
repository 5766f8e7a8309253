// How often a kiosk's calls go to D1, counted at the bindings: the budget of docs/storage.md, and the one index an activation takes.
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeAll, expect, it } from 'vitest';
import { encodeBase64Url } from '../../../shared/bytes/base64url.ts';
import { encodeUtf8 } from '../../../shared/bytes/text.ts';
import { ActivationAnswer, kioskPaths, kioskSignatureTag, SessionAnswer } from '../../../shared/contract/kiosk.ts';
import { signEd25519 } from '../../../shared/crypto/ed25519.ts';
import { randomBytes } from '../../../shared/crypto/random.ts';
import { signRequest } from '../../../shared/http-signature/sign-request.ts';
import { createApp } from '../../../worker/app.ts';
import { depsOf } from '../../../worker/deps.ts';
import type { Env } from '../../../worker/env.ts';
import { setUpKeys } from '../issuer/issuing-edge.ts';
import { operatorPassword } from '../kiosks/test-kiosk.ts';
import { capture, type Desk, enrolPerson, newDesk, now, requestFor, touch } from './desk.ts';

let trips: string[] = [];
const native = Symbol('native');
type Counted = D1PreparedStatement & { [native]: D1PreparedStatement };

function countedStatement(name: string, statement: D1PreparedStatement): D1PreparedStatement {
  return new Proxy(statement, {
    get(target, property) {
      if (property === native) return target;
      if (property === 'bind') return (...values: unknown[]) => countedStatement(name, target.bind(...values));
      const value: unknown = Reflect.get(target, property, target);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => {
        if (['first', 'all', 'run', 'raw'].includes(String(property))) trips.push(name);
        return value.apply(target, args);
      };
    },
  });
}

function counted(name: string, db: D1Database): D1Database {
  return new Proxy(db, {
    get(target, property) {
      if (property === 'prepare') return (sql: string) => countedStatement(name, target.prepare(sql));
      if (property === 'batch') {
        return (statements: Counted[]) => {
          trips.push(name);
          return target.batch(statements.map((statement) => statement[native] ?? statement));
        };
      }
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

const countedEnv = {
  ...env,
  DIRECTORY: counted('directory', env.DIRECTORY),
  SHARD_0: counted('shard', env.SHARD_0),
  SHARD_1: counted('shard', env.SHARD_1),
  SHARD_2: counted('shard', env.SHARD_2),
  SHARD_3: counted('shard', env.SHARD_3),
} as unknown as Env;
const app = createApp(depsOf);

/** Sends a signed request to an isolate of its own and answers how often it went to D1 before the answer, and after it. */
async function send(desk: Desk, method: string, path: string, body?: Uint8Array) {
  const url = env.ISSUER + path;
  const headers = await signRequest(
    { method, url, ...(body ? { body } : {}) },
    {
      keyid: desk.kiosk.id,
      created: now(),
      nonce: encodeBase64Url(randomBytes(16)),
      tag: kioskSignatureTag,
      sign: (message) => signEd25519(desk.kiosk.key.privateKey, message),
    },
  );
  trips = [];
  const context = createExecutionContext();
  const request = new Request(url, {
    method,
    headers: { ...headers, 'content-type': 'application/json' },
    ...(body ? { body: body as Uint8Array<ArrayBuffer> } : {}),
  });
  const answer = await app.fetch(request, countedEnv, context);
  const text = await answer.text();
  const before = [...trips];
  await waitOnExecutionContext(context);
  return { status: answer.status, text, before, after: trips.slice(before.length) };
}

let desk: Desk;
beforeAll(async () => {
  await setUpKeys();
  desk = await newDesk();
  // An isolate that is warm: it has the kiosk's key and the ring. (Its first request pays one trip for each.)
  const cold = await send(desk, 'GET', kioskPaths.sync);
  expect(cold.before).toEqual(['directory', 'directory', 'directory']);
});

it('a sync is one trip', async () => {
  expect((await send(desk, 'GET', kioskPaths.sync)).before).toEqual(['directory']);
});

it('an operator login is two trips', async () => {
  const row = await env.DIRECTORY.prepare('SELECT username FROM operators LIMIT 1').first<{ username: string }>();
  const body = encodeUtf8(JSON.stringify({ username: row?.username, password: operatorPassword }));
  const login = await send(desk, 'POST', kioskPaths.operatorLogin, body);
  expect([login.status, login.before]).toEqual([200, ['directory', 'directory']]);
  desk = { ...desk, operatorToken: (JSON.parse(login.text) as { operatorToken: string }).operatorToken };
});

it('a session is two trips, side by side; an activation one more, and one index; a repeated one gives its index back', async () => {
  const number = await enrolPerson();
  const ask = encodeUtf8(JSON.stringify({ operatorToken: desk.operatorToken, number }));
  const asked = await send(desk, 'POST', kioskPaths.session, ask);
  expect([asked.status, asked.before.sort()]).toEqual([200, ['directory', 'shard']]);
  const session = SessionAnswer.parse(JSON.parse(asked.text));
  const body = await requestFor(desk, number, [capture(touch(number))], { session });
  const first = await send(desk, 'POST', kioskPaths.activations, body);
  expect(ActivationAnswer.parse(JSON.parse(first.text)).outcome).toBe('activated');
  // Admission with the status index beside the person's record, then the batch that decides.
  expect([first.before.slice(0, 2).sort(), first.before[2]]).toEqual([['directory', 'shard'], 'shard']);
  expect([first.before.length, first.after]).toEqual([3, []]);
  const again = await send(desk, 'POST', kioskPaths.activations, body);
  expect(again.text).toBe(first.text);
  // Nobody waits for the last: the index that this request did not need goes back.
  expect([...again.before, ...again.after].sort()).toEqual(['directory', 'directory', 'shard', 'shard']);
});

it('a request without a signature is no trip', async () => {
  const bare = new Request(env.ISSUER + kioskPaths.sync);
  trips = [];
  const answer = await app.fetch(bare, countedEnv, createExecutionContext());
  expect([answer.status, trips]).toEqual([401, []]);
});
