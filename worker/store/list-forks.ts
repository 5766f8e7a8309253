// What kiosks met of two signed lists that contradict each other: one row a kiosk and pair, in the DIRECTORY, kept. Knows no HTTP.

import { encodeHex } from '../../shared/bytes/hex.ts';
import type { ForkList, ForkReport } from '../../shared/contract/fork-report.ts';
import { readDetachedHeader } from '../../shared/trust/detached-header.ts';
import type { JournalEntry } from '../journal/entry.ts';
import { journalRow } from './journal.ts';
import { type StoredBytes, storedBytes } from './stored-bytes.ts';

/** One kiosk's: it needs one to be heard, and a kiosk that lies fills no table. */
const maxOfOneKiosk = 20;
const maxListed = 500;

export type ReportedFork = Pick<ForkReport, 'list' | 'version' | 'heldVersion' | 'seenAt'> & {
  readonly forkId: string;
  readonly kioskId: string;
  readonly seenHash: Uint8Array;
  readonly fileHash: Uint8Array;
  readonly heldHash: Uint8Array;
  readonly header: Uint8Array;
};

type Row = {
  fork_id: string;
  kiosk_id: string;
  kiosk_name: string | null;
  list: 'trust' | 'status';
  version: number;
  seen_hash: StoredBytes;
  held_version: number;
  held_hash: StoredBytes;
  header: StoredBytes;
  seen_at: number;
  reported_at: number;
  published: number;
};

export class ListForks {
  readonly #db: D1Database;

  constructor(directory: D1Database) {
    this.#db = directory;
  }

  /** For an admission's batch: the row if it is new, its line in the journal if nobody reported this fork before, and whether it is kept. */
  record(fork: ReportedFork, entry: JournalEntry): readonly D1PreparedStatement[] {
    const { forkId, kioskId, list, version, seenHash, fileHash, heldVersion, heldHash, header, seenAt } = fork;
    const row = journalRow(entry);
    return [
      this.#db
        .prepare(
          `INSERT INTO list_forks
             (fork_id, kiosk_id, list, version, seen_hash, file_hash, held_version, held_hash, header, seen_at, reported_at)
           SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11
           WHERE (SELECT count(*) FROM list_forks WHERE kiosk_id = ?2) < ${maxOfOneKiosk}
           ON CONFLICT (fork_id, kiosk_id) DO NOTHING`,
        )
        .bind(...[forkId, kioskId, list, version, seenHash, fileHash, heldVersion, heldHash, header, seenAt, entry.at]),
      this.#db
        .prepare(
          `INSERT INTO journal (at, event, actor, object, detail) SELECT ?1, ?2, ?3, ?4, ?5
           WHERE changes() > 0 AND 1 = (SELECT count(*) FROM list_forks WHERE fork_id = ?4)`,
        )
        .bind(row.at, row.event, row.actor, forkId, row.detail),
      this.#db.prepare('SELECT 1 FROM list_forks WHERE fork_id = ? AND kiosk_id = ?').bind(forkId, kioskId),
    ];
  }

  /** Of the statements of `record`. */
  isKept(results: readonly D1Result[]): boolean {
    return (results[2]?.results.length ?? 0) > 0;
  }

  /** Newest forks first, each with the kiosks that met it. */
  async list(): Promise<ForkList['forks']> {
    const { results } = await this.#db
      .prepare(
        `SELECT f.*, k.name AS kiosk_name, EXISTS (
             SELECT 1 FROM publications p WHERE p.hash = f.file_hash
               AND p.kind = CASE f.list WHEN 'trust' THEN 'trust_list' ELSE 'status_snapshot' END) AS published
         FROM list_forks f LEFT JOIN kiosks k ON k.id = f.kiosk_id
         ORDER BY f.reported_at, f.kiosk_id LIMIT ${maxListed}`,
      )
      .all<Row>();
    const byId = Map.groupBy(results, (row) => row.fork_id);
    return [...byId].reverse().flatMap(([id, rows]) => {
      const [first] = rows;
      if (!first) return [];
      const { list, version, reported_at: firstReportedAt } = first;
      return [{ id, list, version, firstReportedAt, sightings: rows.map(sightingOf) }];
    });
  }
}

function sightingOf(row: Row): ForkList['forks'][number]['sightings'][number] {
  const header = readDetachedHeader(storedBytes(row.header));
  return {
    kiosk: { id: row.kiosk_id, name: row.kiosk_name ?? '' },
    heldVersion: row.held_version,
    heldHash: encodeHex(storedBytes(row.held_hash)),
    seenHash: encodeHex(storedBytes(row.seen_hash)),
    seenAt: row.seen_at,
    kids: header.ok ? [...header.value.kids] : [],
    published: row.published === 1,
  };
}
