// Carries activation requests from the outbox to the edge and its decisions back. The same id may be sent many times and is
// one activation; a decision counts only with the edge's receipt. Knows no screen and no device.
import { err, ok, type Result } from '../../../shared/base/result.ts';
import { ActivationAnswer, kioskPaths } from '../../../shared/contract/kiosk.ts';
import type { SubmitOutcome } from '../../bridge/contract.ts';
import type { KioskClock } from '../clock.ts';
import { bridgeErrorOf, type EdgeClient, type EdgeKey, parseJson } from '../edge/edge-client.ts';
import type { EdgeReason } from '../edge/problems.ts';
import type { Decision, OutboxStore, Waiting } from '../store/outbox.ts';
import { checkReceipt } from './check-receipt.ts';
import type { Lists } from './lists.ts';

export type CourierNeeds = {
  readonly outbox: OutboxStore;
  readonly clock: KioskClock;
  readonly lists: Lists;
  readonly edge: () => { readonly client: EdgeClient; readonly key: EdgeKey; readonly kioskId: string } | undefined;
  readonly changed: () => void;
};

export type CourierError = { readonly reason: EdgeReason | 'entry_damaged'; readonly retryAfterSeconds?: number };

const timeoutMs = 20_000;
const firstDelaySeconds = 5;
const maxDelaySeconds = 900;

/** A line that was down is tried as soon as it is up; an edge that is busy, or says what we do not understand, is given time. */
function delaySeconds(error: CourierError, attempts: number): number {
  if (error.reason === 'line_down') return 0;
  return error.retryAfterSeconds ?? Math.min(maxDelaySeconds, firstDelaySeconds * 2 ** Math.min(attempts, 10));
}

export class Courier {
  readonly #needs: CourierNeeds;
  readonly #underway = new Map<string, Promise<Result<SubmitOutcome, CourierError>>>();

  constructor(needs: CourierNeeds) {
    this.#needs = needs;
  }

  /** What became of a request that is in the outbox. While one delivery runs, a second call waits for the same one. */
  deliver(id: string): Promise<Result<SubmitOutcome, CourierError>> {
    const underway = this.#underway.get(id);
    if (underway) return underway;
    const delivery = this.#deliver(id).finally(() => {
      this.#underway.delete(id);
      this.#needs.changed();
    });
    this.#underway.set(id, delivery);
    return delivery;
  }

  /** Sends what waits, oldest first, until the line fails. `all`: also what is not due yet. */
  async drain(options: {
    readonly all: boolean;
  }): Promise<{ readonly sent: number; readonly stoppedBy?: CourierError }> {
    const { outbox, clock } = this.#needs;
    const before = options.all ? Number.MAX_SAFE_INTEGER : clock.now();
    const seen = new Set<string>();
    let sent = 0;
    for (;;) {
      const batch = outbox.waiting(before, 50).filter(({ activationId }) => !seen.has(activationId));
      if (batch.length === 0) return { sent };
      for (const { activationId } of batch) {
        seen.add(activationId);
        const delivered = await this.deliver(activationId);
        if (delivered.ok) sent++;
        else if (!['edge_misbehaved', 'entry_damaged'].includes(delivered.error.reason))
          return { sent, stoppedBy: delivered.error };
      }
    }
  }

  /** What was decided before, without asking anybody. */
  settled(id: string): SubmitOutcome | undefined {
    const entry = this.#needs.outbox.find(id);
    if (!entry || entry.state === 'waiting' || entry.decidedAt === undefined) return undefined;
    const { reference, purpose, decidedAt, reason } = entry;
    const ofOne = { reference, ...(purpose ? { purpose } : {}) };
    if (entry.state === 'activated')
      return { outcome: 'activated', ...ofOne, decidedAt, ...this.#needs.outbox.issued(id) };
    return reason === undefined ? undefined : { outcome: 'refused', ...ofOne, decidedAt, reason };
  }

  async #deliver(id: string): Promise<Result<SubmitOutcome, CourierError>> {
    const { outbox, clock } = this.#needs;
    const waiting = outbox.findWaiting(id);
    if (waiting) {
      const edge = this.#needs.edge();
      if (!edge) return err({ reason: 'not_enrolled' });
      const decision = await this.#ask(waiting, edge);
      if (!decision.ok) {
        const { problem, ...error } = decision.error;
        outbox.postpone(id, problem, clock.now() + delaySeconds(error, waiting.attempts));
        return err(error);
      }
      outbox.decide(id, decision.value);
    }
    const outcome = this.settled(id);
    if (!outcome && outbox.find(id)?.state === 'waiting') return err({ reason: 'entry_damaged' });
    if (!outcome) throw new Error('there is no such activation in the outbox');
    return ok(outcome);
  }

  async #ask(
    waiting: Waiting,
    edge: { readonly client: EdgeClient; readonly key: EdgeKey; readonly kioskId: string },
  ): Promise<Result<Decision, CourierError & { readonly problem: string }>> {
    const answer = await edge.client.ask({
      method: 'POST',
      path: kioskPaths.activations,
      body: waiting.body,
      key: edge.key,
      timeoutMs,
      maxBytes: 65_536,
      tries: 2,
    });
    if (!answer.ok) {
      const problem = answer.error.reason === 'refused' ? answer.error.problem : answer.error.reason;
      return err({ ...bridgeErrorOf(answer.error), problem });
    }
    const misbehaved = (problem: string) => err({ reason: 'edge_misbehaved', problem } as const);
    const decided = parseJson(ActivationAnswer, answer.value.body);
    if (!decided || decided.activationId !== waiting.activationId) return misbehaved('answer_malformed');
    let judged = await checkReceipt(decided, edge.kioskId, this.#needs.lists.trust);
    if (judged === 'unknown') {
      await this.#needs.lists.refresh(edge.client);
      judged = await checkReceipt(decided, edge.kioskId, this.#needs.lists.trust);
    }
    // SECURITY: who cannot sign a receipt cannot decide; the request goes on waiting for the edge itself.
    if (judged !== 'valid') return misbehaved(`receipt_${judged}`);
    const { decidedAt, credential, setup } = decided;
    const receipt = Buffer.from(decided.receipt, 'base64url');
    if (decided.outcome === 'activated') {
      const issued = { ...(credential ? { credential } : {}), ...(setup ? { setup } : {}) };
      return ok({ outcome: 'activated', decidedAt, receipt, issued });
    }
    return decided.reason
      ? ok({ outcome: 'refused', decidedAt, receipt, reason: decided.reason })
      : misbehaved('reason_missing');
  }
}
