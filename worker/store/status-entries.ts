// Every credential's random status index, and whether it still holds. The primary key is the referee of an index. Knows no person:
// the bucket says only which shard does.

import type { Bucket, EpochSeconds } from '../../shared/base/brands.ts';
import { type StatusSpace, statusSpaces } from '../issuer/publication.ts';
import type { JournalEntry } from '../journal/entry.ts';
import { statusEvents } from '../journal/events.ts';
import type { CredentialOrder } from './credential-orders.ts';
import { journalInsert } from './journal-insert.ts';
import { openChunks } from './status-spaces.ts';

/** Token Status List §7. */
export const statusValues = { valid: 0, revoked: 1, suspended: 2 } as const;
export type StatusName = keyof typeof statusValues;

/** Why a credential is suspended whose account is: the account alone lifts it. */
const held = `(status = 2 AND reason = 'account_suspended')`;

/**
 * From where a credential may come to each status; a revoked one stays revoked. The authority's own suspension takes the place of the
 * account's, so it outlasts that, and neither lifts the other's.
 */
const comesFrom: Readonly<Record<'authority' | 'order', Readonly<Record<StatusName, string>>>> = {
  authority: {
    revoked: 'status IN (0, 2)',
    suspended: `(status = 0 OR ${held})`,
    valid: `(status = 2 AND NOT ${held})`,
  },
  order: { revoked: 'status IN (0, 2)', suspended: 'status = 0', valid: held },
};
/** A row is written a moment after the time it carries: a list that was published so much later has it. */
const followedAfterSeconds = 600;
/** Statements of one batch stay below this. */
const ordersAtOnce = 30;

/** Nothing was issued, and nothing else is broken: the authority was told while there was room (issuer/grow-status-spaces.ts). */
export class StatusSpaceFullError extends Error {
  override readonly name = 'StatusSpaceFullError';
}

export type StatusEntry = { readonly idx: number; readonly bucket: Bucket; readonly status: number };

const pageSize = 20_000;

export class StatusEntries {
  readonly #db: D1Database;

  constructor(directory: D1Database) {
    this.#db = directory;
  }

  /** For somebody's batch: takes the first free one of eight random candidates in what is open of the space. */
  reserveIn(
    bucket: Bucket,
    at: EpochSeconds,
    random: (bytes: number) => Uint8Array,
    space: StatusSpace = 'national',
  ): D1PreparedStatement {
    const words = Array.from(new Uint32Array(random(32).slice().buffer));
    return this.#db
      .prepare(
        `INSERT INTO status_entries (idx, bucket, status, changed_at)
         SELECT candidate, ?2, 0, ?3 FROM (SELECT ?4 + value % (${openChunks('?5', space)} << 20) AS candidate FROM json_each(?1))
         WHERE candidate NOT IN (SELECT idx FROM status_entries) LIMIT 1
         RETURNING idx`,
      )
      .bind(JSON.stringify(words), bucket, at, statusSpaces[space].firstChunk * 2 ** 20, space);
  }

  /** Reads what `reserveIn` brought; undefined when all candidates were taken. */
  reservedOf(result: D1Result | undefined): number | undefined {
    return (result?.results[0] as { idx: number } | undefined)?.idx;
  }

  /**
   * A free random index for a credential. Eight candidates a try: in a space that is four fifths full one of six tries fails, ten in a
   * row never. Throws StatusSpaceFullError when they do.
   */
  async reserve(
    bucket: Bucket,
    at: EpochSeconds,
    random: (bytes: number) => Uint8Array,
    space: StatusSpace = 'national',
  ): Promise<number> {
    for (let tries = 0; tries < 10; tries++) {
      const row = await this.reserveIn(bucket, at, random, space).first<{ idx: number }>();
      if (row) return row.idx;
    }
    throw new StatusSpaceFullError('no free status index');
  }

