// What a service that uses CIBA gets in its ID tokens to name the person later (id_token_hint): `sub` is a one-way name, this one opens
// again, for us and at that client alone. Sealed with fresh randomness, so it says nothing and ties nothing together.

import type { SubjectId } from '../../shared/base/brands.ts';
import { SealedText } from './sealed-text.ts';

/** The member of an ID token that holds it. */
export const subjectHintClaim = 'tawthiq_hint';

/** SECURITY: bound to the client, so that one service's hint is nothing at another. */
const belongsTo = (clientId: string) => `tawthiq subject hint v1\0${clientId}`;

export class SubjectHints {
  readonly #sealed: SealedText;
  constructor(secret: Uint8Array) {
    this.#sealed = new SealedText(secret, 'subhint1', 299);
  }

  seal(subject: SubjectId, clientId: string): Promise<string> {
    return this.#sealed.seal(subject, belongsTo(clientId));
  }

  /** Undefined for anything that was not sealed here for this client. */
  async open(text: unknown, clientId: string): Promise<SubjectId | undefined> {
    if (typeof text !== 'string') return undefined;
    return (await this.#sealed.open(text, belongsTo(clientId))) as SubjectId | undefined;
  }
}
