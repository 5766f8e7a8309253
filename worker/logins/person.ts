// The Durable Object of one person, named by an HMAC of the subject: tries, live requests, sessions. Knows no name and no number. Long:
// every step that it can take is here, one method each; its rules are beside it.

import { DurableObject } from 'cloudflare:workers';
import { draw, fullAt, type Lease, type RateLimit } from '../http/rate-limit.ts';
import { isSecretOf } from './handle.ts';
import { type PastLogin, withPast } from './history-rules.ts';
import { addRequest, isMuted, type LiveRequest, liveAt, type Mute, reportRequest } from './live-request-rules.ts';
import type { JoiningLogin, PersonObject, Shut } from './person-object.ts';
import { type KeptBucket, sweep } from './person-sweep.ts';
import { answerCall, type Called } from './remote.ts';
import {
  type BegunSession,
  type EndingSession,
  liveSession,
  type NewSession,
  type OwedEnding,
  type SessionRecord,
  startSession,
  withClient,
} from './session-rules.ts';
import { beginTry, countOf, knownNetworks, type Tries, type TryAnswer, withNetwork } from './throttle-rules.ts';

/** Living logins at one client that are remembered. */
const mostLogins = 200;
/** `session`: what its tokens call their session (sid); absent from early records. */
type Remembered = { readonly login: string; readonly until: number; readonly session?: string };
/** Sessions a person may have at once; the one unused for longest goes. */
const mostSessions = 20;

/** Whoever ends a session, or what was taken back, is done by then, or gave up: the next login's answer takes it on. */
const endingSeconds = 60;
/** Services of which one login's answer ends what was taken back. */
const mostOwed = 3;

/** An hour: far beyond what a login needs, so that nobody's login pays for looking through. */
const lookThroughMs = 3_600_000;

export class Person extends DurableObject implements PersonObject, Called {
  readonly #hidden = new Set<string>();
  /** True: an alarm of the near future is set. Not known after a rest: then it is set once more. */
  #wakes = false;

  async call(line: string): Promise<string | undefined> {
    return answerCall(line, this);
  }

