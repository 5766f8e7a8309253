// A small country for login tests, inside workerd: people with accounts, relying parties, a browser with cookies, a wallet.
import { env, exports } from 'cloudflare:workers';
import type { EpochSeconds, SubjectId } from '../../../shared/base/brands.ts';
import { encodeBase64Url } from '../../../shared/bytes/base64url.ts';
import { offerMessage, offerPath } from '../../../shared/contract/openid4vci.ts';
import { PersonRecord } from '../../../shared/contract/registry.ts';
import {
  type AccountRequest,
  type AnswerRequest,
  accountMessage,
  answerMessage,
  bindMessage,
  type LiveRequest,
  listMessage,
  type NotificationsAnswer,
  notificationsMessage,
  scanMessage,
  walletPaths,
} from '../../../shared/contract/wallet.ts';
import { generateP256, type P256KeyPair, signP256 } from '../../../shared/crypto/p256.ts';
import { newSetupCode } from '../../../worker/authn/setup-code.ts';
import { ClientMetadata, ClientPolicy } from '../../../worker/clients/client.ts';
import { registerClient } from '../../../worker/clients/register-client.ts';
import { type Deps, depsOf } from '../../../worker/deps.ts';
import type { Env } from '../../../worker/env.ts';
import { nextNumber } from '../../../worker/registry/unified-number.ts';
import { bucketOfSubject, shardOf } from '../../../worker/store/shard-map.ts';

export const issuer = 'http://localhost:8787';
export const redirectUri = 'https://rp.example/callback';

export function house(): Deps {
  return depsOf(env as unknown as Env);
}

const now = () => Math.floor(Date.now() / 1000) as EpochSeconds;
const random = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes));

export async function withSigningKey(): Promise<void> {
  await house().keyRing.create('id_token', 'system');
}

export type TestPerson = { readonly number: string; readonly subjectId: SubjectId; readonly setupCode: string };

export async function aPerson(
  account: { readonly state?: string; readonly identityLevel?: string } = {},
): Promise<TestPerson> {
  const number = nextNumber('citizen', random);
  const record = PersonRecord.parse({
    number,
    kind: 'citizen',
    name: { ar: 'سارة بنت أحمد', en: 'Sarah Ahmed' },
    birthDate: '1990-02-28',
    sex: 'female',
    nationality: 'SAU',
    document: { serial: 'AB1234567', expiresOn: '2032-01-01' },
  });
  const { peopleImport, people } = house();
  const imported = { number, record, fingers: [], face: undefined, canonical: number };
  await peopleImport.store([imported], 'system', now());
  const known = await people.findByNumber(number);
  if (!known) throw new Error('the person was not stored');
  const { subjectId } = known;
  const db = databaseOf(subjectId);
  await db
    .prepare(
      'INSERT INTO accounts (subject_id, state, identity_level, registered_at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (subject_id) DO UPDATE SET state = ?2, identity_level = ?3',
    )
    .bind(subjectId, account.state ?? 'active', account.identityLevel ?? 'high', now())
    .run();
  return { number, subjectId, setupCode: await aSetupCode(subjectId) };
}

export async function aSetupCode(subjectId: SubjectId, at: number = now()): Promise<string> {
  const { code, row } = await newSetupCode(subjectId, random, at as EpochSeconds);
  await databaseOf(subjectId)
    .prepare(
      'INSERT INTO authenticators (id, subject_id, type, name, state, data, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)',
    )
    .bind(row.id, row.subjectId, row.type, row.name, row.state, row.data, row.createdAt)
    .run();
  return code;
}

export function databaseOf(subjectId: SubjectId): D1Database {
  const all = [env.SHARD_0, env.SHARD_1, env.SHARD_2, env.SHARD_3];
  return all[shardOf(bucketOfSubject(subjectId), all.length)] as D1Database;
}

export type TestClient = { readonly id: string; readonly secret: string };

