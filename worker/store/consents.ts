// What a person let a relying party see, claim by claim, for what and until when. One row a person and client; each answer is laid over
// what was answered before.

import { and, eq, sql } from 'drizzle-orm';
import type { EpochSeconds, SubjectId } from '../../shared/base/brands.ts';
import type { JournalEntry } from '../journal/entry.ts';
import { journalInsert } from './journal-insert.ts';
import { notificationInsert } from './notifications.ts';
import { consents } from './schema/shard.ts';
import { preparedOn, type Shards } from './shard-map.ts';

/** `why`: stands for the purpose that the person read (openid/consent.ts). `given` false: kept back, and not asked again till then. */
export type ClaimDecision = {
  readonly given: boolean;
  readonly why: string;
  readonly at: number;
  readonly until: number;
};

export type Consent = {
  readonly clientId: string;
  readonly scopes: readonly string[];
  /** By name; only what holds now. */
  readonly claims: Readonly<Record<string, ClaimDecision>>;
  readonly grantedAt: number;
  /** When the last of it is over. */
  readonly expiresAt: number;
};

export class Consents {
  readonly #shards: Shards;
  constructor(shards: Shards) {
    this.#shards = shards;
  }

  /** The consent that holds now, or undefined: never given, withdrawn, or past its time. */
  async find(subjectId: SubjectId, clientId: string, now: EpochSeconds): Promise<Consent | undefined> {
    const [row] = await findQueryOf(this.#shards.ofSubject(subjectId)).all({ subjectId, clientId });
    if (!row || row.withdrawnAt !== null || row.expiresAt <= now) return undefined;
    return consentOf(row, now);
  }

  /** One write (RFC 7396 merge): what was answered now replaces what was answered of the same, and nothing else. */
  async grant(subjectId: SubjectId, consent: Consent, entry: JournalEntry): Promise<void> {
    const db = this.#shards.ofSubject(subjectId).$client;
    const scopes = Object.fromEntries(consent.scopes.map((scope) => [scope, consent.expiresAt]));
    const answered = JSON.stringify({ scopes, claims: consent.claims });
    await db.batch([
      db
        .prepare(
          `INSERT INTO consents (subject_id, client_id, granted, granted_at, expires_at, withdrawn_at) VALUES (?1, ?2, ?3, ?4, ?5, NULL)
           ON CONFLICT (subject_id, client_id) DO UPDATE SET
             granted = json_patch(CASE WHEN withdrawn_at IS NULL THEN granted ELSE '{}' END, ?3),
             granted_at = ?4, expires_at = max(CASE WHEN withdrawn_at IS NULL THEN expires_at ELSE 0 END, ?5), withdrawn_at = NULL`,
        )
        .bind(subjectId, consent.clientId, answered, consent.grantedAt, consent.expiresAt),
      journalInsert(db, entry),
    ]);
  }

  /** False if there was none that holds. */
  async withdraw(subjectId: SubjectId, clientId: string, entry: JournalEntry): Promise<boolean> {
    const db = this.#shards.ofSubject(subjectId).$client;
    const update = db
      .prepare('UPDATE consents SET withdrawn_at = ? WHERE subject_id = ? AND client_id = ? AND withdrawn_at IS NULL')
      .bind(entry.at, subjectId, clientId);
    return takeBack(db, update, { subjectId, clientId }, entry);
  }

  /** Takes back some claims and leaves the rest; false if none of them was given. `names`: every spelling. They are asked for again. */
  async withdrawClaims(
    subjectId: SubjectId,
    clientId: string,
    names: readonly string[],
    entry: JournalEntry,
  ): Promise<boolean> {
    const db = this.#shards.ofSubject(subjectId).$client;
    const less = JSON.stringify({ claims: Object.fromEntries(names.map((name) => [name, null])) });
    const update = db
      .prepare(
        `UPDATE consents SET granted = json_patch(granted, ?1)
           WHERE subject_id = ?2 AND client_id = ?3 AND withdrawn_at IS NULL AND EXISTS (
             SELECT 1 FROM json_each(consents.granted, '$.claims') AS one
             WHERE one.key IN (SELECT value FROM json_each(?4))
               AND json_extract(one.value, '$.given') = 1 AND json_extract(one.value, '$.until') > ?5)`,
      )
      .bind(less, subjectId, clientId, JSON.stringify(names), entry.at);
    return takeBack(db, update, { subjectId, clientId }, entry);
  }

  /** Every consent that holds, newest first. */
  async list(subjectId: SubjectId, now: EpochSeconds): Promise<readonly Consent[]> {
    const rows = await this.#shards
      .ofSubject(subjectId)
      .select()
      .from(consents)
      .where(eq(consents.subjectId, subjectId));
    return rows
      .filter((row) => row.withdrawnAt === null && row.expiresAt > now)
      .sort((a, b) => b.grantedAt - a.grantedAt)
      .map((row) => consentOf(row, now));
  }
}

/** True if the update changed the one row; then the journal and the person hear of it. */
async function takeBack(
  db: D1Database,
  update: D1PreparedStatement,
  { subjectId, clientId }: { readonly subjectId: SubjectId; readonly clientId: string },
  entry: JournalEntry,
): Promise<boolean> {
  // What is told names the claim as the journal does, if it was one alone.
  const detail = { client: clientId, ...entry.detail };
  const told = { subjectId, at: entry.at, kind: 'consent.withdrawn', detail } as const;
  const [withdrawn] = await db.batch([
    update,
    journalInsert(db, entry, 'if_changed'),
    notificationInsert(db, told, 'if_changed'),
  ]);
  return withdrawn?.meta.changes === 1;
}

const findQueryOf = preparedOn((db) => {
  const { placeholder } = sql;
  const mine = and(eq(consents.subjectId, placeholder('subjectId')), eq(consents.clientId, placeholder('clientId')));
  return db.select().from(consents).where(mine).limit(1).prepare();
});

/** Rows of before name their scopes and claims in lists: what the person read of a purpose is not known, so claims are asked for once more. */
type Granted = {
  readonly scopes: readonly string[] | Readonly<Record<string, number>>;
  readonly claims: readonly string[] | Readonly<Record<string, ClaimDecision>>;
};

function consentOf(row: typeof consents.$inferSelect, now: number): Consent {
  const { scopes, claims } = JSON.parse(row.granted) as Granted;
  const held = Array.isArray(claims) ? [] : Object.entries(claims as Record<string, ClaimDecision>);
  return {
    clientId: row.clientId,
    scopes: Array.isArray(scopes)
      ? scopes
      : Object.entries(scopes as Record<string, number>).flatMap(([scope, until]) => (until > now ? [scope] : [])),
    claims: Object.fromEntries(held.filter(([, { until }]) => until > now)),
    grantedAt: row.grantedAt,
    expiresAt: row.expiresAt,
  };
}
