// The operator on duty at this kiosk: one at a time, the bearer sealed.
import { OperatorLoginAnswer } from '../../../shared/contract/kiosk.ts';
import type { Database } from './database.ts';
import type { Cell, Sealer } from './seal.ts';

export type OperatorSession = OperatorLoginAnswer;
const cell: Cell = { table: 'operator_session', row: '1', column: 'session' };

export class OperatorStore {
  readonly #db: Database;
  readonly #sealer: Sealer;

  constructor(db: Database, sealer: Sealer) {
    this.#db = db;
    this.#sealer = sealer;
  }

  /** The session that has not run out at `now`. */
  onDuty(now: number): OperatorSession | undefined {
    const row = this.#db.prepare('SELECT session FROM operator_session WHERE id = 1 AND expires_at > ?').get(now);
    if (!row) return undefined;
    return OperatorLoginAnswer.parse(JSON.parse(this.#sealer.openText(row['session'] as Uint8Array, cell)));
  }

  begin(session: OperatorSession): void {
    this.#db
      .prepare(
        `INSERT INTO operator_session (id, session, expires_at) VALUES (1, ?, ?)
         ON CONFLICT (id) DO UPDATE SET session = excluded.session, expires_at = excluded.expires_at`,
      )
      .run(this.#sealer.sealText(JSON.stringify(session), cell), session.expiresAt);
  }

  end(): void {
    this.#db.prepare('DELETE FROM operator_session').run();
  }
}
