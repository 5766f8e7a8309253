// How fast one caller may ask, over all isolates: a few times are free in each, for more it leases slices of the caller's one bucket,
// and it asks nobody while it has some.
// Knows no object and no caller: what leases is handed in.
import { elapsed } from '../../shared/base/elapsed.ts';
import { type Lease, type RateLimit, RateLimiter } from './rate-limit.ts';

/** `lease`: `wanted`, or what there is if it is at least `least`. */
export type Lessor = (caller: string) => {
  lease(caller: string, least: number, wanted: number): Promise<Lease>;
};

export type Slices = {
  /** Of the one bucket; an isolate alone counts by it while what leases does not answer. */
  readonly limit: RateLimit;
  /** In every `keptMs`, without asking: whoever asks now and then waits for no object. */
  readonly free: number;
  /** What one isolate holds is missing in the others. */
  readonly largest: number;
  /** For about so long a slice should last, at the pace at which the last one was used. */
  readonly lastsMs: number;
  /** What is left of a slice after so long is forgotten: the bucket has refilled meanwhile. */
  readonly keptMs: number;
};

/** After a refusal the object is not asked again for so long, or as long as it said. */
const mostDeniedMs = 1_000;
const maxCallers = 5_000;

type Slice = {
  left: number;
  /** What was asked for last, and what was there then. */
  size: number;
  had: number;
  leasedAtMs: number;
  deniedUntilMs: number;
  leasing: boolean;
};

export class LeasedLimit {
  readonly #lessor: Lessor;
  readonly #nowMs: () => number;
  readonly #is: Slices;
  /** Counts alone while the object does not answer. */
  readonly #alone: RateLimiter;
  readonly #slices = new Map<string, Slice>();

  constructor(lessor: Lessor, nowMs: () => number, slices: Slices) {
    this.#lessor = lessor;
    this.#nowMs = nowMs;
    this.#is = slices;
    this.#alone = new RateLimiter(slices.limit, nowMs);
  }

  /** 0 when `cost` may be asked for now; else after how many seconds. A promise only when a slice must be leased first. */
  take(caller: string, cost: number, later: (work: Promise<unknown>) => void): number | Promise<number> {
    const nowMs = this.#nowMs();
    const slice = this.#sliceOf(caller, nowMs);
    if (slice.left < cost) return this.#leaseAndTake(caller, slice, cost);
    slice.left -= cost;
    if (slice.left * 4 < slice.size && !slice.leasing && nowMs >= slice.deniedUntilMs) {
      slice.leasing = true;
      later(this.#lease(caller, slice, 1).finally(() => (slice.leasing = false)));
    }
    return 0;
  }

  #sliceOf(caller: string, nowMs: number): Slice {
    let slice = this.#slices.get(caller);
    if (slice === undefined) {
      if (this.#slices.size >= maxCallers) this.#slices.delete(this.#slices.keys().next().value as string);
      slice = { ...this.#newSlice(nowMs), deniedUntilMs: 0, leasing: false };
      this.#slices.set(caller, slice);
    }
    if (elapsed(nowMs, slice.leasedAtMs) > this.#is.keptMs) Object.assign(slice, this.#newSlice(nowMs));
    return slice;
  }

  async #leaseAndTake(caller: string, slice: Slice, cost: number): Promise<number> {
    const restMs = slice.deniedUntilMs - this.#nowMs();
    // What was refused later than now was refused by a clock that has been set back since.
    if (restMs > 0 && restMs <= mostDeniedMs) return Math.ceil(restMs / 1000);
    const waitSeconds = await this.#lease(caller, slice, cost - slice.left);
    if (waitSeconds === 'alone') return this.#alone.take(caller, cost);
    // Others of this isolate may have taken of it meanwhile; they may not take more than there is.
    if (slice.left < cost) return Math.max(1, waitSeconds);
    slice.left -= cost;
    return 0;
  }

  /** 0 when something was granted, or after how many seconds to come again; `alone` when the object does not answer. */
  async #lease(caller: string, slice: Slice, least: number): Promise<number | 'alone'> {
    const wanted = Math.max(least, this.#wantedNext(slice, this.#nowMs()));
    try {
      const { granted, waitSeconds } = await this.#lessor(caller).lease(caller, least, wanted);
      const nowMs = this.#nowMs();
      if (granted === 0) slice.deniedUntilMs = nowMs + Math.min(mostDeniedMs, waitSeconds * 1000);
      else {
        const left = slice.left + granted;
        Object.assign(slice, { left, had: left, size: wanted, leasedAtMs: nowMs });
      }
      return waitSeconds;
    } catch {
      console.error('limit_not_leased');
      return 'alone';
    }
  }

  #newSlice(nowMs: number) {
    const { free } = this.#is;
    return { left: free, size: free, had: free, leasedAtMs: nowMs };
  }

  /** Twice the last slice at most, and no more than will be used before it is forgotten. */
  #wantedNext({ left, had, size, leasedAtMs }: Slice, nowMs: number): number {
    const { free, largest, lastsMs } = this.#is;
    const pacedFor = ((had - left) * lastsMs) / Math.max(1, nowMs - leasedAtMs);
    return Math.max(free, Math.min(largest, size * 2, Math.ceil(pacedFor)));
  }
}
