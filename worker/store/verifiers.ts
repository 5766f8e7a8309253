// Businesses that verify online, in DIRECTORY. Every change raises the epoch `verifiers`, so that isolates forget what they keep.
import { eq } from 'drizzle-orm';
import { epochSeconds } from '../../shared/base/brands.ts';
import type { JournalEntry } from '../journal/entry.ts';
import type { CallerSource } from '../verifier/callers.ts';
import type { Verifier, VerifierPolicy, VerifierState } from '../verifier/verifier.ts';
import { journalInsert } from './journal-insert.ts';
import { epochs, verifiers } from './schema/directory.ts';
import type { Db } from './shard-map.ts';
import { storedBytes } from './stored-bytes.ts';

export class Verifiers implements CallerSource {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  async find(id: string): Promise<Verifier | undefined> {
    const [row] = await this.#db.select().from(verifiers).where(eq(verifiers.id, id));
    return row && verifierOf(row);
  }

  async epoch(): Promise<number> {
    const [row] = await this.#db.select({ value: epochs.value }).from(epochs).where(eq(epochs.name, 'verifiers'));
    return row?.value ?? 0;
  }

  async list(limit: number): Promise<Verifier[]> {
    const rows = await this.#db.select().from(verifiers).orderBy(verifiers.createdAt, verifiers.id).limit(limit);
    return rows.map(verifierOf);
  }

  async add(verifier: Verifier, entry: JournalEntry): Promise<void> {
    const d1 = this.#db.$client;
    const { id, name, keyHash, policy, state, createdAt } = verifier;
    await d1.batch([
      d1
        .prepare(
          'INSERT INTO verifiers (id, name_ar, name_en, key_hash, policy, state, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)',
        )
        .bind(id, name.ar, name.en, keyHash, JSON.stringify(policy), state, createdAt),
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

  async #change(
    id: string,
    values: { state: string } | { keyHash: Uint8Array },
    entry: JournalEntry,
  ): Promise<boolean> {
    const d1 = this.#db.$client;
    const update =
      'state' in values
        ? d1.prepare('UPDATE verifiers SET state = ?2 WHERE id = ?1').bind(id, values.state)
        : d1.prepare('UPDATE verifiers SET key_hash = ?2 WHERE id = ?1').bind(id, values.keyHash);
    const [changed] = await d1.batch([update, journalInsert(d1, entry, 'if_changed'), d1.prepare(raiseEpoch)]);
    return (changed?.meta.changes ?? 0) > 0;
  }
}

const raiseEpoch =
  "INSERT INTO epochs (name, value) VALUES ('verifiers', 1) ON CONFLICT (name) DO UPDATE SET value = value + 1";

function verifierOf(row: typeof verifiers.$inferSelect): Verifier {
  return {
    id: row.id,
    name: { ar: row.nameAr, en: row.nameEn },
    keyHash: storedBytes(row.keyHash),
    policy: JSON.parse(row.policy) as VerifierPolicy,
    state: row.state === 'active' ? 'active' : 'suspended',
    createdAt: epochSeconds(row.createdAt),
  };
}
