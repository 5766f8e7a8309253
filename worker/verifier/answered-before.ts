// Answers that may be asked for again by their idempotency key: the isolate's memory first, then the business's object, which every
// isolate shares. Claims are in them, so they leave the isolate sealed. One judges, and whoever asks meanwhile gets the same answer.
import { encodeHex } from '../../shared/bytes/hex.ts';
import { decodeUtf8, encodeUtf8 } from '../../shared/bytes/text.ts';
import { sha256Sync } from '../../shared/crypto/sha256.ts';
import { answerKeptMs, type BusinessObject, type KeptAnswer } from './business.ts';

const maxAnswers = 2_000;

/** 8 to 64 visible characters. */
export const isIdempotencyKey = (key: string) => /^[\x21-\x7e]{8,64}$/.test(key);

type Kept = { readonly bodyHash: string; readonly answer: string; readonly atMs: number };

export type AnsweredParts = {
  readonly objects: (caller: string) => Pick<BusinessObject, 'claimAnswer' | 'releaseAnswer' | 'keepAnswer'>;
  /** Under the key-encryption key; `name` binds a sealed answer to its business and key. */
  readonly seal: (name: string, answer: Uint8Array) => Promise<Uint8Array>;
  readonly open: (name: string, sealed: Uint8Array) => Promise<Uint8Array | undefined>;
  readonly nowMs: () => number;
};

export class AnsweredBefore {
  readonly #parts: AnsweredParts;
  readonly #kept = new Map<string, Kept>();

  constructor(parts: AnsweredParts) {
    this.#parts = parts;
  }

  /**
   * The answer of the same key and body, also when it is being made just now; `other_body` when the key was used for something else.
   * Undefined: the caller makes the answer, and must {@link keep} it or {@link release} the key.
   */
  async claim(caller: string, key: string, body: string): Promise<string | 'other_body' | undefined> {
    const name = `${caller} ${key}`;
    const bodyHash = hashOf(body);
    const kept = this.#kept.get(name);
    if (kept !== undefined && this.#parts.nowMs() - kept.atMs <= answerKeptMs) return answerTo(bodyHash, kept);
    try {
      const found = await this.#parts.objects(caller).claimAnswer(caller, key);
      const opened = found && (await this.#opened(name, found));
      return opened && answerTo(bodyHash, opened);
    } catch {
      // Nobody remembers: judged anew, which does no harm.
      console.error('answers_not_read');
      return undefined;
    }
  }

  /** No answer was made: whoever waits for one with the same key may try. */
  async release(caller: string, key: string): Promise<void> {
    try {
      await this.#parts.objects(caller).releaseAnswer(caller, key);
    } catch {
      // The claim ends by itself.
      console.error('answer_not_released');
    }
  }

  /** Keeps an answer, and says which answer to give: a claim may have ended meanwhile, and another isolate have been first. */
  async keep(caller: string, key: string, body: string, answer: string): Promise<string | 'other_body'> {
    const name = `${caller} ${key}`;
    const bodyHash = hashOf(body);
    let first: Omit<Kept, 'atMs'> = { bodyHash, answer };
    try {
      const sealed = await this.#parts.seal(name, encodeUtf8(answer));
      const kept = await this.#parts.objects(caller).keepAnswer(caller, key, { bodyHash, sealed });
      first = (await this.#opened(name, kept)) ?? first;
    } catch {
      console.error('answer_not_kept');
    }
    this.#remember(name, first);
    return answerTo(bodyHash, first);
  }

  async #opened(name: string, kept: KeptAnswer): Promise<Omit<Kept, 'atMs'> | undefined> {
    const bytes = await this.#parts.open(name, kept.sealed);
    const text = bytes && decodeUtf8(bytes);
    return text?.ok ? { bodyHash: kept.bodyHash, answer: text.value } : undefined;
  }

  #remember(name: string, answer: Omit<Kept, 'atMs'>): void {
    const nowMs = this.#parts.nowMs();
    this.#kept.delete(name);
    for (const [old, { atMs }] of this.#kept) {
      if (this.#kept.size < maxAnswers && nowMs - atMs <= answerKeptMs) break;
      this.#kept.delete(old);
    }
    this.#kept.set(name, { ...answer, atMs: nowMs });
  }
}

const hashOf = (body: string) => encodeHex(sha256Sync(encodeUtf8(body)));

function answerTo(bodyHash: string, kept: Omit<Kept, 'atMs'>): string | 'other_body' {
  return kept.bodyHash === bodyHash ? kept.answer : 'other_body';
}
