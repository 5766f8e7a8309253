// How fast one may ask: a bucket of tokens each, refilled as time goes. Knows no isolate and no object: both count with it.

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
    return this.lease(caller, cost, cost).waitSeconds;
  }

  /** `wanted` codes, or what there is if it is at least `least`; else none, and after how many seconds `least` will be there. */
  lease(caller: string, least: number, wanted: number): { readonly granted: number; readonly waitSeconds: number } {
    const bucket = this.#bucketOf(caller);
    if (bucket.tokens < least) {
      return { granted: 0, waitSeconds: Math.ceil((least - bucket.tokens) / this.#limit.perSecond) };
    }
    const granted = Math.min(wanted, Math.floor(bucket.tokens));
    bucket.tokens -= granted;
    return { granted, waitSeconds: 0 };
  }

  #bucketOf(caller: string): Bucket {
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
    return bucket;
  }
}
