// Which credentials a person was given: hash, profile and status index, never a claim. Rows are written by the act that issues.
import type { SubjectId } from '../../shared/base/brands.ts';
import { bucketOfSubject, type Shards } from './shard-map.ts';

export type IssuedCredential = {
  /** base64url of the SHA-256. */
  readonly hash: string;
  readonly subjectId: SubjectId;
  readonly profile: 'S' | 'D' | 'A';
  readonly statusIdx: number;
  readonly kid: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
};

type Row = {
  hash: string;
  subject_id: string;
  profile: string;
  status_idx: number;
  kid: string;
  issued_at: number;
  expires_at: number;
};

function credentialOf(row: Row): IssuedCredential {
  return {
    hash: row.hash,
    subjectId: row.subject_id as SubjectId,
    profile: row.profile as IssuedCredential['profile'],
    statusIdx: row.status_idx,
    kid: row.kid,
    issuedAt: row.issued_at,
    expiresAt: row.expires_at,
  };
}

/** The row of a credential, for the batch of the act that issues it. */
export function credentialInsert(db: D1Database, credential: IssuedCredential): D1PreparedStatement {
  const { hash, subjectId, profile, statusIdx, kid, issuedAt, expiresAt } = credential;
  return db
    .prepare(
      `INSERT INTO credentials (hash, subject_id, profile, status_idx, kid, issued_at, expires_at)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    )
    .bind(hash, subjectId, profile, statusIdx, kid, issuedAt, expiresAt);
}

export class Credentials {
  readonly #shards: Shards;

  constructor(shards: Shards) {
    this.#shards = shards;
  }

  async ofSubject(subjectId: SubjectId): Promise<IssuedCredential[]> {
    const { results } = await this.#shards
      .ofBucket(bucketOfSubject(subjectId))
      .$client.prepare('SELECT * FROM credentials WHERE subject_id = ? ORDER BY issued_at')
      .bind(subjectId)
      .all<Row>();
    return results.map(credentialOf);
  }

  /** Asks every shard: for the authority's rare acts only. */
  async byHash(hash: string): Promise<IssuedCredential | undefined> {
    return this.#anywhere('SELECT * FROM credentials WHERE hash = ?', hash);
  }

  /** Asks every shard. */
  async byStatusIndex(idx: number): Promise<IssuedCredential | undefined> {
    return this.#anywhere('SELECT * FROM credentials WHERE status_idx = ?', idx);
  }

  async #anywhere(sql: string, value: string | number): Promise<IssuedCredential | undefined> {
    const rows = await Promise.all(this.#shards.all.map((db) => db.$client.prepare(sql).bind(value).first<Row>()));
    const row = rows.find((found) => found !== null);
    return row ? credentialOf(row) : undefined;
  }
}
