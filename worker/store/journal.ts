// The journal's rows in D1: written in the same batch as the act, handed on to the queue, read by the authority.
import type { EpochSeconds, SubjectId } from '../../shared/base/brands.ts';
import type { Actor, JournalDetail, JournalEntry, PlacedEntry } from '../journal/entry.ts';
import { checkEntry, maxEntriesPerMessage, messagesOf } from '../journal/entry.ts';
import type { JournalEvent } from '../journal/events.ts';

/**
 * Values for `insert(directoryJournal | shardJournal)`: put that statement in the act's own batch.
 *
 *     db.batch([move, db.insert(shardJournal).values(journalRow({ at, event: 'activation.activated', actor, subjectId }))])
 */
export function journalRow(entry: JournalEntry) {
  checkEntry(entry);
  return {
    at: entry.at as number,
    event: entry.event as string,
    actor: entry.actor as string,
    subjectId: entry.subjectId ?? null,
    object: entry.object ?? null,
    detail: entry.detail ? JSON.stringify(entry.detail) : null,
  };
}

type Row = {
  readonly seq: number;
  readonly at: number;
  readonly event: string;
  readonly actor: string;
  readonly subject_id: string | null;
  readonly object: string | null;
  readonly detail: string | null;
};

function entryOf(source: string, row: Row): PlacedEntry {
  return {
    id: `${source}:${row.seq}`,
    at: row.at as EpochSeconds,
    event: row.event as JournalEvent,
    actor: row.actor as Actor,
    ...(row.subject_id === null ? {} : { subjectId: row.subject_id as SubjectId }),
    ...(row.object === null ? {} : { object: row.object }),
    ...(row.detail === null ? {} : { detail: JSON.parse(row.detail) as JournalDetail }),
  };
}

/** The same text for the same entry, however its members stand. */
function saidBy({ at, event, actor, subjectId, object, detail }: PlacedEntry): string {
  return JSON.stringify([at, event, actor, subjectId, object, detail]);
}

/** Two messages of the queue, so that one `sendBatch` stays under 256 KB. */
const rowsPerSend = 2 * maxEntriesPerMessage;
const handOnEveryMs = 10_000;
/** When an entry that was handed on and is not archived counts as lost: the queue tries for hours. */
export const journalLostSeconds = 86_400;
/** Of one database, in one statement that an act may have to wait for. */
const rowsAtOnce = 1_000;
const columns = 'seq, at, event, actor, subject_id, object, detail';

export type JournalFilter = {
  /** Only after this place: `source → seq`, as an earlier page gave it. Without it, the newest. */
  readonly after?: Readonly<Record<string, number>>;
  readonly event?: string;
  readonly limit: number;
};

export type JournalPage = {
  readonly entries: PlacedEntry[];
  readonly next: Readonly<Record<string, number>>;
  /** The first row that each database still has; a database without rows is not there. */
  readonly oldest: Readonly<Record<string, number>>;
};

/** Every database's journal table, by the source name that its entries' ids carry. */
export class Journal {
  readonly #sources: ReadonlyMap<string, D1Database>;
  readonly #queue: Pick<Queue<string>, 'sendBatch'>;
  #handedOnAtMs = 0;

