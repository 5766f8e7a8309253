// The Durable Object of one login (docs/adr/0007, docs/adr/0013): reads its record, lets one-login.ts decide each step, keeps what changed
// before the answer leaves. The alarm deletes it.

import { DurableObject } from 'cloudflare:workers';
import type { Env } from '../env.ts';
import type { LoginRecord } from './login-record.ts';
import { OneLogin } from './one-login.ts';
import { answerCall, type Called } from './remote.ts';

const recordKey = 'login';

export class Login extends DurableObject<Env> implements Called {
  readonly #login: OneLogin;
  /** Epoch seconds; 0: not known, or none is set. */
  #alarmAt = 0;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const kept = ctx.storage.kv.get<string>(recordKey);
    const record = kept === undefined ? undefined : (JSON.parse(kept) as LoginRecord);
    this.#login = new OneLogin(record, (changed) => this.#keep(changed));
  }

  /** Every step of a login is one call, decided and kept without waiting in between: no other call sees half of it. */
  async call(line: string): Promise<string | undefined> {
    return answerCall(line, this.#login);
  }

  override async alarm(): Promise<void> {
    this.#alarmAt = 0;
    const livesUntil = this.#login.runOut();
    if (livesUntil === undefined) await this.ctx.storage.deleteAll();
    else this.#wakeAt(livesUntil);
  }

  /** Held back from the caller until it is on disk (output gate), so nothing is awaited here. */
  #keep(record: LoginRecord): void {
    this.ctx.storage.kv.put(recordKey, JSON.stringify(record));
    // An alarm that is early looks again; only a shorter life needs a new one.
    if (this.#alarmAt === 0 || record.expiresAt < this.#alarmAt) this.#wakeAt(record.expiresAt);
  }

  #wakeAt(at: number): void {
    this.#alarmAt = at;
    void this.ctx.storage.setAlarm(at * 1000);
  }
}
