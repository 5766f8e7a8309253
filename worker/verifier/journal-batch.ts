// Journal entries of the hot path, gathered in the isolate and handed on in groups after their answers. Knows no database.
import type { JournalEntry } from '../journal/entry.ts';

/** What takes a group durably: the JournalBuffer object. */
export type JournalSink = { append(entries: readonly JournalEntry[]): Promise<void> };

/** A call to the object costs as much as a whole check, so a busy isolate makes few of them: waitUntil holds it that long. */
const gatherMs = 200;
const groupSize = 400;
/** Kept while the sink fails; the oldest go first, and their number is logged. */
const maxWaiting = 10_000;

export class JournalBatch {
  readonly #sink: JournalSink;
  readonly #pause: (ms: number) => Promise<void>;
  #waiting: JournalEntry[] = [];
  #leading = false;

  constructor(sink: JournalSink, pause: (ms: number) => Promise<void>) {
    this.#sink = sink;
    this.#pause = pause;
  }

  /** `later` is the request's waitUntil: the first of a group carries the whole group. */
  add(entries: readonly JournalEntry[], later: (work: Promise<unknown>) => void): void {
    for (const entry of entries) this.#waiting.push(entry);
    if (this.#waiting.length >= groupSize) later(this.#flush());
    else if (!this.#leading) {
      this.#leading = true;
      later(this.#lead());
    }
  }

  async #lead(): Promise<void> {
    await this.#pause(gatherMs);
    this.#leading = false;
    await this.#flush();
  }

  async #flush(): Promise<void> {
    const group = this.#waiting;
    if (group.length === 0) return;
    this.#waiting = [];
    for (const restMs of [0, 200, 1_000, 5_000]) {
      if (restMs > 0) await this.#pause(restMs);
      try {
        await this.#sink.append(group);
        return;
      } catch {
        // The object moved, or its machine went away: the next try finds it again.
      }
    }
    this.#keep(group);
  }

  /** The next request's group takes them along. */
  #keep(group: JournalEntry[]): void {
    const all = [...group, ...this.#waiting];
    const dropped = Math.max(0, all.length - maxWaiting);
    if (dropped > 0) console.error('journal_entries_lost', dropped);
    this.#waiting = all.slice(dropped);
  }
}
