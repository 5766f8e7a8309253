// What was checked at this kiosk: when, with which verdict. No claim, no credential, nothing that names a person.
import type { PastCheck } from '../../bridge/contract.ts';
import type { Database } from './database.ts';

const maxKept = 10_000;

export class CheckStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  append(check: PastCheck): void {
    const written = this.#db
      .prepare('INSERT INTO checks (at, context, outcome, check_name, profile) VALUES (?, ?, ?, ?, ?)')
      .run(check.at, check.context, check.outcome, check.check ?? null, check.profile ?? null);
    const id = Number(written.lastInsertRowid);
    if (id % 100 === 0) this.#db.prepare('DELETE FROM checks WHERE id <= ?').run(id - maxKept);
  }

  recent(limit: number): PastCheck[] {
    return this.#db
      .prepare('SELECT * FROM checks ORDER BY id DESC LIMIT ?')
      .all(limit)
      .map((row) => ({
        at: Number(row['at']),
        context: row['context'] as PastCheck['context'],
        outcome: row['outcome'] as PastCheck['outcome'],
        ...(row['check_name'] === null ? {} : { check: row['check_name'] as string }),
        ...(row['profile'] === null ? {} : { profile: row['profile'] as NonNullable<PastCheck['profile']> }),
      }));
  }
}
