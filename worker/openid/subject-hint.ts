// What a service that uses CIBA gets in its ID tokens to name the person later (id_token_hint): `sub` is a one-way name, this one opens
// again, for us and at that client alone. Sealed with fresh randomness, so it says nothing and ties nothing together.

import type { SubjectId } from '../../shared/base/brands.ts';
import { decodeBase64Url, encodeBase64Url } from '../../shared/bytes/base64url.ts';
import { decodeUtf8, encodeUtf8 } from '../../shared/bytes/text.ts';
import { importSealingKey, open, type SealingKey, seal } from '../../shared/crypto/aes-gcm.ts';

/** The member of an ID token that holds it. */
export const subjectHintClaim = 'tawthiq_hint';

const keyId = encodeUtf8('subhint1');
/** SECURITY: bound to the client, so that one service's hint is nothing at another. */
const aadOf = (clientId: string) => encodeUtf8(`tawthiq subject hint v1\0${clientId}`);

export class SubjectHints {
  readonly #secret: Uint8Array;
  #key: SealingKey | undefined;

  constructor(secret: Uint8Array) {
    this.#secret = secret;
  }

  async seal(subject: SubjectId, clientId: string): Promise<string> {
    return encodeBase64Url(await seal(await this.#sealing(), encodeUtf8(subject), aadOf(clientId)));
  }

  /** Undefined for anything that was not sealed here for this client. */
  async open(text: unknown, clientId: string): Promise<SubjectId | undefined> {
    const bytes = typeof text === 'string' && text.length < 300 ? decodeBase64Url(text) : undefined;
    if (!bytes?.ok) return undefined;
    const key = await this.#sealing();
    const opened = await open(() => key, bytes.value, aadOf(clientId));
    const plain = opened.ok ? decodeUtf8(opened.value) : opened;
    return plain.ok ? (plain.value as SubjectId) : undefined;
  }

  async #sealing(): Promise<SealingKey> {
    this.#key ??= await importSealingKey(keyId, this.#secret);
    return this.#key;
  }
}
