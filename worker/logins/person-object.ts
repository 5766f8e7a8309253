// What may be asked of a person's object, and what it tells. Types only: person.ts does it.

import type { Lease, RateLimit } from '../http/rate-limit.ts';
import type { PastLogin } from './history-rules.ts';
import type { LiveRequest } from './live-request-rules.ts';
import type { BegunSession, NewSession, SessionRecord } from './session-rules.ts';
import type { TryAnswer } from './throttle-rules.ts';

/** What the edge may ask of a person's object. Every method is one atomic step. */
export interface PersonObject {
  /** `network`: where it is tried from, hashed; empty where that tells nothing. */
  beginTry(authenticator: string, network?: string): Promise<TryAnswer>;
  /** The try was good: the count starts again. */
  clearTries(authenticator: string): Promise<void>;
  /** Counts `count` (1) of at most `most` in a window of `seconds`, or none; answers how long to wait, 0 for go on. */
  spend(budget: string, most: number, seconds: number, count?: number): Promise<number>;
  /** One of those that were spent was no waste after all. */
  unspend(budget: string): Promise<void>;
  /** `wanted` of a bucket that refills, or what there is if it is at least `least`; written down only when something is granted. */
  lease(bucket: string, asked: { readonly least: number; readonly wanted: number }, limit: RateLimit): Promise<Lease>;
  /** Null: nothing begins, as the account is shut, or the session that it shall go on in is another's by now. */
  startSession(input: NewSession): Promise<BegunSession | null>;
  findSession(id: string, secret: string): Promise<SessionRecord | null>;
  /** Also one that was idle for too long to answer: what a login in its browser goes on in. */
  heldSession(id: string, secret: string): Promise<SessionRecord | null>;
  /** Null if there is no such session. `begins`: it begins with this login, in the same write. */
  joinSession(id: string, joins: JoiningLogin, begins: NewSession | null): Promise<BegunSession | null>;
  /** Logins that gave a client tokens, so that a withdrawn consent can end them; also those that no session holds. */
  rememberLogin(clientId: string, login: string, livesUntil: number): Promise<boolean>;
  /** A service got tokens by itself: for the person's own list. Called once a login. */
  noteLogin(clientId: string, acr: string): Promise<void>;
  /** All that the client was given is to end: the logins. Kept aside until {@link PersonObject.forgetLogins}, so that it is done again when it fails. */
  oweLogins(clientId: string): Promise<readonly string[]>;
  /** Those of before that have not ended yet. */
  owedLogins(clientId: string): Promise<readonly string[]>;
  /** These have ended; what came to be since stays. */
  forgetLogins(clientId: string, ended: readonly string[]): Promise<void>;
  sessions(): Promise<readonly SessionRecord[]>;
  /** It answers for nobody any more. Kept aside until {@link PersonObject.forgetEnded}, so that an ending which failed half-way is done again. */
  endSession(id: string): Promise<SessionRecord | null>;
  /** What came of a session has ended, and its services were told. */
  forgetEnded(id: string): Promise<void>;
  addRequest(request: Omit<LiveRequest, 'quiet'>): Promise<void>;
  removeRequest(txn: string): Promise<void>;
  /** It was approved: listed no more while this object is in memory; its login's end removes it for good. */
  hideRequest(txn: string): Promise<void>;
  requests(): Promise<readonly LiveRequest[]>;
  /** "Not me": ends all that waits, mutes where it came from; answers the other logins that waited. */
  reportRequest(txn: string): Promise<readonly string[]>;
  /** Newest first. */
  history(): Promise<readonly PastLogin[]>;
  /** The account is no longer active: all that is alive is answered, also when asked again, and nothing begins until `reopen`. */
  shut(): Promise<Shut>;
  /** All of that has ended. */
  forgetShut(): Promise<void>;
  reopen(): Promise<void>;
}

/** `livesUntil`: when the last token of the login can be over; it is remembered till then. */
export type JoiningLogin = { readonly clientId: string; readonly login: string; readonly livesUntil: number };

export type Shut = {
  readonly sessions: readonly SessionRecord[];
  /** `session`: what the client's tokens call their session; absent from early records. */
  readonly logins: readonly { readonly clientId: string; readonly login: string; readonly session?: string }[];
  /** Requests that a wallet could still answer. */
  readonly waiting: readonly string[];
};
