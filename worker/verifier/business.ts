// The Durable Objects of businesses, a few for all of them: the one bucket of each one's rate limit, and the answers of its idempotency
// keys. They read no answer: it is sealed before it comes here.
import { DurableObject } from 'cloudflare:workers';
import type { Slices } from '../http/leased-limit.ts';
import { type Lease, RateLimiter } from '../http/rate-limit.ts';

/** Codes a business may ask about. A slice is a quarter of a burst at most. */
export const businessSlices: Slices = {
  limit: { perSecond: 200, burst: 2000 },
  free: 20,
  largest: 500,
  lastsMs: 4_000,
  keptMs: 10_000,
};

export type KeptAnswer = { readonly bodyHash: string; readonly sealed: Uint8Array };

export interface BusinessObject {
  /** `wanted`, or what there is if it is at least `least`. */
  lease(caller: string, least: number, wanted: number): Promise<Lease>;
  /**
   * The answer under an idempotency key. Undefined: there is none, and it is the asker's turn to make one; whoever asks for the same key
   * meanwhile waits until it is kept or released, five seconds at most.
   */
  claimAnswer(caller: string, key: string): Promise<KeptAnswer | undefined>;
  /** After a claim, instead of keeping an answer: it was refused, and the next who asks may try. */
  releaseAnswer(caller: string, key: string): Promise<void>;
  /** Keeps the answer of a key for ten minutes; answers with the one that was kept first. */
  keepAnswer(caller: string, key: string, answer: KeptAnswer): Promise<KeptAnswer>;
}

/** Waking an object costs as much as ten checks: sixteen are always awake, and each knows a sixteenth of the businesses. */
export function businessObjectName(verifierId: string): string {
  return `businesses-${verifierId.charCodeAt(0) & 15}`;
}

export const answerKeptMs = 600_000;
/** Whoever claimed a key is gone after this long: an answer takes milliseconds. */
export const claimMs = 5_000;
/** The oldest go first: businesses that send a key with every check would fill the object. */
const mostAnswers = 100_000;
const sweepMs = 300_000;

export class Business extends DurableObject implements BusinessObject {
  // In memory only: an object that slept has a full bucket, which it would have had anyway.
  readonly #limit = new RateLimiter(businessSlices.limit, () => Date.now());
  #hasTable = false;
  /** Keys whose answer is being made, and what ends the waiting of the others. */
  readonly #claimed = new Map<string, { readonly ended: Promise<void>; readonly end: () => void }>();

  async lease(caller: string, least: number, wanted: number): Promise<Lease> {
    return this.#limit.lease(caller, least, wanted);
  }

  async claimAnswer(caller: string, key: string): Promise<KeptAnswer | undefined> {
    const name = `${caller} ${key}`;
    for (;;) {
      const kept = this.#answerOf(name);
      if (kept !== undefined) return kept;
      const before = this.#claimed.get(name);
      if (before === undefined) {
        this.#claim(name);
        return undefined;
      }
      await before.ended;
    }
  }

  async releaseAnswer(caller: string, key: string): Promise<void> {
    this.#claimed.get(`${caller} ${key}`)?.end();
  }

  #claim(name: string): void {
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    const end = () => {
      clearTimeout(timer);
      this.#claimed.delete(name);
      resolve();
    };
    const timer = setTimeout(end, claimMs);
    this.#claimed.set(name, { ended, end });
  }

  #answerOf(name: string): KeptAnswer | undefined {
    const [row] = this.#sql()
      .exec<{ body_hash: string; sealed: ArrayBuffer }>(
        'SELECT body_hash, sealed FROM answers WHERE key = ? AND at_ms > ?',
        name,
        Date.now() - answerKeptMs,
      )
      .toArray();
    return row && { bodyHash: row.body_hash, sealed: new Uint8Array(row.sealed) };
  }

  async keepAnswer(caller: string, key: string, answer: KeptAnswer): Promise<KeptAnswer> {
    const name = `${caller} ${key}`;
    const before = this.#answerOf(name);
    if (before !== undefined) return before;
    const sealed = answer.sealed.slice().buffer;
    const row = [name, answer.bodyHash, sealed, Date.now()] as const;
    this.#sql().exec('INSERT OR REPLACE INTO answers (key, body_hash, sealed, at_ms) VALUES (?, ?, ?, ?)', ...row);
    this.#claimed.get(name)?.end();
    if ((await this.ctx.storage.getAlarm()) === null) await this.ctx.storage.setAlarm(Date.now() + sweepMs);
    return answer;
  }

  override async alarm(): Promise<void> {
    const sql = this.#sql();
    sql.exec('DELETE FROM answers WHERE at_ms <= ?', Date.now() - answerKeptMs);
    sql.exec(
      'DELETE FROM answers WHERE key IN (SELECT key FROM answers ORDER BY at_ms DESC LIMIT -1 OFFSET ?)',
      mostAnswers,
    );
    const left = sql.exec<{ n: number }>('SELECT count(*) AS n FROM answers').one().n;
    if (left > 0) await this.ctx.storage.setAlarm(Date.now() + sweepMs);
  }

  /** The table is made when the first key comes: most businesses send none, and an object without files is cheap. */
  #sql(): SqlStorage {
    if (!this.#hasTable) {
      this.ctx.storage.sql.exec(
        'CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, body_hash TEXT NOT NULL, sealed BLOB NOT NULL, at_ms INTEGER NOT NULL) WITHOUT ROWID',
      );
      this.#hasTable = true;
    }
    return this.ctx.storage.sql;
  }
}
