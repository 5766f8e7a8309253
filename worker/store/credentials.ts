// Which credentials a person was given: hash, profile and status index, never a claim. Rows are written by the act that issues.
import type { SubjectId } from '../../shared/base/brands.ts';
import type { JournalEntry } from '../journal/entry.ts';
import { journalInsert } from './journal-insert.ts';
import { bucketOfSubject, type Shards } from './shard-map.ts';

export type IssuedCredential = {
  /** base64url of the SHA-256. */
  readonly hash: string;
  readonly subjectId: SubjectId;
  /** V: SD-JWT VC, for online use. */
  readonly profile: 'S' | 'D' | 'A' | 'V';
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

  /** One batch in the person's shard: the rows of credentials that were made together, and one journal entry for all. */
  async add(subjectId: SubjectId, credentials: readonly IssuedCredential[], entry: JournalEntry): Promise<void> {
    const db = this.#shards.ofBucket(bucketOfSubject(subjectId)).$client;
    await db.batch([...credentials.map((credential) => credentialInsert(db, credential)), journalInsert(db, entry)]);
  }

  /** Asks every shard: for the authority's rare acts only. */
  async byHash(hash: string): Promise<IssuedCredential | undefined> {
    return this.#anywhere('SELECT * FROM credentials WHERE hash = ?', hash);
  }

  /** Asks every shard. */
  async byStatusIndex(idx: number): Promise<IssuedCredential | undefined> {
    return this.#anywhere('SELECT * FROM credentials WHERE status_idx = ?', idx);
  }

  /**
   * What a key signed in a period, by (shard, hash), `limit` at a time: `after` is the last one's place. Reads whole tables: for the
   * day a key is stolen.
   */
  async ofKey(
    key: { readonly kid: string; readonly issuedFrom: number; readonly issuedUntil: number },
    after: { readonly shard: number; readonly hash: string },
    limit: number,
  ): Promise<{ readonly found: IssuedCredential[]; readonly next: { shard: number; hash: string } | undefined }> {
    for (let { shard, hash } = after; ; ) {
      const db = this.#shards.all[shard];
      if (db === undefined) return { found: [], next: undefined };
      const { results } = await db.$client
        .prepare(
          'SELECT * FROM credentials WHERE kid = ? AND issued_at BETWEEN ? AND ? AND hash > ? ORDER BY hash LIMIT ?',
        )
        .bind(key.kid, key.issuedFrom, key.issuedUntil, hash, limit)
        .all<Row>();
      const found = results.map(credentialOf);
      const last = found.at(-1);
      if (last && found.length === limit) return { found, next: { shard, hash: last.hash } };
      if (last) return { found, next: { shard: shard + 1, hash: '' } };
      shard++;
      hash = '';
    }
  }

  /** The identity credential that a wallet shows now. */
  async ofWallet(subjectId: SubjectId, walletId: string): Promise<IssuedCredential | undefined> {
    const db = this.#shards.ofBucket(bucketOfSubject(subjectId)).$client;
    const row = await db.prepare('SELECT * FROM credentials WHERE wallet_id = ?').bind(walletId).first<Row>();
    return row ? credentialOf(row) : undefined;
  }

  /** Puts a credential in the place of the one that the wallet has, in one batch: the index of wallets is the referee. Answers the former. */
  async replace(
    walletId: string,
    credential: IssuedCredential,
    entry: JournalEntry,
  ): Promise<IssuedCredential | undefined> {
    const db = this.#shards.ofBucket(bucketOfSubject(credential.subjectId)).$client;
    const [former] = await db.batch<Row>([
      db.prepare('UPDATE credentials SET wallet_id = NULL WHERE wallet_id = ? RETURNING *').bind(walletId),
      credentialInsert(db, credential),
      db.prepare('UPDATE credentials SET wallet_id = ? WHERE hash = ?').bind(walletId, credential.hash),
      journalInsert(db, entry),
    ]);
    const row = former?.results[0];
    return row ? credentialOf(row) : undefined;
  }

  async #anywhere(sql: string, value: string | number): Promise<IssuedCredential | undefined> {
    const rows = await Promise.all(this.#shards.all.map((db) => db.$client.prepare(sql).bind(value).first<Row>()));
    const row = rows.find((found) => found !== null);
    return row ? credentialOf(row) : undefined;
  }
}