  async beginTry(authenticator: string, network = ''): Promise<TryAnswer> {
    const known = this.#get<readonly string[]>(`known:${authenticator}`) ?? [];
    const count = `tries:${countOf(authenticator, network, known)}`;
    const most = known.includes(network) ? knownNetworks.disabledAt : undefined;
    const { tries, answer } = beginTry(this.#get<Tries>(count), seconds(), most);
    if (answer.allowed) this.#putForAWhile(count, tries);
    return answer;
  }

  async clearTries(authenticator: string): Promise<void> {
    for (const [key] of this.ctx.storage.kv.list({ prefix: `tries:${authenticator}` })) this.ctx.storage.kv.delete(key);
  }

  async spend(budget: string, most: number, window: number, count = 1): Promise<number> {
    const now = seconds();
    const spent = this.#get<{ count: number; endsAt: number }>(`spent:${budget}`);
    const live = spent && spent.endsAt > now ? spent : { count: 0, endsAt: now + window };
    if (live.count + count > most) return live.endsAt - now;
    this.#putForAWhile(`spent:${budget}`, { ...live, count: live.count + count });
    return 0;
  }

  async unspend(budget: string): Promise<void> {
    const spent = this.#get<{ count: number; endsAt: number }>(`spent:${budget}`);
    if (spent && spent.count > 0) this.#putForAWhile(`spent:${budget}`, { ...spent, count: spent.count - 1 });
  }

  async lease(
    name: string,
    asked: { readonly least: number; readonly wanted: number },
    limit: RateLimit,
  ): Promise<Lease> {
    const { bucket, lease } = draw(this.#get<KeptBucket>(`bucket:${name}`), limit, Date.now(), asked);
    if (lease.granted > 0) this.#putForAWhile(`bucket:${name}`, { ...bucket, fullAt: fullAt(bucket, limit) });
    return lease;
  }

  async startSession({ session: input, tries, continues }: NewSession): Promise<BegunSession | null> {
    if (tries) {
      const { authenticator, network } = tries;
      const known = this.#get<readonly string[]>(`known:${authenticator}`) ?? [];
      this.ctx.storage.kv.delete(`tries:${authenticator}`);
      if (network !== '') {
        this.ctx.storage.kv.delete(`tries:${authenticator}:${network}`);
        if (known[0] !== network) this.#put(`known:${authenticator}`, withNetwork(known, network));
      }
    }
    if (this.#isShut()) return null;
    const now = seconds();
    const before = continues === undefined ? undefined : await this.heldSession(input.id, continues);
    // Two logins at once in one browser: the other one has begun what it holds now.
    if (before === null) return null;
    const others = this.#sessions().filter(({ id }) => id !== input.id);
    const kept = others.filter((session) => session.expiresAt > now).sort((a, b) => b.lastSeenAt - a.lastSeenAt);
    const dropped = kept.slice(mostSessions - 1);
    const gone = [...others.filter((session) => session.expiresAt <= now), ...dropped];
    for (const { id } of gone) this.ctx.storage.kv.delete(`session:${id}`);
    const left = this.#ending().filter(({ since }) => since <= now - endingSeconds);
    for (const session of dropped) this.#setAside(session);
    this.#put(`session:${input.id}`, startSession(input, now, before));
    const owed = this.#owed().filter(({ since }) => since <= now - endingSeconds);
    return {
      dropped: [...dropped, ...left.slice(0, mostSessions).map(({ session }) => session)],
      ...(owed.length > 0 ? { owed: owed.slice(0, mostOwed) } : {}),
    };
  }

  async heldSession(id: string, secret: string): Promise<SessionRecord | null> {
    const session = this.#get<SessionRecord>(`session:${id}`);
    return session && isSecretOf(secret, session.hash) ? session : null;
  }

  async findSession(id: string, secret: string): Promise<SessionRecord | null> {
    return liveSession(this.#get<SessionRecord>(`session:${id}`), secret, seconds()) ?? null;
  }

  async joinSession(id: string, joins: JoiningLogin, begins: NewSession | null): Promise<BegunSession | null> {
    const { clientId, login, livesUntil } = joins;
    const begun = begins ? await this.startSession(begins) : { dropped: [] };
    this.#forgetRequest(login);
    const session = this.#get<SessionRecord>(`session:${id}`);
    if (!begun || !session || session.expiresAt <= seconds()) return null;
    this.#put(`session:${id}`, withClient(session, clientId, login, seconds()));
    this.#remember(clientId, login, livesUntil, id);
    this.#note({ at: seconds(), clientId, acr: session.acr, from: session.device, session: id }, session.authTime);
    return begun;
  }

  async rememberLogin(clientId: string, login: string, livesUntil: number): Promise<boolean> {
    if (this.#isShut()) return false;
    this.#forgetRequest(login);
    // A login without a browser is a session of its own.
    this.#remember(clientId, login, livesUntil, login);
    return true;
  }

  async noteLogin(clientId: string, acr: string): Promise<void> {
    this.#note({ at: seconds(), clientId, acr, from: '' });
  }

  #note(past: PastLogin, authTime?: number): void {
    this.#put('history', withPast(this.#get<readonly PastLogin[]>('history') ?? [], past, authTime));
  }

  #remember(clientId: string, login: string, until: number, session: string): void {
    const now = seconds();
    const logins = this.#loginsAt(clientId).filter((known) => known.until > now && known.login !== login);
    this.#put(`logins:${clientId}`, [...logins, { login, until, session }].slice(-mostLogins));
  }

  /** Early records were bare ids. */
  #loginsAt(clientId: string): readonly Remembered[] {
    const kept = this.#get<readonly (Remembered | string)[]>(`logins:${clientId}`) ?? [];
    return kept.map((one) => (typeof one === 'string' ? { login: one, until: Number.MAX_SAFE_INTEGER } : one));
  }

  async oweLogins(clientId: string): Promise<readonly string[]> {
    const before = this.#get<OwedEnding>(`owed:${clientId}`);
    const living = this.#loginsAt(clientId);
    const logins = [...new Set([...(before?.logins ?? []), ...living.map(({ login }) => login)])];
    if (logins.length === 0) return [];
    const until = Math.max(before?.until ?? 0, ...living.map((one) => one.until));
    this.#putForAWhile(`owed:${clientId}`, { clientId, logins, since: seconds(), until } satisfies OwedEnding);
    return logins;
  }

  async owedLogins(clientId: string): Promise<readonly string[]> {
    return this.#get<OwedEnding>(`owed:${clientId}`)?.logins ?? [];
  }

  #owed(): OwedEnding[] {
    return [...this.ctx.storage.kv.list<OwedEnding>({ prefix: 'owed:' })].map(([, owed]) => owed);
  }

  async forgetLogins(clientId: string, ended: readonly string[]): Promise<void> {
    const left = this.#loginsAt(clientId).filter(({ login }) => !ended.includes(login));
    if (left.length > 0) this.#put(`logins:${clientId}`, left);
    else this.ctx.storage.kv.delete(`logins:${clientId}`);
    const owed = this.#get<OwedEnding>(`owed:${clientId}`);
    const owing = owed?.logins.filter((login) => !ended.includes(login)) ?? [];
    if (owed && owing.length > 0) this.#put(`owed:${clientId}`, { ...owed, logins: owing });
    else this.ctx.storage.kv.delete(`owed:${clientId}`);
  }

  #isShut(): boolean {
    return this.#get<boolean>('shut') === true;
  }

