// How far the archive was followed and proved, and which of its lines have left the databases: one row, moved by one conditional write.
import { genesis } from '../journal/chain.ts';
import type { ArchiveState } from '../journal/journal-archive.ts';
import { type StoredBytes, storedBytes } from './stored-bytes.ts';

export type Trail = {
  /** As it was read; 0 before the first move. */
  readonly revision: number;
  /** Behind the last line that follows from the first. */
  readonly followed: ArchiveState;
  /** The last signed checkpoint that was met on the way. */
  readonly proved: { readonly seq: number; readonly at: number };
  /** Behind the last line whose row was removed; may be inside the segment after `segments`. */
  readonly removed: ArchiveState;
  /** Source -> the highest number of a row that is gone, or is about to go. */
  readonly upto: Readonly<Record<string, number>>;
};

type Row = {
  revision: number;
  followed_segments: number;
  followed_seq: number;
  followed_hash: StoredBytes;
  proved_seq: number;
  proved_at: number;
  removed_segments: number;
  removed_seq: number;
  removed_hash: StoredBytes;
  removed_upto: string;
};

const start: ArchiveState = { segments: 0, head: genesis };
const beginning: Trail = { revision: 0, followed: start, proved: { seq: 0, at: 0 }, removed: start, upto: {} };

export class JournalTrail {
  readonly #db: D1Database;

  constructor(directory: D1Database) {
    this.#db = directory;
  }

  async read(): Promise<Trail> {
    const row = await this.#db.prepare('SELECT * FROM journal_trail WHERE one = 1').first<Row>();
    if (!row) return beginning;
    return {
      revision: row.revision,
      followed: placeOf(row.followed_segments, row.followed_seq, row.followed_hash),
      proved: { seq: row.proved_seq, at: row.proved_at },
      removed: placeOf(row.removed_segments, row.removed_seq, row.removed_hash),
      upto: JSON.parse(row.removed_upto) as Record<string, number>,
    };
  }

  /** Puts `to` in the place of the trail whose revision it has; false, and nothing is written, if another move came first. */
  async move(to: Trail): Promise<boolean> {
    const { revision, followed, proved, removed, upto } = to;
    const moved = await this.#db
      .prepare(
        `INSERT INTO journal_trail (one, revision, followed_segments, followed_seq, followed_hash, proved_seq, proved_at,
           removed_segments, removed_seq, removed_hash, removed_upto)
         SELECT 1, ?1 + 1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10
         WHERE ?1 = coalesce((SELECT revision FROM journal_trail WHERE one = 1), 0)
         ON CONFLICT (one) DO UPDATE SET revision = excluded.revision, followed_segments = excluded.followed_segments,
           followed_seq = excluded.followed_seq, followed_hash = excluded.followed_hash, proved_seq = excluded.proved_seq,
           proved_at = excluded.proved_at, removed_segments = excluded.removed_segments, removed_seq = excluded.removed_seq,
           removed_hash = excluded.removed_hash, removed_upto = excluded.removed_upto`,
      )
      .bind(
        revision,
        followed.segments,
        followed.head.seq,
        followed.head.hash,
        proved.seq,
        proved.at,
        removed.segments,
        removed.head.seq,
        removed.head.hash,
        JSON.stringify(upto),
      )
      .run();
    return moved.meta.changes === 1;
  }
}

function placeOf(segments: number, seq: number, hash: StoredBytes): ArchiveState {
  return { segments, head: { seq, hash: storedBytes(hash) } };
}
