// The businesses that call, kept in the isolate: found without a round trip, forgotten within five seconds of a change.
// Knows no database: what loads a business and what tells of changes are handed in.
import { elapsed } from '../../shared/base/elapsed.ts';
import type { Verifier } from './verifier.ts';

/** What is asked of the store. `epoch` grows whenever any business was changed, suspended or given another key,
 * and whenever a token was taken back. */
export type CallerSource = {
  find(id: string): Promise<Verifier | undefined>;
  /** The business that a relying party speaks for. */
  findByClient(clientId: string): Promise<Verifier | undefined>;
  /** Access tokens that were taken back before their end. */
  revokedTokens(): Promise<readonly string[]>;
  epoch(): Promise<number>;
};

/** A business is looked up again after this long, whatever the epoch says. */
const keptMs = 30_000;
/** The epoch is asked in the background when it was asked so long ago … */
const epochFreshMs = 2_000;
/** … and awaited when it was asked longer ago than this: a suspended business is refused within it. */
const epochDueMs = 4_500;
const maxCallers = 5_000;

type Kept = { readonly verifier: Verifier | undefined; readonly loadedAtMs: number };

export class Callers {
  readonly #source: CallerSource;
  readonly #nowMs: () => number;
  readonly #kept = new Map<string, Kept>();
  #revoked: ReadonlySet<string> = new Set();
  #epoch: number | undefined;
  #epochAskedAtMs = Number.NEGATIVE_INFINITY;
  #asking = false;

  constructor(source: CallerSource, nowMs: () => number) {
    this.#source = source;
    this.#nowMs = nowMs;
  }

  /** At once when the isolate knows; a promise when it must ask. `later` carries on after the answer. */
  find(id: string, later: (work: Promise<unknown>) => void): Verifier | undefined | Promise<Verifier | undefined> {
    return this.#find(id, (source) => source.find(id), later);
  }

  /** The business that a relying party speaks for. */
  findByClient(
    clientId: string,
    later: (work: Promise<unknown>) => void,
  ): Verifier | undefined | Promise<Verifier | undefined> {
    return this.#find(`client ${clientId}`, (source) => source.findByClient(clientId), later);
  }

  /** As of the last look at the epoch: ask after the business was found, which sees to it. */
  isRevoked(jti: string): boolean {
    return this.#revoked.has(jti);
  }

  #find(
    name: string,
    load: (source: CallerSource) => Promise<Verifier | undefined>,
    later: (work: Promise<unknown>) => void,
  ): Verifier | undefined | Promise<Verifier | undefined> {
    const nowMs = this.#nowMs();
    const kept = this.#kept.get(name);
    if (
      kept === undefined ||
      elapsed(nowMs, kept.loadedAtMs) > keptMs ||
      elapsed(nowMs, this.#epochAskedAtMs) > epochDueMs
    ) {
      return this.#ask(name, load);
    }
    if (elapsed(nowMs, this.#epochAskedAtMs) > epochFreshMs && !this.#asking) {
      this.#asking = true;
      later(
        this.#askEpoch().finally(() => {
          this.#asking = false;
        }),
      );
    }
    return kept.verifier;
  }

  // Each caller that must wait asks for itself: a request's input and output belong to that request.
  async #ask(
    name: string,
    load: (source: CallerSource) => Promise<Verifier | undefined>,
  ): Promise<Verifier | undefined> {
    // A business that is merely new here needs no second look at an epoch that was just seen.
    if (elapsed(this.#nowMs(), this.#epochAskedAtMs) > epochFreshMs) await this.#askEpoch();
    const kept = this.#kept.get(name);
    if (kept !== undefined && elapsed(this.#nowMs(), kept.loadedAtMs) <= keptMs) return kept.verifier;
    const loadedAtMs = this.#nowMs();
    const verifier = await load(this.#source);
    this.#kept.delete(name);
    if (this.#kept.size >= maxCallers) this.#kept.delete(this.#kept.keys().next().value as string);
    this.#kept.set(name, { verifier, loadedAtMs });
    return verifier;
  }

  async #askEpoch(): Promise<void> {
    const askedAtMs = this.#nowMs();
    const epoch = await this.#source.epoch();
    // Read before the epoch counts as seen: if this fails, the next question tries again.
    if (this.#epoch !== epoch) this.#revoked = new Set(await this.#source.revokedTokens());
    // SECURITY: the time of asking, not of the answer: a change made in between must be seen by the next question.
    this.#epochAskedAtMs = this.#epochAskedAtMs > this.#nowMs() ? askedAtMs : Math.max(this.#epochAskedAtMs, askedAtMs);
    if (this.#epoch !== epoch) this.#kept.clear();
    this.#epoch = epoch;
  }
}
