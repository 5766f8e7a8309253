// Two signed lists that contradict each other, as this kiosk met them: each pair once, kept until the edge has heard of it and after,
// so that it is told once. Nothing in it is about a person.
import { ForkReport } from '../../../shared/contract/fork-report.ts';
import type { Database } from './database.ts';

/** Whoever can sign lists could make any number of them: beyond so many there is nothing new to learn. */
const maxKept = 20;

export class ForkStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** The same pair again changes nothing, and neither does one too many. */
  keep(report: ForkReport): void {
    const { list, version, heldHash, seenHash } = report;
    this.#db
      .prepare(
        `INSERT INTO forks (list, version, held_hash, seen_hash, report) SELECT ?, ?, ?, ?, ?
         WHERE (SELECT count(*) FROM forks) < ${maxKept} ON CONFLICT DO NOTHING`,
      )
      .run(list, version, heldHash, seenHash, JSON.stringify(report));
  }

  /** Those that the edge has not heard of. */
  untold(): ForkReport[] {
    const rows = this.#db.prepare('SELECT report FROM forks WHERE told_at IS NULL ORDER BY list, version').all();
    return rows.flatMap((row) => {
      const parsed = ForkReport.safeParse(JSON.parse(row['report'] as string));
      return parsed.success ? [parsed.data] : [];
    });
  }

  told({ list, version, heldHash, seenHash }: ForkReport, at: number): void {
    this.#db
      .prepare('UPDATE forks SET told_at = ? WHERE list = ? AND version = ? AND held_hash = ? AND seen_hash = ?')
      .run(at, list, version, heldHash, seenHash);
  }
}