export async function aClient(
  metadata: Record<string, unknown> = {},
  policy: Record<string, unknown> = {},
): Promise<TestClient> {
  const registered = await registerClient(
    house().clients,
    {
      metadata: ClientMetadata.parse({
        client_name: 'Sample',
        'client_name#ar': 'خدمة تجريبية',
        redirect_uris: [redirectUri],
        ...metadata,
      }),
      policy: ClientPolicy.parse(policy),
    },
    { now: now(), random, actor: 'system' },
  );
  if (!registered.ok) throw new Error(registered.error.reason);
  return { id: registered.value.client.id, secret: registered.value.secret ?? '' };
}

/** Follows nothing by itself: a test sees every answer. */
export class Browser {
  readonly #cookies = new Map<string, string>();

  async go(url: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    const cookies = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    if (cookies) headers.set('Cookie', cookies);
    const response = await exports.default.fetch(new URL(url, issuer).href, { ...init, headers, redirect: 'manual' });
    for (const cookie of response.headers.getSetCookie()) {
      const [pair = ''] = cookie.split(';');
      const [name = '', value = ''] = pair.split('=');
      if (/max-age=0/i.test(cookie)) this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
    return response;
  }

  post(url: string, form: Record<string, string>): Promise<Response> {
    return this.go(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded', Origin: issuer },
      body: new URLSearchParams(form).toString(),
    });
  }

  cookies(): ReadonlyMap<string, string> {
    return this.#cookies;
  }
}

export const verifier = 'v'.repeat(43);
export async function challengeOf(text: string): Promise<string> {
  return encodeBase64Url(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))));
}

export async function authorizeUrl(
  client: TestClient,
  extra: Record<string, string | undefined> = {},
): Promise<string> {
  const params: Record<string, string | undefined> = {
    client_id: client.id,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: 'openid',
    state: 'st',
    nonce: 'no',
    code_challenge: await challengeOf(verifier),
    code_challenge_method: 'S256',
    ...extra,
  };
  const query = new URLSearchParams(
    Object.entries(params).filter((pair): pair is [string, string] => pair[1] !== undefined),
  );
  return `/authorize?${query}`;
}

export const password = 'four words make a phrase';

export async function withPassword(person: TestPerson, username: string, text: string = password): Promise<void> {
  const response = await postJson(walletPaths.password, { setupCode: person.setupCode, username, password: text });
  if (response.status !== 201) throw new Error(await response.text());
}

export function postJson(path: string, body: unknown, language = 'en'): Promise<Response> {
  return exports.default.fetch(issuer + path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'Accept-Language': language },
    body: JSON.stringify(body),
  });
}

/** The code that a browser with no session gets after user name, password and consent. */
export async function logIn(
  browser: Browser,
  client: TestClient,
  username: string,
  extra: Record<string, string | undefined> = {},
): Promise<URL> {
  const begun = await browser.go(await authorizeUrl(client, extra));
  const page = begun.headers.get('location') ?? '';
  if (!page.startsWith('/login/')) throw new Error(`expected a login page, got ${begun.status} ${page}`);
  let answer = await browser.post(`${page}/password`, { username, password });
  if (answer.headers.get('location')?.startsWith('/login/')) {
    answer = await browser.post(`${page}/consent`, { decision: 'allow' });
  }
  const location = answer.headers.get('location');
  if (!location) throw new Error(`no redirect: ${answer.status} ${(await answer.text()).slice(0, 2000)}`);
  return new URL(location);
}

export function exchange(
  client: TestClient,
  form: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<Response> {
  const authorization = client.secret === '' ? {} : { Authorization: `Basic ${btoa(`${client.id}:${client.secret}`)}` };
  return exports.default.fetch(`${issuer}/token`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...authorization, ...headers },
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      redirect_uri: redirectUri,
      code_verifier: verifier,
      ...form,
    }).toString(),
  });
}

