// A wallet as a program holds it: a P-256 device key of node:crypto that was bound with a setup code, sees live requests and answers
// them. A phone keeps the key in hardware and asks for the person's finger or PIN; this one is for one machine and for tests.
import { createPrivateKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import type * as z from 'zod';
import { Problem } from '../../shared/contract/problem.ts';
import {
  AnswerAnswer,
  answerMessage,
  BindAnswer,
  bindMessage,
  ListAnswer,
  type LiveRequest,
  listMessage,
  type WalletDecision,
  walletPaths,
} from '../../shared/contract/wallet.ts';

export type WalletState = z.output<typeof AnswerAnswer>['state'];

/** What is kept of a wallet: whoever has it is the person, to every service. */
export type KeptWallet = {
  readonly edge: string;
  readonly walletId: string;
  /** PKCS #8 (DER), base64url. */
  readonly privateKey: string;
};

/** The edge said no; `title` and `detail` are for the person, in the language that was asked for. */
export class WalletRefused extends Error {
  readonly reason: string;
  readonly title: string;
  readonly detail: string | undefined;
  constructor(path: string, { status, reason, title, detail }: Problem) {
    super(`${path}: ${status} ${reason}`);
    this.name = 'WalletRefused';
    this.reason = reason;
    this.title = title;
    this.detail = detail;
  }
}

async function post<S extends z.ZodType>(
  origin: string,
  path: string,
  body: unknown,
  answer: S,
  locale: string,
): Promise<z.output<S>> {
  const headers = { 'Content-Type': 'application/json', 'Accept-Language': locale };
  const response = await fetch(origin + path, { method: 'POST', headers, body: JSON.stringify(body) });
  const json: unknown = await response.json();
  if (!response.ok) throw new WalletRefused(path, Problem.parse(json));
  return answer.parse(json);
}

function signed(key: KeyObject, message: Uint8Array): string {
  return sign('sha256', message, { key, dsaEncoding: 'ieee-p1363' }).toString('base64url');
}

const now = () => Math.floor(Date.now() / 1000);

/** Makes a key and binds it with the code that an activation gave. `name`: what the person's account page calls it. */
export async function bindNewKey(edge: string, setupCode: string, name: string, locale = 'en'): Promise<KeptWallet> {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  const raw = Buffer.concat([Buffer.from([4]), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
  const proof = signed(privateKey, bindMessage(setupCode));
  const body = { setupCode, name, alg: 'ES256', publicKey: raw.toString('base64url'), proof };
  const { walletId } = await post(edge, walletPaths.bind, body, BindAnswer, locale);
  const pkcs8 = privateKey.export({ format: 'der', type: 'pkcs8' });
  return { edge, walletId, privateKey: pkcs8.toString('base64url') };
}

export class WalletClient {
  readonly #edge: string;
  readonly #id: string;
  readonly #key: KeyObject;
  readonly #locale: string;

  constructor({ edge, walletId, privateKey }: KeptWallet, locale = 'en') {
    this.#edge = edge;
    this.#id = walletId;
    this.#key = createPrivateKey({ key: Buffer.from(privateKey, 'base64url'), format: 'der', type: 'pkcs8' });
    this.#locale = locale;
  }

  /** Logins that wait for this person's answer. */
  async requests(): Promise<readonly LiveRequest[]> {
    return (await this.ask(walletPaths.requests, {}, listMessage, ListAnswer)).requests;
  }

  /** What the person decides after reading who asks and why; `number` is what they typed. */
  async answer(request: LiveRequest, decision: WalletDecision, number: string): Promise<WalletState> {
    const { txn, client, purpose, acr } = request;
    const message = { txn, client: client.id, purpose, decision, number, acr };
    return (await this.ask(walletPaths.answer, message, answerMessage, AnswerAnswer)).state;
  }

  /** Sends `message` with this wallet's id, the time and a signature over what `bytesOf` makes of them. */
  protected async ask<M extends object, S extends z.ZodType>(
    path: string,
    message: M,
    bytesOf: (message: M & { readonly walletId: string; readonly at: number }) => Uint8Array,
    answer: S,
  ): Promise<z.output<S>> {
    const whole = { ...message, walletId: this.#id, at: now() };
    const body = { ...whole, signature: signed(this.#key, bytesOf(whole)) };
    return post(this.#edge, path, body, answer, this.#locale);
  }
}
