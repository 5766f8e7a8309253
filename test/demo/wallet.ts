// A wallet as the demo's person holds it: a P-256 device key of node:crypto that binds itself, sees live requests and answers them.
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import type * as z from 'zod';
import {
  AccountAnswer,
  type AccountRequest,
  AnswerAnswer,
  type AnswerRequest,
  accountMessage,
  answerMessage,
  BindAnswer,
  bindMessage,
  ListAnswer,
  type LiveRequest,
  listMessage,
  ScanAnswer,
  scanMessage,
  type WalletDecision,
  walletPaths,
} from '../../shared/contract/wallet.ts';

const now = () => Math.floor(Date.now() / 1000);

async function post<S extends z.ZodType>(url: string, body: unknown, answer: S): Promise<z.output<S>> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  const json = (await response.json()) as { reason?: string };
  if (!response.ok) throw new Error(`${new URL(url).pathname}: ${response.status} ${json.reason}`);
  return answer.parse(json);
}

export class DemoWallet {
  readonly #edge: string;
  readonly #key: KeyObject;
  readonly #id: string;

  private constructor(edge: string, key: KeyObject, id: string) {
    this.#edge = edge;
    this.#key = key;
    this.#id = id;
  }

  /** Binds a new key with the code that activation gave. */
  static async bind(edge: string, setupCode: string): Promise<DemoWallet> {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
    const raw = Buffer.concat([Buffer.from([4]), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
    const { walletId } = await post(
      edge + walletPaths.bind,
      {
        setupCode,
        name: 'demo phone',
        alg: 'ES256',
        publicKey: raw.toString('base64url'),
        proof: signed(privateKey, bindMessage(setupCode)),
      },
      BindAnswer,
    );
    return new DemoWallet(edge, privateKey, walletId);
  }

  async requests(): Promise<readonly LiveRequest[]> {
    const message = { walletId: this.#id, at: now() };
    const body = { ...message, signature: signed(this.#key, listMessage(message)) };
    return (await post(this.#edge + walletPaths.requests, body, ListAnswer)).requests;
  }

  /** Reads the animated code off the login page; the request and its number come back. */
  async scan(frame: string): Promise<z.output<typeof ScanAnswer>> {
    const message = { walletId: this.#id, frame, at: now() };
    const body = { ...message, signature: signed(this.#key, scanMessage(message)) };
    return post(this.#edge + walletPaths.scan, body, ScanAnswer);
  }

  /** Sessions, consents, the user code: what they are after `act`. */
  async account(act: AccountRequest['act'], object = ''): Promise<z.output<typeof AccountAnswer>> {
    const message = { walletId: this.#id, act, object, at: now() };
    const body = { ...message, signature: signed(this.#key, accountMessage(message)) };
    return post(this.#edge + walletPaths.account, body, AccountAnswer);
  }

  /** What the person decides after reading who asks and why; `number` is what they typed. */
  async answer(request: LiveRequest, decision: WalletDecision, number: string): Promise<string> {
    const message: Omit<AnswerRequest, 'signature'> = {
      walletId: this.#id,
      txn: request.txn,
      client: request.client.id,
      purpose: request.purpose,
      decision,
      number,
      acr: request.acr,
      at: now(),
    };
    const body = { ...message, signature: signed(this.#key, answerMessage(message)) };
    return (await post(this.#edge + walletPaths.answer, body, AnswerAnswer)).state;
  }
}

function signed(key: KeyObject, message: Uint8Array): string {
  return sign('sha256', message, { key, dsaEncoding: 'ieee-p1363' }).toString('base64url');
}
