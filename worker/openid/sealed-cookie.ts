// The browser's session cookie: sealed, so that neither the person's inner name nor the session's secret can be read from it.

import type { SubjectId } from '../../shared/base/brands.ts';
import { decodeBase64Url, encodeBase64Url } from '../../shared/bytes/base64url.ts';
import { decodeUtf8, encodeUtf8 } from '../../shared/bytes/text.ts';
import { importSealingKey, open, type SealingKey, seal } from '../../shared/crypto/aes-gcm.ts';

export type SessionCookie = { readonly subject: SubjectId; readonly id: string; readonly secret: string };

const keyId = encodeUtf8('session1');
const aad = encodeUtf8('tawthiq session cookie v1');

export class SealedCookies {
  readonly #secret: Uint8Array;
  #key: SealingKey | undefined;
  constructor(cookieSecret: Uint8Array) {
    this.#secret = cookieSecret;
  }

  async seal(cookie: SessionCookie): Promise<string> {
    return encodeBase64Url(await seal(await this.#sealing(), encodeUtf8(JSON.stringify(cookie)), aad));
  }

  /** Undefined for anything that this edge did not seal. */
  async open(text: string): Promise<SessionCookie | undefined> {
    const bytes = text.length < 1024 ? decodeBase64Url(text) : undefined;
    if (!bytes?.ok) return undefined;
    const key = await this.#sealing();
    const opened = await open(() => key, bytes.value, aad);
    const plain = opened.ok ? decodeUtf8(opened.value) : opened;
    return plain.ok ? (JSON.parse(plain.value) as SessionCookie) : undefined;
  }

  async #sealing(): Promise<SealingKey> {
    this.#key ??= await importSealingKey(keyId, this.#secret);
    return this.#key;
  }
}
