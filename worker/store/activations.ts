// Activations: the claim of an id (DIRECTORY), and what was decided (the person's shard), in one batch that stands or falls as a
// whole. Referees: the activation's id, each capture's digest, the credential's status index, and the account's state, which is
// turned into a constraint: an activation row whose account did not move has no outcome, and a row without one is refused.
// One aggregate, so one file.
import type { Bucket, EpochSeconds, SubjectId } from '../../shared/base/brands.ts';
import type { Bytes } from '../../shared/bytes/bytes.ts';
import type { ActivationRefusal } from '../../shared/contract/kiosk.ts';
import type { SetupRow } from '../authn/setup-code.ts';
import type { JournalEntry } from '../journal/entry.ts';
import { registerPending } from './accounts.ts';
import { brokenConstraint } from './constraint.ts';
import { orderInsert } from './credential-orders.ts';
import { credentialInsert, type IssuedCredential } from './credentials.ts';
import { type DocumentPhoto, documentPhotoInsert } from './document-photos.ts';
import { journalInsert } from './journal-insert.ts';
import { notificationInsert } from './notifications.ts';
import type { Shards } from './shard-map.ts';
import { type StoredBytes, storedBytes } from './stored-bytes.ts';

export type ActivationClaim = {
  readonly activationId: string;
  readonly kioskId: string;
  readonly requestHash: Uint8Array;
  readonly bucket: Bucket;
  readonly receivedAt: EpochSeconds;
};

/** What any outcome keeps. */
export type ActivationRecord = {
  readonly activationId: string;
  readonly subjectId: SubjectId | undefined;
  readonly kioskId: string;
  readonly centreId: string;
  readonly operatorId: string;
  readonly requestHash: Uint8Array;
  readonly sealedAnswer: Uint8Array;
  readonly recordedAt: EpochSeconds;
  readonly decidedAt: EpochSeconds;
  /** Digests of captures that were looked at. */
  readonly captures: readonly Uint8Array[];
  readonly journal: readonly JournalEntry[];
};

export type Activated = ActivationRecord & {
  readonly subjectId: SubjectId;
  /** Failed tries when the account was read: another try in between makes this batch fail. */
  readonly failuresRead: number;
  readonly credential: IssuedCredential;
  readonly setup: SetupRow;
  /** `substantial` when no finger was matched. */
  readonly identityLevel: 'substantial' | 'high';
  /** Of the document that stood in for a finger. */
  readonly documentPhoto: DocumentPhoto | undefined;
  /** In the journal only if the account was made here, at the desk. */
  readonly registered: JournalEntry;
  /** The account was active: every authenticator before the new setup code ends in the same batch, and the person is told. */
  readonly recovers: boolean;
};

export type Refused = ActivationRecord & {
  readonly reason: ActivationRefusal;
  /** Present when this refusal counts as a failed try. */
  readonly failure?: {
    readonly subjectId: SubjectId;
    readonly failuresRead: number;
    readonly lockedUntil: number;
    readonly registered: JournalEntry;
    readonly recovers: boolean;
  };
};

/** Which referee objected. `stale`: the account is not as it was read. */
export type Objection = 'decided_already' | 'capture_seen' | 'stale';

const objections: Readonly<Record<string, Objection>> = {
  'unique:activations.activation_id': 'decided_already',
  'unique:captures.template_hmac': 'capture_seen',
  'not_null:activations.outcome': 'stale',
};

export class Activations {
  readonly #directory: D1Database;
  readonly #shards: Shards;

  constructor(directory: D1Database, shards: Shards) {
    this.#directory = directory;
    this.#shards = shards;
  }

  /** For the admission's batch: takes the id if it is free, then reads whose it is. */
  claim(claim: ActivationClaim): readonly D1PreparedStatement[] {
    const { activationId, kioskId, requestHash, bucket, receivedAt } = claim;
    return [
      this.#directory
        .prepare(
          `INSERT INTO activation_requests (activation_id, kiosk_id, request_hash, received_at, bucket)
           VALUES (?, ?, ?, ?, ?) ON CONFLICT (activation_id) DO NOTHING`,
        )
        .bind(activationId, kioskId, requestHash, receivedAt, bucket),
      this.#directory
        .prepare('SELECT kiosk_id, request_hash, bucket FROM activation_requests WHERE activation_id = ?')
        .bind(activationId),
    ];
  }

  /** Ids that were claimed before: their requests are refused for their age now. The oldest of at most `limit`, as they stand in order. */
  async forgetClaims(before: EpochSeconds, limit: number): Promise<void> {
    await this.#directory
      .prepare(
        `DELETE FROM activation_requests WHERE received_at < ?1
           AND rowid IN (SELECT rowid FROM activation_requests ORDER BY rowid LIMIT ?2)`,
      )
      .bind(before, limit)
      .run();
  }

  /** Reads what `claim` brought: whether it is the first of this id, and whose the id is. */
  claimOf(results: readonly D1Result[]): {
    readonly first: boolean;
    readonly kioskId: string;
    readonly requestHash: Bytes;
    readonly bucket: Bucket;
  } {
    const row = results[1]?.results[0] as { kiosk_id: string; request_hash: StoredBytes; bucket: number } | undefined;
    if (!row) throw new Error('a claim left no row');
    return {
      first: results[0]?.meta.changes === 1,
      kioskId: row.kiosk_id,
      requestHash: storedBytes(row.request_hash),
      bucket: row.bucket as Bucket,
    };
  }

