// What the status of a person's credentials is to become. An order is written in the person's shard, in the batch of the act that decides
// it; the directory has the statuses and follows (issuer/follow-orders.ts). Whoever is cut off between the two leaves the order standing.
import type { EpochSeconds, SubjectId } from '../../shared/base/brands.ts';
import type { Actor } from '../journal/entry.ts';
import { bucketOfSubject, shardOf } from './shard-map.ts';
import type { StatusName } from './status-entries.ts';

/** Stable codes, kept beside the status. */
export type OrderReason =
  | 'replaced'
  | 'wallet_removed'
  | 'account_suspended'
  | 'account_resumed'
  | 'account_closed'
  | 'deceased';

export type NewOrder = {
  readonly becomes: StatusName;
  readonly reason: OrderReason;
  readonly actor: Actor;
  readonly at: EpochSeconds;
};

export type CredentialOrder = NewOrder & {
  /** Grows within a shard, so of two orders for one credential the later is the greater. */
  readonly seq: number;
  readonly subjectId: SubjectId;
  readonly statusIdx: number;
};

/** Whose credentials: all of a person's, those of all the person's wallets, or those of a wallet; a renewed one may live beside its next. */
export type OrderedFor =
  | { readonly subjectId: SubjectId; readonly of: 'all' | 'wallets' }
  | { readonly walletId: string; readonly unless?: Renewal };

/** What a renewal need not take back: the same key's, that ends by itself before `endingBefore`. */
export type Renewal = { readonly holderKid: string; readonly endingBefore: EpochSeconds };

/**
 * For an act's own batch: an order for each credential that has not expired. `if_changed` as in journalInsert; the last of those that
 * lean on one write, as it may itself write nothing.
 */
export function orderInsert(
  db: D1Database,
  ordered: OrderedFor,
  { becomes, reason, actor, at }: NewOrder,
  when: 'always' | 'if_changed' = 'always',
): D1PreparedStatement {
  const ofWallets = ' AND (wallet_id IS NOT NULL OR former_wallet_id IS NOT NULL)';
  const [whose, id] =
    'walletId' in ordered
      ? ['(wallet_id = ?1 OR former_wallet_id = ?1)', ordered.walletId]
      : [`subject_id = ?1${ordered.of === 'wallets' ? ofWallets : ''}`, ordered.subjectId];
  const unless = 'unless' in ordered ? ordered.unless : undefined;
  const spared = unless ? ' AND NOT (holder_kid IS ?6 AND expires_at < ?7)' : '';
  return db
    .prepare(
      `INSERT INTO credential_orders (subject_id, status_idx, becomes, reason, actor, at)
       SELECT subject_id, status_idx, ?2, ?3, ?4, ?5 FROM credentials
       WHERE ${whose} AND expires_at > ?5${spared}${when === 'if_changed' ? ' AND changes() > 0' : ''}`,
    )
    .bind(id, becomes, reason, actor, at, ...(unless ? [unless.holderKid, unless.endingBefore] : []));
}

type Row = {
  seq: number;
  subject_id: string;
  status_idx: number;
  becomes: string;
  reason: string;
  actor: string;
  at: number;
};

function orderOf(row: Row): CredentialOrder {
  return {
    seq: row.seq,
    subjectId: row.subject_id as SubjectId,
    statusIdx: row.status_idx,
    becomes: row.becomes as StatusName,
    reason: row.reason as OrderReason,
    actor: row.actor as Actor,
    at: row.at as EpochSeconds,
  };
}

export class CredentialOrders {
  readonly #databases: readonly D1Database[];

  constructor(databases: readonly D1Database[]) {
    this.#databases = databases;
  }

  /** The person's, the oldest first. */
  async of(subjectId: SubjectId): Promise<readonly CredentialOrder[]> {
    const { results } = await this.#databaseOf(subjectId)
      .prepare('SELECT * FROM credential_orders WHERE subject_id = ? ORDER BY seq')
      .bind(subjectId)
      .all<Row>();
    return results.map(orderOf);
  }

  /** What waits anywhere, at most `limit` of each shard, the oldest first: for the cron. */
  async anywhere(limit: number): Promise<readonly CredentialOrder[]> {
    const pages = await Promise.all(
      this.#databases.map((db) =>
        db.prepare('SELECT * FROM credential_orders ORDER BY seq LIMIT ?').bind(limit).all<Row>(),
      ),
    );
    return pages.flatMap(({ results }) => results.map(orderOf));
  }

  /** The directory has followed these. */
  async done(orders: readonly CredentialOrder[]): Promise<void> {
    const seqs = new Map<D1Database, number[]>();
    for (const { subjectId, seq } of orders) {
      const db = this.#databaseOf(subjectId);
      seqs.set(db, [...(seqs.get(db) ?? []), seq]);
    }
    await Promise.all(
      [...seqs].map(([db, some]) =>
        db
          .prepare('DELETE FROM credential_orders WHERE seq IN (SELECT value FROM json_each(?))')
          .bind(JSON.stringify(some))
          .run(),
      ),
    );
  }

  #databaseOf(subjectId: SubjectId): D1Database {
    const db = this.#databases[shardOf(bucketOfSubject(subjectId), this.#databases.length)];
    if (!db) throw new RangeError('no shard for this subject');
    return db;
  }
}
