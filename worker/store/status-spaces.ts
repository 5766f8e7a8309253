// How far each space of status indices has grown: chunks are published before an index of theirs is given out. Knows no index.
import { type StatusSpace, statusSpaces } from '../issuer/publication.ts';
import type { JournalEntry } from '../journal/entry.ts';
import { journalInsert } from './journal-insert.ts';

export type SpaceSize = {
  /** That the next list has. */
  readonly chunks: number;
  /** That indices are taken from. */
  readonly open: number;
};

/** How many chunks of a space (?n is its name, begins as `chunks`) are open: a scalar for other statements. */
export function openChunks(parameter: string, space: StatusSpace): string {
  return `coalesce((SELECT open FROM status_spaces WHERE space = ${parameter}), ${statusSpaces[space].chunks})`;
}

export class StatusSpaces {
  readonly #db: D1Database;

  constructor(directory: D1Database) {
    this.#db = directory;
  }

  async sizes(): Promise<Readonly<Record<StatusSpace, SpaceSize>>> {
    const { results } = await this.#db
      .prepare('SELECT space, chunks, open FROM status_spaces')
      .all<{ space: string; chunks: number; open: number }>();
    const sizeOf = (space: StatusSpace): SpaceSize => {
      const begins = statusSpaces[space].chunks;
      const row = results.find((found) => found.space === space);
      return row ? { chunks: row.chunks, open: row.open } : { chunks: begins, open: begins };
    };
    return { national: sizeOf('national'), online: sizeOf('online') };
  }

  /** From the next list on it has `to` chunks. False if it no longer has `from`, or those are not all open yet. */
  async grow(space: StatusSpace, from: number, to: number, entry: JournalEntry): Promise<boolean> {
    const results = await this.#db.batch([
      this.#db
        .prepare(
          `INSERT INTO status_spaces (space, chunks, open) SELECT ?1, ?3, ?2 WHERE true
           ON CONFLICT (space) DO UPDATE SET chunks = ?3 WHERE chunks = ?2 AND open = ?2`,
        )
        .bind(space, from, to),
      journalInsert(this.#db, entry, 'if_changed'),
    ]);
    return results[0]?.meta.changes === 1;
  }

  /** A list of so many chunks is out: indices may be taken from all of them. */
  async open(space: StatusSpace, chunks: number): Promise<void> {
    await this.#db
      .prepare('UPDATE status_spaces SET open = ?2 WHERE space = ?1 AND open < ?2 AND chunks >= ?2')
      .bind(space, chunks)
      .run();
  }

  /** Says once in `everySeconds` that a space is nearly full; true if it was said now. */
  async alarm(space: StatusSpace, size: SpaceSize, entry: JournalEntry, everySeconds: number): Promise<boolean> {
    const results = await this.#db.batch([
      this.#db
        .prepare(
          `INSERT INTO status_spaces (space, chunks, open, alarmed_at) SELECT ?1, ?2, ?3, ?4 WHERE true
           ON CONFLICT (space) DO UPDATE SET alarmed_at = ?4 WHERE alarmed_at <= ?4 - ?5`,
        )
        .bind(space, size.chunks, size.open, entry.at, everySeconds),
      journalInsert(this.#db, entry, 'if_changed'),
    ]);
    return results[0]?.meta.changes === 1;
  }

  /**
   * How full the open part is, 0 to 1, by a sample of `random` indices: nobody counts a hundred million rows. Of 1,000 the answer is
   * within 0.03 in 95 of 100 cases.
   */
  async fullness(space: StatusSpace, random: Uint32Array): Promise<number> {
    const { firstChunk } = statusSpaces[space];
    const row = await this.#db
      .prepare(
        `SELECT count(*) AS taken FROM json_each(?1)
         WHERE ?2 + value % (${openChunks('?3', space)} << 20) IN (SELECT idx FROM status_entries)`,
      )
      .bind(JSON.stringify(Array.from(random)), firstChunk * 2 ** 20, space)
      .first<{ taken: number }>();
    return (row?.taken ?? 0) / random.length;
  }
}
