// The browser's session cookie: sealed, so that neither the person's inner name nor the session's secret can be read from it.

import type { SubjectId } from '../../shared/base/brands.ts';
import { SealedText } from './sealed-text.ts';

export type SessionCookie = { readonly subject: SubjectId; readonly id: string; readonly secret: string };

const belongsTo = 'tawthiq session cookie v1';

export class SealedCookies {
  readonly #sealed: SealedText;
  constructor(cookieSecret: Uint8Array) {
    this.#sealed = new SealedText(cookieSecret, 'session1', 1023);
  }

  seal(cookie: SessionCookie): Promise<string> {
    return this.#sealed.seal(JSON.stringify(cookie), belongsTo);
  }

  /** Undefined for anything that this edge did not seal. */
  async open(text: string): Promise<SessionCookie | undefined> {
    const plain = await this.#sealed.open(text, belongsTo);
    return plain === undefined ? undefined : (JSON.parse(plain) as SessionCookie);
  }
}
