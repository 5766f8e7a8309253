// Accounts: pending → active → suspended → closed. Each move is one conditional write in the room whose act it is; here are those
// that several acts share.
import type { SubjectId } from '../../shared/base/brands.ts';
import type { JournalEntry } from '../journal/entry.ts';
import { journalInsert } from './journal-insert.ts';
import { bucketOfSubject, shardOf } from './shard-map.ts';

/** The authority's moves. An account that never was activated is closed or left alone; a closed one stays closed. */
export type AccountMove = 'suspend' | 'resume' | 'close';
const accountMoves: Readonly<Record<AccountMove, { readonly to: string; readonly from: readonly string[] }>> = {
  suspend: { to: 'suspended', from: ['active'] },
  resume: { to: 'active', from: ['suspended'] },
  close: { to: 'closed', from: ['pending', 'active', 'suspended'] },
};

export class Accounts {
  readonly #databases: readonly D1Database[];
  constructor(databases: readonly D1Database[]) {
    this.#databases = databases;
  }

  /** False if the account was in no state from which it may move there. */
  async move(subjectId: SubjectId, move: AccountMove, entry: JournalEntry): Promise<boolean> {
    const db = this.#databases[shardOf(bucketOfSubject(subjectId), this.#databases.length)];
    if (!db) throw new RangeError('no shard for this subject');
    const { to, from } = accountMoves[move];
    const states = from.map((state) => `'${state}'`).join(', ');
    const [moved] = await db.batch([
      db.prepare(`UPDATE accounts SET state = ? WHERE subject_id = ? AND state IN (${states})`).bind(to, subjectId),
      journalInsert(db, entry, 'if_changed'),
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
