// Answers that may be asked for again by their idempotency key, in the isolate's memory. A try that reaches another isolate is judged
// anew there, which is harmless: a verdict changes nothing, and frames are remembered for each isolate alike.
import { encodeHex } from '../../shared/bytes/hex.ts';
import { encodeUtf8 } from '../../shared/bytes/text.ts';
import { sha256Sync } from '../../shared/crypto/sha256.ts';

const keptMs = 600_000;
const maxAnswers = 2_000;

type Kept = { readonly bodyHash: string; readonly answer: string; readonly atMs: number };

export class AnsweredBefore {
  readonly #nowMs: () => number;
  readonly #kept = new Map<string, Kept>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** The answer of the same key and body; `other_body` when the key was used for something else. */
  find(caller: string, key: string, body: string): string | 'other_body' | undefined {
    const kept = this.#kept.get(`${caller} ${key}`);
    if (kept === undefined || this.#nowMs() - kept.atMs > keptMs) return undefined;
    return kept.bodyHash === encodeHex(sha256Sync(encodeUtf8(body))) ? kept.answer : 'other_body';
  }

  keep(caller: string, key: string, body: string, answer: string): void {
    const name = `${caller} ${key}`;
    this.#kept.delete(name);
    for (const [old, { atMs }] of this.#kept) {
      if (this.#kept.size < maxAnswers && this.#nowMs() - atMs <= keptMs) break;
      this.#kept.delete(old);
    }
    this.#kept.set(name, { bodyHash: encodeHex(sha256Sync(encodeUtf8(body))), answer, atMs: this.#nowMs() });
  }
}
