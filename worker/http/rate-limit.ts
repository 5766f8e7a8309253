// How fast one may ask: a bucket of tokens each, refilled as time goes. Knows no isolate and no object: both count with it.

export type RateLimit = { readonly perSecond: number; readonly burst: number };

/** `tokens` were there at `atMs`. */
export type Bucket = { readonly tokens: number; readonly atMs: number };

export type Lease = {
  /** How many may be asked for; 0 when not even the least wanted are there. */
  readonly granted: number;
  /** After how many seconds the least wanted will be there; 0 with a grant. */
  readonly waitSeconds: number;
};

/** `wanted` of a bucket, or what there is if it is at least `least`; else none. Undefined is a full one. */
export function draw(
  before: Bucket | undefined,
  limit: RateLimit,
  nowMs: number,
  { least, wanted }: { readonly least: number; readonly wanted: number },
): { readonly bucket: Bucket; readonly lease: Lease } {
  const tokens = before ? before.tokens + (Math.max(0, nowMs - before.atMs) * limit.perSecond) / 1000 : limit.burst;
  const bucket = { tokens: Math.min(limit.burst, tokens), atMs: nowMs };
  if (bucket.tokens < least)
    return { bucket, lease: { granted: 0, waitSeconds: Math.ceil((least - bucket.tokens) / limit.perSecond) } };
  const granted = Math.min(wanted, Math.floor(bucket.tokens));
  return { bucket: { ...bucket, tokens: bucket.tokens - granted }, lease: { granted, waitSeconds: 0 } };
}

/** Epoch seconds at which a bucket is full again, and need not be remembered. */
export function fullAt(bucket: Bucket, limit: RateLimit): number {
  return Math.ceil(bucket.atMs / 1000 + (limit.burst - bucket.tokens) / limit.perSecond);
}

const maxCallers = 5_000;

export class RateLimiter {
  readonly #limit: RateLimit;
  readonly #nowMs: () => number;
  readonly #buckets = new Map<string, Bucket>();

  constructor(limit: RateLimit, nowMs: () => number) {
    this.#limit = limit;
    this.#nowMs = nowMs;
  }

  /** 0 when `cost` may be asked for now; else after how many seconds. */
  take(caller: string, cost: number): number {
    return this.lease(caller, cost, cost).waitSeconds;
  }

  lease(caller: string, least: number, wanted: number): Lease {
    const before = this.#buckets.get(caller);
    if (before === undefined && this.#buckets.size >= maxCallers)
      this.#buckets.delete(this.#buckets.keys().next().value as string);
    const { bucket, lease } = draw(before, this.#limit, this.#nowMs(), { least, wanted });
    this.#buckets.set(caller, bucket);
    return lease;
  }
}
