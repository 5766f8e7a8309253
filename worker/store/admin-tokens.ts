// Bearer tokens of the authority's people and programs: only their SHA-256 is kept. Knows no HTTP.
import { and, desc, eq, isNull } from 'drizzle-orm';
import type { EpochSeconds } from '../../shared/base/brands.ts';
import type { JournalEntry } from '../journal/entry.ts';
import { journalRow } from './journal.ts';
import { adminTokens, directoryJournal } from './schema/directory.ts';
import type { Db } from './shard-map.ts';

export type AdminToken = {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly expiresAt: number;
  readonly revokedAt: number | undefined;
  readonly createdAt: number;
};

export class AdminTokens {
  readonly #db: Db;

  constructor(directory: Db) {
    this.#db = directory;
  }

  /** By the SHA-256 of the token's text: one query by primary key. Revoked and expired ones are found too. */
  async findByHash(tokenHash: Uint8Array): Promise<AdminToken | undefined> {
    const [row] = await this.#db.select().from(adminTokens).where(eq(adminTokens.tokenHash, tokenHash));
    return row ? tokenOf(row) : undefined;
  }

  /** Newest first. */
  async list(limit: number): Promise<AdminToken[]> {
    const rows = await this.#db.select().from(adminTokens).orderBy(desc(adminTokens.createdAt)).limit(limit);
    return rows.map(tokenOf);
  }

  /** The token and its journal entry in one batch. */
  async add(token: Omit<AdminToken, 'revokedAt'>, tokenHash: Uint8Array, entry: JournalEntry): Promise<void> {
    await this.#db.batch([
      this.#db.insert(adminTokens).values({ ...token, tokenHash, scopes: token.scopes.join(' ') }),
      this.#db.insert(directoryJournal).values(journalRow(entry)),
    ]);
  }

  /** False when there is no such token or it was revoked before; the journal tells of the attempt either way. */
  async revoke(id: string, at: EpochSeconds, entry: JournalEntry): Promise<boolean> {
    const [revoked] = await this.#db.batch([
      this.#db
        .update(adminTokens)
        .set({ revokedAt: at })
        .where(and(eq(adminTokens.id, id), isNull(adminTokens.revokedAt)))
        .returning({ id: adminTokens.id }),
      this.#db.insert(directoryJournal).values(journalRow(entry)),
    ]);
    return revoked.length === 1;
  }
}

function tokenOf(row: typeof adminTokens.$inferSelect): AdminToken {
  const { id, name, scopes, expiresAt, revokedAt, createdAt } = row;
  return { id, name, scopes: scopes.split(' '), expiresAt, revokedAt: revokedAt ?? undefined, createdAt };
}
