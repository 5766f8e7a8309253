// The journal's rows leave D1 when their very lines stand in R2, under a signed checkpoint that is older than the time they are kept.
// Knows no time of its own and no HTTP. Nothing is removed on somebody's word: not the queue's, not the archive's.
import type { EpochSeconds } from '../../shared/base/brands.ts';
import { ok, type Result } from '../../shared/base/result.ts';
import type { Journal } from '../store/journal.ts';
import type { JournalTrail, Trail } from '../store/journal-trail.ts';
import { followChain } from './chain.ts';
import type { CheckpointVerifier } from './checkpoint.ts';
import { type PlacedEntry, placeOf } from './entry.ts';
import { type ArchiveFiles, type FollowError, followToCheckpoints, linesAfter } from './follow-archive.ts';
import type { ArchiveState } from './journal-archive.ts';

export type Retention = {
  /** How long a row stays after the checkpoint that covers it. */
  readonly rowSeconds: number;
  /** Of all databases together, in one run: they are in memory while they are compared. */
  readonly rowsARun: number;
  /** Read in one run, twice: a Worker may ask R2 so often. */
  readonly segmentsARun: number;
};

/** At 96 runs a day: 1.9 million rows, and a third more segments than a queue that hands on every five seconds makes. */
export const journalRetention: Retention = { rowSeconds: 90 * 86_400, rowsARun: 20_000, segmentsARun: 240 };

/** `differing`: rows that say something else than their lines, and stay. */
export type Removed = { readonly rows: number; readonly differing: number };

/**
 * One bounded run. What it finds wrong with the archive is the error, and then it removes nothing; what another run does at the same time it
 * leaves to that one. The trail is moved before a row goes, so that whoever reads the journal can tell a row that went from one that never was.
 */
export async function removeArchived(
  needs: {
    readonly files: ArchiveFiles;
    readonly archive: string;
    readonly trail: Pick<JournalTrail, 'read' | 'move'>;
    readonly journal: Pick<Journal, 'sources' | 'removeArchived' | 'append'>;
    readonly verify: CheckpointVerifier;
    readonly now: () => EpochSeconds;
  },
  retention: Retention = journalRetention,
): Promise<Result<Removed, FollowError>> {
  const { files, archive, journal, verify, now } = needs;
  const trail = await needs.trail.read();
  const bounds = { before: now() - retention.rowSeconds, maxSegments: retention.segmentsARun };
  const followed = await followToCheckpoints(files, archive, trail.followed, bounds, verify);
  if (!followed.ok) return followed;
  const { place, met } = followed.value;
  const proved = met ? { seq: met.seq, at: met.at } : trail.proved;
  const found = await rowsUpTo(files, archive, trail, proved.seq, new Set(journal.sources), retention);
  if (!found.ok) return found;
  const { rows, upto, behind } = found.value;

  const nothing = { rows: 0, differing: 0 };
  if (samePlace(place, trail.followed) && samePlace(behind, trail.removed)) return ok(nothing);
  const announced: Trail = { ...trail, followed: place, proved, upto };
  if (!(await needs.trail.move(announced))) return ok(nothing);
  const removed = await Promise.all([...rows].map(([source, entries]) => journal.removeArchived(source, entries)));
  const differing = removed.flatMap((one) => one.differing);
  if (differing[0] !== undefined) {
    const detail = { count: differing.length };
    await journal.append({ at: now(), event: 'journal.row_differs', actor: 'system', object: differing[0], detail });
  }
  await needs.trail.move({ ...announced, revision: announced.revision + 1, removed: behind });
  return ok({ rows: removed.reduce((sum, one) => sum + one.rows, 0), differing: differing.length });
}

type Found = {
  readonly rows: ReadonlyMap<string, readonly PlacedEntry[]>;
  /** The trail's, raised by them. */
  readonly upto: Readonly<Record<string, number>>;
  readonly behind: ArchiveState;
};

/** Lines that were rows of these databases, from where the trail stands to line `seq`, or as many as a run takes. */
async function rowsUpTo(
  files: ArchiveFiles,
  archive: string,
  trail: Pick<Trail, 'removed' | 'upto'>,
  seq: number,
  sources: ReadonlySet<string>,
  { rowsARun, segmentsARun }: Retention,
): Promise<Result<Found, FollowError>> {
  const rows = new Map([...sources].map((source): [string, PlacedEntry[]] => [source, []]));
  const upto = { ...trail.upto };
  let behind = trail.removed;
  let count = 0;
  const found = () => ok({ rows, upto, behind });
  for (let read = 0; read < segmentsARun && behind.head.seq < seq; read++) {
    const lines = await linesAfter(files, archive, behind);
    if (!lines.ok) return lines;
    for (const line of lines.value.filter((own) => !isBehind(own, behind))) {
      const followed = await followChain(behind.head, `${line}\n`);
      if (!followed.ok) return followed;
      const place = placeOf(followed.value.lines[0] ?? '');
      const [entry] = followed.value.entries;
      const own = place && rows.get(place.source);
      if (own && entry) {
        if (count++ >= rowsARun) return found();
        own.push(entry);
        upto[place.source] = Math.max(upto[place.source] ?? 0, place.seq);
      }
      behind = { segments: behind.segments, head: followed.value.head };
    }
    behind = { segments: behind.segments + 1, head: behind.head };
  }
  return found();
}

/** A line of a segment that was read in part the time before. */
function isBehind(line: string, { head }: ArchiveState): boolean {
  return Number(/^\{"seq":(\d{1,15}),/.exec(line)?.[1]) <= head.seq;
}

function samePlace(a: ArchiveState, b: ArchiveState): boolean {
  return a.segments === b.segments && a.head.seq === b.head.seq;
}
