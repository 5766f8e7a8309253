// What a person can prove themselves with. Secrets arrive hashed or sealed; a setup code's use is the referee of every first binding.
// Long, as every batch over this table is here.

import { and, eq, sql } from 'drizzle-orm';
import type { EpochSeconds, SubjectId } from '../../shared/base/brands.ts';
import type { SetupRow } from '../authn/setup-code.ts';
import type { JournalEntry } from '../journal/entry.ts';
import { orderInsert } from './credential-orders.ts';
import { journalInsert } from './journal-insert.ts';
import { type NewNotification, notificationInsert } from './notifications.ts';
import { authenticators } from './schema/shard.ts';
import { bucketOfSubject, type Shards, shardOf } from './shard-map.ts';

export type AuthenticatorType =
  | 'password'
  | 'wallet_key'
  | 'passkey'
  | 'totp'
  | 'recovery_code'
  | 'setup_code'
  | 'user_code';

export type Authenticator = {
  readonly id: string;
  readonly subjectId: SubjectId;
  readonly type: AuthenticatorType;
  readonly name: string;
  readonly state: 'bound' | 'removed' | 'disabled';
  /** Type-specific JSON as text; each type's room parses its own. */
  readonly data: string;
  readonly createdAt: EpochSeconds;
  readonly lastUsedAt: number | null;
};

export function authenticatorOf(row: typeof authenticators.$inferSelect): Authenticator {
  return {
    id: row.id,
    subjectId: row.subjectId as SubjectId,
    type: row.type as AuthenticatorType,
    name: row.name,
    state: row.state as Authenticator['state'],
    data: row.data,
    createdAt: row.createdAt as EpochSeconds,
    lastUsedAt: row.lastUsedAt,
  };
}

function insertOf(db: D1Database, row: Omit<Authenticator, 'state' | 'lastUsedAt'>): D1PreparedStatement {
  return db
    .prepare(
      `INSERT INTO authenticators (id, subject_id, type, name, state, data, created_at) VALUES (?, ?, ?, ?, 'bound', ?, ?)`,
    )
    .bind(row.id, row.subjectId, row.type, row.name, row.data, row.createdAt);
}

/** Sets that are used up go; these come if that leaves none, and if the setup code's use was won. */
function firstCodes(
  db: D1Database,
  { row, entry }: { readonly row: Omit<Authenticator, 'state' | 'lastUsedAt'>; readonly entry: JournalEntry },
  setup: SetupUseWrite,
): readonly D1PreparedStatement[] {
  const won = `EXISTS (SELECT 1 FROM authenticators WHERE id = ?3 AND data = ?4 AND state = 'bound')`;
  const { id, subjectId, name, data, createdAt } = row;
  return [
    db
      .prepare(
        `UPDATE authenticators SET state = 'removed'
         WHERE subject_id = ?1 AND type = ?2 AND state = 'bound' AND json_array_length(data, '$.left') = 0 AND ${won}`,
      )
      .bind(subjectId, 'recovery_code', setup.id, setup.after),
    db
      .prepare(
        `INSERT INTO authenticators (id, subject_id, type, name, state, data, created_at)
         SELECT ?5, ?1, ?2, ?6, 'bound', ?7, ?8 WHERE ${won} AND NOT EXISTS
           (SELECT 1 FROM authenticators WHERE subject_id = ?1 AND type = ?2 AND state = 'bound')`,
      )
      .bind(subjectId, 'recovery_code', setup.id, setup.after, id, name, data, createdAt),
    journalInsert(db, entry, 'if_changed'),
    notificationInsert(db, { subjectId, at: createdAt, kind: 'recovery.codes_made' }, 'if_changed'),
  ];
}

/** A setup code as it was read, and what is left of it when this use is taken off. */
export type SetupUseWrite = { readonly id: string; readonly before: string; readonly after: string };

export class Authenticators {
  readonly #shards: Shards;
  readonly #databases: readonly D1Database[];

  constructor(shards: Shards, databases: readonly D1Database[]) {
    this.#shards = shards;
    this.#databases = databases;
  }

