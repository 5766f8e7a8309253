// Businesses that verify online, in DIRECTORY. Every change raises the epoch `verifiers`, so that isolates forget what they keep.
import { eq, gt } from 'drizzle-orm';
import { type EpochSeconds, epochSeconds } from '../../shared/base/brands.ts';
import type { JournalEntry } from '../journal/entry.ts';
import type { Verifier, VerifierPolicy, VerifierState } from '../verifier/verifier.ts';
import { brokenConstraint } from './constraint.ts';
import { journalInsert } from './journal-insert.ts';
import { epochs, revokedTokens, verifiers } from './schema/directory.ts';
import type { Db } from './shard-map.ts';
import { storedBytes } from './stored-bytes.ts';

/** An isolate keeps them in memory; each is forgotten within five minutes. */
const mostRevoked = 10_000;

export class Verifiers {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  async find(id: string): Promise<Verifier | undefined> {
    const [row] = await this.#db.select().from(verifiers).where(eq(verifiers.id, id));
    return row && verifierOf(row);
  }

  async findByClient(clientId: string): Promise<Verifier | undefined> {
    const [row] = await this.#db.select().from(verifiers).where(eq(verifiers.clientId, clientId));
    return row && verifierOf(row);
  }

  /** Ids of access tokens that were taken back and have not ended by themselves. */
  async revokedTokens(now: EpochSeconds): Promise<readonly string[]> {
    const rows = await this.#db
      .select({ jti: revokedTokens.jti })
      .from(revokedTokens)
      .where(gt(revokedTokens.expiresAt, now))
      .limit(mostRevoked);
    return rows.map(({ jti }) => jti);
  }

  async isRevoked(jti: string): Promise<boolean> {
    const rows = await this.#db
      .select({ jti: revokedTokens.jti })
      .from(revokedTokens)
      .where(eq(revokedTokens.jti, jti));
    return rows.length > 0;
  }

  /** Holds at `/v1/verify` with the next look at the epoch. What has ended by itself is forgotten on the way. */
  async revokeToken(jti: string, expiresAt: number, now: EpochSeconds): Promise<void> {
    const d1 = this.#db.$client;
    await d1.batch([
      d1.prepare('DELETE FROM revoked_tokens WHERE expires_at <= ?').bind(now),
      d1.prepare('INSERT OR IGNORE INTO revoked_tokens (jti, expires_at) VALUES (?, ?)').bind(jti, expiresAt),
      d1.prepare(raiseEpoch),
    ]);
  }

  async epoch(): Promise<number> {
    const [row] = await this.#db.select({ value: epochs.value }).from(epochs).where(eq(epochs.name, 'verifiers'));
    return row?.value ?? 0;
  }

  /** By id, those behind `after`. */
  async list(after: string, limit: number): Promise<Verifier[]> {
    const behind = gt(verifiers.id, after);
    const rows = await this.#db.select().from(verifiers).where(behind).orderBy(verifiers.id).limit(limit);
    return rows.map(verifierOf);
  }

  async add(verifier: Verifier, entry: JournalEntry): Promise<void> {
    const d1 = this.#db.$client;
    const { id, name, keyHash, policy, state, createdAt, clientId } = verifier;
    await d1.batch([
      d1
        .prepare(
          'INSERT INTO verifiers (id, name_ar, name_en, key_hash, policy, state, created_at, client_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
        )
        .bind(id, name.ar, name.en, keyHash, JSON.stringify(policy), state, createdAt, clientId ?? null),
      journalInsert(d1, entry),
      d1.prepare(raiseEpoch),
    ]);
  }

  /** False if there is no such business. The same state again is a success: the caller wants that state. */
  async setState(id: string, state: VerifierState, entry: JournalEntry): Promise<boolean> {
    return this.#change(id, { state }, entry);
  }

  /** The old key stops working with the next look at the epoch. False if there is no such business. */
  async setKey(id: string, keyHash: Uint8Array, entry: JournalEntry): Promise<boolean> {
    return this.#change(id, { keyHash }, entry);
  }

  /** Holds with the next look at the epoch. False if there is no such business. */
  async setPolicy(id: string, policy: VerifierPolicy, entry: JournalEntry): Promise<boolean> {
    return this.#change(id, { policy }, entry);
  }

  /** `null`: no relying party speaks for it any more. `client_taken`: one speaks for one business. */
  async setClient(id: string, clientId: string | null, entry: JournalEntry): Promise<boolean | 'client_taken'> {
    try {
      return await this.#change(id, { clientId }, entry);
    } catch (error) {
      if (brokenConstraint(error) === 'unique:verifiers.client_id') return 'client_taken';
      throw error;
    }
  }

  async #change(
    id: string,
    values: { state: string } | { keyHash: Uint8Array } | { policy: VerifierPolicy } | { clientId: string | null },
    entry: JournalEntry,
  ): Promise<boolean> {
    const d1 = this.#db.$client;
    const set = (column: 'state' | 'key_hash' | 'policy' | 'client_id', value: string | Uint8Array | null) =>
      d1.prepare(`UPDATE verifiers SET ${column} = ?2 WHERE id = ?1`).bind(id, value);
    const update =
      'state' in values
        ? set('state', values.state)
        : 'keyHash' in values
          ? set('key_hash', values.keyHash)
          : 'policy' in values
            ? set('policy', JSON.stringify(values.policy))
            : set('client_id', values.clientId);
    const [changed] = await d1.batch([update, journalInsert(d1, entry, 'if_changed'), d1.prepare(raiseEpoch)]);
    return (changed?.meta.changes ?? 0) > 0;
  }
}

const raiseEpoch =
  "INSERT INTO epochs (name, value) VALUES ('verifiers', 1) ON CONFLICT (name) DO UPDATE SET value = value + 1";

/** A policy of before businesses could choose takes all that there were. */
function policyOf(json: string): VerifierPolicy {
  const kept = JSON.parse(json) as Omit<VerifierPolicy, 'profiles'> & Partial<Pick<VerifierPolicy, 'profiles'>>;
  return { ...kept, profiles: kept.profiles ?? ['S', 'D', 'C', 'A'] };
}

function verifierOf(row: typeof verifiers.$inferSelect): Verifier {
  return {
    id: row.id,
    name: { ar: row.nameAr, en: row.nameEn },
    keyHash: storedBytes(row.keyHash),
    policy: policyOf(row.policy),
    state: row.state === 'active' ? 'active' : 'suspended',
    createdAt: epochSeconds(row.createdAt),
    clientId: row.clientId ?? undefined,
  };
}
