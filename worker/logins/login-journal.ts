// Journal entries of logins and tokens: their paths touch no D1, so entries go to a durable buffer, spread over a few objects.

import type { JournalEntry } from '../journal/entry.ts';
import type { JournalBuffer } from '../journal/journal-buffer.ts';

const buffers = 8;

export class LoginJournal {
  readonly #namespace: DurableObjectNamespace<JournalBuffer>;
  #next = 0;

  constructor(namespace: DurableObjectNamespace<JournalBuffer>) {
    this.#namespace = namespace;
  }

  /** Durable once it resolves. Callers hand it to `waitUntil`: the answer does not wait. */
  async append(...entries: readonly JournalEntry[]): Promise<void> {
    this.#next = (this.#next + 1) % buffers;
    const buffer = this.#namespace.get(this.#namespace.idFromName(`logins-${this.#next}`));
    await (buffer as unknown as Pick<JournalBuffer, 'append'>).append(entries);
  }
}
