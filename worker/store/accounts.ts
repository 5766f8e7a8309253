// Accounts: pending → active → suspended → closed. Each move is one conditional write in the room whose act it is; here are those
// that several acts share.
import type { SubjectId } from '../../shared/base/brands.ts';
import type { NotificationKind } from '../../shared/contract/notification.ts';
import type { JournalEntry } from '../journal/entry.ts';
import { type OrderReason, orderInsert } from './credential-orders.ts';
import { journalInsert } from './journal-insert.ts';
import { notificationInsert } from './notifications.ts';
import { bucketOfSubject, shardOf } from './shard-map.ts';
import type { StatusName } from './status-entries.ts';

/** The authority's moves. An account that never was activated is closed or left alone; a closed one stays closed. */
export type AccountMove = 'suspend' | 'resume' | 'close';
type Move = {
  readonly to: string;
  readonly from: readonly string[];
  readonly told: NotificationKind;
  /** What becomes of the person's credentials. */
  readonly credentials: { readonly becomes: StatusName; readonly reason: OrderReason };
};
const accountMoves: Readonly<Record<AccountMove, Move>> = {
  suspend: {
    to: 'suspended',
    from: ['active'],
    told: 'account.suspended',
    credentials: { becomes: 'suspended', reason: 'account_suspended' },
  },
  resume: {
    to: 'active',
    from: ['suspended'],
    told: 'account.resumed',
    credentials: { becomes: 'valid', reason: 'account_resumed' },
  },
  close: {
    to: 'closed',
    from: ['pending', 'active', 'suspended'],
    told: 'account.closed',
    credentials: { becomes: 'revoked', reason: 'account_closed' },
  },
};

export class Accounts {
  readonly #databases: readonly D1Database[];
  constructor(databases: readonly D1Database[]) {
    this.#databases = databases;
  }

  /**
   * One batch: the account moves, the journal has it, the person is told, and their credentials are ordered to follow (`because`: the
   * reason they are given, in place of the move's own). False if the account was in no state from which it may move there.
   */
  async move(subjectId: SubjectId, move: AccountMove, entry: JournalEntry, because?: OrderReason): Promise<boolean> {
    const db = this.#databases[shardOf(bucketOfSubject(subjectId), this.#databases.length)];
    if (!db) throw new RangeError('no shard for this subject');
    const { to, from, told, credentials } = accountMoves[move];
    const { at, actor } = entry;
    const states = from.map((state) => `'${state}'`).join(', ');
    const order = { becomes: credentials.becomes, reason: because ?? credentials.reason, actor, at };
    const [moved] = await db.batch([
      db.prepare(`UPDATE accounts SET state = ? WHERE subject_id = ? AND state IN (${states})`).bind(to, subjectId),
      journalInsert(db, entry, 'if_changed'),
      notificationInsert(db, { subjectId, at, kind: told }, 'if_changed'),
      orderInsert(db, { subjectId, of: 'all' }, order, 'if_changed'),
    ]);
    return moved?.meta.changes === 1;
  }
}

/** Makes the account pending if there is none, and only then writes `registered` into the journal; for somebody's batch. */
export function registerPending(
  db: D1Database,
  subjectId: SubjectId,
  registered: JournalEntry,
): readonly D1PreparedStatement[] {
  return [
    db
      .prepare(
        `INSERT INTO accounts (subject_id, state, identity_level, registered_at) VALUES (?, 'pending', 'none', ?)
         ON CONFLICT (subject_id) DO NOTHING`,
      )
      .bind(subjectId, registered.at),
    journalInsert(db, registered, 'if_changed'),
  ];
}