  constructor(directory: D1Database, shards: readonly D1Database[], queue: Pick<Queue<string>, 'sendBatch'>) {
    this.#sources = new Map([
      ['directory', directory],
      ...shards.map((shard, i): [string, D1Database] => [`shard-${i}`, shard]),
    ]);
    this.#queue = queue;
  }

  /** The names of the databases, as entries' ids carry them. */
  get sources(): readonly string[] {
    return [...this.#sources.keys()];
  }

  /** An entry of an act that writes nothing else to the directory. */
  async append(entry: JournalEntry): Promise<void> {
    const row = journalRow(entry);
    await this.#source('directory')
      .prepare('INSERT INTO journal (at, event, actor, subject_id, object, detail) VALUES (?, ?, ?, ?, ?, ?)')
      .bind(row.at, row.event, row.actor, row.subjectId, row.object, row.detail)
      .run();
  }

  /** Moves what waits in every database to the queue; answers how many entries. At least once: ids tell duplicates. */
  async handOn(): Promise<number> {
    const counts = await Promise.all([...this.#sources.keys()].map((source) => this.#handOn(source)));
    return counts.reduce((sum, count) => sum + count, 0);
  }

  /** After an act, behind its answer: hands on what waits, at most once in ten seconds an isolate. The cron takes the rest. */
  async handOnSoon(nowMs: number): Promise<void> {
    if (nowMs - this.#handedOnAtMs < handOnEveryMs) return;
    this.#handedOnAtMs = nowMs;
    await this.handOn();
  }

  async #handOn(source: string): Promise<number> {
    const db = this.#source(source);
    for (let sent = 0; ; ) {
      const { results } = await db
        .prepare(`SELECT ${columns} FROM journal WHERE handed_on = 0 ORDER BY seq LIMIT ?`)
        .bind(rowsPerSend)
        .all<Row>();
      const last = results.at(-1);
      if (!last) return sent;
      const messages = messagesOf(results.map((row) => entryOf(source, row)));
      await this.#queue.sendBatch(messages.map((body) => ({ body, contentType: 'text' as const })));
      // A database has one writer and its numbers only grow, so nothing below `last` can appear after it was read.
      await db.prepare('UPDATE journal SET handed_on = 1 WHERE handed_on = 0 AND seq <= ?').bind(last.seq).run();
      sent += results.length;
      if (results.length < rowsPerSend) return sent;
    }
  }

  /**
   * Hands on once more what was handed on before `before` and the archive has not: the queue gave up, or lost it. `upto` is up to where the
   * archive has every number of a source; what it has beyond that it takes once. Answers how many rows.
   */
  async handOnLost(upto: ReadonlyMap<string, number>, before: EpochSeconds): Promise<number> {
    const lost = await Promise.all(
      [...this.#sources].map(([source, db]) =>
        db
          .prepare(
            `UPDATE journal SET handed_on = 0 WHERE seq IN
               (SELECT seq FROM journal WHERE handed_on = 1 AND seq > ?1 AND at < ?2 ORDER BY seq LIMIT ?3)`,
          )
          .bind(upto.get(source) ?? 0, before, rowsAtOnce)
          .run(),
      ),
    );
    const rows = lost.reduce((sum, { meta }) => sum + meta.changes, 0);
    if (rows > 0) await this.handOn();
    return rows;
  }

  /** Removes the rows that say what these entries of `source` say. A row that says something else stays, and is named. */
  async removeArchived(
    source: string,
    entries: readonly PlacedEntry[],
  ): Promise<{ readonly rows: number; readonly differing: readonly string[] }> {
    const differing: string[] = [];
    let rows = 0;
    // One after another: an act of this database waits for one short statement, not for all.
    for (let start = 0; start < entries.length; start += rowsAtOnce) {
      const some = await this.#removeSome(source, entries.slice(start, start + rowsAtOnce));
      rows += some.rows;
      differing.push(...some.differing);
    }
    return { rows, differing };
  }

  async #removeSome(source: string, entries: readonly PlacedEntry[]) {
    const db = this.#source(source);
    const archived = new Map(entries.map((entry) => [entry.id, saidBy(entry)]));
    const { results } = await db
      .prepare(`SELECT ${columns} FROM journal WHERE seq IN (SELECT value FROM json_each(?))`)
      .bind(JSON.stringify(entries.map(({ id }) => Number(id.slice(source.length + 1)))))
      .all<Row>();
    const isSame = (row: Row) => archived.get(`${source}:${row.seq}`) === saidBy(entryOf(source, row));
    const [same, other] = [results.filter(isSame), results.filter((row) => !isSame(row))];
    const { meta } = await db
      .prepare('DELETE FROM journal WHERE seq IN (SELECT value FROM json_each(?))')
      .bind(JSON.stringify(same.map(({ seq }) => seq)))
      .run();
    return { rows: meta.changes, differing: other.map(({ seq }) => `${source}:${seq}`) };
  }

  /** The newest entries of all databases, or those after a place, oldest first; `next` is the place behind them. */
  async read(filter: JournalFilter): Promise<JournalPage> {
    const pages = await Promise.all([...this.#sources].map(([source, db]) => this.#readOne(source, db, filter)));
    const order = (a: PlacedEntry, b: PlacedEntry) => a.at - b.at || (a.id < b.id ? -1 : 1);
    const all = pages.flatMap((page) => page.entries).sort(order);
    const entries = filter.after ? all.slice(0, filter.limit) : all.slice(-filter.limit);
    const next: Record<string, number> = {};
    // A page that is not full has seen all there is: the next begins behind it, also where the event that was asked for is rare.
    const seenAll = filter.after === undefined || all.length < filter.limit;
    for (const { source, last } of pages) {
      const after = filter.after?.[source] ?? 0;
      next[source] = seenAll ? Math.max(after, last) : after;
    }
    if (!seenAll) {
      for (const { id } of entries) {
        const colon = id.lastIndexOf(':');
        const source = id.slice(0, colon);
        next[source] = Math.max(next[source] ?? 0, Number(id.slice(colon + 1)));
      }
    }
    const oldest = Object.fromEntries(pages.flatMap(({ source, first }) => (first ? [[source, first]] : [])));
    return { entries, next, oldest };
  }

  async #readOne(source: string, db: D1Database, filter: JournalFilter) {
    const after = filter.after?.[source] ?? 0;
    const order = filter.after ? 'ASC' : 'DESC';
    // Two statements, not `?2 IS NULL OR event = ?2`: that one reads the whole table for an event that is rare.
    const page = (where: string) => `SELECT ${columns} FROM journal WHERE ${where} ORDER BY seq ${order} LIMIT ?2`;
    const [rows, bounds] = await db.batch<Row>([
      filter.event === undefined
        ? db.prepare(page('seq > ?1')).bind(after, filter.limit)
        : db.prepare(page('event = ?3 AND seq > ?1')).bind(after, filter.limit, filter.event),
      // Two look-ups in the table's own order; both in one `SELECT min, max` would read all of it.
      db.prepare('SELECT max(seq) AS seq FROM journal UNION ALL SELECT min(seq) FROM journal'),
    ]);
    const entries = (rows?.results ?? []).map((row) => entryOf(source, row));
    const [last, first] = bounds?.results ?? [];
    return { source, entries, last: last?.seq ?? 0, first: first?.seq };
  }

  #source(name: string): D1Database {
    const db = this.#sources.get(name);
    if (!db) throw new RangeError(`no journal called ${name}`);
    return db;
  }
}
