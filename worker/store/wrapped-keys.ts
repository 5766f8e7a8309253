// What the key-encryption key itself seals: people's data keys, the edge's private keys, answers that name nobody.
// For rotation only. What lives for minutes (a login's claims) opens under the previous key until it is gone.
import { and, eq, isNull, sql } from 'drizzle-orm';
import type { EpochSeconds } from '../../shared/base/brands.ts';
import { operatorFingerPlace } from '../activation/kept-places.ts';
import type { Actor } from '../journal/entry.ts';
import { journalRow } from './journal.ts';
import { directoryJournal, keys, operatorFingers } from './schema/directory.ts';
import { activations, people, shardJournal } from './schema/shard.ts';
import type { Db, Shards } from './shard-map.ts';
import { storedBytes } from './stored-bytes.ts';
import { opened, type Vault } from './vault.ts';

export class WrappedKeys {
  readonly #directory: Db;
  readonly #shards: Shards;
  readonly #vault: Vault;

  constructor(directory: Db, shards: Shards, vault: Vault) {
    this.#directory = directory;
    this.#shards = shards;
    this.#vault = vault;
  }

  /**
   * Wraps at most `limit` keys of each database again, under the current key-encryption key; answers how many it did.
   * 0: nothing is left under another, and the old one may be forgotten. Each write names the blob that it replaces.
   */
  async rewrap(limit: number, actor: Actor, at: EpochSeconds): Promise<number> {
    const shards = await Promise.all(
      this.#shards.all.map(
        async (db) =>
          (await this.#rewrapPeople(db, limit, actor, at)) + (await this.#rewrapAnswers(db, limit, actor, at)),
      ),
    );
    const directory = (await this.#rewrapKeys(limit, actor, at)) + (await this.#rewrapStaffFingers(limit, actor, at));
    return shards.reduce((sum, count) => sum + count, directory);
  }

  async #rewrapPeople(db: Db, limit: number, actor: Actor, at: EpochSeconds): Promise<number> {
    const current = await this.#vault.currentKeyId();
    const rows = await db
      .select({ subjectId: people.subjectId, sealedKey: people.sealedKey })
      .from(people)
      // The key id is bytes 2 to 9 of a sealed value (shared/crypto/aes-gcm.ts).
      .where(sql`substr(${people.sealedKey}, 2, 8) <> ${current}`)
      .limit(limit);
    if (rows.length === 0) return 0;
    const wraps = await Promise.all(
      rows.map(async ({ subjectId, sealedKey }) => {
        const place = { table: 'people', row: subjectId, column: 'sealed_key' };
        const before = storedBytes(sealedKey);
        return {
          subjectId,
          before,
          after: opened(place, await this.#vault.rewrapPersonKey(subjectId, before)) ?? before,
        };
      }),
    );
    const writes = wraps.map(({ subjectId, before, after }) =>
      db
        .update(people)
        .set({ sealedKey: after })
        .where(and(eq(people.subjectId, subjectId), eq(people.sealedKey, before))),
    );
    const entry = journalRow({ at, event: 'person.key_rewrapped', actor, detail: { count: rows.length } });
    await db.batch([db.insert(shardJournal).values(entry), ...writes]);
    return rows.length;
  }

  /** Answers to activations of numbers that the registry does not know: sealed for no person. */
  async #rewrapAnswers(db: Db, limit: number, actor: Actor, at: EpochSeconds): Promise<number> {
    const current = await this.#vault.currentKeyId();
    const rows = await db
      .select({ activationId: activations.activationId, sealedAnswer: activations.sealedAnswer })
      .from(activations)
      .where(and(isNull(activations.subjectId), sql`substr(${activations.sealedAnswer}, 2, 8) <> ${current}`))
      .limit(limit);
    if (rows.length === 0) return 0;
    const wraps = await Promise.all(
      rows.map(async ({ activationId, sealedAnswer }) => {
        const place = { table: 'activations', row: activationId, column: 'sealed_answer' };
        const before = storedBytes(sealedAnswer);
        return { activationId, after: opened(place, await this.#vault.rewrapWithMaster(place, before)) ?? before };
      }),
    );
    const writes = wraps.map(({ activationId, after }) =>
      db
        .update(activations)
        .set({ sealedAnswer: after })
        .where(and(eq(activations.activationId, activationId), isNull(activations.subjectId))),
    );
    const detail = { count: rows.length, what: 'answers' };
    const entry = journalRow({ at, event: 'key.rewrapped', actor, detail });
    await db.batch([db.insert(shardJournal).values(entry), ...writes]);
    return rows.length;
  }

  /** Operators' own fingers: no person of the registry's key seals them. */
  async #rewrapStaffFingers(limit: number, actor: Actor, at: EpochSeconds): Promise<number> {
    const current = await this.#vault.currentKeyId();
    const { operatorId, position, sample, sealedTemplate } = operatorFingers;
    const rows = await this.#directory
      .select({ operatorId, position, sample, sealedTemplate })
      .from(operatorFingers)
      .where(sql`substr(${sealedTemplate}, 2, 8) <> ${current}`)
      .limit(limit);
    if (rows.length === 0) return 0;
    const wraps = await Promise.all(
      rows.map(async (row) => {
        const place = operatorFingerPlace(row);
        const before = storedBytes(row.sealedTemplate);
        return { row, before, after: opened(place, await this.#vault.rewrapWithMaster(place, before)) ?? before };
      }),
    );
    const writes = wraps.map(({ row, before, after }) =>
      this.#directory
        .update(operatorFingers)
        .set({ sealedTemplate: after })
        .where(and(eq(operatorId, row.operatorId), eq(position, row.position), eq(sealedTemplate, before))),
    );
    const detail = { count: rows.length, what: 'operator_fingers' };
    const entry = journalRow({ at, event: 'key.rewrapped', actor, detail });
    await this.#directory.batch([this.#directory.insert(directoryJournal).values(entry), ...writes]);
    return rows.length;
  }

  async #rewrapKeys(limit: number, actor: Actor, at: EpochSeconds): Promise<number> {
    const current = await this.#vault.currentKeyId();
    const rows = await this.#directory
      .select({ kid: keys.kid, sealedPrivate: keys.sealedPrivate })
      .from(keys)
      .where(sql`substr(${keys.sealedPrivate}, 2, 8) <> ${current}`)
      .limit(limit);
    if (rows.length === 0) return 0;
    const wraps = await Promise.all(
      rows.map(async ({ kid, sealedPrivate }) => {
        const place = { table: 'keys', row: kid, column: 'sealed_private' };
        const before = storedBytes(sealedPrivate);
        return { kid, before, after: opened(place, await this.#vault.rewrapWithMaster(place, before)) ?? before };
      }),
    );
    const writes = wraps.map(({ kid, before, after }) =>
      this.#directory
        .update(keys)
        .set({ sealedPrivate: after })
        .where(and(eq(keys.kid, kid), eq(keys.sealedPrivate, before))),
    );
    const entry = journalRow({ at, event: 'key.rewrapped', actor, detail: { count: rows.length } });
    await this.#directory.batch([this.#directory.insert(directoryJournal).values(entry), ...writes]);
    return rows.length;
  }
}
