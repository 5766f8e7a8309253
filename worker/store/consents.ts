// What a person let a relying party see, until when. One row a person and client: the newest consent replaces the one before.

import { and, eq } from 'drizzle-orm';
import type { EpochSeconds, SubjectId } from '../../shared/base/brands.ts';
import type { JournalEntry } from '../journal/entry.ts';
import { journalRow } from './journal.ts';
import { journalInsert } from './journal-insert.ts';
import { notificationInsert } from './notifications.ts';
import { consents, shardJournal } from './schema/shard.ts';
import type { Shards } from './shard-map.ts';

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
    const mine = and(eq(consents.subjectId, subjectId), eq(consents.clientId, clientId));
    const [row] = await this.#shards.ofSubject(subjectId).select().from(consents).where(mine).limit(1);
    if (!row || row.withdrawnAt !== null || row.expiresAt <= now) return undefined;
    return consentOf(row);
  }

  async grant(subjectId: SubjectId, consent: Consent, entry: JournalEntry): Promise<void> {
    const db = this.#shards.ofSubject(subjectId);
    const granted = JSON.stringify({ scopes: consent.scopes, claims: consent.claims });
    const times = { grantedAt: consent.grantedAt, expiresAt: consent.expiresAt, withdrawnAt: null };
    await db.batch([
      db
        .insert(consents)
        .values({ subjectId, clientId: consent.clientId, granted, ...times })
        .onConflictDoUpdate({ target: [consents.subjectId, consents.clientId], set: { granted, ...times } }),
      db.insert(shardJournal).values(journalRow(entry)),
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

function consentOf(row: typeof consents.$inferSelect): Consent {
  const granted = JSON.parse(row.granted) as { scopes: string[]; claims: string[] };
  return { clientId: row.clientId, ...granted, grantedAt: row.grantedAt, expiresAt: row.expiresAt };
}