  /** `place`: three hex digits of bucket, or a text that begins with them. */
  async find(place: string, id: string): Promise<Authenticator | undefined> {
    const db = this.#shards.ofSubject(place as SubjectId);
    const [row] = await db
      .select()
      .from(authenticators)
      .where(and(eq(authenticators.id, id), eq(authenticators.state, 'bound')))
      .limit(1);
    return row ? authenticatorOf(row) : undefined;
  }

  /**
   * Binds with a setup code: one batch in which the code's use is written only if the code is as it was read, and everything else
   * only if that was. `replaces`: a person has one of these. `ifNone`: recovery codes for who has none left. False if another request
   * used the code first.
   */
  async bindWithSetup(
    bound: Omit<Authenticator, 'state' | 'lastUsedAt'>,
    setup: SetupUseWrite,
    entry: JournalEntry,
    replaces?: 'password' | 'totp',
    ifNone?: { readonly row: Omit<Authenticator, 'state' | 'lastUsedAt'>; readonly entry: JournalEntry },
  ): Promise<boolean> {
    const db = this.#databaseOf(bound.subjectId);
    const isLeft = `EXISTS (SELECT 1 FROM authenticators WHERE id = ? AND data = ? AND state = 'bound')`;
    const { id, subjectId, type, name, data, createdAt } = bound;
    const statements = [
      db
        .prepare(`UPDATE authenticators SET data = ?, last_used_at = ? WHERE id = ? AND data = ? AND state = 'bound'`)
        .bind(setup.after, createdAt, setup.id, setup.before),
      journalInsert(db, entry, 'if_changed'),
      notificationInsert(db, { subjectId, at: createdAt, kind: 'authenticator.bound', detail: { type } }, 'if_changed'),
      // `after` is a text that no other use has written (it holds this use's own mark), so from here on it means: we won.
      ...(replaces
        ? [
            db
              .prepare(
                `UPDATE authenticators SET state = 'removed' WHERE subject_id = ? AND type = ? AND state = 'bound' AND id <> ? AND ${isLeft}`,
              )
              .bind(subjectId, replaces, id, setup.id, setup.after),
          ]
        : []),
      db
        .prepare(
          `INSERT INTO authenticators (id, subject_id, type, name, state, data, created_at) SELECT ?, ?, ?, ?, 'bound', ?, ? WHERE ${isLeft}`,
        )
        .bind(id, subjectId, type, name, data, createdAt, setup.id, setup.after),
      ...(ifNone ? firstCodes(db, ifNone, setup) : []),
    ];
    const [used] = await db.batch(statements);
    return used?.meta.changes === 1;
  }

  /** Uses a setup code for something that binds nothing. False if another request used it first. */
  async useSetup(subjectId: SubjectId, setup: SetupUseWrite, entry: JournalEntry): Promise<boolean> {
    const db = this.#databaseOf(subjectId);
    const [used] = await db.batch([
      db
        .prepare(`UPDATE authenticators SET data = ?, last_used_at = ? WHERE id = ? AND data = ? AND state = 'bound'`)
        .bind(setup.after, entry.at, setup.id, setup.before),
      journalInsert(db, entry, 'if_changed'),
    ]);
    return used?.meta.changes === 1;
  }

  /** A code that a login vouches for (authn/setup-code.ts): the row, its entry, and the word to the person. */
  async issueSetup(row: SetupRow, entry: JournalEntry, notice: NewNotification): Promise<void> {
    const db = this.#databaseOf(row.subjectId);
    await db.batch([insertOf(db, row), journalInsert(db, entry), notificationInsert(db, notice)]);
  }

  /** Recovery codes take the place of those before them. */
  async replaceRecoveryCodes(
    bound: Omit<Authenticator, 'state' | 'lastUsedAt'>,
    entry: JournalEntry,
    notice: NewNotification,
  ): Promise<void> {
    const db = this.#databaseOf(bound.subjectId);
    await db.batch([
      db
        .prepare(
          `UPDATE authenticators SET state = 'removed' WHERE subject_id = ? AND type = 'recovery_code' AND state = 'bound'`,
        )
        .bind(bound.subjectId),
      insertOf(db, bound),
      journalInsert(db, entry),
      notificationInsert(db, notice),
    ]);
  }

