// A login that nobody has acted in yet stays with its browser, sealed in the cookie that holds it: whoever only opens /authorize leaves nothing
// here. The first step of its holder makes the object, from exactly this (docs/adr/0013).

import type { EpochSeconds } from '../../shared/base/brands.ts';
import type { Result } from '../../shared/base/result.ts';
import { type BeginInput, begin, checkHolder, type HolderError } from '../logins/interaction-rules.ts';
import type { LoginRecord } from '../logins/login-record.ts';
import { SealedText } from './sealed-text.ts';

/** What a browser holds of a login. `start` while nobody has acted: what its object shall begin from. */
export type HeldLogin = { readonly loginId: string; readonly holderSecret: string; readonly start?: BeginInput };

/** Browsers keep cookies of 4,096 bytes; a request that does not fit makes its object at once. */
const mostCharacters = 3_000;
/** And many cookies make requests that are refused for their length: from here on only short ones are added. */
const mostCookieHeader = 6_000;

/** SECURITY: bound to the login's id, so that no other login can be begun from it. */
const belongsTo = (loginId: string) => `tawthiq unbegun login v1\0${loginId}`;

export class UnbegunLogins {
  readonly #sealed: SealedText;
  constructor(secret: Uint8Array) {
    this.#sealed = new SealedText(secret, 'unbegun1', mostCharacters);
  }

  /** The cookie's value; `cookiesLength`: of what the browser sends already. Undefined where it would be too long. */
  async cookieOf(held: HeldLogin & { readonly start: BeginInput }, cookiesLength: number): Promise<string | undefined> {
    if (cookiesLength > mostCookieHeader) return undefined;
    const sealed = await this.#sealed.seal(JSON.stringify(held.start), belongsTo(held.loginId));
    return sealed.length > mostCharacters ? undefined : `${held.holderSecret}.${sealed}`;
  }

  /** What a cookie says of its login. A part that was not sealed here for this login counts as absent: the object is asked. */
  async heldBy(loginId: string, cookie: string): Promise<HeldLogin> {
    const [holderSecret = '', sealed] = cookie.split('.', 2);
    const held = { loginId, holderSecret };
    const start = sealed === undefined ? undefined : await this.#sealed.open(sealed, belongsTo(loginId));
    return start === undefined ? held : { ...held, start: JSON.parse(start) as BeginInput };
  }
}

/** The record as its object would have it, had it been begun; only for the holder. */
export function unbegunRecord(
  start: BeginInput,
  holderSecret: string,
  now: EpochSeconds,
): Result<LoginRecord, HolderError> {
  return checkHolder(begin(start, now), holderSecret, now);
}
