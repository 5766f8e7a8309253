// Which credentials a person was given: hash, profile and status index, never a claim. Rows are written by the act that issues.
import { type EpochSeconds, epochSeconds, type SubjectId } from '../../shared/base/brands.ts';
import type { JournalEntry } from '../journal/entry.ts';
import { orderInsert } from './credential-orders.ts';
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

const columns = 'hash, subject_id, profile, status_idx, kid, issued_at, expires_at';

/** The row of a credential, for the batch of the act that issues it. */
export function credentialInsert(db: D1Database, credential: IssuedCredential): D1PreparedStatement {
  return db.prepare(`INSERT INTO credentials (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?)`).bind(...valuesOf(credential));
}

function valuesOf({ hash, subjectId, profile, statusIdx, kid, issuedAt, expiresAt }: IssuedCredential) {
  return [hash, subjectId, profile, statusIdx, kid, issuedAt, expiresAt] as const;
}

// SECURITY: in the very batch, so that an account that is suspended a moment before has no credential that its suspension did not see.
const accountActive = `EXISTS (SELECT 1 FROM accounts WHERE subject_id = ?2 AND state = 'active')`;

/** Only while the account is active, and the wallet bound if one is named. */
function insertIfActive(db: D1Database, credential: IssuedCredential, device?: Device): D1PreparedStatement {
  const insert = `INSERT INTO credentials (${columns}${device === undefined ? '' : ', wallet_id, holder_kid'})`;
  return device === undefined
    ? db.prepare(`${insert} SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 WHERE ${accountActive}`).bind(...valuesOf(credential))
    : db
        .prepare(
          `${insert} SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9
           WHERE ${accountActive} AND EXISTS (SELECT 1 FROM authenticators WHERE id = ?8 AND state = 'bound')`,
        )
        .bind(...valuesOf(credential), device.walletId, device.holderKid);
}

/** Whose the credential is beside the person: the wallet, and the key that shows it. */
export type Device = { readonly walletId: string; readonly holderKid: string };

/**
 * Before its end a credential is renewed without a revocation, if the same key asks: it ends by itself. Else every renewal of every phone
 * would stand in the nation's list for six weeks, and the list would be of phones (docs/adr/0025).
 */
export const renewedQuietlySeconds = 14 * 86_400;

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

  /**
   * One batch in the person's shard: the rows of credentials that were made together, and one journal entry for all. False, and nothing is
   * written, if the account is not active (any more).
   */
  async add(subjectId: SubjectId, credentials: readonly IssuedCredential[], entry: JournalEntry): Promise<boolean> {
    const db = this.#shards.ofBucket(bucketOfSubject(subjectId)).$client;
    const when = credentials.length === 0 ? 'always' : 'if_changed';
    const results = await db.batch([
      ...credentials.map((credential) => insertIfActive(db, credential)),
      journalInsert(db, entry, when),
    ]);
    return results.at(-1)?.meta.changes === 1;
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

  /**
   * Puts a credential in the place of the one that the wallet has, in one batch: the index of wallets is the referee, and the former is
   * ordered to be revoked, unless the same key renews what ends within two weeks. False if the account is not active or the wallet not
   * bound (any more): then the wallet has none.
   */
  async replace(device: Device, credential: IssuedCredential, entry: JournalEntry): Promise<boolean> {
    const db = this.#shards.ofBucket(bucketOfSubject(credential.subjectId)).$client;
    const { walletId, holderKid } = device;
    const { at, actor } = entry;
    const unless = { holderKid, endingBefore: epochSeconds(at + renewedQuietlySeconds) };
    const results = await db.batch([
      orderInsert(db, { walletId, unless }, { becomes: 'revoked', reason: 'replaced', actor, at }),
      db
        .prepare('UPDATE credentials SET former_wallet_id = wallet_id, wallet_id = NULL WHERE wallet_id = ?')
        .bind(walletId),
      insertIfActive(db, credential, device),
      journalInsert(db, entry, 'if_changed'),
    ]);
    return results.at(-1)?.meta.changes === 1;
  }

  get shardCount(): number {
    return this.#shards.all.length;
  }

  /** Those of a shard that expired before, the oldest first; without those whose status is still to move. */
  async expired(
    shard: number,
    before: EpochSeconds,
    limit: number,
  ): Promise<readonly Pick<IssuedCredential, 'hash' | 'statusIdx'>[]> {
    const { results } = await this.#shard(shard)
      .prepare(
        `SELECT hash, status_idx FROM credentials
         WHERE expires_at < ? AND status_idx NOT IN (SELECT status_idx FROM credential_orders) ORDER BY expires_at LIMIT ?`,
      )
      .bind(before, limit)
      .all<Pick<Row, 'hash' | 'status_idx'>>();
    return results.map(({ hash, status_idx }) => ({ hash, statusIdx: status_idx }));
  }

  /** Answers how many rows went. */
  async forget(shard: number, hashes: readonly string[]): Promise<number> {
    if (hashes.length === 0) return 0;
    const { meta } = await this.#shard(shard)
      .prepare('DELETE FROM credentials WHERE hash IN (SELECT value FROM json_each(?))')
      .bind(JSON.stringify(hashes))
      .run();
    return meta.changes;
  }

  #shard(shard: number): D1Database {
    const db = this.#shards.all[shard];
    if (!db) throw new RangeError('no such shard');
    return db.$client;
  }

  async #anywhere(sql: string, value: string | number): Promise<IssuedCredential | undefined> {
    const rows = await Promise.all(this.#shards.all.map((db) => db.$client.prepare(sql).bind(value).first<Row>()));
    const row = rows.find((found) => found !== null);
    return row ? credentialOf(row) : undefined;
  }
}
