// Operators and their sessions at kiosks. Tries are counted before the password is looked at, so that parallel guesses are counted too.
import type { EpochSeconds } from '../../shared/base/brands.ts';
import type { Bytes } from '../../shared/bytes/bytes.ts';
import type { Name } from '../../shared/contract/wire.ts';
import type { JournalEntry } from '../journal/entry.ts';
import { brokenConstraint } from './constraint.ts';
import { journalInsert } from './journal-insert.ts';
import { type StoredBytes, storedBytes } from './stored-bytes.ts';

export type OperatorRole = 'operator' | 'supervisor';

export type Operator = {
  readonly id: string;
  readonly username: string;
  readonly name: Name;
  readonly role: OperatorRole;
  readonly centreId: string;
  readonly state: 'active' | 'suspended';
};

export type LoginCandidate = Operator & {
  readonly passwordHash: string;
  readonly lockedUntil: number;
  /** Positions of the operator's own enrolled fingers. */
  readonly fingers: readonly number[];
};

export type OperatorSession = {
  readonly id: string;
  readonly operatorId: string;
  readonly operatorState: Operator['state'];
  readonly role: OperatorRole;
  readonly kioskId: string;
  readonly centreId: string;
  readonly startedAt: number;
  readonly expiresAt: number;
  readonly endedAt: number | undefined;
  /** The operator's own person, as the directory names people; undefined when the authority did not say. */
  readonly personHmac: Bytes | undefined;
};

/** Failures in a row before the first lock; each one after doubles it, from a minute to a day. */
export const operatorLock = { afterFailures: 5, firstSeconds: 60, maxSeconds: 86_400 } as const;

type OperatorRow = {
  id: string;
  username: string;
  name_ar: string;
  name_en: string;
  role: string;
  centre_id: string;
  state: string;
  password_hash: string;
  was_locked_until: number;
  fingers: string;
};

type SessionRow = {
  id: string;
  operator_id: string;
  operator_state: string;
  role: string;
  kiosk_id: string;
  centre_id: string;
  started_at: number;
  expires_at: number;
  ended_at: number | null;
  person_hmac: StoredBytes | null;
};

export class Operators {
  readonly #db: D1Database;

  constructor(directory: D1Database) {
    this.#db = directory;
  }