  async shut(): Promise<Shut> {
    const { kv } = this.ctx.storage;
    const clients = [...kv.list({ prefix: 'logins:' })].map(([key]) => key.slice('logins:'.length));
    const logins = clients.flatMap((clientId) => this.#loginsAt(clientId).map((one) => ({ clientId, ...one })));
    const known = new Set(logins.map(({ login }) => login));
    const owed = this.#owed().flatMap((one) => one.logins.map((login) => ({ clientId: one.clientId, login })));
    for (const session of this.#sessions()) this.#setAside(session);
    this.#put('shut', true);
    return {
      sessions: this.#ending().map(({ session }) => session),
      logins: [...logins, ...owed.filter(({ login }) => !known.has(login))],
      waiting: this.#list().map(({ txn }) => txn),
    };
  }

  async forgetShut(): Promise<void> {
    if (!this.#isShut()) return;
    const { kv } = this.ctx.storage;
    for (const prefix of ['ending:', 'owed:', 'logins:', 'requests'])
      for (const [key] of [...kv.list({ prefix })]) kv.delete(key);
  }

  async reopen(): Promise<void> {
    this.ctx.storage.kv.delete('shut');
  }

  async sessions(): Promise<readonly SessionRecord[]> {
    return this.#sessions().filter((session) => session.expiresAt > seconds());
  }

  async endSession(id: string): Promise<SessionRecord | null> {
    const session = this.#get<SessionRecord>(`session:${id}`);
    if (!session) return this.#get<EndingSession>(`ending:${id}`)?.session ?? null;
    this.#setAside(session);
    return session;
  }

  async forgetEnded(id: string): Promise<void> {
    this.ctx.storage.kv.delete(`ending:${id}`);
  }

  #setAside(session: SessionRecord): void {
    this.ctx.storage.kv.delete(`session:${session.id}`);
    this.#putForAWhile(`ending:${session.id}`, { session, since: seconds() } satisfies EndingSession);
  }

  #ending(): EndingSession[] {
    return [...this.ctx.storage.kv.list<EndingSession>({ prefix: 'ending:' })].map(([, ending]) => ending);
  }

  async addRequest(request: Omit<LiveRequest, 'quiet'>): Promise<void> {
    if (this.#isShut()) return;
    // Whoever asks cannot tell: the page and the request look as ever.
    if (isMuted(this.#get<readonly Mute[]>('mutes') ?? [], request.network, seconds())) return;
    const added = addRequest(this.#list(), this.#get<readonly number[]>('alerts') ?? [], request);
    this.#putForAWhile('requests', added.list);
    this.#putForAWhile('alerts', added.alerts);
  }

  async removeRequest(txn: string): Promise<void> {
    this.#forgetRequest(txn);
  }

  async hideRequest(txn: string): Promise<void> {
    const listed = new Set(this.#list().map((live) => live.txn));
    for (const hidden of this.#hidden) if (!listed.has(hidden)) this.#hidden.delete(hidden);
    this.#hidden.add(txn);
  }

  #forgetRequest(txn: string): void {
    const list = this.#list();
    const left = list.filter((live) => live.txn !== txn);
    if (left.length < list.length) this.#put('requests', left);
    this.#hidden.delete(txn);
  }

  async requests(): Promise<readonly LiveRequest[]> {
    if (this.#isShut()) return [];
    return liveAt(this.#list(), seconds()).filter(({ txn }) => !this.#hidden.has(txn));
  }

  async reportRequest(txn: string): Promise<readonly string[]> {
    const { others, mutes } = reportRequest(this.#list(), this.#get<readonly Mute[]>('mutes') ?? [], txn, seconds());
    this.#put('requests', []);
    this.#putForAWhile('mutes', mutes);
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

  /** What counts only for a time: looked through later, so that an object which was made for a number that nobody has goes again. */
  #putForAWhile<T>(key: string, value: T): void {
    this.#put(key, value);
    if (this.#wakes) return;
    this.#wakes = true;
    void this.ctx.storage.setAlarm(Date.now() + lookThroughMs);
  }

  /** The platform calls it. What has run its time goes; with nothing left, so does the object. */
  override async alarm(): Promise<void> {
    this.#wakes = false;
    const { kv } = this.ctx.storage;
    let next = Number.POSITIVE_INFINITY;
    let left = 0;
    for (const [key, value] of [...kv.list()]) {
      const swept = sweep(key, value, seconds());
      if (swept === undefined) kv.delete(key);
      else left++;
      if (swept === undefined) continue;
      if (swept.value !== value) kv.put(key, swept.value);
      next = Math.min(next, swept.until);
    }
    if (left === 0) return this.ctx.storage.deleteAll();
    // No alarm can be set for what has no end.
    if (next < Number.MAX_SAFE_INTEGER) await this.ctx.storage.setAlarm(next * 1000);
  }
}

function seconds(): number {
  return Math.floor(Date.now() / 1000);
}
