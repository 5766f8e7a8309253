// The signed files that the edge publishes, kept as they came, with when they were fetched and last confirmed.
import { createHash } from 'node:crypto';
import type { Database } from './database.ts';

export type ListName = 'trust' | 'status';
export type StoredList = {
  readonly bytes: Uint8Array;
  readonly version: number;
  readonly sha256: Uint8Array;
  readonly etag?: string;
  readonly fetchedAt: number;
  /** When the edge last said that this is still the current one. Ages are counted from here. */
  readonly confirmedAt: number;
};

/** The nation's statuses: a snapshot and the deltas applied after it (a CBOR array), as they came. */
export type StoredChain = {
  readonly snapshot: Uint8Array;
  readonly deltas: Uint8Array;
  /** Of the state they lead to. */
  readonly sequence: number;
  readonly hash: Uint8Array;
  readonly fetchedAt: number;
  readonly confirmedAt: number;
};

export class ListStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  load(name: ListName): StoredList | undefined {
    const row = this.#db.prepare('SELECT * FROM lists WHERE name = ?').get(name);
    if (!row) return undefined;
    return {
      bytes: row['bytes'] as Uint8Array,
      version: Number(row['version']),
      sha256: row['sha256'] as Uint8Array,
      ...(row['etag'] === null ? {} : { etag: row['etag'] as string }),
      fetchedAt: Number(row['fetched_at']),
      confirmedAt: Number(row['confirmed_at']),
    };
  }

  /**
   * A verified list takes the place of an older or equal version, never of a newer one (no rollback, even across restarts). `over`: of
   * any, as a list by which all roots gave way to others does.
   */
  keep(
    name: ListName,
    list: Pick<StoredList, 'bytes' | 'version' | 'etag'>,
    now: number,
    { over = false }: { readonly over?: boolean | undefined } = {},
  ): void {
    const digest = createHash('sha256').update(list.bytes).digest();
    this.#db
      .prepare(
        `INSERT INTO lists (name, bytes, version, sha256, etag, fetched_at, confirmed_at) VALUES (?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (name) DO UPDATE SET bytes = excluded.bytes, version = excluded.version, sha256 = excluded.sha256,
           etag = excluded.etag, fetched_at = excluded.fetched_at, confirmed_at = excluded.confirmed_at
         WHERE excluded.version >= lists.version OR ?`,
      )
      .run(name, list.bytes, list.version, digest, list.etag ?? null, now, now, over ? 1 : 0);
  }

  confirm(name: ListName, now: number): void {
    this.#db.prepare('UPDATE lists SET confirmed_at = ? WHERE name = ?').run(now, name);
  }

  loadChain(): StoredChain | undefined {
    const row = this.#db.prepare('SELECT * FROM status_chain').get();
    if (!row) return undefined;
    return {
      snapshot: row['snapshot'] as Uint8Array,
      deltas: row['deltas'] as Uint8Array,
      sequence: Number(row['sequence']),
      hash: row['hash'] as Uint8Array,
      fetchedAt: Number(row['fetched_at']),
      confirmedAt: Number(row['confirmed_at']),
    };
  }

  /** One row, so that a snapshot and its deltas are of one chain whenever the power goes. */
  keepChain(chain: Omit<StoredChain, 'fetchedAt' | 'confirmedAt'>, now: number): void {
    this.#db
      .prepare(
        `INSERT INTO status_chain (id, snapshot, deltas, sequence, hash, fetched_at, confirmed_at) VALUES (1, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET snapshot = excluded.snapshot, deltas = excluded.deltas,
           sequence = excluded.sequence, hash = excluded.hash, fetched_at = excluded.fetched_at,
           confirmed_at = excluded.confirmed_at`,
      )
      .run(chain.snapshot, chain.deltas, chain.sequence, chain.hash, now, now);
  }

  confirmChain(now: number): void {
    this.#db.prepare('UPDATE status_chain SET confirmed_at = ?').run(now);
  }
}
