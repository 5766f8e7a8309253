// What a relying party knows a person by: another name in every sector (OpenID Connect Core §8.1).

import type { SubjectId } from '../../shared/base/brands.ts';
import { encodeBase64Url } from '../../shared/bytes/base64url.ts';
import { encodeUtf8 } from '../../shared/bytes/text.ts';
import { type HmacKey, hmacSha256, importHmacKey } from '../../shared/crypto/hmac.ts';
import { type Client, sectorOf } from '../clients/client.ts';

export class Pairwise {
  readonly #secret: Uint8Array;
  #key: HmacKey | undefined;
  constructor(secret: Uint8Array) {
    this.#secret = secret;
  }

  /** 43 characters; the same for a person and a sector for ever. SECURITY: never change how it is made. */
  async sub(client: Pick<Client, 'id' | 'metadata'>, subjectId: SubjectId): Promise<string> {
    return this.#mac(`sub\0${sectorOf(client.metadata) || client.id}\0${subjectId}`);
  }

  /** A session's name at one client: two of them cannot tell that it is the same session. */
  async sid(client: Pick<Client, 'id'>, sessionId: string): Promise<string> {
    return (await this.#mac(`sid\0${client.id}\0${sessionId}`)).slice(0, 22);
  }

  async #mac(text: string): Promise<string> {
    this.#key ??= await importHmacKey(this.#secret);
    return encodeBase64Url(await hmacSha256(this.#key, encodeUtf8(text)));
  }
}
