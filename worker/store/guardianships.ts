// Who may stand for a minor. A guardian may live in another shard: only the number's HMAC and bucket are kept here.
import { and, eq } from 'drizzle-orm';
import type { Bucket, SubjectId, UnifiedNumber } from '../../shared/base/brands.ts';
import type { Bytes } from '../../shared/bytes/bytes.ts';
import { indexOfNumber } from './person-index.ts';
import { guardianships } from './schema/shard.ts';
import type { Shards } from './shard-map.ts';
import { storedBytes } from './stored-bytes.ts';

export type Relation = 'father' | 'mother' | 'legal_guardian';

export type Guardian = { readonly numberHmac: Bytes; readonly bucket: Bucket; readonly relation: Relation };

export function guardianOfRow(row: typeof guardianships.$inferSelect): Guardian {
  return {
    numberHmac: storedBytes(row.guardianNumberHmac),
    bucket: row.guardianBucket as Bucket,
    relation: row.relation as Relation,
  };
}

export class Guardianships {
  readonly #shards: Shards;
  readonly #numberSecret: Uint8Array;

  constructor(shards: Shards, numberSecret: Uint8Array) {
    this.#shards = shards;
    this.#numberSecret = numberSecret;
  }

  /** One query. */
  async of(subjectId: SubjectId): Promise<Guardian[]> {
    const db = this.#shards.ofSubject(subjectId);
    const rows = await db.select().from(guardianships).where(eq(guardianships.subjectId, subjectId));
    return rows.map(guardianOfRow);
  }

  /** One query. How the holder of this number stands to the minor; undefined: not a guardian. */
  async relation(subjectId: SubjectId, number: UnifiedNumber): Promise<Relation | undefined> {
    const { hmac } = await indexOfNumber(this.#numberSecret, number);
    const [row] = await this.#shards
      .ofSubject(subjectId)
      .select()
      .from(guardianships)
      .where(and(eq(guardianships.subjectId, subjectId), eq(guardianships.guardianNumberHmac, hmac)));
    return row ? guardianOfRow(row).relation : undefined;
  }
}
