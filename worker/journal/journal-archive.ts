// The one writer of the journal's chain: lines in, an NDJSON segment in R2 out, each line once however often it is handed over.
// A line is an entry or a group of entries, and is not parsed: its place stands in front.
// Nothing it writes is ever written over. A crash between segment and head is mended by adopting the segment.
import { DurableObject } from 'cloudflare:workers';
import { encodeUtf8 } from '../../shared/bytes/text.ts';
import type { Env } from '../env.ts';
import { type ChainHead, chain, followChain, genesis } from './chain.ts';
import { type Place, placeOf } from './entry.ts';

/** The one archive of a deployment: the object's name, and the folder of its segments. */
export const archiveName = 'archive';

export function segmentName(archive: string, n: number): string {
  return `journal/${archive}/${String(n).padStart(10, '0')}.ndjson`;
}

export type ArchiveState = { readonly segments: number; readonly head: ChainHead };

export class JournalArchive extends DurableObject<Env> {
  readonly #sql: SqlStorage;
  readonly #name: string;
  /** Writers take turns: R2 lies outside the object's gates. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#sql = ctx.storage.sql;
    if (!ctx.id.name) throw new Error('an archive is found by its name');
    this.#name = ctx.id.name;
    this.#sql.exec(`
      CREATE TABLE IF NOT EXISTS head (one INTEGER PRIMARY KEY CHECK (one = 1), segments INTEGER NOT NULL, seq INTEGER NOT NULL, hash BLOB NOT NULL);
      CREATE TABLE IF NOT EXISTS sources (source TEXT PRIMARY KEY, upto INTEGER NOT NULL) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS ahead (source TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (source, seq)) WITHOUT ROWID;
    `);
  }

  /** Archives the lines (entry.ts) that it has not archived before; resolves when the segment is in R2. Answers how many were new. */
  archive(lines: readonly string[]): Promise<number> {
    return this.#inTurn(async () => {
      for (;;) {
        const fresh = this.#unseen(lines);
        if (fresh.length === 0) return 0;
        const state = this.#state();
        const { text, head } = await chain(state.head, fresh);
        const name = segmentName(this.#name, state.segments + 1);
        const bytes = encodeUtf8(text);
        const put = await this.env.FILES.put(name, bytes, { onlyIf: { etagDoesNotMatch: '*' } });
        if (put !== null) {
          this.#advance(state, fresh, head);
          return fresh.length;
        }
        await this.#adopt(state, name);
      }
    });
  }

  head(): ArchiveState {
    return this.#state();
  }

  /** Up to which number it has every line of a source. */
  marks(): { readonly source: string; readonly upto: number }[] {
    return this.#sql.exec<{ source: string; upto: number }>('SELECT source, upto FROM sources').toArray();
  }

  /** Lines that a source numbered and the archive has not seen although it saw later ones: `source` → first missing number. */
  gaps(): { readonly source: string; readonly missing: number }[] {
    return this.#sql
      .exec<{ source: string; missing: number }>(
        'SELECT a.source AS source, coalesce(s.upto, 0) + 1 AS missing FROM (SELECT DISTINCT source FROM ahead) a LEFT JOIN sources s ON s.source = a.source',
      )
      .toArray();
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(work);
    this.#turn = mine.catch(() => undefined);
    return mine;
  }

  #state(): ArchiveState {
    const [row] = this.#sql
      .exec<{ segments: number; seq: number; hash: ArrayBuffer }>('SELECT segments, seq, hash FROM head')
      .toArray();
    if (!row) return { segments: 0, head: genesis };
    return { segments: row.segments, head: { seq: row.seq, hash: new Uint8Array(row.hash) } };
  }

  // A statement costs more than the rows it reads: a few for each source of a batch, none for each entry.
  #unseen(lines: readonly string[]): string[] {
    const seen = new Map<string, { readonly upto: number; readonly ahead: Set<number> }>();
    for (const [source, seqs] of bySource(lines)) {
      const rows = this.#sql.exec<{ seq: number }>(
        'SELECT seq FROM ahead WHERE source = ? AND seq BETWEEN ? AND ?',
        source,
        seqs[0],
        seqs.at(-1),
      );
      seen.set(source, { upto: this.#upto(source), ahead: new Set([...rows].map(({ seq }) => seq)) });
    }
    return lines.filter((line) => {
      const { source, seq } = mustBePlaced(line);
      const before = seen.get(source);
      if (before === undefined || seq <= before.upto || before.ahead.has(seq)) return false;
      // The same line twice in one batch counts once.
      before.ahead.add(seq);
      return true;
    });
  }

  #advance(state: ArchiveState, lines: readonly string[], head: ChainHead): void {
    this.ctx.storage.transactionSync(() => {
      for (const [source, seqs] of bySource(lines)) this.#mark(source, seqs);
      this.#sql.exec(
        'INSERT OR REPLACE INTO head (one, segments, seq, hash) VALUES (1, ?, ?, ?)',
        state.segments + 1,
        head.seq,
        head.hash.slice().buffer,
      );
    });
  }

  #upto(source: string): number {
    const [row] = this.#sql.exec<{ upto: number }>('SELECT upto FROM sources WHERE source = ?', source).toArray();
    return row?.upto ?? 0;
  }

  /** Moves a source's mark over every number it has without a gap; only what lies behind a gap is a row of its own. `seqs` ascends. */
  #mark(source: string, seqs: readonly number[]): void {
    let upto = this.#upto(source);
    let next = 0;
    for (; next < seqs.length && (seqs[next] as number) <= upto + 1; next++)
      upto = Math.max(upto, seqs[next] as number);
    if (next < seqs.length) {
      const rest = JSON.stringify(seqs.slice(next));
      this.#sql.exec('INSERT OR IGNORE INTO ahead (source, seq) SELECT ?, value FROM json_each(?)', source, rest);
    }
    // What had come before and waited for these.
    const waiting = this.#sql.exec<{ seq: number }>('SELECT seq FROM ahead WHERE source = ? ORDER BY seq', source);
    for (const { seq } of waiting) {
      if (seq > upto + 1) break;
      upto = Math.max(upto, seq);
    }
    this.#sql.exec('DELETE FROM ahead WHERE source = ? AND seq <= ?', source, upto);
    this.#sql.exec('INSERT OR REPLACE INTO sources (source, upto) VALUES (?, ?)', source, upto);
  }

  async #adopt(state: ArchiveState, name: string): Promise<void> {
    const object = await this.env.FILES.get(name);
    if (!object) throw new Error('a segment of the journal came and went');
    const followed = await followChain(state.head, await object.text());
    // SECURITY: a segment that does not follow is somebody else's writing: stop, and let the queue keep the entries.
    if (!followed.ok) throw new Error(`${name} does not follow the chain: ${followed.error.reason}`);
    this.#advance(state, followed.value.lines, followed.value.head);
  }
}

/** The numbers of each source, ascending. */
function bySource(lines: readonly string[]): Map<string, number[]> {
  const found = new Map<string, number[]>();
  for (const line of lines) {
    const { source, seq } = mustBePlaced(line);
    const seqs = found.get(source);
    if (seqs === undefined) found.set(source, [seq]);
    else seqs.push(seq);
  }
  for (const seqs of found.values()) seqs.sort((a, b) => a - b);
  return found;
}

function mustBePlaced(line: string): Place {
  const place = placeOf(line);
  if (place === undefined) throw new TypeError('a line of the journal has no place');
  return place;
}
