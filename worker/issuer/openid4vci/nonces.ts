// c_nonce (OpenID4VCI 1.0 §7): time and randomness under a MAC, so that giving one out stores nothing; a use is remembered by one object.

import { decodeBase64Url, encodeBase64Url } from '../../../shared/bytes/base64url.ts';
import { concatBytes } from '../../../shared/bytes/concat.ts';
import { equalBytes } from '../../../shared/bytes/equal.ts';
import { encodeUtf8 } from '../../../shared/bytes/text.ts';
import { type HmacKey, hmacSha256, importHmacKey } from '../../../shared/crypto/hmac.ts';
import type { OnceObject } from './once.ts';

export const nonceLifetimeSeconds = 300;

export class CredentialNonces {
  readonly #secret: Uint8Array;
  readonly #setting: { readonly now: () => number; readonly random: (bytes: number) => Uint8Array };
  readonly #once: (name: string) => OnceObject;
  #key: HmacKey | undefined;

  constructor(
    secret: Uint8Array,
    setting: { readonly now: () => number; readonly random: (bytes: number) => Uint8Array },
    once: (name: string) => OnceObject,
  ) {
    this.#secret = secret;
    this.#setting = setting;
    this.#once = once;
  }

  /** 43 characters: 4 bytes of time, 12 of randomness, 16 of MAC. */
  async make(): Promise<string> {
    const time = new Uint8Array(4);
    new DataView(time.buffer).setUint32(0, this.#setting.now());
    const head = concatBytes(time, this.#setting.random(12));
    return encodeBase64Url(concatBytes(head, await this.#mac(head)));
  }

  /** One of ours, and young enough. Says nothing of whether it was used. */
  async isFresh(nonce: string): Promise<boolean> {
    const bytes = nonce.length === 43 ? decodeBase64Url(nonce) : undefined;
    if (!bytes?.ok || bytes.value.length !== 32) return false;
    const head = bytes.value.subarray(0, 16);
    if (!equalBytes(bytes.value.subarray(16), await this.#mac(head))) return false;
    const age = this.#setting.now() - new DataView(head.buffer, head.byteOffset).getUint32(0);
    return age >= 0 && age < nonceLifetimeSeconds;
  }

  /** SECURITY: the referee. True once for a nonce, whoever asks wherever. */
  use(nonce: string): Promise<boolean> {
    return this.#once(`c_nonce ${nonce}`).take(nonceLifetimeSeconds + 60);
  }

  async #mac(head: Uint8Array): Promise<Uint8Array> {
    this.#key ??= await importHmacKey(this.#secret);
    return (await hmacSha256(this.#key, concatBytes(encodeUtf8('c_nonce\0'), head))).subarray(0, 16);
  }
}
