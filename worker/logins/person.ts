// The Durable Object of one person, named by an HMAC of the subject: tries, live requests, sessions. Knows no name and no number.

import { DurableObject } from 'cloudflare:workers';
import { addRequest, isMuted, type LiveRequest, liveAt, type Mute, reportRequest } from './live-request-rules.ts';
import { liveSession, type SessionRecord, type StartSession, startSession, withClient } from './session-rules.ts';
import { beginTry, type Tries, type TryAnswer } from './throttle-rules.ts';

/** What the edge may ask of a person's object. Every method is one atomic step. */
export interface PersonObject {
  beginTry(authenticator: string): Promise<TryAnswer>;
  /** The try was good: the count starts again. */
  clearTries(authenticator: string): Promise<void>;
  /** Counts one of at most `most` in a window of `seconds`; answers how long to wait, 0 for go on. */
  spend(budget: string, most: number, seconds: number): Promise<number>;
  startSession(input: StartSession, authenticator: string | null): Promise<void>;
  findSession(id: string, secret: string): Promise<SessionRecord | null>;
  joinSession(id: string, clientId: string, login: string): Promise<boolean>;
  /** Logins that gave a client tokens, so that a withdrawn consent can end them; also those that no session holds. */
  rememberLogin(clientId: string, login: string, acr?: string): Promise<void>;
  forgetClient(clientId: string): Promise<readonly string[]>;
  sessions(): Promise<readonly SessionRecord[]>;
  endSession(id: string): Promise<SessionRecord | null>;
  addRequest(request: Omit<LiveRequest, 'pushed'>): Promise<{ readonly pushed: boolean }>;
  removeRequest(txn: string): Promise<void>;
  requests(): Promise<readonly LiveRequest[]>;
  /** "Not me": ends all that waits, mutes where it came from; answers the other logins that waited. */
  reportRequest(txn: string): Promise<readonly string[]>;
  /** Newest first. */
  history(): Promise<readonly PastLogin[]>;
}

/** For the person's own eyes: where they logged in. `from`: browser and place, coarse; empty when a service asked by itself. */
export type PastLogin = {
  readonly at: number;
  readonly clientId: string;
  readonly acr: string;
  readonly from: string;
};

/** Logins at one client that are remembered; older ones have long run out. */
const mostLogins = 50;
/** Logins that the person may look back on. */
const mostHistory = 50;
/** Sessions a person may have at once; the one unused for longest goes. */
const mostSessions = 20;

export class Person extends DurableObject implements PersonObject {
  async beginTry(authenticator: string): Promise<TryAnswer> {
    const { tries, answer } = beginTry(this.#get<Tries>(`tries:${authenticator}`), seconds());
    if (answer.allowed) this.#put(`tries:${authenticator}`, tries);
    return answer;
  }

  async clearTries(authenticator: string): Promise<void> {
    this.ctx.storage.kv.delete(`tries:${authenticator}`);
  }

  async spend(budget: string, most: number, window: number): Promise<number> {
    const now = seconds();
    const spent = this.#get<{ count: number; endsAt: number }>(`spent:${budget}`);
    const live = spent && spent.endsAt > now ? spent : { count: 0, endsAt: now + window };
    if (live.count >= most) return live.endsAt - now;
    this.#put(`spent:${budget}`, { ...live, count: live.count + 1 });
    return 0;
  }

  async startSession(input: StartSession, authenticator: string | null): Promise<void> {
    if (authenticator) this.ctx.storage.kv.delete(`tries:${authenticator}`);
    const now = seconds();
    const kept = this.#sessions().filter((session) => session.expiresAt > now);
    for (const old of this.#sessions()) if (old.expiresAt <= now) this.ctx.storage.kv.delete(`session:${old.id}`);
    kept.sort((a, b) => b.lastSeenAt - a.lastSeenAt);
    for (const old of kept.slice(mostSessions - 1)) this.ctx.storage.kv.delete(`session:${old.id}`);
    this.#put(`session:${input.id}`, startSession(input, now));
  }

  async findSession(id: string, secret: string): Promise<SessionRecord | null> {
    return liveSession(this.#get<SessionRecord>(`session:${id}`), secret, seconds()) ?? null;
  }

  async joinSession(id: string, clientId: string, login: string): Promise<boolean> {
    const session = this.#get<SessionRecord>(`session:${id}`);
    if (!session || session.expiresAt <= seconds()) return false;
    this.#put(`session:${id}`, withClient(session, clientId, login, seconds()));
    this.#remember(clientId, login);
    this.#note({ at: seconds(), clientId, acr: session.acr, from: session.device });
    return true;
  }

  async rememberLogin(clientId: string, login: string, acr = ''): Promise<void> {
    this.#remember(clientId, login);
    this.#note({ at: seconds(), clientId, acr, from: '' });
  }

  #note(past: PastLogin): void {
    this.#put('history', [past, ...(this.#get<readonly PastLogin[]>('history') ?? [])].slice(0, mostHistory));
  }

  #remember(clientId: string, login: string): void {
    const logins = this.#get<readonly string[]>(`logins:${clientId}`) ?? [];
    this.#put(`logins:${clientId}`, [...logins, login].slice(-mostLogins));
  }

  async forgetClient(clientId: string): Promise<readonly string[]> {
    const logins = this.#get<readonly string[]>(`logins:${clientId}`) ?? [];
    this.ctx.storage.kv.delete(`logins:${clientId}`);
    return logins;
  }

  async sessions(): Promise<readonly SessionRecord[]> {
    return this.#sessions().filter((session) => session.expiresAt > seconds());
  }

  async endSession(id: string): Promise<SessionRecord | null> {
    const session = this.#get<SessionRecord>(`session:${id}`);
    if (session) this.ctx.storage.kv.delete(`session:${id}`);
    return session ?? null;
  }

  async addRequest(request: Omit<LiveRequest, 'pushed'>): Promise<{ readonly pushed: boolean }> {
    // Whoever asks cannot tell: the page and the request look as ever.
    if (isMuted(this.#get<readonly Mute[]>('mutes') ?? [], request.network, seconds())) return { pushed: false };
    const added = addRequest(this.#list(), this.#get<readonly number[]>('pushes') ?? [], request);
    this.#put('requests', added.list);
    this.#put('pushes', added.pushes);
    return { pushed: added.list.at(-1)?.pushed ?? false };
  }

  async removeRequest(txn: string): Promise<void> {
    this.#put(
      'requests',
      this.#list().filter((live) => live.txn !== txn),
    );
  }

  async requests(): Promise<readonly LiveRequest[]> {
    return liveAt(this.#list(), seconds());
  }

  async reportRequest(txn: string): Promise<readonly string[]> {
    const { others, mutes } = reportRequest(this.#list(), this.#get<readonly Mute[]>('mutes') ?? [], txn, seconds());
    this.#put('requests', []);
    this.#put('mutes', mutes);
    return others;
  }

  async history(): Promise<readonly PastLogin[]> {
    return this.#get<readonly PastLogin[]>('history') ?? [];
  }

  #list(): readonly LiveRequest[] {
    return this.#get<readonly LiveRequest[]>('requests') ?? [];
  }

  #sessions(): SessionRecord[] {
    return [...this.ctx.storage.kv.list<SessionRecord>({ prefix: 'session:' })].map(([, session]) => session);
  }

  #get<T>(key: string): T | undefined {
    return this.ctx.storage.kv.get<T>(key);
  }

  #put<T>(key: string, value: T): void {
    this.ctx.storage.kv.put(key, value);
  }
}

function seconds(): number {
  return Math.floor(Date.now() / 1000);
}
