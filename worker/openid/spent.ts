// What is good once: the `jti` of client assertions (RFC 7523 §3), DPoP proofs (RFC 9449 §11.1) and signed requests that a machine sends.
// Remembered in Durable Objects, so that it holds wherever the second use comes.

import type { OnceObject } from '../issuer/openid4vci/once.ts';
import { hashSecret } from '../logins/handle.ts';

export type SpentKind = 'assertion' | 'dpop' | 'request';
/** A clock that is off lets a thing live this much longer. */
const skewSeconds = 60;

export class Spent {
  readonly #once: (name: string) => Pick<OnceObject, 'spend'>;

  constructor(once: (name: string) => Pick<OnceObject, 'spend'>) {
    this.#once = once;
  }

  /**
   * SECURITY: the referee. True the first time. `owner`: whose ids these are (client, key thumbprint); two owners may use one id.
   * `until`: epoch seconds after which the thing is refused for its age. One call to one of 4096 objects.
   */
  first(kind: SpentKind, owner: string, jti: string, until: number): Promise<boolean> {
    const key = hashSecret(`${kind}\0${owner}\0${jti}`);
    return this.#once(`spent ${key.slice(0, 2)}`).spend(key, until + skewSeconds);
  }
}