  /** The sealed answer that stands for this id; undefined while it is not decided. */
  async answer(
    bucket: Bucket,
    activationId: string,
  ): Promise<{ readonly subjectId: SubjectId | undefined; readonly sealedAnswer: Bytes } | undefined> {
    const row = await this.#shards
      .ofBucket(bucket)
      .$client.prepare('SELECT subject_id, sealed_answer FROM activations WHERE activation_id = ?')
      .bind(activationId)
      .first<{ subject_id: string | null; sealed_answer: StoredBytes }>();
    if (!row) return undefined;
    return {
      subjectId: (row.subject_id ?? undefined) as SubjectId | undefined,
      sealedAnswer: storedBytes(row.sealed_answer),
    };
  }

  /** pending → active (or active → active, recovered), credential, setup code, journal: all of it, or none and which referee objected. */
  async activate(bucket: Bucket, record: Activated): Promise<Objection | undefined> {
    const db = this.#shards.ofBucket(bucket).$client;
    const { subjectId, activationId, decidedAt, failuresRead, setup } = record;
    const from = record.recovers ? 'active' : 'pending';
    return this.#settle(db, [
      ...registerPending(db, subjectId, record.registered),
      db
        .prepare(
          `UPDATE accounts SET state = 'active', identity_level = ?5, activation_id = ?2, activated_at = ?3,
             failures = 0, locked_until = 0
           WHERE subject_id = ?1 AND state IN (?6) AND failures = ?4 AND locked_until <= ?3`,
        )
        .bind(subjectId, activationId, decidedAt, failuresRead, record.identityLevel, from),
      // SECURITY: outcome is NULL, and the batch fails, unless the account is active by this very activation.
      recordInsert(
        db,
        record,
        `(SELECT 'activated' FROM accounts WHERE subject_id = ?2 AND state = 'active' AND activation_id = ?1)`,
        undefined,
      ),
      ...captureInserts(db, record, subjectId),
      credentialInsert(db, record.credential),
      ...(record.recovers
        ? [
            db
              .prepare(`UPDATE authenticators SET state = 'removed' WHERE subject_id = ? AND state = 'bound'`)
              .bind(subjectId),
            notificationInsert(db, { subjectId, at: decidedAt, kind: 'recovery.at_centre' }),
            // What the lost phone shows is worth nothing any more.
            orderInsert(
              db,
              { subjectId, of: 'wallets' },
              { becomes: 'revoked', reason: 'wallet_removed', actor: `operator:${record.operatorId}`, at: decidedAt },
            ),
          ]
        : []),
      ...(record.documentPhoto ? [documentPhotoInsert(db, record.documentPhoto, subjectId)] : []),
      db
        .prepare(
          `INSERT INTO authenticators (id, subject_id, type, name, state, data, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
        )
        .bind(setup.id, setup.subjectId, setup.type, setup.name, setup.state, setup.data, setup.createdAt),
      ...record.journal.map((entry) => journalInsert(db, entry)),
    ]);
  }

  /** Keeps a refusal; one that counts moves the account's count, or objects when another try was faster. */
  async refuse(bucket: Bucket, record: Refused): Promise<Objection | undefined> {
    const db = this.#shards.ofBucket(bucket).$client;
    const { failure } = record;
    const counted = failure
      ? [
          ...registerPending(db, failure.subjectId, failure.registered),
          db
            .prepare(
              `UPDATE accounts SET failures = ?2 + 1, locked_until = ?3
               WHERE subject_id = ?1 AND state IN (?4) AND failures = ?2`,
            )
            .bind(
              failure.subjectId,
              failure.failuresRead,
              failure.lockedUntil,
              failure.recovers ? 'active' : 'pending',
            ),
        ]
      : [];
    // SECURITY: changes() is that of the count just above: a try that was not counted has no outcome and fails the batch.
    const outcome = failure ? `CASE WHEN changes() = 1 THEN 'refused' END` : `'refused'`;
    return this.#settle(db, [
      ...counted,
      recordInsert(db, record, outcome, record.reason),
      ...captureInserts(db, record, record.subjectId),
      ...record.journal.map((entry) => journalInsert(db, entry)),
    ]);
  }

  async #settle(db: D1Database, statements: D1PreparedStatement[]): Promise<Objection | undefined> {
    try {
      await db.batch(statements);
      return undefined;
    } catch (error) {
      const objection = objections[brokenConstraint(error) ?? ''];
      if (objection) return objection;
      throw error;
    }
  }
}

/** `outcomeSql` is one of the constants above. */
function recordInsert(
  db: D1Database,
  record: ActivationRecord,
  outcomeSql: string,
  reason: ActivationRefusal | undefined,
): D1PreparedStatement {
  return db
    .prepare(
      `INSERT INTO activations (activation_id, subject_id, outcome, reason, kiosk_id, centre_id, operator_id, request_hash,
         sealed_answer, recorded_at, decided_at)
       VALUES (?1, ?2, ${outcomeSql}, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)`,
    )
    .bind(
      record.activationId,
      record.subjectId ?? null,
      reason ?? null,
      record.kioskId,
      record.centreId,
      record.operatorId,
      record.requestHash,
      record.sealedAnswer,
      record.recordedAt,
      record.decidedAt,
    );
}

function captureInserts(
  db: D1Database,
  record: ActivationRecord,
  subjectId: SubjectId | undefined,
): D1PreparedStatement[] {
  if (!subjectId) return [];
  return record.captures.map((digest) =>
    db
      .prepare('INSERT INTO captures (template_hmac, subject_id, activation_id, at) VALUES (?, ?, ?, ?)')
      .bind(digest, subjectId, record.activationId, record.decidedAt),
  );
}
