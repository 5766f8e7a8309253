// The Durable Object of one login (docs/adr/0007, docs/adr/0013): reads its record, lets one-login.ts decide each step, keeps what changed
// before the answer leaves. The alarm deletes it.

import { DurableObject } from 'cloudflare:workers';
import type { Env } from '../env.ts';
import type { LoginRecord } from './login-record.ts';
import { OneLogin } from './one-login.ts';
import { answerCall, type Called } from './remote.ts';

/**
 * One row. In such a table a row of up to 4 kB stays in one page, so that a step writes that page and no other; the storage's own keys
 * and values put all beyond 1 kB into pages of their own.
 */
const make = 'CREATE TABLE login (id INTEGER PRIMARY KEY, record TEXT NOT NULL)';
const isMade = "SELECT 1 FROM sqlite_master WHERE name = 'login'";
const read = 'SELECT record FROM login';
const write = 'INSERT OR REPLACE INTO login (id, record) VALUES (1, ?)';
/** Where logins were kept before they had a table. */
const olderKey = 'login';

export class Login extends DurableObject<Env> implements Called {
  readonly #login: OneLogin;
  #keptIn: 'nothing' | 'key' | 'table';
  /** Epoch seconds; 0: not known, or none is set. */
  #alarmAt = 0;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const { sql, kv } = ctx.storage;
    const made = sql.exec(isMade).next().done !== true;
    const kept = made ? sql.exec<{ record: string }>(read).toArray()[0]?.record : kv.get<string>(olderKey);
    const record = kept === undefined ? undefined : (JSON.parse(kept) as LoginRecord);
    this.#keptIn = made ? 'table' : kept === undefined ? 'nothing' : 'key';
    this.#login = new OneLogin(record, (changed) => this.#keep(changed));
  }

  /** Every step of a login is one call, decided and kept without waiting in between: no other call sees half of it. */
  async call(line: string): Promise<string | undefined> {
    return answerCall(line, this.#login);
  }

  override async alarm(): Promise<void> {
    this.#alarmAt = 0;
    const livesUntil = this.#login.runOut();
    if (livesUntil !== undefined) return this.#wakeAt(livesUntil);
    this.#keptIn = 'nothing';
    await this.ctx.storage.deleteAll();
  }

  /** Held back from the caller until it is on disk (output gate), so nothing is awaited here. */
  #keep(record: LoginRecord): void {
    const { sql, kv } = this.ctx.storage;
    if (this.#keptIn !== 'table') sql.exec(make);
    // SECURITY: in the same write, so that nobody who still looks there finds a login as it once was.
    if (this.#keptIn === 'key') kv.delete(olderKey);
    this.#keptIn = 'table';
    // An alarm that is early looks again; only a shorter life needs a new one. Before the record: the first alarm makes a table of the
    // platform's, and a statement that is older than a table is prepared once more.
    if (this.#alarmAt === 0 || record.expiresAt < this.#alarmAt) this.#wakeAt(record.expiresAt);
    sql.exec(write, JSON.stringify(record));
  }

  #wakeAt(at: number): void {
    this.#alarmAt = at;
    void this.ctx.storage.setAlarm(at * 1000);
  }
}
