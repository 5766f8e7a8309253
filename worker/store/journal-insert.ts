// The journal's row as a D1 statement, for batches that are written as SQL: an act and its row stand or fall together.
import type { JournalEntry } from '../journal/entry.ts';
import { journalRow } from './journal.ts';

/**
 * `always`: written if the batch is. `if_changed`: written only if the statement just before it in the batch changed a row,
 * so that a conditional write that found nothing to do leaves no trace of something that did not happen.
 */
export function journalInsert(
  db: D1Database,
  entry: JournalEntry,
  when: 'always' | 'if_changed' = 'always',
): D1PreparedStatement {
  const row = journalRow(entry);
  return db
    .prepare(
      `INSERT INTO journal (at, event, actor, subject_id, object, detail) SELECT ?1, ?2, ?3, ?4, ?5, ?6${
        when === 'if_changed' ? ' WHERE changes() > 0' : ''
      }`,
    )
    .bind(row.at, row.event, row.actor, row.subjectId, row.object, row.detail);
}
