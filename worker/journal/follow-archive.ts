// Reads the archive back from R2, from any place on, and meets the signed checkpoints on the way. Believes nothing that it did not read.
import { err, ok, type Result } from '../../shared/base/result.ts';
import { equalBytes } from '../../shared/bytes/equal.ts';
import { type ChainError, followChain } from './chain.ts';
import {
  type Checkpoint,
  type CheckpointVerifier,
  checkpointFolder,
  checkpointName,
  openCheckpoint,
} from './checkpoint.ts';
import { type ArchiveState, segmentName } from './journal-archive.ts';

export type ArchiveFiles = Pick<R2Bucket, 'get' | 'list'>;

/** `seq` is the first line that is not right, by its due number. */
export type FollowError = {
  readonly reason: ChainError['reason'] | 'segment_missing' | 'checkpoint_missed';
  readonly seq: number;
};

/** The lines of the segment behind `place`, all of them. */
export async function linesAfter(
  files: Pick<ArchiveFiles, 'get'>,
  archive: string,
  place: ArchiveState,
): Promise<Result<readonly string[], FollowError>> {
  const file = await files.get(segmentName(archive, place.segments + 1));
  if (file === null) return err({ reason: 'segment_missing', seq: place.head.seq + 1 });
  return ok((await file.text()).split('\n').slice(0, -1));
}

/**
 * From `from`, a segment's end, on to the next checkpoints that were signed, and put into R2, before `before`; at most `maxSegments`
 * segments. `met` is the last one whose line has the hash that was signed; a place beyond it is followed, not proved.
 */
export async function followToCheckpoints(
  files: ArchiveFiles,
  archive: string,
  from: ArchiveState,
  bounds: { readonly before: number; readonly maxSegments: number },
  verify: CheckpointVerifier,
): Promise<Result<{ readonly place: ArchiveState; readonly met: Checkpoint | undefined }, FollowError>> {
  let place = from;
  let met: Checkpoint | undefined;
  let goal: Checkpoint | undefined;
  for (let read = 0; read < bounds.maxSegments; read++) {
    goal ??= await nextCheckpoint(files, place.head.seq, bounds.before, verify);
    if (goal === undefined) break;
    const lines = await linesAfter(files, archive, place);
    if (!lines.ok) return lines;
    let { head } = place;
    // Line by line: a segment can be long, and an isolate's memory is not.
    for (const line of lines.value) {
      const followed = await followChain(head, `${line}\n`);
      if (!followed.ok) return followed;
      head = followed.value.head;
    }
    place = { segments: place.segments + 1, head };
    if (head.seq < goal.seq) continue;
    // A checkpoint is made where a segment ends.
    if (head.seq !== goal.seq || place.segments !== goal.segments || !equalBytes(head.hash, goal.hash)) {
      return err({ reason: 'checkpoint_missed', seq: goal.seq });
    }
    [met, goal] = [goal, undefined];
  }
  return ok({ place, met });
}

/** The oldest that opens, behind line `seq`; undefined while it is younger than `before`. One that does not open is passed over. */
async function nextCheckpoint(
  files: ArchiveFiles,
  seq: number,
  before: number,
  verify: CheckpointVerifier,
): Promise<Checkpoint | undefined> {
  const listed = await files.list({ prefix: checkpointFolder, startAfter: checkpointName(seq), limit: 20 });
  for (const { key, uploaded } of listed.objects) {
    // SECURITY: R2's own clock too: whoever has a key that signs checkpoints can write any date into one, and cannot make a file old.
    if (uploaded.getTime() / 1000 >= before) return undefined;
    const file = await files.get(key);
    const opened = file === null ? undefined : await openCheckpoint(new Uint8Array(await file.arrayBuffer()), verify);
    if (opened?.ok && opened.value.seq > seq && checkpointName(opened.value.seq) === key) {
      return opened.value.at < before ? opened.value : undefined;
    }
    console.error('journal checkpoint passed over', key);
  }
  return undefined;
}
