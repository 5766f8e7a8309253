// Enrolled fingers: templates sealed with the person's data key. Who opens them writes that into the journal.
import { eq } from 'drizzle-orm';
import type { SubjectId } from '../../shared/base/brands.ts';
import type { Bytes } from '../../shared/bytes/bytes.ts';
import { fingers, people } from './schema/shard.ts';
import type { Shards } from './shard-map.ts';
import { storedBytes } from './stored-bytes.ts';
import { opened, type Place, type Sealer, type Vault } from './vault.ts';

export type EnrolledFinger = {
  /** ISO/IEC 19794-2 position, 1 to 10. */
  readonly position: number;
  /** 1 to 3. */
  readonly sample: number;
  /** Names the template's maker: thresholds are per extractor. */
  readonly extractor: string;
  readonly quality: number;
  /** Any format that shared/biometric tells from its bytes. */
  readonly template: Bytes;
};

export function fingerPlace(subjectId: string, position: number, sample: number): Place {
  return { table: 'fingers', row: `${subjectId}/${position}/${sample}`, column: 'sealed_template' };
}

/** Throws SealBrokenError when the row was changed or moved. */
export async function fingerOfRow(person: Sealer, row: typeof fingers.$inferSelect): Promise<EnrolledFinger> {
  const { subjectId, position, sample, extractor, quality } = row;
  const place = fingerPlace(subjectId, position, sample);
  const template = opened(place, await person.open(place, storedBytes(row.sealedTemplate)));
  return { position, sample, extractor, quality, template };
}

export class Fingers {
  readonly #shards: Shards;
  readonly #vault: Vault;

  constructor(shards: Shards, vault: Vault) {
    this.#shards = shards;
    this.#vault = vault;
  }

  /** One D1 batch: every enrolled template, opened; empty for somebody unknown. `People.loadForActivation` has them too. */
  async enrolled(subjectId: SubjectId): Promise<EnrolledFinger[]> {
    const db = this.#shards.ofSubject(subjectId);
    const [[owner], rows] = await db.batch([
      db.select({ sealedKey: people.sealedKey }).from(people).where(eq(people.subjectId, subjectId)),
      db.select().from(fingers).where(eq(fingers.subjectId, subjectId)),
    ]);
    if (!owner) return [];
    const place = { table: 'people', row: subjectId, column: 'sealed_key' };
    const person = opened(place, await this.#vault.openPersonKey(subjectId, storedBytes(owner.sealedKey)));
    return Promise.all(rows.map((row) => fingerOfRow(person, row)));
  }
}