  /** `username_taken`, `centre_unknown`, or undefined when it is done. */
  async add(
    operator: Omit<Operator, 'state'>,
    passwordHash: string,
    entry: JournalEntry,
    personHmac?: Uint8Array,
  ): Promise<'username_taken' | 'centre_unknown' | undefined> {
    const { id, username, name, role, centreId } = operator;
    try {
      const [made] = await this.#db.batch([
        this.#db
          .prepare(
            `INSERT INTO operators (id, username, name_ar, name_en, role, centre_id, password_hash, state, created_at, person_hmac)
             SELECT ?1, ?2, ?3, ?4, ?5, id, ?7, 'active', ?8, ?9 FROM centres WHERE id = ?6`,
          )
          .bind(id, username, name.ar, name.en, role, centreId, passwordHash, entry.at, personHmac ?? null),
        journalInsert(this.#db, entry, 'if_changed'),
      ]);
      return made?.meta.changes === 1 ? undefined : 'centre_unknown';
    } catch (error) {
      if (brokenConstraint(error) === 'unique:operators.username') return 'username_taken';
      throw error;
    }
  }

  /** Suspends, and ends every session. False when the operator was not active. */
  async suspend(operatorId: string, entry: JournalEntry): Promise<boolean> {
    const [moved] = await this.#db.batch([
      this.#db.prepare(`UPDATE operators SET state = 'suspended' WHERE id = ? AND state = 'active'`).bind(operatorId),
      journalInsert(this.#db, entry, 'if_changed'),
      this.#db
        .prepare('UPDATE operator_sessions SET ended_at = ?2 WHERE operator_id = ?1 AND ended_at IS NULL')
        .bind(operatorId, entry.at),
    ]);
    return moved?.meta.changes === 1;
  }

  /**
   * Two statements for the kiosk's admission: counts a try, unless the operator is locked, and then reads who it is.
   * The second's row has the lock as it was before this try.
   */
  chargeTry(username: string, now: EpochSeconds): readonly D1PreparedStatement[] {
    const { afterFailures, firstSeconds, maxSeconds } = operatorLock;
    return [
      this.#db
        .prepare(
          `SELECT id, username, name_ar, name_en, role, centre_id, state, password_hash, locked_until AS was_locked_until,
             (SELECT json_group_array(DISTINCT f.position) FROM operator_fingers f WHERE f.operator_id = operators.id) AS fingers
           FROM operators WHERE username = ?`,
        )
        .bind(username),
      this.#db
        .prepare(
          `UPDATE operators SET failures = failures + 1,
             locked_until = CASE WHEN failures + 1 >= ?3
               THEN ?2 + min(?5, ?4 * (1 << min(failures + 1 - ?3, 20))) ELSE locked_until END
           WHERE username = ?1 AND locked_until <= ?2`,
        )
        .bind(username, now, afterFailures, firstSeconds, maxSeconds),
    ];
  }

  /** Reads what `chargeTry` brought; undefined for a name that nobody has. */
  candidateOf(results: readonly D1Result[]): LoginCandidate | undefined {
    const row = results[0]?.results[0] as OperatorRow | undefined;
    if (!row) return undefined;
    return {
      id: row.id,
      username: row.username,
      name: { ar: row.name_ar, en: row.name_en },
      role: row.role as OperatorRole,
      centreId: row.centre_id,
      state: row.state as Operator['state'],
      passwordHash: row.password_hash,
      lockedUntil: row.was_locked_until,
      fingers: JSON.parse(row.fingers) as number[],
    };
  }

  /** The count goes back to none; a session elsewhere ends, as nobody is on duty at two kiosks. */
  async beginSession(
    session: Pick<OperatorSession, 'id' | 'operatorId' | 'kioskId' | 'centreId' | 'expiresAt'>,
    tokenHash: Uint8Array,
    entry: JournalEntry,
    /** Written when this login lets a kiosk's failures be forgotten: a supervisor's does. */
    released?: JournalEntry,
  ): Promise<void> {
    const release = released
      ? [
          this.#db
            .prepare(
              `UPDATE kiosks SET released_at = ?2
               WHERE id = ?1 AND EXISTS (SELECT 1 FROM kiosk_failures f WHERE f.kiosk_id = ?1 AND f.at > released_at)`,
            )
            .bind(session.kioskId, released.at),
          journalInsert(this.#db, released, 'if_changed'),
        ]
      : [];
    await this.#db.batch([
      ...release,
      this.#db.prepare('UPDATE operators SET failures = 0, locked_until = 0 WHERE id = ?').bind(session.operatorId),
      this.#db
        .prepare('UPDATE operator_sessions SET ended_at = ?2 WHERE operator_id = ?1 AND ended_at IS NULL')
        .bind(session.operatorId, entry.at),
      this.#db
        .prepare(
          `INSERT INTO operator_sessions (token_hash, id, operator_id, kiosk_id, centre_id, started_at, expires_at)
           VALUES (?, ?, ?, ?, ?, ?, ?)`,
        )
        .bind(
          tokenHash,
          session.id,
          session.operatorId,
          session.kioskId,
          session.centreId,
          entry.at,
          session.expiresAt,
        ),
      journalInsert(this.#db, entry),
    ]);
  }

  /** For the admission's batch: the session that this token's hash names. */
  sessionQuery(tokenHash: Uint8Array): D1PreparedStatement {
    return this.#db
      .prepare(
        `SELECT s.id, s.operator_id, o.state AS operator_state, o.role, s.kiosk_id, s.centre_id, s.started_at, s.expires_at, s.ended_at,
           o.person_hmac
         FROM operator_sessions s JOIN operators o ON o.id = s.operator_id WHERE s.token_hash = ?`,
      )
      .bind(tokenHash);
  }

  sessionOf(result: D1Result | undefined): OperatorSession | undefined {
    const row = result?.results[0] as SessionRow | undefined;
    if (!row) return undefined;
    return {
      id: row.id,
      operatorId: row.operator_id,
      operatorState: row.operator_state as Operator['state'],
      role: row.role as OperatorRole,
      kioskId: row.kiosk_id,
      centreId: row.centre_id,
      startedAt: row.started_at,
      expiresAt: row.expires_at,
      endedAt: row.ended_at ?? undefined,
      personHmac: row.person_hmac ? storedBytes(row.person_hmac) : undefined,
    };
  }

  /** Sessions that are over for long, the oldest of at most `limit`: their rows stand in the order they began. */
  async forgetSessions(before: EpochSeconds, limit: number): Promise<void> {
    await this.#db
      .prepare(
        'DELETE FROM operator_sessions WHERE expires_at < ? AND rowid IN (SELECT rowid FROM operator_sessions ORDER BY rowid LIMIT ?)',
      )
      .bind(before, limit)
      .run();
  }

  /** For the admission's batch: ends a session of this kiosk. Harmless when there is none. */
  endSession(tokenHash: Uint8Array, kioskId: string, entry: JournalEntry): readonly D1PreparedStatement[] {
    return [
      this.#db
        .prepare(
          'UPDATE operator_sessions SET ended_at = ?3 WHERE token_hash = ?1 AND kiosk_id = ?2 AND ended_at IS NULL',
        )
        .bind(tokenHash, kioskId, entry.at),
      journalInsert(this.#db, entry, 'if_changed'),
    ];
  }
}