  /** As many as are asked for, in the space of credentials for online use; in one batch where no candidate list is exhausted. */
  async reserveMany(
    bucket: Bucket,
    at: EpochSeconds,
    random: (bytes: number) => Uint8Array,
    count: number,
  ): Promise<number[]> {
    const statements = Array.from({ length: count }, () => this.reserveIn(bucket, at, random, 'online'));
    const found = (await this.#db.batch(statements)).map((result) => this.reservedOf(result));
    return Promise.all(found.map((idx) => idx ?? this.reserve(bucket, at, random, 'online')));
  }

  /** Gives back an index that no credential took. The caller knows that none did. */
  async release(idx: number): Promise<void> {
    await this.#db.prepare('DELETE FROM status_entries WHERE idx = ? AND status = 0').bind(idx).run();
  }

  async find(idx: number): Promise<StatusEntry | undefined> {
    const row = await this.#db
      .prepare('SELECT idx, bucket, status FROM status_entries WHERE idx = ? AND free_at IS NULL')
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
    const statements = changes.flatMap(({ idx, entry }) => [
      this.#db
        .prepare(
          `UPDATE status_entries SET status = ?2, reason = ?3, changed_at = ?4
           WHERE idx = ?1 AND ${comesFrom.authority[to]}`,
        )
        .bind(idx, statusValues[to], reason, at),
      journalInsert(this.#db, entry, 'if_changed'),
    ]);
    if (statements.length === 0) return 0;
    const results = await this.#db.batch(statements);
    return results.reduce((sum, result, i) => sum + (i % 2 === 0 ? result.meta.changes : 0), 0);
  }

  /**
   * Moves what orders say, in their order, each with its journal row; answers how many changed. An order that was carried out already, or
   * comes after a later one of the same credential, changes nothing.
   */
  async carryOut(orders: readonly CredentialOrder[], now: EpochSeconds): Promise<number> {
    let changed = 0;
    for (let start = 0; start < orders.length; start += ordersAtOnce) {
      const some = orders.slice(start, start + ordersAtOnce);
      const results = await this.#db.batch(some.flatMap((order) => this.#orderSteps(order, now)));
      changed += results.reduce((sum, result, i) => sum + (i % 3 === 0 ? result.meta.changes : 0), 0);
    }
    return changed;
  }

  /** `changed_at` is when it is written here, or a list that was published since the order would not have it. */
  #orderSteps(order: CredentialOrder, now: EpochSeconds): D1PreparedStatement[] {
    const { seq, subjectId, statusIdx, becomes, reason, actor, at } = order;
    const entry: JournalEntry = {
      at,
      event: statusEvents[becomes],
      actor,
      subjectId,
      object: `status:${statusIdx}`,
      detail: { to: becomes, reason },
    };
    return [
      this.#db
        .prepare(
          `UPDATE status_entries SET status = ?2, reason = ?3, changed_at = ?5
           WHERE idx = ?1 AND last_order < ?4 AND ${comesFrom.order[becomes]}`,
        )
        .bind(statusIdx, statusValues[becomes], reason, seq, now),
      journalInsert(this.#db, entry, 'if_changed'),
      this.#db
        .prepare('UPDATE status_entries SET last_order = ?2 WHERE idx = ?1 AND last_order < ?2')
        .bind(statusIdx, seq),
    ];
  }

  /**
   * Of credentials that expired long ago: each says valid, so that lists need not carry it for ever, and is nobody's until `freeAt`.
   * SECURITY: the one way out of revoked. It is the caller's to know that no verifier can still take the credential for unexpired.
   */
  async retire(indices: readonly number[], at: EpochSeconds, freeAt: EpochSeconds): Promise<void> {
    if (indices.length === 0) return;
    await this.#db
      .prepare(
        `UPDATE status_entries SET changed_at = CASE status WHEN 0 THEN changed_at ELSE ?2 END, status = 0, reason = NULL, free_at = ?3
         WHERE idx IN (SELECT value FROM json_each(?1)) AND free_at IS NULL`,
      )
      .bind(JSON.stringify(indices), at, freeAt)
      .run();
  }

  /** Those whose time has come and whose last change a published list has followed may be given again. Answers how many of `limit`. */
  async free(now: EpochSeconds, limit: number): Promise<number> {
    // Left alone, the planner takes the index of statuses, and nearly every row says valid.
    const { meta } = await this.#db
      .prepare(
        `DELETE FROM status_entries WHERE idx IN (SELECT idx FROM status_entries INDEXED BY status_entries_free
           WHERE free_at <= ?1 AND status = 0 AND changed_at < (SELECT max(published_at) - ${followedAfterSeconds} FROM publications WHERE kind = 'status_list') LIMIT ?2)`,
      )
      .bind(now, limit)
      .run();
    return meta.changes;
  }

  /** Every index that is not valid, from one to below another, in pages of 20,000: what a list is made of. */
  async *notValid(
    from: number,
    below: number,
  ): AsyncGenerator<readonly { readonly idx: number; readonly status: number }[]> {
    for (let after = from - 1; ; ) {
      const { results } = await this.#db
        .prepare(
          'SELECT idx, status FROM status_entries WHERE status <> 0 AND idx > ? AND idx < ? ORDER BY idx LIMIT ?',
        )
        .bind(after, below, pageSize)
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