  /**
   * bound → removed, and what is bound to it is ordered to be revoked. False if the person has no such authenticator any more.
   */
  async remove(subjectId: SubjectId, id: string, entry: JournalEntry, notice: NewNotification): Promise<boolean> {
    const db = this.#databaseOf(subjectId);
    const order = { becomes: 'revoked', reason: 'wallet_removed', actor: entry.actor, at: entry.at } as const;
    const [removed] = await db.batch([
      db
        .prepare(
          `UPDATE authenticators SET state = 'removed' WHERE id = ? AND subject_id = ? AND state = 'bound' AND type <> 'setup_code'`,
        )
        .bind(id, subjectId),
      journalInsert(db, entry, 'if_changed'),
      notificationInsert(db, notice, 'if_changed'),
      orderInsert(db, { walletId: id }, order, 'if_changed'),
    ]);
    return removed?.meta.changes === 1;
  }

  /** All wallets of a person at once, in one batch, as `remove` does one; answers how many. */
  async removeWallets(subjectId: SubjectId, entry: JournalEntry, notice: NewNotification): Promise<number> {
    const db = this.#databaseOf(subjectId);
    const order = { becomes: 'revoked', reason: 'wallet_removed', actor: entry.actor, at: entry.at } as const;
    const [removed] = await db.batch([
      db
        .prepare(
          `UPDATE authenticators SET state = 'removed' WHERE subject_id = ? AND type = 'wallet_key' AND state = 'bound'`,
        )
        .bind(subjectId),
      journalInsert(db, entry, 'if_changed'),
      notificationInsert(db, notice, 'if_changed'),
      orderInsert(db, { subjectId, of: 'wallets' }, order, 'if_changed'),
    ]);
    return removed?.meta.changes ?? 0;
  }

  async rename(subjectId: SubjectId, id: string, name: string, now: EpochSeconds): Promise<boolean> {
    const db = this.#databaseOf(subjectId);
    // Never the name: people write what they like into it.
    const of = { at: now, actor: `subject:${subjectId}`, subjectId, object: id } as const;
    const [renamed] = await db.batch([
      db
        .prepare(
          `UPDATE authenticators SET name = ? WHERE id = ? AND subject_id = ? AND state = 'bound' AND type <> 'setup_code'`,
        )
        .bind(name, id, subjectId),
      journalInsert(db, { ...of, event: 'authenticator.renamed' }, 'if_changed'),
    ]);
    return renamed?.meta.changes === 1;
  }

  /** A password hashed anew at login, a counter that moved; only over what was read. False if another request was first. */
  async replaceData(authenticator: Authenticator, data: string, now: EpochSeconds): Promise<boolean> {
    const { meta } = await this.#shards
      .ofSubject(authenticator.subjectId)
      .update(authenticators)
      .set({ data, lastUsedAt: now })
      .where(
        sql`${authenticators.id} = ${authenticator.id} and ${authenticators.data} = ${authenticator.data} and ${authenticators.state} = 'bound'`,
      );
    return meta.changes === 1;
  }

  /** The person's one of a kind: the bound one goes and the new one comes (null: none), in one batch. */
  async replaceOne(
    subjectId: SubjectId,
    type: 'user_code',
    bound: Pick<Authenticator, 'id' | 'name' | 'data' | 'createdAt'> | null,
    entry: JournalEntry,
  ): Promise<void> {
    const db = this.#databaseOf(subjectId);
    const gone = db
      .prepare(`UPDATE authenticators SET state = 'removed' WHERE subject_id = ? AND type = ? AND state = 'bound'`)
      .bind(subjectId, type);
    const come = bound
      ? [
          db
            .prepare(
              `INSERT INTO authenticators (id, subject_id, type, name, state, data, created_at) VALUES (?, ?, ?, ?, 'bound', ?, ?)`,
            )
            .bind(bound.id, subjectId, type, bound.name, bound.data, bound.createdAt),
        ]
      : [];
    const kind = bound ? 'authenticator.bound' : 'authenticator.removed';
    const notice = { subjectId, at: entry.at, kind, detail: { type } } as const;
    await db.batch([gone, ...come, journalInsert(db, entry), notificationInsert(db, notice)]);
  }

  #databaseOf(subjectId: SubjectId): D1Database {
    const db = this.#databases[shardOf(bucketOfSubject(subjectId), this.#databases.length)];
    if (!db) throw new RangeError('no shard for this subject');
    return db;
  }
}
