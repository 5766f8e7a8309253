// Whether this machine's clock may be believed. It is known good only if the edge's time was seen close to it, in this run of
// the machine, and wall clock and monotonic clock have gone on together since. Nothing is recorded by any other clock.
import { type EpochSeconds, epochSecondsOfMs } from '../../shared/base/brands.ts';
import { kioskSignatureMaxSkewSeconds } from '../../shared/contract/kiosk.ts';
import type { KioskState } from '../bridge/contract.ts';
import type { FactStore } from './store/facts.ts';

/** The machine's clocks, handed in. */
export type Clock = {
  nowMs(): number;
  /** Goes on evenly while the machine runs, whatever is done to the wall clock; survives the process, not the machine. */
  monotonicMs(): number;
  /** The same for every process of one run of the machine. */
  readonly bootId: string;
};

export type ClockJudgement = KioskState['clock'];

const maxAgeSeconds = 7 * 86_400;
/** Steps above this are a jump; below it, and at most 500 parts in a million, is how a clock is steered (adjtime). */
const jumpMs = 2_000;
const steering = 0.000_5;

export class KioskClock {
  readonly #clock: Clock;
  readonly #facts: Pick<FactStore, 'load' | 'keep'>;

  constructor(clock: Clock, facts: Pick<FactStore, 'load' | 'keep'>) {
    this.#clock = clock;
    this.#facts = facts;
  }

  now(): EpochSeconds {
    return epochSecondsOfMs(this.#clock.nowMs());
  }

  monotonicMs(): number {
    return this.#clock.monotonicMs();
  }

  /** The edge said what time it is, in an answer that was asked for `roundTripMs` ago. */
  sawEdgeTime(edgeTime: EpochSeconds | number, roundTripMs: number): void {
    this.#facts.keep('clockAnchor', {
      edgeTime,
      // A slow answer is of no use as a clock: half its time is how wrong it may be.
      wallMs: this.#clock.nowMs() - roundTripMs / 2,
      monotonicMs: this.#clock.monotonicMs() - roundTripMs / 2,
      bootId: this.#clock.bootId,
    });
  }

  /** The edge refused a request for its time. It can only take the clock's good name away: believed only where it differs. */
  wasRejected(edgeTime: EpochSeconds): void {
    if (Math.abs(edgeTime - this.now()) > kioskSignatureMaxSkewSeconds) this.sawEdgeTime(edgeTime, 0);
  }

  judge(): ClockJudgement {
    const now = this.now();
    const anchor = this.#facts.load('clockAnchor');
    if (!anchor || anchor.bootId !== this.#clock.bootId) return { now, knownGood: false, reason: 'never_checked' };
    const checkedAt = anchor.edgeTime;
    const elapsedMs = this.#clock.monotonicMs() - anchor.monotonicMs;
    const driftMs = Math.abs(this.#clock.nowMs() - anchor.wallMs - elapsedMs);
    // SECURITY: the order matters to the operator only; any one of these keeps the kiosk from recording.
    if (Math.abs(anchor.wallMs / 1000 - anchor.edgeTime) > kioskSignatureMaxSkewSeconds) {
      return { now, knownGood: false, reason: 'differs', checkedAt };
    }
    if (elapsedMs < 0 || driftMs > jumpMs + steering * elapsedMs)
      return { now, knownGood: false, reason: 'jumped', checkedAt };
    if (elapsedMs > maxAgeSeconds * 1000) return { now, knownGood: false, reason: 'too_old', checkedAt };
    return { now, knownGood: true, checkedAt };
  }
}
