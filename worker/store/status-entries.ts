// Every credential's random status index, and whether it still holds. The primary key is the referee of an index. Knows no person:
// the bucket says only which shard does.

import type { Bucket, EpochSeconds } from '../../shared/base/brands.ts';
import { statusSpace } from '../issuer/publication.ts';
import type { JournalEntry } from '../journal/entry.ts';
import { journalInsert } from './journal-insert.ts';

/** Token Status List §7. */
export const statusValues = { valid: 0, revoked: 1, suspended: 2 } as const;
export type StatusName = keyof typeof statusValues;

/** From which statuses a credential may come to each: a revoked one stays revoked. */
const comesFrom: Readonly<Record<StatusName, readonly StatusName[]>> = {
  revoked: ['valid', 'suspended'],
  suspended: ['valid'],
  valid: ['suspended'],
};

export type StatusEntry = { readonly idx: number; readonly bucket: Bucket; readonly status: number };

const pageSize = 20_000;

export class StatusEntries {
  readonly #db: D1Database;

  constructor(directory: D1Database) {
    this.#db = directory;
  }

  /** For somebody's batch: takes the first free one of eight random candidates. */
  reserveIn(bucket: Bucket, at: EpochSeconds, random: (bytes: number) => Uint8Array): D1PreparedStatement {
    const words = new Uint32Array(random(32).slice().buffer);
    const candidates = Array.from(words, (word) => word % statusSpace);
    return this.#db
      .prepare(
        `INSERT INTO status_entries (idx, bucket, status, changed_at)
         SELECT value, ?2, 0, ?3 FROM json_each(?1) WHERE value NOT IN (SELECT idx FROM status_entries) LIMIT 1
         RETURNING idx`,
      )
      .bind(JSON.stringify(candidates), bucket, at);
  }

  /** Reads what `reserveIn` brought; undefined when all candidates were taken. */
  reservedOf(result: D1Result | undefined): number | undefined {
    return (result?.results[0] as { idx: number } | undefined)?.idx;
  }

  /**
   * A free random index for a credential. Eight candidates a try: even at five sixths full three tries fail less than
   * once in fifty; ten failures mean that the space is used up.
   */
  async reserve(bucket: Bucket, at: EpochSeconds, random: (bytes: number) => Uint8Array): Promise<number> {
    for (let tries = 0; tries < 10; tries++) {
      const row = await this.reserveIn(bucket, at, random).first<{ idx: number }>();
      if (row) return row.idx;
    }
    throw new Error('no free status index: the list is full');
  }

  /** As many as are asked for, in one batch where no candidate list is exhausted. */
  async reserveMany(
    bucket: Bucket,
    at: EpochSeconds,
    random: (bytes: number) => Uint8Array,
    count: number,
  ): Promise<number[]> {
    const statements = Array.from({ length: count }, () => this.reserveIn(bucket, at, random));
    const found = (await this.#db.batch(statements)).map((result) => this.reservedOf(result));
    return Promise.all(found.map((idx) => idx ?? this.reserve(bucket, at, random)));
  }

  /** Gives back an index that no credential took. The caller knows that none did. */
  async release(idx: number): Promise<void> {
    await this.#db.prepare('DELETE FROM status_entries WHERE idx = ? AND status = 0').bind(idx).run();
  }

  async find(idx: number): Promise<StatusEntry | undefined> {
    const row = await this.#db
      .prepare('SELECT idx, bucket, status FROM status_entries WHERE idx = ?')
      .bind(idx)
      .first<{ idx: number; bucket: number; status: number }>();
    return row ? { idx: row.idx, bucket: row.bucket as Bucket, status: row.status } : undefined;
  }

  /** Moves each index that may move, with its journal row, in one batch; answers how many moved. */
  async move(
    changes: readonly { readonly idx: number; readonly entry: JournalEntry }[],
    to: StatusName,
    reason: string,
    at: EpochSeconds,
  ): Promise<number> {
    const from = JSON.stringify(comesFrom[to].map((name) => statusValues[name]));
    const statements = changes.flatMap(({ idx, entry }) => [
      this.#db
        .prepare(
          `UPDATE status_entries SET status = ?2, reason = ?3, changed_at = ?4
           WHERE idx = ?1 AND status IN (SELECT value FROM json_each(?5))`,
        )
        .bind(idx, statusValues[to], reason, at, from),
      journalInsert(this.#db, entry, 'if_changed'),
    ]);
    if (statements.length === 0) return 0;
    const results = await this.#db.batch(statements);
    return results.reduce((sum, result, i) => sum + (i % 2 === 0 ? result.meta.changes : 0), 0);
  }

  /** Every index that is not valid, in pages of 20,000: what a list is made of. */
  async *notValid(): AsyncGenerator<readonly { readonly idx: number; readonly status: number }[]> {
    for (let after = -1; ; ) {
      const { results } = await this.#db
        .prepare('SELECT idx, status FROM status_entries WHERE status <> 0 AND idx > ? ORDER BY idx LIMIT ?')
        .bind(after, pageSize)
        .all<{ idx: number; status: number }>();
      if (results.length > 0) yield results;
      const last = results.at(-1);
      if (!last || results.length < pageSize) return;
      after = last.idx;
    }
  }

  /** Every index whose row was written at `since` or later, whatever it says now: for whoever holds the state of a while before. */
  async *changedSince(
    since: EpochSeconds,
  ): AsyncGenerator<readonly { readonly idx: number; readonly status: number }[]> {
    for (let at: number = since, after = -1; ; ) {
      const { results } = await this.#db
        .prepare(
          `SELECT idx, status, changed_at FROM status_entries
           WHERE changed_at >= ?1 AND (changed_at > ?1 OR idx > ?2) ORDER BY changed_at, idx LIMIT ?3`,
        )
        .bind(at, after, pageSize)
        .all<{ idx: number; status: number; changed_at: number }>();
      if (results.length > 0) yield results;
      const last = results.at(-1);
      if (!last || results.length < pageSize) return;
      at = last.changed_at;
      after = last.idx;
    }
  }
}
