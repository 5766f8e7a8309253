// Journal entries of the hot path, gathered in the isolate and handed on in groups after their answers. Knows no database.
import { groupsOf, groupText } from '../journal/entry.ts';

/** What takes a {@link groupText} durably: the JournalBuffer object. */
export type JournalSink = { append(group: string): Promise<void> };

/** A call to the object costs as much as a whole check, so a busy isolate makes few of them: waitUntil holds it that long. */
const gatherMs = 100;
const groupSize = 400;
/** Kept while the sink fails; the oldest go first, and their number is logged. */
const maxWaiting = 10_000;

export class JournalBatch {
  readonly #sink: JournalSink;
  readonly #pause: (ms: number) => Promise<void>;
  /** As JSON from the start: a text waits at less cost than what it was made of. */
  #waiting: string[] = [];
  #leading = false;

  constructor(sink: JournalSink, pause: (ms: number) => Promise<void>) {
    this.#sink = sink;
    this.#pause = pause;
  }

  /** `entry`: as entryText writes it. `later` is the request's waitUntil: the first of a group carries the whole group. */
  add(entry: string, later: (work: Promise<unknown>) => void): void {
    this.#waiting.push(entry);
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
    const texts = this.#waiting;
    if (texts.length === 0) return;
    this.#waiting = [];
    // One group, but for what was kept while the sink failed.
    const groups = groupsOf(texts);
    for (const [i, group] of groups.entries()) {
      if (!(await this.#append(groupText(group)))) return this.#keep(groups.slice(i).flat());
    }
  }

  async #append(group: string): Promise<boolean> {
    for (const restMs of [0, 200, 1_000, 5_000]) {
      if (restMs > 0) await this.#pause(restMs);
      try {
        await this.#sink.append(group);
        return true;
      } catch {
        // The object moved, or its machine went away: the next try finds it again.
      }
    }
    return false;
  }

  /** The next request's group takes them along. */
  #keep(texts: readonly string[]): void {
    const all = [...texts, ...this.#waiting];
    const dropped = Math.max(0, all.length - maxWaiting);
    if (dropped > 0) console.error('journal_entries_lost', dropped);
    this.#waiting = all.slice(dropped);
  }
}
