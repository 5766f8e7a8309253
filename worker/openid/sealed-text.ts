// A text that travels through other hands and comes back: sealed under a key of ours, base64url, bound to what it belongs to. Fresh
// randomness each time, so that two of them tell nothing of each other.

import { decodeBase64Url, encodeBase64Url } from '../../shared/bytes/base64url.ts';
import { decodeUtf8, encodeUtf8 } from '../../shared/bytes/text.ts';
import { importSealingKey, open, type SealingKey, seal } from '../../shared/crypto/aes-gcm.ts';

export class SealedText {
  readonly #secret: Uint8Array;
  readonly #keyId: string;
  readonly #mostChars: number;
  #key: SealingKey | undefined;

  /** `keyId`: 8 characters that name the use; `mostChars`: longer texts are nobody's of ours. */
  constructor(secret: Uint8Array, keyId: string, mostChars: number) {
    this.#secret = secret;
    this.#keyId = keyId;
    this.#mostChars = mostChars;
  }

  async seal(text: string, belongsTo: string): Promise<string> {
    return encodeBase64Url(await seal(await this.#sealing(), encodeUtf8(text), encodeUtf8(belongsTo)));
  }

  /** Undefined for anything that was not sealed here for this. */
  async open(sealed: string, belongsTo: string): Promise<string | undefined> {
    const bytes = sealed.length <= this.#mostChars ? decodeBase64Url(sealed) : undefined;
    if (!bytes?.ok) return undefined;
    const key = await this.#sealing();
    const opened = await open(() => key, bytes.value, encodeUtf8(belongsTo));
    const text = opened.ok ? decodeUtf8(opened.value) : opened;
    return text.ok ? text.value : undefined;
  }

  async #sealing(): Promise<SealingKey> {
    this.#key ??= await importSealingKey(encodeUtf8(this.#keyId), this.#secret);
    return this.#key;
  }
}
