// Writes imported people into one shard: a group is one D1 batch, so that a person is stored with fingers and guardians or not at all.
// Two imports at once are refereed by the database: the number is unique, and an update names the version it replaces. Longer than
// most: one batch, whole.
import { and, eq, inArray, sql } from 'drizzle-orm';
import type { BatchItem } from 'drizzle-orm/batch';
import type { EpochSeconds, SubjectId, UnifiedNumber } from '../../shared/base/brands.ts';
import { encodeBase64Url } from '../../shared/bytes/base64url.ts';
import type { Bytes } from '../../shared/bytes/bytes.ts';
import { encodeUtf8 } from '../../shared/bytes/text.ts';
import type { PersonRecord } from '../../shared/contract/registry.ts';
import type { Actor } from '../journal/entry.ts';
import { type EnrolledFinger, fingerPlace } from './fingers.ts';
import { journalRow } from './journal.ts';
import { indexOfImportLine, indexOfNumber } from './person-index.ts';
import { fingers, guardianships, people, shardJournal } from './schema/shard.ts';
import { type Db, type Shards, shardOf, subjectIdOf } from './shard-map.ts';
import { storedBytes } from './stored-bytes.ts';
import { opened, type Sealer, type Vault } from './vault.ts';

export type ImportedPerson = {
  readonly number: UnifiedNumber;
  readonly record: PersonRecord;
  readonly fingers: readonly EnrolledFinger[];
  readonly face: Bytes | undefined;
  readonly canonical: string;
};

export type ImportCounts = { readonly imported: number; readonly updated: number; readonly unchanged: number };

/** D1 takes 100 bound parameters a statement. */
const maxParameters = 100;
const maxPeoplePerBatch = 64;
/** Of several imports of the same person at once one gets through each time. */
const maxAttempts = 12;

type Indexed = ImportedPerson & {
  readonly hmac: Bytes;
  readonly lineHmac: Bytes;
  readonly bucket: number;
  readonly guardianRows: readonly { hmac: Bytes; bucket: number; relation: string }[];
};

type Known = {
  readonly subjectId: string;
  readonly sealedKey: Bytes;
  readonly recordVersion: number;
  readonly lineHmac: string;
};

export class PeopleImport {
  readonly #shards: Shards;
  readonly #vault: Vault;
  readonly #numberSecret: Uint8Array;
  readonly #random: (bytes: number) => Uint8Array;

  constructor(shards: Shards, vault: Vault, numberSecret: Uint8Array, random: (bytes: number) => Uint8Array) {
    this.#shards = shards;
    this.#vault = vault;
    this.#numberSecret = numberSecret;
    this.#random = random;
  }

