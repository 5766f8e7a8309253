// Activation requests on their way to the edge. A request is here, on the disk, before it is sent, and stays until the edge
// has decided; its id makes a second sending harmless. Knows no network and no screen.
import type { ActivationAnswer, ActivationPurpose, ActivationRefusal } from '../../../shared/contract/kiosk.ts';
import type { Database } from './database.ts';
import type { Cell, Sealer } from './seal.ts';

export type Issued = Pick<ActivationAnswer, 'credential' | 'setup'>;
export type OutboxEntry = {
  readonly activationId: string;
  readonly reference: string;
  /** Absent: an activation. */
  readonly purpose?: ActivationPurpose;
  readonly recordedAt: number;
  readonly state: 'waiting' | 'activated' | 'refused';
  readonly attempts: number;
  readonly lastProblem?: string;
  readonly decidedAt?: number;
  readonly reason?: ActivationRefusal;
};
export type Waiting = { readonly activationId: string; readonly body: Uint8Array; readonly attempts: number };
export type Decision = {
  readonly decidedAt: number;
  /** Kept, so that the act can be proved later. */
  readonly receipt: Uint8Array;
} & (
  | { readonly outcome: 'activated'; readonly issued: Issued }
  | { readonly outcome: 'refused'; readonly reason: ActivationRefusal }
);

const cell = (row: string, column: string): Cell => ({ table: 'outbox', row, column });
/** A full disk must not be the way a kiosk finds out: beyond this many waiting requests it records no more. */
export const maxWaiting = 2_000;

export class OutboxStore {
  readonly #db: Database;
  readonly #sealer: Sealer;

  constructor(db: Database, sealer: Sealer) {
    this.#db = db;
    this.#sealer = sealer;
  }

  /** On return the request is on the disk. The same id again changes nothing. */
  record(entry: Pick<OutboxEntry, 'activationId' | 'reference' | 'purpose' | 'recordedAt'>, body: Uint8Array): void {
    this.#db
      .prepare(
        `INSERT INTO outbox (activation_id, reference, purpose, recorded_at, state, body) VALUES (?, ?, ?, ?, 'waiting', ?)
         ON CONFLICT (activation_id) DO NOTHING`,
      )
      .run(
        entry.activationId,
        entry.reference,
        entry.purpose ?? null,
        entry.recordedAt,
        this.#sealer.seal(body, cell(entry.activationId, 'body')),
      );
  }

  /** Oldest first: those whose time to be tried has come, or all that wait. */
  waiting(before: number, limit: number): Waiting[] {
    return this.#db
      .prepare(
        `SELECT activation_id, body, attempts FROM outbox WHERE state = 'waiting' AND next_attempt_at <= ?
         ORDER BY recorded_at, rowid LIMIT ?`,
      )
      .all(before, limit)
      .flatMap((row) => this.#waitingOf(row) ?? []);
  }

  findWaiting(activationId: string): Waiting | undefined {
    const row = this.#db
      .prepare("SELECT activation_id, body, attempts FROM outbox WHERE activation_id = ? AND state = 'waiting'")
      .get(activationId);
    return row && this.#waitingOf(row);
  }

  /** The one move out of `waiting`: the request itself goes, what the edge said stays. True if it was this call that moved it. */
  decide(activationId: string, decision: Decision): boolean {
    const issued =
      decision.outcome === 'activated'
        ? this.#sealer.sealText(JSON.stringify(decision.issued), cell(activationId, 'issued'))
        : null;
    const reason = decision.outcome === 'refused' ? decision.reason : null;
    const moved = this.#db
      .prepare(
        `UPDATE outbox SET state = ?, decided_at = ?, reason = ?, receipt = ?, issued = ?, body = NULL, last_problem = NULL,
         attempts = attempts + 1 WHERE activation_id = ? AND state = 'waiting'`,
      )
      .run(decision.outcome, decision.decidedAt, reason, decision.receipt, issued, activationId);
    return moved.changes === 1;
  }

  postpone(activationId: string, problem: string, nextAttemptAt: number): void {
    this.#db
      .prepare(
        `UPDATE outbox SET attempts = attempts + 1, last_problem = ?, next_attempt_at = ?
         WHERE activation_id = ? AND state = 'waiting'`,
      )
      .run(problem, nextAttemptAt, activationId);
  }

  find(activationId: string): OutboxEntry | undefined {
    const row = this.#db.prepare('SELECT * FROM outbox WHERE activation_id = ?').get(activationId);
    return row && entryOf(row);
  }

  /** What an activation brought; undefined if it brought nothing or it is no longer kept. */
  issued(activationId: string): Issued | undefined {
    const row = this.#db.prepare('SELECT issued FROM outbox WHERE activation_id = ?').get(activationId);
    const sealed = row?.['issued'];
    if (!(sealed instanceof Uint8Array)) return undefined;
    return JSON.parse(this.#sealer.openText(sealed, cell(activationId, 'issued'))) as Issued;
  }

  list(limit: number): OutboxEntry[] {
    return this.#db
      .prepare("SELECT * FROM outbox ORDER BY state = 'waiting' DESC, recorded_at DESC, rowid DESC LIMIT ?")
      .all(limit)
      .map(entryOf);
  }

  counts(): { waiting: number; activated: number; refused: number } {
    const counts = { waiting: 0, activated: 0, refused: 0 };
    for (const row of this.#db.prepare('SELECT state, count(*) AS n FROM outbox GROUP BY state').all()) {
      counts[row['state'] as keyof typeof counts] = Number(row['n']);
    }
    return counts;
  }

  /** Drops what was issued after `issuedBefore`, and decided rows before `decidedBefore`. Waiting ones always stay. */
  prune(issuedBefore: number, decidedBefore: number): void {
    this.#db.prepare('UPDATE outbox SET issued = NULL WHERE issued IS NOT NULL AND decided_at < ?').run(issuedBefore);
    this.#db.prepare("DELETE FROM outbox WHERE state <> 'waiting' AND decided_at < ?").run(decidedBefore);
  }

  /** Undefined for one whose bytes the disk changed: it stays, its problem is on the list, and the others go on. */
  #waitingOf(row: Record<string, unknown>): Waiting | undefined {
    const activationId = row['activation_id'] as string;
    try {
      const body = this.#sealer.open(row['body'] as Uint8Array, cell(activationId, 'body'));
      return { activationId, body, attempts: Number(row['attempts']) };
    } catch {
      this.#db
        .prepare("UPDATE outbox SET last_problem = 'entry_damaged' WHERE activation_id = ? AND state = 'waiting'")
        .run(activationId);
      return undefined;
    }
  }
}

function entryOf(row: Record<string, unknown>): OutboxEntry {
  return {
    activationId: row['activation_id'] as string,
    reference: row['reference'] as string,
    ...(row['purpose'] === 'recover' ? { purpose: 'recover' as const } : {}),
    recordedAt: Number(row['recorded_at']),
    state: row['state'] as OutboxEntry['state'],
    attempts: Number(row['attempts']),
    ...(row['last_problem'] === null ? {} : { lastProblem: row['last_problem'] as string }),
    ...(row['decided_at'] === null ? {} : { decidedAt: Number(row['decided_at']) }),
    ...(row['reason'] === null ? {} : { reason: row['reason'] as ActivationRefusal }),
  };
}
