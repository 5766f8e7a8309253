// What bounds those who come without a key, wallets and whoever says to be one: ids that only we can have made, and how often a network may ask.
// Knows no request and no presentation.

import { decodeBase64Url, encodeBase64Url } from '../../../shared/bytes/base64url.ts';
import { equalBytes } from '../../../shared/bytes/equal.ts';
import { encodeUtf8 } from '../../../shared/bytes/text.ts';
import { type HmacKey, hmacSha256, importHmacKey } from '../../../shared/crypto/hmac.ts';
import type { Slices } from '../../http/leased-limit.ts';

/**
 * Ten a second for as long as one likes, and twelve hundred at once, of one network. To show something a wallet asks twice: for the request,
 * and with its answer. So a carrier's /24 shows five things a second at its gates, and a stadium's network lets six hundred in at once.
 * What one isolate gives freely costs no call.
 */
export const walletSlices: Slices = {
  limit: { perSecond: 10, burst: 1_200 },
  free: 30,
  largest: 200,
  lastsMs: 10_000,
  keptMs: 60_000,
};

const randomBytes = 12;
const tagBytes = 4;

/**
 * Ids of presentations, in the form of a login's: 96 random bits that name one, and 32 of an HMAC over them. SECURITY: an id that was made
 * up wakes no object and so makes none: whoever tries needs four thousand million ids for one.
 */
export class PresentationIds {
  readonly #secret: Uint8Array;
  #key: HmacKey | undefined;

  constructor(secret: Uint8Array) {
    this.#secret = secret;
  }

  async make(random: (bytes: number) => Uint8Array): Promise<string> {
    const name = random(randomBytes);
    const id = new Uint8Array(randomBytes + tagBytes);
    id.set(name);
    id.set(await this.#tagOf(name), randomBytes);
    return encodeBase64Url(id);
  }

  async isOurs(text: string): Promise<boolean> {
    const id = text.length === 22 ? decodeBase64Url(text) : undefined;
    if (!id?.ok || id.value.length !== randomBytes + tagBytes) return false;
    return equalBytes(await this.#tagOf(id.value.subarray(0, randomBytes)), id.value.subarray(randomBytes));
  }

  async #tagOf(name: Uint8Array): Promise<Uint8Array> {
    this.#key ??= await importHmacKey(this.#secret);
    const text = encodeUtf8(`presentation id\0${encodeBase64Url(name)}`);
    return (await hmacSha256(this.#key, text)).subarray(0, tagBytes);
  }
}
