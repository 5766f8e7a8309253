// The chunks of 2^20 that credentials name, one signed file each: those that changed are packed anew, the others only signed again.
// Those of the national space are cut from its bitmap; an online chunk is a bitmap of its own, and never is there more than a few.
import type { EpochSeconds } from '../../shared/base/brands.ts';
import { epochSeconds } from '../../shared/base/brands.ts';
import type { Signer } from '../../shared/cose/sign1.ts';
import { StatusBitmap } from '../../shared/trust/status-bitmap.ts';
import { CHUNK_LENGTH, signAgain, signStatusList } from '../../shared/trust/status-list.ts';
import type { Publications } from '../store/publications.ts';
import type { StatusEntries } from '../store/status-entries.ts';
import { atOnce, chunkFile } from './status-files.ts';
import { keepPiece, loadPiece } from './status-state.ts';

export const statusDates = {
  ttlSeconds: 900,
  /** A list past this is no list: whoever could not fetch one for a week must say so. */
  lifetimeSeconds: 7 * 86_400,
};

export type ChunkNeeds = {
  readonly publications: Pick<Publications, 'keep' | 'kept'>;
  readonly statusEntries: Pick<StatusEntries, 'notValid'>;
};

export type ChunkRound = {
  readonly signer: Signer;
  readonly readAt: EpochSeconds;
  /** Where the whole list is: a chunk's number follows. */
  readonly baseUri: string;
};

function datesOf({ readAt, baseUri }: Omit<ChunkRound, 'signer'>, chunk: number) {
  const { ttlSeconds, lifetimeSeconds } = statusDates;
  return { uri: baseUri + chunk, issuedAt: readAt, expiresAt: epochSeconds(readAt + lifetimeSeconds), ttlSeconds };
}

async function publishChunk(
  needs: ChunkNeeds,
  round: ChunkRound,
  sequence: number,
  chunk: number,
  bitmap: StatusBitmap,
): Promise<void> {
  const signed = await signStatusList({ ...datesOf(round, chunk), bitmap }, round.signer);
  await needs.publications.keep(chunkFile(chunk), sequence, signed);
}

export async function publishNationalChunks(
  needs: ChunkNeeds,
  round: ChunkRound & { readonly bitmap: StatusBitmap },
  sequence: number,
  chunks: readonly number[],
): Promise<void> {
  const chunkBytes = CHUNK_LENGTH / 4;
  await atOnce(chunks, (chunk) => {
    const bytes = round.bitmap.bytes.subarray(chunk * chunkBytes, (chunk + 1) * chunkBytes);
    return publishChunk(needs, round, sequence, chunk, new StatusBitmap(2, bytes));
  });
}

/** Of what nobody changed: the same bits with a new date, by the key that signs now. Answers those that have no file to do that with. */
export async function signChunksAgain(
  needs: ChunkNeeds,
  round: ChunkRound,
  sequence: number,
  chunks: readonly number[],
): Promise<readonly number[]> {
  const without: number[] = [];
  await atOnce(chunks, async (chunk) => {
    const file = await needs.publications.kept(chunkFile(chunk));
    const signed = file && (await signAgain(file.bytes, datesOf(round, chunk), round.signer));
    if (signed) await needs.publications.keep(chunkFile(chunk), sequence, signed);
    else without.push(chunk);
  });
  return without;
}

/** By chunk: index in the chunk · 4 + status, in the order in which they were read. */
export type OnlineChanges = ReadonlyMap<number, readonly number[]>;

function applied(bitmap: StatusBitmap, changes: readonly number[]): boolean {
  let differs = false;
  for (const change of changes) {
    const [index, status] = [change >>> 2, change & 3];
    differs ||= bitmap.get(index) !== status;
    bitmap.set(index, status);
  }
  return differs;
}

/** Those chunks where the changes say something that is not published: what was read again from the overlap of two rounds is. */
export async function chunksThatDiffer(needs: ChunkNeeds, changes: OnlineChanges): Promise<readonly number[]> {
  const differing: number[] = [];
  await atOnce(changes, async ([chunk, its]) => {
    const piece = await loadPiece(needs.publications, chunk);
    if (!piece || applied(piece, its)) differing.push(chunk);
  });
  return differing.sort((a, b) => a - b);
}

/** With what changed; from every entry where there is no state to begin from, or `rebuild` says that it is not to be believed. */
export async function publishOnlineChunks(
  needs: ChunkNeeds,
  round: ChunkRound,
  sequence: number,
  chunks: readonly number[],
  changes: OnlineChanges | 'rebuild',
): Promise<void> {
  await atOnce(chunks, async (chunk) => {
    const piece = changes === 'rebuild' ? undefined : await loadPiece(needs.publications, chunk);
    const bitmap = piece ?? (await fromEntries(needs, chunk));
    if (changes !== 'rebuild') applied(bitmap, changes.get(chunk) ?? []);
    await keepPiece(needs.publications, chunk, sequence, bitmap);
    await publishChunk(needs, round, sequence, chunk, bitmap);
  });
}

async function fromEntries({ statusEntries }: ChunkNeeds, chunk: number): Promise<StatusBitmap> {
  const bitmap = StatusBitmap.empty(2, CHUNK_LENGTH);
  const begin = chunk * CHUNK_LENGTH;
  for await (const page of statusEntries.notValid(begin, begin + CHUNK_LENGTH))
    for (const { idx, status } of page) bitmap.set(idx - begin, status);
  return bitmap;
}
