// What holders may see of checks, gathered in the isolate and written in groups behind the answers. The journal is the durable
// record: a group that fails three times is dropped, and its number is logged.
import type { NewShowing } from '../store/showings.ts';

export type ShowingSink = { add(showings: readonly NewShowing[]): Promise<void> };

const gatherMs = 2_000;
const groupSize = 1_000;

export class ShowingBatch {
  readonly #sink: ShowingSink;
  readonly #pause: (ms: number) => Promise<void>;
  #waiting: NewShowing[] = [];
  #leading = false;

  constructor(sink: ShowingSink, pause: (ms: number) => Promise<void>) {
    this.#sink = sink;
    this.#pause = pause;
  }

  /** `later` is the request's waitUntil: the first of a group carries the whole group. */
  add(showings: readonly NewShowing[], later: (work: Promise<unknown>) => void): void {
    this.#waiting.push(...showings);
    if (this.#waiting.length >= groupSize) later(this.#flush());
    else if (this.#waiting.length > 0 && !this.#leading) {
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
    this.#waiting = [];
    if (group.length === 0) return;
    for (const restMs of [0, 500, 2_000]) {
      if (restMs > 0) await this.#pause(restMs);
      try {
        await this.#sink.add(group);
        return;
      } catch {
        // The next try may find the database again.
      }
    }
    console.error('showings_lost', group.length);
  }
}