export function claimsIn(token: string): Record<string, unknown> {
  const [, body = ''] = token.split('.');
  const bytes = Uint8Array.from(atob(body.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
}

export class TestWallet {
  readonly #keys: P256KeyPair;
  readonly id: string;
  private constructor(keys: P256KeyPair, id: string) {
    this.#keys = keys;
    this.id = id;
  }

  static async bind(setupCode: string): Promise<TestWallet> {
    const keys = await generateP256({ extractable: false });
    const proof = encodeBase64Url(await signP256(keys.privateKey as CryptoKey, bindMessage(setupCode)));
    const body = { setupCode, name: 'phone', alg: 'ES256', publicKey: encodeBase64Url(keys.publicRaw), proof };
    const response = await postJson(walletPaths.bind, body);
    if (response.status !== 201) throw new Error(await response.text());
    return new TestWallet(keys, ((await response.json()) as { walletId: string }).walletId);
  }

  async requests(): Promise<LiveRequest[]> {
    const message = { walletId: this.id, at: now() };
    const signature = encodeBase64Url(await signP256(this.#keys.privateKey as CryptoKey, listMessage(message)));
    const response = await postJson(walletPaths.requests, { ...message, signature });
    return ((await response.json()) as { requests: LiveRequest[] }).requests;
  }

  async scan(frame: string): Promise<Response> {
    const message = { walletId: this.id, frame, at: now() };
    const signature = encodeBase64Url(await signP256(this.#keys.privateKey as CryptoKey, scanMessage(message)));
    return postJson(walletPaths.scan, { ...message, signature });
  }

  async notifications(): Promise<NotificationsAnswer['notifications']> {
    const message = { walletId: this.id, at: now() };
    const signed = await signP256(this.#keys.privateKey as CryptoKey, notificationsMessage(message));
    const response = await postJson(walletPaths.notifications, { ...message, signature: encodeBase64Url(signed) });
    return ((await response.json()) as NotificationsAnswer).notifications;
  }

  /** For a wallet of another make (OpenID4VCI). */
  async offer(): Promise<Response> {
    const message = { walletId: this.id, at: now() };
    const signature = encodeBase64Url(await signP256(this.#keys.privateKey as CryptoKey, offerMessage(message)));
    return postJson(offerPath, { ...message, signature });
  }

  async account(act: AccountRequest['act'], object = ''): Promise<Response> {
    const message = { walletId: this.id, act, object, at: now() };
    const signature = encodeBase64Url(await signP256(this.#keys.privateKey as CryptoKey, accountMessage(message)));
    return postJson(walletPaths.account, { ...message, signature });
  }

  async answer(
    request: LiveRequest,
    number: string,
    changed: Partial<AnswerRequest> = {},
    language = 'en',
  ): Promise<Response> {
    const message = {
      walletId: this.id,
      txn: request.txn,
      client: request.client.id,
      purpose: request.purpose,
      decision: 'approve' as const,
      number,
      acr: request.acr,
      at: now(),
      ...changed,
    };
    const signature = encodeBase64Url(await signP256(this.#keys.privateKey as CryptoKey, answerMessage(message)));
    return postJson(walletPaths.answer, { ...message, signature }, language);
  }
}

/** The number on a number page. */
export function numberIn(html: string): string {
  const found = /<p class="number[^"]*" id="number">(\d+)<\/p>/.exec(html);
  if (!found?.[1]) throw new Error('no number on the page');
  return found[1];
}

/** The code that a browser gets when the person types the page's number in the wallet. */
export async function logInByNumber(
  browser: Browser,
  url: string,
  who: { readonly person: TestPerson; readonly wallet: TestWallet },
): Promise<URL> {
  const page = (await browser.go(url)).headers.get('location') ?? '';
  if (!page.startsWith('/login/')) throw new Error(`expected a login page, got ${page}`);
  await browser.post(`${page}/number`, { number: who.person.number });
  const number = numberIn(await (await browser.go(page)).text());
  const request = (await who.wallet.requests()).find(({ txn }) => page.startsWith(`/login/${txn}`));
  if (!request) throw new Error('the wallet sees no such request');
  const answered = await who.wallet.answer(request, number);
  if (answered.status !== 200) throw new Error(await answered.text());
  let answer = await browser.go(page);
  // Consent is asked on the page that follows the approval.
  if (answer.headers.get('location') === null) answer = await browser.post(`${page}/consent`, { decision: 'allow' });
  return new URL(answer.headers.get('location') ?? '');
}
