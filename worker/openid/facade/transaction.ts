// A transaction's name in the facade: the login's id in the form of a UUID. Its secret is made of what both sides know (number, random),
// so the three together are the handle, and nothing more is kept.

import { decodeBase64Url, encodeBase64Url } from '../../../shared/bytes/base64url.ts';
import { decodeHex, encodeHex } from '../../../shared/bytes/hex.ts';
import { encodeUtf8 } from '../../../shared/bytes/text.ts';
import { type HmacKey, hmacSha256, importHmacKey } from '../../../shared/crypto/hmac.ts';

/** `loginId`: of a handle, 22 characters. */
export function transIdOf(loginId: string): string {
  const bytes = decodeBase64Url(loginId);
  const hex = bytes.ok ? encodeHex(bytes.value) : '';
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** Undefined for any text that is no UUID. */
export function loginIdOf(transId: string): string | undefined {
  if (!/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(transId)) return undefined;
  const bytes = decodeHex(transId.replaceAll('-', ''));
  return bytes.ok ? encodeBase64Url(bytes.value) : undefined;
}

export class Transactions {
  readonly #secret: Uint8Array;
  #key: HmacKey | undefined;

  constructor(secret: Uint8Array) {
    this.#secret = secret;
  }

  async secretOf(parts: {
    readonly loginId: string;
    readonly clientId: string;
    readonly nationalId: string;
    readonly random: string;
  }): Promise<string> {
    this.#key ??= await importHmacKey(this.#secret);
    const text = `facade transaction\0${parts.loginId}\0${parts.clientId}\0${parts.nationalId}\0${parts.random}`;
    return encodeBase64Url(await hmacSha256(this.#key, encodeUtf8(text)));
  }
}
