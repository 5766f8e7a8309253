// Where a person's credentials were checked online: by whom, when, what for, what came out. Kept for the person alone, for 90 days.
import type { Bucket, EpochSeconds, SubjectId } from '../../shared/base/brands.ts';
import { type Shards, shardOf } from './shard-map.ts';

export type NewShowing = {
  /** Index of the credential in the whole space: its row says which shard knows the person. */
  readonly statusIdx: number;
  readonly verifierId: string;
  readonly at: EpochSeconds;
  readonly context: string;
  readonly outcome: 'accepted' | 'rejected' | 'undecided';
  readonly profile: string;
};

export type StoredShowing = Omit<NewShowing, 'statusIdx'> & { readonly credential: string };

export const showingKeptSeconds = 90 * 86_400;

export class Showings {
  readonly #directory: D1Database;
  readonly #shards: Shards;

  constructor(directory: D1Database, shards: Shards) {
    this.#directory = directory;
    this.#shards = shards;
  }

  /** One query for the buckets, then one statement a shard. The same check twice is one row; what nobody holds is passed over. */
  async add(showings: readonly NewShowing[]): Promise<void> {
    const { results } = await this.#directory
      .prepare('SELECT idx, bucket FROM status_entries WHERE idx IN (SELECT value FROM json_each(?))')
      .bind(JSON.stringify([...new Set(showings.map(({ statusIdx }) => statusIdx))]))
      .all<{ idx: number; bucket: number }>();
    const bucketOf = new Map(results.map(({ idx, bucket }) => [idx, bucket]));
    const groups = new Map<number, NewShowing[]>();
    for (const showing of showings) {
      const bucket = bucketOf.get(showing.statusIdx);
      if (bucket === undefined) continue;
      const shard = shardOf(bucket as Bucket, this.#shards.all.length);
      const group = groups.get(shard);
      if (group === undefined) groups.set(shard, [showing]);
      else group.push(showing);
    }
    await Promise.all(
      [...groups].map(([shard, group]) =>
        this.#shards.all[shard]?.$client
          .prepare(
            `INSERT OR IGNORE INTO showings (subject_id, at, verifier_id, credential, context, outcome, profile)
             SELECT c.subject_id, j.value ->> 'at', j.value ->> 'verifierId', c.hash, j.value ->> 'context',
               j.value ->> 'outcome', j.value ->> 'profile'
             FROM json_each(?) j JOIN credentials c ON c.status_idx = j.value ->> 'statusIdx'`,
          )
          .bind(JSON.stringify(group))
          .run(),
      ),
    );
  }

  /** Newest first, at most `limit`, those before `before`. */
  async ofSubject(subjectId: SubjectId, before: number, limit: number): Promise<readonly StoredShowing[]> {
    const { results } = await this.#shards
      .ofSubject(subjectId)
      .$client.prepare(
        `SELECT at, verifier_id AS verifierId, credential, context, outcome, profile FROM showings
         WHERE subject_id = ? AND at < ? ORDER BY at DESC, verifier_id LIMIT ?`,
      )
      .bind(subjectId, before, limit)
      .all<StoredShowing>();
    return results;
  }

  async forgetBefore(at: EpochSeconds): Promise<void> {
    await Promise.all(
      this.#shards.all.map((db) => db.$client.prepare('DELETE FROM showings WHERE at < ?').bind(at).run()),
    );
  }
}
