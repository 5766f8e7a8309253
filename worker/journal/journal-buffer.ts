// Holds journal entries of paths that may not touch D1 (online verification, tokens) until the queue has them.
// An appended entry survives the isolate; an alarm hands batches on and deletes only what was handed on: at least once.
import { DurableObject } from 'cloudflare:workers';
import type { Env } from '../env.ts';
import { entryText, type JournalEntry, maxMessageChars, messagesOfLines, placedLine } from './entry.ts';

/** How long an entry may wait for company before it is handed on. */
const handOnDelayMs = 2_000;
/** A `sendBatch` may carry 256 KB. */
const charsPerSend = 2 * maxMessageChars;

export class JournalBuffer extends DurableObject<Env> {
  readonly #sql: SqlStorage;
  readonly #source: string;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#sql = ctx.storage.sql;
    this.#source = `buffer-${ctx.id.toString().slice(0, 16)}`;
    // A row is one entry (a JSON object) or a group of them (a JSON array).
    this.#sql.exec('CREATE TABLE IF NOT EXISTS entries (seq INTEGER PRIMARY KEY AUTOINCREMENT, entry TEXT NOT NULL)');
  }

  /** Durable once this resolves (the object's output gate). The alarm is set only when none is. */
  async append(entries: readonly JournalEntry[]): Promise<void> {
    // One statement for all: a statement costs more than the rows it writes.
    const all = `[${entries.map(entryText).join(',')}]`;
    this.#sql.exec('INSERT INTO entries (entry) SELECT value FROM json_each(?) ORDER BY key', all);
    await this.#handOnSoon();
  }

  /** The same for a group of {@link groupsOf}: one row, one line of the archive, never parsed on the way. */
  async appendGroup(group: string): Promise<void> {
    this.#sql.exec('INSERT INTO entries (entry) VALUES (?)', group);
    await this.#handOnSoon();
  }

  async #handOnSoon(): Promise<void> {
    if ((await this.ctx.storage.getAlarm()) === null) await this.ctx.storage.setAlarm(Date.now() + handOnDelayMs);
  }

  /** Throws when the queue refuses, so that the platform calls again with growing pauses; nothing is deleted then. */
  override async alarm(): Promise<void> {
    await this.handOn();
  }

  /** Sends everything that waits; answers how many rows. */
  async handOn(): Promise<number> {
    let sent = 0;
    for (;;) {
      const { lines, upto } = this.#next();
      if (lines.length === 0) return sent;
      const bodies = messagesOfLines(lines);
      await this.env.JOURNAL_QUEUE.sendBatch(bodies.map((body) => ({ body, contentType: 'text' as const })));
      this.#sql.exec('DELETE FROM entries WHERE seq <= ?', upto);
      sent += lines.length;
    }
  }

  /** The oldest rows as lines, as many as one `sendBatch` carries, and the number of the last. */
  #next(): { readonly lines: readonly string[]; readonly upto: number } {
    const lines: string[] = [];
    let [upto, chars] = [0, 0];
    const rows = this.#sql.exec<{ seq: number; entry: string }>(
      'SELECT seq, entry FROM entries ORDER BY seq LIMIT 200',
    );
    for (const { seq, entry } of rows) {
      const line = placedLine(`${this.#source}:${seq}`, entry);
      chars += line.length + 1;
      if (lines.length > 0 && chars > charsPerSend) break;
      lines.push(line);
      upto = seq;
    }
    return { lines, upto };
  }

  /** How many entries wait. */
  waiting(): number {
    const counted = "SELECT total(iif(entry LIKE '[%', json_array_length(entry), 1)) AS n FROM entries";
    return this.#sql.exec<{ n: number }>(counted).one().n;
  }
}
