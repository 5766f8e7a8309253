// Operators' own fingers, sealed with the master key, and their captures by digest: each counts once. Never searched for a person.
import type { EpochSeconds } from '../../shared/base/brands.ts';
import type { Bytes } from '../../shared/bytes/bytes.ts';
import { encodeHex } from '../../shared/bytes/hex.ts';
import type { JournalEntry } from '../journal/entry.ts';
import { brokenConstraint } from './constraint.ts';
import { journalInsert } from './journal-insert.ts';
import { type StoredBytes, storedBytes } from './stored-bytes.ts';

export type OperatorFinger = {
  readonly operatorId: string;
  /** ISO/IEC 19794-2, 1 to 10. */
  readonly position: number;
  readonly sample: number;
  readonly extractor: string;
  readonly quality: number;
  readonly sealedTemplate: Bytes;
};

type Row = {
  operator_id: string;
  position: number;
  sample: number;
  extractor: string;
  quality: number;
  sealed_template: StoredBytes;
};

/** One finger, three samples each: this is a centre of a hundred. */
const mostOfCentre = 300;
const columns = 'f.operator_id, f.position, f.sample, f.extractor, f.quality, f.sealed_template';

export class OperatorFingers {
  readonly #db: D1Database;

  constructor(directory: D1Database) {
    this.#db = directory;
  }

  /** For an admission's batch: the fingers of whoever has this session. */
  ofSession(tokenHash: Uint8Array): D1PreparedStatement {
    return this.#db
      .prepare(
        `SELECT ${columns} FROM operator_fingers f JOIN operator_sessions s ON s.operator_id = f.operator_id
         WHERE s.token_hash = ? LIMIT 10`,
      )
      .bind(tokenHash);
  }

  /** For an admission's batch: the fingers of everybody who works where the kiosk stands. */
  ofColleagues(kioskId: string): D1PreparedStatement {
    return this.#db
      .prepare(
        `SELECT ${columns} FROM operator_fingers f JOIN operators o ON o.id = f.operator_id
         JOIN kiosks k ON k.centre_id = o.centre_id WHERE k.id = ? LIMIT ${mostOfCentre}`,
      )
      .bind(kioskId);
  }

  fingersOf(result: D1Result | undefined): OperatorFinger[] {
    return ((result?.results ?? []) as Row[]).map((row) => ({
      operatorId: row.operator_id,
      position: row.position,
      sample: row.sample,
      extractor: row.extractor,
      quality: row.quality,
      sealedTemplate: storedBytes(row.sealed_template),
    }));
  }

  /** A new code in place of any other. False when there is no such active operator. */
  async setCode(
    operatorId: string,
    codeHash: Uint8Array,
    expiresAt: EpochSeconds,
    entry: JournalEntry,
  ): Promise<boolean> {
    const [set] = await this.#db.batch([
      this.#db
        .prepare(
          `UPDATE operators SET finger_code_hash = ?2, finger_code_expires_at = ?3 WHERE id = ?1 AND state = 'active'`,
        )
        .bind(operatorId, codeHash, expiresAt),
      journalInsert(this.#db, entry, 'if_changed'),
    ]);
    return set?.meta.changes === 1;
  }

  /** Spends the code and puts these samples in place of the operator's earlier ones: all of it, or why nothing. */
  async replace(
    operatorId: string,
    codeHash: Uint8Array,
    fingers: readonly OperatorFinger[],
    captures: { readonly digests: readonly Uint8Array[]; readonly usedFor: string },
    entry: JournalEntry,
  ): Promise<'code_refused' | 'capture_seen' | undefined> {
    const insert = (finger: OperatorFinger, operator: string) =>
      this.#db
        .prepare(
          `INSERT INTO operator_fingers (operator_id, position, sample, extractor, quality, sealed_template, enrolled_at)
           VALUES (${operator}, ?2, ?3, ?4, ?5, ?6, ?7)`,
        )
        .bind(
          operatorId,
          finger.position,
          finger.sample,
          finger.extractor,
          finger.quality,
          finger.sealedTemplate,
          entry.at,
        );
    try {
      await this.#db.batch([
        this.#db.prepare('DELETE FROM operator_fingers WHERE operator_id = ?').bind(operatorId),
        this.#db
          .prepare(
            `UPDATE operators SET finger_code_hash = NULL, finger_code_expires_at = NULL
             WHERE id = ?1 AND state = 'active' AND finger_code_hash = ?2 AND finger_code_expires_at >= ?3`,
          )
          .bind(operatorId, codeHash, entry.at),
        // SECURITY: changes() is of the code just spent: without one the first sample belongs to nobody, and the batch fails.
        ...fingers.map((finger, i) => insert(finger, i === 0 ? 'CASE WHEN changes() = 1 THEN ?1 END' : '?1')),
        ...captures.digests.map((digest) => this.#capture(digest, operatorId, captures.usedFor, entry.at)),
        journalInsert(this.#db, entry),
      ]);
      return undefined;
    } catch (error) {
      switch (brokenConstraint(error)) {
        case 'not_null:operator_fingers.operator_id':
          return 'code_refused';
        case 'unique:operator_captures.template_hmac':
          return 'capture_seen';
        default:
          throw error;
      }
    }
  }

  /** Takes captures for one activation. False when one of them was used for anything else: a replay. Asked again, the same. */
  async claim(digests: readonly Uint8Array[], operatorId: string, usedFor: string, at: EpochSeconds): Promise<boolean> {
    if (digests.length === 0) return true;
    const claims = digests.flatMap((digest) => [
      this.#capture(digest, operatorId, usedFor, at, 'ON CONFLICT (template_hmac) DO NOTHING'),
      this.#db.prepare('SELECT used_for FROM operator_captures WHERE template_hmac = ?').bind(digest),
    ]);
    const results = await this.#db.batch<{ used_for: string }>(claims);
    const distinct = new Set(digests.map((digest) => encodeHex(digest))).size === digests.length;
    return distinct && results.every(({ results: [row] }) => row === undefined || row.used_for === usedFor);
  }

  #capture(digest: Uint8Array, operatorId: string, usedFor: string, at: number, conflict = ''): D1PreparedStatement {
    return this.#db
      .prepare(
        `INSERT INTO operator_captures (template_hmac, operator_id, used_for, at) VALUES (?, ?, ?, ?) ${conflict}`,
      )
      .bind(digest, operatorId, usedFor, at);
  }
}