  /** Stores people with different numbers; all are durable when this resolves. The same line again changes nothing. */
  async store(persons: readonly ImportedPerson[], actor: Actor, at: EpochSeconds): Promise<ImportCounts> {
    const indexed = await Promise.all(persons.map((person) => this.#index(person)));
    const groups = new Map<number, Indexed[]>();
    for (const person of indexed) {
      const shard = shardOf(person.bucket as never, this.#shards.all.length);
      const group = groups.get(shard);
      if (group) group.push(person);
      else groups.set(shard, [person]);
    }
    const counts = { imported: 0, updated: 0, unchanged: 0 };
    await Promise.all(
      [...groups].map(async ([shard, group]) => {
        const db = this.#shards.all[shard];
        if (!db) throw new RangeError('no such shard');
        for (let from = 0; from < group.length; from += maxPeoplePerBatch) {
          const done = await this.#storeGroup(db, group.slice(from, from + maxPeoplePerBatch), actor, at);
          counts.imported += done.imported;
          counts.updated += done.updated;
          counts.unchanged += done.unchanged;
        }
      }),
    );
    return counts;
  }

  async #index(person: ImportedPerson): Promise<Indexed> {
    const { hmac, bucket } = await indexOfNumber(this.#numberSecret, person.number);
    const guardianRows = await Promise.all(
      person.record.guardians.map(async ({ number, relation }) => {
        const guardian = await indexOfNumber(this.#numberSecret, number as UnifiedNumber);
        return { hmac: storedBytes(guardian.hmac as Bytes), bucket: guardian.bucket as number, relation };
      }),
    );
    const lineHmac = await indexOfImportLine(this.#numberSecret, person.canonical);
    return { ...person, hmac: storedBytes(hmac as Bytes), lineHmac, bucket, guardianRows };
  }

  async #storeGroup(db: Db, group: readonly Indexed[], actor: Actor, at: EpochSeconds): Promise<ImportCounts> {
    const total = { imported: 0, updated: 0, unchanged: 0 };
    let left = group;
    for (let attempt = 1; left.length > 0; attempt++) {
      if (attempt > maxAttempts) throw new Error('an import was overtaken again and again');
      const known = await this.#known(db, left);
      const knownOf = (person: Indexed) => known.get(encodeBase64Url(person.hmac));
      const same = left.filter((person) => knownOf(person)?.lineHmac === encodeBase64Url(person.lineHmac));
      const fresh = left.filter((person) => !knownOf(person));
      const changed = left.flatMap((person) => {
        const before = knownOf(person);
        return before && !same.includes(person) ? [{ person, before }] : [];
      });
      total.unchanged += same.length;
      if (fresh.length + changed.length === 0) return total;
      const inserts = await this.#inserts(db, fresh, actor, at);
      const updates = await Promise.all(
        changed.map((change) => this.#update(db, change.person, change.before, actor, at)),
      );
      try {
        const results = await db.batch([...inserts, ...updates.flat()] as [
          BatchItem<'sqlite'>,
          ...BatchItem<'sqlite'>[],
        ]);
        // The first statement of each update tells whether it found the version it was made for.
        let place = inserts.length;
        left = changed.flatMap(({ person }, i) => {
          const rows = results[place] as unknown as unknown[];
          place += updates[i]?.length ?? 0;
          return rows.length === 0 ? [person] : [];
        });
        total.imported += fresh.length;
        total.updated += changed.length - left.length;
      } catch (error) {
        // Another import stored one of the numbers since they were read: the whole batch was undone. Look again.
        if (!isUniqueViolation(error)) throw error;
        left = [...fresh, ...changed.map((change) => change.person)];
      }
    }
    return total;
  }

  async #known(db: Db, group: readonly Indexed[]): Promise<ReadonlyMap<string, Known>> {
    const hmacs = group.map((person) => person.hmac);
    const rows = await db
      .select({
        numberHmac: people.numberHmac,
        subjectId: people.subjectId,
        sealedKey: people.sealedKey,
        recordVersion: people.recordVersion,
        lineHmac: people.lineHmac,
      })
      .from(people)
      .where(inArray(people.numberHmac, hmacs));
    return new Map(
      rows.map((row) => [
        encodeBase64Url(storedBytes(row.numberHmac)),
        {
          subjectId: row.subjectId,
          sealedKey: storedBytes(row.sealedKey),
          recordVersion: row.recordVersion,
          lineHmac: row.lineHmac ? encodeBase64Url(storedBytes(row.lineHmac)) : '',
        },
      ]),
    );
  }

  async #inserts(db: Db, fresh: readonly Indexed[], actor: Actor, at: EpochSeconds): Promise<BatchItem<'sqlite'>[]> {
    if (fresh.length === 0) return [];
    const sealed = await Promise.all(
      fresh.map(async (person) => {
        const subjectId = subjectIdOf(person.bucket as never, this.#random(16));
        const { person: sealer, sealedKey } = await this.#vault.newPersonKey(subjectId);
        return { person, subjectId, sealedKey, ...(await sealPerson(sealer, subjectId, person)) };
      }),
    );
    const peopleRows = sealed.map(({ person, subjectId, sealedKey, sealedRecord, sealedFace }) => ({
      subjectId,
      bucket: person.bucket,
      numberHmac: person.hmac,
      sealedKey,
      sealedRecord,
      sealedFace,
      recordVersion: 1,
      lineHmac: person.lineHmac,
      updatedAt: at as number,
    }));
    const fingerRows = sealed.flatMap(({ subjectId, sealedFingers }) => fingerRowsOf(subjectId, sealedFingers, at));
    const guardianRows = sealed.flatMap(({ subjectId, person }) => guardianRowsOf(subjectId, person));
    const entry = journalRow({ at, event: 'person.imported', actor });
    const ids = JSON.stringify(sealed.map(({ subjectId }) => subjectId));
    return [
      ...inRows(peopleRows, 9).map((rows) => db.insert(people).values(rows)),
      ...inRows(fingerRows, 7).map((rows) => db.insert(fingers).values(rows)),
      ...inRows(guardianRows, 4).map((rows) => db.insert(guardianships).values(rows)),
      // One statement for the whole group, however many people it holds.
      db
        .insert(shardJournal)
        .select(
          sql`SELECT NULL, ${entry.at}, ${entry.event}, ${entry.actor}, value, NULL, NULL, 0 FROM json_each(${ids})`,
        ),
    ];
  }

  /** Everything after the first statement happens only if the first one found the version it names. */
  async #update(
    db: Db,
    person: Indexed,
    before: Known,
    actor: Actor,
    at: EpochSeconds,
  ): Promise<BatchItem<'sqlite'>[]> {
    const { subjectId } = before;
    const keyPlace = { table: 'people', row: subjectId, column: 'sealed_key' };
    const sealer = opened(keyPlace, await this.#vault.openPersonKey(subjectId, before.sealedKey));
    const { sealedRecord, sealedFace, sealedFingers } = await sealPerson(sealer, subjectId, person);
    const version = before.recordVersion + 1;
    const moved = sql`EXISTS (SELECT 1 FROM ${people} WHERE ${people.subjectId} = ${subjectId}
      AND ${people.recordVersion} = ${version} AND ${people.lineHmac} = ${person.lineHmac})`;
    const detail = JSON.stringify({ version });
    return [
      db
        .update(people)
        .set({ sealedRecord, sealedFace, lineHmac: person.lineHmac, recordVersion: version, updatedAt: at })
        .where(and(eq(people.subjectId, subjectId), eq(people.recordVersion, before.recordVersion)))
        .returning({ subjectId: people.subjectId }),
      db.delete(fingers).where(and(eq(fingers.subjectId, subjectId), moved)),
      ...fingerRowsOf(subjectId, sealedFingers, at).map((row) =>
        db
          .insert(fingers)
          .select(sql`SELECT ${row.subjectId}, ${row.position}, ${row.sample}, ${row.extractor}, ${row.quality},
            ${row.sealedTemplate}, ${row.enrolledAt} WHERE ${moved}`),
      ),
      db.delete(guardianships).where(and(eq(guardianships.subjectId, subjectId), moved)),
      ...guardianRowsOf(subjectId, person).map((row) =>
        db
          .insert(guardianships)
          .select(
            sql`SELECT ${row.subjectId}, ${row.guardianNumberHmac}, ${row.guardianBucket}, ${row.relation} WHERE ${moved}`,
          ),
      ),
      db
        .insert(shardJournal)
        .select(
          sql`SELECT NULL, ${at as number}, 'person.updated', ${actor}, ${subjectId}, NULL, ${detail}, 0 WHERE ${moved}`,
        ),
    ];
  }
}

type SealedFinger = Omit<EnrolledFinger, 'template'> & { readonly sealedTemplate: Bytes };

async function sealPerson(sealer: Sealer, subjectId: SubjectId | string, person: Indexed) {
  const place = (column: string) => ({ table: 'people', row: subjectId, column });
  const [sealedRecord, sealedFace, sealedFingers] = await Promise.all([
    sealer.seal(place('sealed_record'), encodeUtf8(JSON.stringify(person.record))),
    person.face ? sealer.seal(place('sealed_face'), person.face) : null,
    Promise.all(
      person.fingers.map(async ({ template, position, sample, extractor, quality }): Promise<SealedFinger> => {
        const sealedTemplate = await sealer.seal(fingerPlace(subjectId, position, sample), template);
        return { position, sample, extractor, quality, sealedTemplate };
      }),
    ),
  ]);
  return { sealedRecord, sealedFace, sealedFingers };
}

function fingerRowsOf(subjectId: string, sealed: readonly SealedFinger[], at: EpochSeconds) {
  return sealed.map((finger) => ({ subjectId, ...finger, enrolledAt: at as number }));
}

function guardianRowsOf(subjectId: string, person: Indexed) {
  return person.guardianRows.map(({ hmac, bucket, relation }) => ({
    subjectId,
    guardianNumberHmac: hmac,
    guardianBucket: bucket,
    relation,
  }));
}

function inRows<T>(rows: readonly T[], columns: number): T[][] {
  const size = Math.floor(maxParameters / columns);
  const parts: T[][] = [];
  for (let at = 0; at < rows.length; at += size) parts.push(rows.slice(at, at + size));
  return parts;
}

function isUniqueViolation(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause.message.includes('UNIQUE constraint failed')) return true;
  }
  return false;
}
