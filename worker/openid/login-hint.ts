// Whom a service thinks it sends (`login_hint`): a user name or a number, so it stays sealed with the login, and is opened for its page alone.

import { SealedText } from './sealed-text.ts';

/** SECURITY: bound to the client that sent it. */
const belongsTo = (clientId: string) => `tawthiq login hint v1\0${clientId}`;
/** Longer ones are kept by nobody: no user name and no number is. */
const mostCharacters = 200;

export class LoginHints {
  readonly #sealed: SealedText;
  constructor(secret: Uint8Array) {
    this.#sealed = new SealedText(secret, 'loghint1', 1000);
  }

  async seal(hint: string | null, clientId: string): Promise<string | null> {
    return hint === null || hint.length > mostCharacters ? null : this.#sealed.seal(hint, belongsTo(clientId));
  }

  /** Null for none, and for anything that was not sealed here for this client. */
  async open(sealed: string | null, clientId: string): Promise<string | null> {
    return sealed === null ? null : ((await this.#sealed.open(sealed, belongsTo(clientId))) ?? null);
  }
}
