// A page of the journal's rows, and from where on the archive has what the databases have no more. A page never passes over what is gone.
import { err, ok, type Result } from '../../shared/base/result.ts';
import type { Journal, JournalFilter, JournalPage } from '../store/journal.ts';
import type { JournalTrail } from '../store/journal-trail.ts';

/** Where every row stands that is gone: in the first `segments` segments, and all were written before `until`. */
export type Archived = { readonly segments: number; readonly until: number };

export type ArchivedPage = JournalPage & { readonly archived: Archived };

/** The filter's place lies before rows that are gone: read the archive up to `archived` first. */
export type PlaceArchived = { readonly reason: 'place_archived'; readonly archived: Archived };

export async function readJournal(
  needs: { readonly journal: Pick<Journal, 'read'>; readonly trail: Pick<JournalTrail, 'read'> },
  filter: JournalFilter,
): Promise<Result<ArchivedPage, PlaceArchived>> {
  const page = await needs.journal.read(filter);
  // After the page: what was gone while it was read has been said here before.
  const { upto, followed, proved } = await needs.trail.read();
  const archived = { segments: followed.segments, until: proved.at };
  const { after } = filter;
  const passed = Object.entries(upto).some(([source, seq]) => (after?.[source] ?? 0) < seq);
  if (after && passed) return err({ reason: 'place_archived', archived });
  // A database without rows knows no number: the next page begins behind what is gone.
  const next = { ...page.next };
  for (const [source, seq] of Object.entries(upto)) next[source] = Math.max(next[source] ?? 0, seq);
  return ok({ ...page, next, archived });
}
