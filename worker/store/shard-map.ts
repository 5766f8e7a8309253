// Which D1 database knows a person: 4096 buckets, folded on however many shards are bound. Knows no number and no name.
import { type DrizzleD1Database, drizzle } from 'drizzle-orm/d1';
import type { Bucket, SubjectId } from '../../shared/base/brands.ts';
import { encodeBase64Url } from '../../shared/bytes/base64url.ts';

export type Db = DrizzleD1Database<Record<string, never>> & { readonly $client: D1Database };

export const bucketCount = 4096;

/** Bucket to shard: contiguous ranges, so that doubling the shards splits each in two. */
export function shardOf(bucket: Bucket, shardCount: number): number {
  return Math.floor((bucket * shardCount) / bucketCount);
}

/** Three hex digits of bucket, then 16 random bytes in base64url (22 characters). */
export function subjectIdOf(bucket: Bucket, random16: Uint8Array): SubjectId {
  if (random16.length !== 16) throw new RangeError('a subject id takes 16 random bytes');
  return (bucket.toString(16).padStart(3, '0') + encodeBase64Url(random16)) as SubjectId;
}

const subjectIdPattern = /^[0-9a-f]{3}[A-Za-z0-9_-]{22}$/;

/** The text as a SubjectId if it has the form of one. */
export function parseSubjectId(text: string): SubjectId | undefined {
  return subjectIdPattern.test(text) ? (text as SubjectId) : undefined;
}

export function bucketOfSubject(subjectId: SubjectId): Bucket {
  return Number.parseInt(subjectId.slice(0, 3), 16) as Bucket;
}

/** Queries that every login asks: their SQL is built once a database and isolate. */
export function preparedOn<Q>(prepare: (db: Db) => Q): (db: Db) => Q {
  const prepared = new WeakMap<Db, Q>();
  return (db) => {
    const known = prepared.get(db);
    if (known !== undefined) return known;
    const query = prepare(db);
    prepared.set(db, query);
    return query;
  };
}

/** The databases, opened once an isolate. */
export class Shards {
  readonly all: readonly Db[];
  constructor(databases: readonly D1Database[]) {
    this.all = databases.map((database) => drizzle(database));
  }
  ofBucket(bucket: Bucket): Db {
    const db = this.all[shardOf(bucket, this.all.length)];
    if (!db) throw new RangeError('bucket out of range');
    return db;
  }
  ofSubject(subjectId: SubjectId): Db {
    return this.ofBucket(bucketOfSubject(subjectId));
  }
}
