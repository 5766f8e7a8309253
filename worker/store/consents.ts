// What a person let a relying party see, until when. One row a person and client: the newest consent replaces the one before.

import { and, eq, sql } from 'drizzle-orm';
import type { EpochSeconds, SubjectId } from '../../shared/base/brands.ts';
import type { JournalEntry } from '../journal/entry.ts';
import { journalInsert } from './journal-insert.ts';
import { notificationInsert } from './notifications.ts';
import { consents } from './schema/shard.ts';
import { preparedOn, type Shards } from './shard-map.ts';

export type Consent = {
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly claims: readonly string[];
  readonly grantedAt: number;
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
    return consentOf(row);
  }

  async grant(subjectId: SubjectId, consent: Consent, entry: JournalEntry): Promise<void> {
    const db = this.#shards.ofSubject(subjectId).$client;
    const granted = JSON.stringify({ scopes: consent.scopes, claims: consent.claims });
    await db.batch([
      db
        .prepare(
          `INSERT INTO consents (subject_id, client_id, granted, granted_at, expires_at, withdrawn_at) VALUES (?1, ?2, ?3, ?4, ?5, NULL)
           ON CONFLICT (subject_id, client_id) DO UPDATE SET granted = ?3, granted_at = ?4, expires_at = ?5, withdrawn_at = NULL`,
        )
        .bind(subjectId, consent.clientId, granted, consent.grantedAt, consent.expiresAt),
      journalInsert(db, entry),
    ]);
  }

  /** False if there was none that holds. */
  async withdraw(subjectId: SubjectId, clientId: string, entry: JournalEntry): Promise<boolean> {
    const db = this.#shards.ofSubject(subjectId).$client;
    const told = { subjectId, at: entry.at, kind: 'consent.withdrawn', detail: { client: clientId } } as const;
    const [withdrawn] = await db.batch([
      db
        .prepare('UPDATE consents SET withdrawn_at = ? WHERE subject_id = ? AND client_id = ? AND withdrawn_at IS NULL')
        .bind(entry.at, subjectId, clientId),
      journalInsert(db, entry, 'if_changed'),
      notificationInsert(db, told, 'if_changed'),
    ]);
    return withdrawn?.meta.changes === 1;
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
      .map(consentOf);
  }
}

const findQueryOf = preparedOn((db) => {
  const { placeholder } = sql;
  const mine = and(eq(consents.subjectId, placeholder('subjectId')), eq(consents.clientId, placeholder('clientId')));
  return db.select().from(consents).where(mine).limit(1).prepare();
});

function consentOf(row: typeof consents.$inferSelect): Consent {
  const granted = JSON.parse(row.granted) as { scopes: string[]; claims: string[] };
  return { clientId: row.clientId, ...granted, grantedAt: row.grantedAt, expiresAt: row.expiresAt };
}
