// The Durable Object of logins: every login lives in exactly one, and keeps its neighbours company there (docs/adr/0013). A row a login
// in the object's own SQLite; the alarm deletes what has run out. What a login may do is one-login.ts's business.

import { DurableObject } from 'cloudflare:workers';
import type { Env } from '../env.ts';
import type { LoginRecord } from './login-record.ts';
import { OneLogin } from './one-login.ts';
import { answerCall, type Called } from './remote.ts';

/** Rows are swept at most this often; a login that has run out may be seen, as run out, for so long. */
const sweepSeconds = 30;
/** Logins held ready in memory. */
const mostAtHand = 500;
const sweepAtOnce = 1000;

export class Login extends DurableObject<Env> implements Called {
  readonly #sql: SqlStorage = this.ctx.storage.sql;
  readonly #atHand = new Map<string, OneLogin>();
  /** Epoch seconds; 0: not known, or none is set. */
  #alarmAt = 0;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#sql.exec(
      'CREATE TABLE IF NOT EXISTS logins (id TEXT PRIMARY KEY, look_at INTEGER NOT NULL, record TEXT NOT NULL) WITHOUT ROWID',
    );
    this.#sql.exec('CREATE INDEX IF NOT EXISTS logins_by_look ON logins (look_at)');
  }

  /** Every step of a login is one call, decided and kept without waiting in between: no other call sees half of it. */
  async call(line: string): Promise<string | undefined> {
    return answerCall(line, (id) => this.#login(id));
  }

  override async alarm(): Promise<void> {
    this.#alarmAt = 0;
    const due = 'SELECT id FROM logins WHERE look_at <= ? ORDER BY look_at LIMIT ?';
    for (const { id } of this.#sql.exec<{ id: string }>(due, seconds(), sweepAtOnce).toArray()) {
      const livesUntil = this.#login(id).runOut();
      if (livesUntil !== undefined) this.#sql.exec('UPDATE logins SET look_at = ? WHERE id = ?', livesUntil, id);
      else {
        this.#sql.exec('DELETE FROM logins WHERE id = ?', id);
        this.#atHand.delete(id);
      }
    }
    const [next] = this.#sql.exec<{ at: number | null }>('SELECT min(look_at) AS at FROM logins').toArray();
    if (next?.at != null) this.#wakeAt(Math.max(next.at, seconds() + sweepSeconds));
  }

  #login(id: string): OneLogin {
    const known = this.#atHand.get(id);
    if (known) return known;
    if (this.#atHand.size >= mostAtHand)
      for (const [other, login] of this.#atHand) if (login.isIdle) this.#atHand.delete(other);
    const [row] = this.#sql.exec<{ record: string }>('SELECT record FROM logins WHERE id = ?', id).toArray();
    const login = new OneLogin(row && (JSON.parse(row.record) as LoginRecord), (record) => this.#keep(id, record));
    this.#atHand.set(id, login);
    return login;
  }

  /** Held back from the caller until it is on disk (output gate), so nothing is awaited here. */
  #keep(id: string, record: LoginRecord): void {
    // A longer life is noticed by the sweep: the index is left alone until then.
    this.#sql.exec(
      'INSERT INTO logins (id, look_at, record) VALUES (?1, ?2, ?3) ON CONFLICT (id) DO UPDATE SET look_at = min(look_at, ?2), record = ?3',
      id,
      record.expiresAt,
      JSON.stringify(record),
    );
    // An alarm that is early looks again; only a shorter life needs a new one, and a sweep waits for company.
    if (this.#alarmAt === 0) {
      const [first] = this.#sql.exec<{ at: number }>('SELECT min(look_at) AS at FROM logins').toArray();
      this.#wakeAt(Math.max(first?.at ?? 0, seconds()));
    } else if (record.expiresAt + sweepSeconds < this.#alarmAt) this.#wakeAt(record.expiresAt);
  }

  #wakeAt(at: number): void {
    this.#alarmAt = at;
    void this.ctx.storage.setAlarm(at * 1000);
  }
}

function seconds(): number {
  return Math.floor(Date.now() / 1000);
}
