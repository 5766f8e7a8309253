// Accounts: pending → active → suspended → closed. Each move is one conditional write in the room whose act it is; here are those
// that several acts share.
import type { SubjectId } from '../../shared/base/brands.ts';
import type { JournalEntry } from '../journal/entry.ts';
import { journalInsert } from './journal-insert.ts';

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
