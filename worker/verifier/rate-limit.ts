// How fast one business may ask, in this isolate: a bucket of tokens each, refilled as time goes. Spread over isolates a business may
// go somewhat beyond it; what it guards is the isolate itself and everybody else who asks there.

export type RateLimit = { readonly perSecond: number; readonly burst: number };

export const defaultRateLimit: RateLimit = { perSecond: 200, burst: 2000 };
const maxCallers = 5_000;

type Bucket = { tokens: number; atMs: number };

export class RateLimiter {
  readonly #limit: RateLimit;
  readonly #nowMs: () => number;
  readonly #buckets = new Map<string, Bucket>();

  constructor(limit: RateLimit, nowMs: () => number) {
    this.#limit = limit;
    this.#nowMs = nowMs;
  }

  /** 0 when `cost` codes may be asked about now; else after how many seconds. */
  take(caller: string, cost: number): number {
    const { perSecond, burst } = this.#limit;
    const nowMs = this.#nowMs();
    let bucket = this.#buckets.get(caller);
    if (bucket === undefined) {
      if (this.#buckets.size >= maxCallers) this.#buckets.delete(this.#buckets.keys().next().value as string);
      bucket = { tokens: burst, atMs: nowMs };
      this.#buckets.set(caller, bucket);
    }
    bucket.tokens = Math.min(burst, bucket.tokens + (Math.max(0, nowMs - bucket.atMs) * perSecond) / 1000);
    bucket.atMs = nowMs;
    if (bucket.tokens < cost) return Math.ceil((cost - bucket.tokens) / perSecond);
    bucket.tokens -= cost;
    return 0;
  }
}
