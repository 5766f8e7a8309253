// A kiosk's last failures by finger: a few hours of them, in the DIRECTORY. They hold a kiosk when there are too many, and tell one
// finger that was tried for several people. Captures in them are sealed with the master key and go with their row.
import type { EpochSeconds } from '../../shared/base/brands.ts';
import type { Bytes } from '../../shared/bytes/bytes.ts';
import type { ActivationRefusal } from '../../shared/contract/kiosk.ts';
import type { JournalEntry } from '../journal/entry.ts';
import { holdsAtOnce, type KioskStanding, kioskHold, standingOfKiosk } from '../kiosks/hold.ts';
import { journalRow } from './journal.ts';
import { type StoredBytes, storedBytes } from './stored-bytes.ts';

export type KioskFailure = {
  readonly activationId: string;
  readonly personHmac: Bytes;
  readonly reason: ActivationRefusal;
  readonly sealedCapture: Bytes | undefined;
  readonly at: number;
};

type Row = {
  activation_id: string | null;
  person_hmac: StoredBytes;
  reason: string;
  sealed_capture: StoredBytes | null;
  at: number;
  released_at: number;
};

const mostRead = 40;

export class KioskFailures {
  readonly #db: D1Database;

  constructor(directory: D1Database) {
    this.#db = directory;
  }

  /** For an admission's batch. */
  recent(kioskId: string, now: EpochSeconds): D1PreparedStatement {
    return this.#db
      .prepare(
        `SELECT f.activation_id, f.person_hmac, f.reason, f.sealed_capture, f.at, k.released_at
         FROM kiosks k LEFT JOIN kiosk_failures f ON f.kiosk_id = k.id AND f.at > ?2
         WHERE k.id = ?1 ORDER BY f.at DESC LIMIT ${mostRead}`,
      )
      .bind(kioskId, now - kioskHold.keptSeconds);
  }

  recentOf(result: D1Result | undefined, now: EpochSeconds): KioskStanding & { readonly failures: KioskFailure[] } {
    const rows = (result?.results ?? []) as Row[];
    const failures = rows.flatMap((row): KioskFailure[] =>
      row.activation_id === null
        ? []
        : [
            {
              activationId: row.activation_id,
              personHmac: storedBytes(row.person_hmac),
              reason: row.reason as ActivationRefusal,
              sealedCapture: row.sealed_capture ? storedBytes(row.sealed_capture) : undefined,
              at: row.at,
            },
          ],
    );
    return { ...standingOfKiosk(failures, rows[0]?.released_at ?? 0, now), failures };
  }

  /** Once an activation id; `held` goes into the journal with the failure that fills the measure. */
  async add(kioskId: string, failure: KioskFailure, held: JournalEntry): Promise<void> {
    const { activationId, personHmac, reason, sealedCapture, at } = failure;
    const row = journalRow(held);
    await this.#db.batch([
      this.#db
        .prepare(
          `INSERT INTO kiosk_failures (activation_id, kiosk_id, person_hmac, reason, sealed_capture, at) VALUES (?, ?, ?, ?, ?, ?)
           ON CONFLICT (activation_id) DO NOTHING`,
        )
        .bind(activationId, kioskId, personHmac, reason, sealedCapture ?? null, at),
      this.#db
        .prepare(
          `INSERT INTO journal (at, event, actor, object, detail) SELECT ?1, ?2, ?3, ?4, ?5 WHERE changes() > 0
             AND (?6 = 1 OR ?7 = (SELECT count(*) FROM kiosk_failures f JOIN kiosks k ON k.id = f.kiosk_id
               WHERE f.kiosk_id = ?4 AND f.at > ?8 AND f.at > k.released_at))`,
        )
        .bind(
          row.at,
          row.event,
          row.actor,
          kioskId,
          row.detail,
          holdsAtOnce(reason) ? 1 : 0,
          kioskHold.failures,
          at - kioskHold.withinSeconds,
        ),
    ]);
  }

  async forget(before: EpochSeconds): Promise<void> {
    await this.#db.prepare('DELETE FROM kiosk_failures WHERE at < ?').bind(before).run();
  }
}
