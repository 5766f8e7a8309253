// Appointments and the hours they are made in. Every move is one conditional write; seats and "one open appointment a person" are
// unique indexes, so that a hundred who want the last seat at once are one who has it. Knows no number. One aggregate, so one file.
import { type EpochSeconds, epochSeconds, type SubjectId } from '../../shared/base/brands.ts';
import { type Appointment, appointmentWindow, type CentreHours } from '../../shared/contract/appointment.ts';
import type { SlotPlace } from '../appointments/slots.ts';
import type { HeldAppointment } from '../appointments/standing.ts';
import type { JournalEntry } from '../journal/entry.ts';
import { type Centre, type CentreRow, centreOf } from './centres.ts';
import { brokenConstraint } from './constraint.ts';
import { journalInsert } from './journal-insert.ts';

export type Wanted = {
  readonly personHmac: Uint8Array;
  readonly centreId: string;
  readonly startsAt: EpochSeconds;
  readonly place: SlotPlace;
};

export type SlotRefusal = 'centre_unknown' | 'slot_closed' | 'slot_full';
export type BookRefusal = SlotRefusal | 'already_booked';

type Row = { id: string; centre_id: string; starts_at: number; state: string; arrived_at: number | null };

export type CentreWeek = Centre & CentreHours;

/** The smallest free seat of an open slot, or NULL. ?2 centre, ?3 start, ?4 weekday, ?5 minute, ?6 civil day. */
const freeSeat = `(WITH RECURSIVE
    slot(seats) AS (
      SELECT h.seats FROM centre_hours h JOIN centres c ON c.id = h.centre_id AND c.state = 'open'
      WHERE h.centre_id = ?2 AND h.weekday = ?4 AND h.opens_at <= ?5 AND ?5 + h.slot_minutes <= h.closes_at
        AND (?5 - h.opens_at) % h.slot_minutes = 0
        AND NOT EXISTS (SELECT 1 FROM centre_closures x WHERE x.centre_id = ?2 AND x.date = ?6) LIMIT 1),
    chair(n) AS (SELECT 0 FROM slot UNION ALL SELECT n + 1 FROM chair, slot WHERE n + 1 < seats)
    SELECT min(n) FROM chair WHERE n NOT IN
      (SELECT a.seat FROM appointments a WHERE a.centre_id = ?2 AND a.starts_at = ?3 AND a.seat IS NOT NULL))`;

/** Whether the slot is open at all, for the reason of a refusal; the same parameters as `freeSeat`. */
const openSlot = `SELECT
    EXISTS (SELECT 1 FROM centres WHERE id = ?1 AND state = 'open') AS known,
    EXISTS (SELECT 1 FROM centre_hours h WHERE h.centre_id = ?1 AND h.weekday = ?2 AND h.opens_at <= ?3
      AND ?3 + h.slot_minutes <= h.closes_at AND (?3 - h.opens_at) % h.slot_minutes = 0)
      AND NOT EXISTS (SELECT 1 FROM centre_closures x WHERE x.centre_id = ?1 AND x.date = ?4) AS open`;

const ended = `state = CASE WHEN arrived_at IS NULL THEN 'no_show' ELSE 'kept' END, seat = NULL, open_for = NULL`;
const { beforeSeconds, afterSeconds } = appointmentWindow;

export class Appointments {
  readonly #db: D1Database;

  constructor(directory: D1Database) {
    this.#db = directory;
  }

