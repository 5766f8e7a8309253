// The registry's people: found by number or subject, opened with the person's own data key. Values out, never rows.
// Knows no HTTP and no rule of age or document; who opens biometric data writes that into the journal (`person.biometrics_opened`).
import { eq, inArray } from 'drizzle-orm';
import type { Bucket, SubjectId, UnifiedNumber } from '../../shared/base/brands.ts';
import type { Bytes } from '../../shared/bytes/bytes.ts';
import { decodeUtf8 } from '../../shared/bytes/text.ts';
import { PersonRecord } from '../../shared/contract/registry.ts';
import { type EnrolledFinger, fingerOfRow } from './fingers.ts';
import { type Guardian, guardianOfRow } from './guardianships.ts';
import { indexOfNumber } from './person-index.ts';
import { accounts, fingers, guardianships, people } from './schema/shard.ts';
import { bucketOfSubject, type Shards } from './shard-map.ts';
import { storedBytes } from './stored-bytes.ts';
import { opened, type Sealer, type Vault } from './vault.ts';

export type AccountState = 'pending' | 'active' | 'suspended' | 'closed';
export type IdentityLevel = 'none' | 'substantial' | 'high';

/** The account as activation and login need it; its moves are in the rooms that make them. */
export type AccountFacts = {
  readonly state: AccountState;
  readonly identityLevel: IdentityLevel;
  readonly activationId: string | undefined;
  readonly activatedAt: number | undefined;
  readonly registeredAt: number;
  readonly failures: number;
  readonly lockedUntil: number;
};

export type KnownPerson = {
  readonly subjectId: SubjectId;
  readonly bucket: Bucket;
  readonly record: PersonRecord;
  readonly recordVersion: number;
};

/** Everything one D1 batch knows of a person. Biometric data stays sealed until one of the two functions is called. */
export type PersonForActivation = KnownPerson & {
  readonly account: AccountFacts | undefined;
  readonly guardians: readonly Guardian[];
  /** What is enrolled, without the templates: position, sample, extractor, quality. */
  readonly enrolled: readonly Omit<EnrolledFinger, 'template'>[];
  /** Opens the templates, of one position or of all. Journal it. */
  readonly openFingers: (position?: number) => Promise<EnrolledFinger[]>;
  /** For what else is kept of this person, each in its own place. */
  readonly sealer: Sealer;
  /** WebP bytes, at most 1,000; undefined when the registry has none. Journal it. */
  readonly openFace: () => Promise<Bytes | undefined>;
};

type PersonRow = typeof people.$inferSelect;

export class People {
  readonly #shards: Shards;
  readonly #vault: Vault;
  readonly #numberSecret: Uint8Array;

  constructor(shards: Shards, vault: Vault, numberSecret: Uint8Array) {
    this.#shards = shards;
    this.#vault = vault;
    this.#numberSecret = numberSecret;
  }

  /** One query. Undefined for a number the registry does not know. */
  async findByNumber(number: UnifiedNumber): Promise<KnownPerson | undefined> {
    const { hmac, bucket } = await indexOfNumber(this.#numberSecret, number);
    const [row] = await this.#shards.ofBucket(bucket).select().from(people).where(eq(people.numberHmac, hmac));
    return row ? (await this.#open(row)).known : undefined;
  }

  /** One query. */
  async find(subjectId: SubjectId): Promise<KnownPerson | undefined> {
    const [row] = await this.#shards.ofSubject(subjectId).select().from(people).where(eq(people.subjectId, subjectId));
    return row ? (await this.#open(row)).known : undefined;
  }

  /** One D1 batch: person, account, fingers, guardians. */
  async loadForActivation(number: UnifiedNumber): Promise<PersonForActivation | undefined> {
    const { hmac, bucket } = await indexOfNumber(this.#numberSecret, number);
    const db = this.#shards.ofBucket(bucket);
    const subject = db.select({ subjectId: people.subjectId }).from(people).where(eq(people.numberHmac, hmac));
    const [[row], [account], fingerRows, guardianRows] = await db.batch([
      db.select().from(people).where(eq(people.numberHmac, hmac)),
      db.select().from(accounts).where(inArray(accounts.subjectId, subject)),
      db.select().from(fingers).where(inArray(fingers.subjectId, subject)),
      db.select().from(guardianships).where(inArray(guardianships.subjectId, subject)),
    ]);
    if (!row) return undefined;
    const { known, person } = await this.#open(row);
    return {
      ...known,
      account: account ? accountOf(account) : undefined,
      guardians: guardianRows.map(guardianOfRow),
      enrolled: fingerRows.map(({ position, sample, extractor, quality }) => ({
        position,
        sample,
        extractor,
        quality,
      })),
      openFingers: (position) =>
        Promise.all(
          fingerRows
            .filter((finger) => position === undefined || finger.position === position)
            .map((finger) => fingerOfRow(person, finger)),
        ),
      sealer: person,
      openFace: () => faceOf(person, row),
    };
  }

  /** One query. Undefined when the registry has no face, or no such person. */
  async openFace(subjectId: SubjectId): Promise<Bytes | undefined> {
    const [row] = await this.#shards.ofSubject(subjectId).select().from(people).where(eq(people.subjectId, subjectId));
    if (!row) return undefined;
    return faceOf((await this.#open(row)).person, row);
  }

  /** One query. What seals this person's other columns; undefined for somebody unknown. */
  async sealerOf(subjectId: SubjectId): Promise<Sealer | undefined> {
    const [row] = await this.#shards.ofSubject(subjectId).select().from(people).where(eq(people.subjectId, subjectId));
    return row ? (await this.#open(row)).person : undefined;
  }

  async #open(row: PersonRow): Promise<{ known: KnownPerson; person: Sealer }> {
    const subjectId = row.subjectId as SubjectId;
    const keyPlace = { table: 'people', row: subjectId, column: 'sealed_key' };
    const person = opened(keyPlace, await this.#vault.openPersonKey(subjectId, storedBytes(row.sealedKey)));
    const place = { table: 'people', row: subjectId, column: 'sealed_record' };
    const text = decodeUtf8(opened(place, await person.open(place, storedBytes(row.sealedRecord))));
    if (!text.ok) throw new Error('a sealed record is not text');
    const record = PersonRecord.parse(JSON.parse(text.value));
    const known = { subjectId, bucket: bucketOfSubject(subjectId), record, recordVersion: row.recordVersion };
    return { known, person };
  }
}

async function faceOf(person: Sealer, row: PersonRow): Promise<Bytes | undefined> {
  if (!row.sealedFace) return undefined;
  const place = { table: 'people', row: row.subjectId, column: 'sealed_face' };
  return opened(place, await person.open(place, storedBytes(row.sealedFace)));
}

function accountOf(row: typeof accounts.$inferSelect): AccountFacts {
  return {
    state: row.state as AccountState,
    identityLevel: row.identityLevel as IdentityLevel,
    activationId: row.activationId ?? undefined,
    activatedAt: row.activatedAt ?? undefined,
    registeredAt: row.registeredAt,
    failures: row.failures,
    lockedUntil: row.lockedUntil,
  };
}
