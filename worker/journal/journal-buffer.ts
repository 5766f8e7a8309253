// Holds journal entries of paths that may not touch D1 (online verification, tokens) until the queue has them.
// An appended entry survives the isolate; an alarm hands batches on and deletes only what was handed on: at least once.
import { DurableObject } from 'cloudflare:workers';
import type { Env } from '../env.ts';
import { groupText, type JournalEntry, maxEntriesPerMessage, messagesOfLines } from './entry.ts';

/** How long an entry may wait for company before it is handed on. */
const handOnDelayMs = 2_000;
/** Two messages: a `sendBatch` may carry 256 KB. */
const entriesPerSend = 2 * maxEntriesPerMessage;

export class JournalBuffer extends DurableObject<Env> {
  readonly #sql: SqlStorage;
  readonly #source: string;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#sql = ctx.storage.sql;
    this.#source = `buffer-${ctx.id.toString().slice(0, 16)}`;
    this.#sql.exec('CREATE TABLE IF NOT EXISTS entries (seq INTEGER PRIMARY KEY AUTOINCREMENT, entry TEXT NOT NULL)');
  }

  /** Durable once this resolves (the object's output gate). The alarm is set only when none is. */
  async append(entries: readonly JournalEntry[]): Promise<void> {
    await this.appendText(groupText(entries));
  }

  /** The same for what {@link groupText} made: one text crosses to this object faster than many objects. */
  async appendText(group: string): Promise<void> {
    // One statement for the whole group: a statement costs more than the rows it writes.
    this.#sql.exec('INSERT INTO entries (entry) SELECT value FROM json_each(?) ORDER BY key', group);
    if ((await this.ctx.storage.getAlarm()) === null) await this.ctx.storage.setAlarm(Date.now() + handOnDelayMs);
  }

  /** Throws when the queue refuses, so that the platform calls again with growing pauses; nothing is deleted then. */
  override async alarm(): Promise<void> {
    await this.handOn();
  }

  /** Sends everything that waits; answers how many entries. */
  async handOn(): Promise<number> {
    let sent = 0;
    for (;;) {
      const rows = this.#sql
        .exec<{ seq: number; entry: string }>('SELECT seq, entry FROM entries ORDER BY seq LIMIT ?', entriesPerSend)
        .toArray();
      const last = rows.at(-1);
      if (!last) return sent;
      // The place goes in front of the entry's own members: the text is stored as append wrote it, and is not parsed again.
      const lines = rows.map((row) => `{"id":"${this.#source}:${row.seq}",${row.entry.slice(1)}`);
      await this.env.JOURNAL_QUEUE.sendBatch(
        messagesOfLines(lines).map((body) => ({ body, contentType: 'text' as const })),
      );
      this.#sql.exec('DELETE FROM entries WHERE seq <= ?', last.seq);
      sent += rows.length;
    }
  }

  /** How many entries wait. */
  waiting(): number {
    return this.#sql.exec<{ n: number }>('SELECT count(*) AS n FROM entries').one().n;
  }
}