  /** Replaces a centre's week. False when there is no such centre. */
  async setHours(centreId: string, { hours, closed }: CentreHours, entry: JournalEntry): Promise<boolean> {
    const [known] = await this.#db.batch([
      // Touches the centre, so that the journal's row is there only if there is one.
      this.#db.prepare('UPDATE centres SET state = state WHERE id = ?').bind(centreId),
      journalInsert(this.#db, entry, 'if_changed'),
      this.#db.prepare('DELETE FROM centre_hours WHERE centre_id = ?').bind(centreId),
      this.#db.prepare('DELETE FROM centre_closures WHERE centre_id = ?').bind(centreId),
      this.#db
        .prepare(
          `INSERT INTO centre_hours (centre_id, weekday, opens_at, closes_at, slot_minutes, seats)
           SELECT c.id, v.value ->> 'weekday', v.value ->> 'opensAt', v.value ->> 'closesAt', v.value ->> 'slotMinutes',
             v.value ->> 'seats' FROM centres c, json_each(?2) v WHERE c.id = ?1`,
        )
        .bind(centreId, JSON.stringify(hours)),
      this.#db
        .prepare(
          `INSERT INTO centre_closures (centre_id, date) SELECT DISTINCT c.id, v.value FROM centres c, json_each(?2) v WHERE c.id = ?1`,
        )
        .bind(centreId, JSON.stringify(closed)),
    ]);
    return known?.meta.changes === 1;
  }

  /** A centre's week, and how many seats of each slot between two instants are taken. One batch. */
  async week(
    centreId: string,
    from: EpochSeconds,
    to: EpochSeconds,
  ): Promise<{ readonly hours: CentreHours; readonly taken: ReadonlyMap<number, number> } | undefined> {
    const [known, hours, closed, taken] = await this.#db.batch<Record<string, number | string>>([
      this.#db.prepare(`SELECT 1 AS one FROM centres WHERE id = ? AND state = 'open'`).bind(centreId),
      this.#db
        .prepare('SELECT weekday, opens_at, closes_at, slot_minutes, seats FROM centre_hours WHERE centre_id = ?')
        .bind(centreId),
      this.#db.prepare('SELECT date FROM centre_closures WHERE centre_id = ?').bind(centreId),
      this.#db
        .prepare(
          `SELECT starts_at, count(*) AS n FROM appointments
           WHERE centre_id = ? AND starts_at BETWEEN ? AND ? AND seat IS NOT NULL GROUP BY starts_at`,
        )
        .bind(centreId, from, to),
    ]);
    if (!known?.results.length) return undefined;
    const rows = hours?.results ?? [];
    return {
      hours: {
        hours: rows.map(rangeOf),
        closed: (closed?.results ?? []).map((row) => String(row['date'])),
      },
      taken: new Map((taken?.results ?? []).map((row) => [Number(row['starts_at']), Number(row['n'])])),
    };
  }

  /** Every open centre with its week: what may be booked, nobody's appointment. One batch; a day off that is past is left out. */
  async centres(today: string): Promise<CentreWeek[]> {
    const [centres, hours, closed] = await this.#db.batch<Record<string, number | string>>([
      this.#db.prepare(
        `SELECT id AS centre_id, name_ar, name_en, type FROM centres WHERE state = 'open' ORDER BY created_at, id LIMIT 1000`,
      ),
      this.#db.prepare('SELECT * FROM centre_hours ORDER BY centre_id, weekday, opens_at LIMIT 28000'),
      this.#db.prepare('SELECT centre_id, date FROM centre_closures WHERE date >= ? ORDER BY date').bind(today),
    ]);
    const hoursOf = Map.groupBy(hours?.results ?? [], (row) => row['centre_id']);
    const closedOf = Map.groupBy(closed?.results ?? [], (row) => row['centre_id']);
    return (centres?.results ?? []).map((row) => ({
      ...centreOf(row as CentreRow),
      hours: (hoursOf.get(row['centre_id'] ?? '') ?? []).map(rangeOf),
      closed: (closedOf.get(row['centre_id'] ?? '') ?? []).map((each) => String(each['date'])),
    }));
  }

  /** Takes the smallest free seat, or says why there is none. An appointment that has passed does not stand in the way. */
  async book(
    wanted: Wanted & { readonly id: string; readonly subjectId: SubjectId },
    entry: JournalEntry,
  ): Promise<BookRefusal | undefined> {
    const { id, subjectId, personHmac, centreId, startsAt, place } = wanted;
    try {
      const [, made, , why] = await this.#db.batch<{ known: number; open: number }>([
        this.#db
          .prepare(`UPDATE appointments SET ${ended}, changed_at = ?2 WHERE open_for = ?1 AND starts_at < ?3`)
          .bind(personHmac, entry.at, entry.at - afterSeconds),
        this.#db
          .prepare(
            `INSERT INTO appointments (id, centre_id, starts_at, seat, subject_id, person_hmac, open_for, state, booked_at, changed_at)
             SELECT ?1, ?2, ?3, s.seat, ?7, ?8, ?8, 'booked', ?9, ?9 FROM (SELECT ${freeSeat} AS seat) s WHERE s.seat IS NOT NULL`,
          )
          .bind(id, centreId, startsAt, place.weekday, place.minute, place.date, subjectId, personHmac, entry.at),
        journalInsert(this.#db, entry, 'if_changed'),
        this.#why(centreId, place),
      ]);
      return made?.meta.changes === 1 ? undefined : refusalOf(why?.results[0]);
    } catch (error) {
      // The sooner of two at once has it: an open one of the same person, or (never with one writer) the same seat.
      const broken = brokenConstraint(error);
      if (broken === 'unique:appointments.open_for') return 'already_booked';
      if (broken === 'unique:appointments.centre_id') return 'slot_full';
      throw error;
    }
  }

  /** Moves the open appointment that has not begun. */
  async move(wanted: Wanted, entry: JournalEntry): Promise<SlotRefusal | 'no_appointment' | undefined> {
    const { personHmac, centreId, startsAt, place } = wanted;
    const [moved, , why, open] = await this.#db.batch<{ known: number; open: number }>([
      this.#db
        .prepare(
          `UPDATE appointments SET centre_id = ?2, starts_at = ?3, seat = ${freeSeat}, arrived_at = NULL, changed_at = ?7
           WHERE open_for = ?1 AND state = 'booked' AND starts_at > ?7 AND ${freeSeat} IS NOT NULL`,
        )
        .bind(personHmac, centreId, startsAt, place.weekday, place.minute, place.date, entry.at),
      journalInsert(this.#db, entry, 'if_changed'),
      this.#why(centreId, place),
      this.#db.prepare('SELECT 1 FROM appointments WHERE open_for = ? AND starts_at > ?').bind(personHmac, entry.at),
    ]);
    if (moved?.meta.changes === 1) return undefined;
    return open?.results.length ? refusalOf(why?.results[0]) : 'no_appointment';
  }

  /** False when there is none that has not ended. */
  async cancel(personHmac: Uint8Array, entry: JournalEntry): Promise<boolean> {
    const [cancelled] = await this.#db.batch([
      this.#db
        .prepare(
          `UPDATE appointments SET state = 'cancelled', seat = NULL, open_for = NULL, changed_at = ?2
           WHERE open_for = ?1 AND state = 'booked' AND starts_at >= ?3`,
        )
        .bind(personHmac, entry.at, entry.at - afterSeconds),
      journalInsert(this.#db, entry, 'if_changed'),
    ]);
    return cancelled?.meta.changes === 1;
  }

  /** The person came to `centreId`, as its desk says; also when that was known. Otherwise why it is not noted. */
  async arrive(
    personHmac: Uint8Array,
    centreId: string,
    entry: JournalEntry,
  ): Promise<'no_appointment' | 'appointment_elsewhere' | 'appointment_not_now' | undefined> {
    const [, , open] = await this.#db.batch<Row>([
      this.#db
        .prepare(
          `UPDATE appointments SET arrived_at = ?3, changed_at = ?3 WHERE open_for = ?1 AND centre_id = ?2 AND arrived_at IS NULL
             AND state = 'booked' AND starts_at BETWEEN ?3 - ${afterSeconds} AND ?3 + ${beforeSeconds}`,
        )
        .bind(personHmac, centreId, entry.at),
      journalInsert(this.#db, entry, 'if_changed'),
      this.#db
        .prepare('SELECT id, centre_id, starts_at, state, arrived_at FROM appointments WHERE open_for = ?')
        .bind(personHmac),
    ]);
    const row = open?.results[0];
    if (!row) return 'no_appointment';
    if (row.centre_id !== centreId) return 'appointment_elsewhere';
    return row.arrived_at === null ? 'appointment_not_now' : undefined;
  }

  async open(personHmac: Uint8Array): Promise<Appointment | undefined> {
    const row = await this.#db
      .prepare('SELECT id, centre_id, starts_at, state, arrived_at FROM appointments WHERE open_for = ?')
      .bind(personHmac)
      .first<Row>();
    return row ? appointmentOf(row) : undefined;
  }

  /** One civil day at a centre, for its staff: ids and times, nobody's name. */
  async day(centreId: string, from: EpochSeconds, to: EpochSeconds): Promise<Appointment[]> {
    const { results } = await this.#db
      .prepare(
        `SELECT id, centre_id, starts_at, state, arrived_at FROM appointments
         WHERE centre_id = ? AND starts_at BETWEEN ? AND ? ORDER BY starts_at, id LIMIT 5000`,
      )
      .bind(centreId, from, to)
      .all<Row>();
    return results.map(appointmentOf);
  }

  /**
   * For a kiosk's admission: notes that the person came (an operator is on duty there, and it is the time), and reads what they
   * hold around `at`. Two statements; `heldOf` reads their results.
   */
  arrival(personHmac: Uint8Array, kioskId: string, operatorTokenHash: Uint8Array, at: number): D1PreparedStatement[] {
    return [
      this.#db
        .prepare(
          `UPDATE appointments SET arrived_at = ?4 WHERE open_for = ?1 AND arrived_at IS NULL
             AND starts_at BETWEEN ?4 - ${afterSeconds} AND ?4 + ${beforeSeconds}
             AND centre_id = (SELECT s.centre_id FROM operator_sessions s WHERE s.token_hash = ?3 AND s.kiosk_id = ?2
               AND s.started_at <= ?4 AND s.expires_at >= ?4 AND coalesce(s.ended_at, ?4) >= ?4)`,
        )
        .bind(personHmac, kioskId, operatorTokenHash, at),
      this.#db
        .prepare(
          `SELECT id, centre_id, starts_at, state, arrived_at FROM appointments
           WHERE person_hmac = ?1 AND state <> 'cancelled' AND starts_at > ?2 - 86400 ORDER BY abs(starts_at - ?2) LIMIT 10`,
        )
        .bind(personHmac, at),
    ];
  }

  heldOf(results: readonly D1Result[]): HeldAppointment[] {
    return (results[1]?.results ?? []).map((row) => appointmentOf(row as Row));
  }

  /** Ends what has passed: kept where the person came, a no-show where not, each in the journal. */
  async endPassed(now: EpochSeconds): Promise<void> {
    const before = now - afterSeconds;
    await this.#db.batch([
      this.#db
        .prepare(
          `INSERT INTO journal (at, event, actor, subject_id, object, detail)
           SELECT ?1, CASE WHEN arrived_at IS NULL THEN 'appointment.no_show' ELSE 'appointment.kept' END, 'system', subject_id, id, NULL
           FROM appointments WHERE state = 'booked' AND starts_at < ?2`,
        )
        .bind(now, before),
      this.#db
        .prepare(`UPDATE appointments SET ${ended}, changed_at = ?1 WHERE state = 'booked' AND starts_at < ?2`)
        .bind(now, before),
    ]);
  }

  /** Those that have ended, at most `limit`: the journal says that they were. */
  async forgetEnded(before: EpochSeconds, limit: number): Promise<void> {
    await this.#db
      .prepare(
        `DELETE FROM appointments WHERE rowid IN
           (SELECT rowid FROM appointments WHERE state IN ('kept', 'cancelled', 'no_show') AND starts_at < ? LIMIT ?)`,
      )
      .bind(before, limit)
      .run();
  }

  #why(centreId: string, place: SlotPlace): D1PreparedStatement {
    return this.#db.prepare(openSlot).bind(centreId, place.weekday, place.minute, place.date);
  }
}

function refusalOf(why: { known: number; open: number } | undefined): SlotRefusal {
  if (!why?.known) return 'centre_unknown';
  return why.open ? 'slot_full' : 'slot_closed';
}

function appointmentOf(row: Row): Appointment {
  return {
    id: row.id,
    centreId: row.centre_id,
    startsAt: epochSeconds(row.starts_at),
    state: row.state as Appointment['state'],
    ...(row.arrived_at === null ? {} : { arrivedAt: epochSeconds(row.arrived_at) }),
  };
}

function rangeOf(row: Readonly<Record<string, number | string>>): CentreHours['hours'][number] {
  return {
    weekday: Number(row['weekday']),
    opensAt: Number(row['opens_at']),
    closesAt: Number(row['closes_at']),
    slotMinutes: Number(row['slot_minutes']),
    seats: Number(row['seats']),
  };
}
