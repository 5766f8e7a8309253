// The publisher's own memory between two runs: what every chunk said when it was last published, in R2 in pieces of one chunk each,
// never served; a round writes the pieces that changed. Not signed: hashes beside them tell whether they are the state they claim to
// be, and what is not is rebuilt from the entries, as is a state whose sequence is not the last that D1 knows.
import { type EpochSeconds, epochSeconds } from '../../shared/base/brands.ts';
import { ownBytes } from '../../shared/bytes/bytes.ts';
import { equalBytes } from '../../shared/bytes/equal.ts';
import { decodeHex, encodeHex } from '../../shared/bytes/hex.ts';
import { sha256 } from '../../shared/crypto/digest.ts';
import { StatusBitmap } from '../../shared/trust/status-bitmap.ts';
import { CHUNK_LENGTH } from '../../shared/trust/status-list.ts';
import { type NationalStatus, nationalHash } from '../../shared/trust/status-snapshot.ts';
import type { Publications } from '../store/publications.ts';
import { atOnce } from './status-files.ts';

export type HeldState = NationalStatus & {
  /** Key id in hex of who signed the snapshot, the deltas and the chunks that are out; empty in a state of before it was kept. */
  readonly signedBy: string;
  /** When the entries were read. */
  readonly readAt: EpochSeconds;
  readonly snapshotAt: EpochSeconds;
  /** In the national space. */
  readonly notValid: number;
  /** How many chunks of the online space are out. */
  readonly onlineChunks: number;
};

const file = 'private/status-state';
const pieceFile = (chunk: number) => `${file}/${chunk}`;
const pieceBytes = CHUNK_LENGTH / 4;

/** Undefined where there is none, or a publisher was cut off while it wrote one. Up to 32 MiB are read and hashed. */
export async function loadState(publications: Pick<Publications, 'kept'>): Promise<HeldState | undefined> {
  const held = await publications.kept(file);
  const hash = decodeHex(held?.metadata['hash'] ?? '');
  if (!held || !hash.ok) return undefined;
  const { metadata } = held;
  const number = (name: string) => Number(metadata[name]);
  const instant = (name: string) => epochSeconds(number(name));
  const pieces = number('chunks');
  // One of a publisher that kept its state before its chunks were out: what they say is not known.
  if (!Number.isSafeInteger(pieces)) return undefined;
  const bytes = new Uint8Array(pieces * pieceBytes);
  let missing = false;
  // A few at a time: all of them and their copy would be half an isolate's memory.
  await atOnce(range(0, pieces), async (chunk) => {
    const piece = missing ? undefined : await publications.kept(pieceFile(chunk));
    if (piece?.bytes.length === pieceBytes) bytes.set(piece.bytes, chunk * pieceBytes);
    else missing = true;
  });
  if (missing) return undefined;
  const bitmap = new StatusBitmap(2, bytes);
  const state = { baseUri: metadata['baseUri'] ?? '', bitmap, length: bitmap.length };
  if (!equalBytes(await nationalHash(state), hash.value)) return undefined;
  return {
    ...state,
    sequence: number('version'),
    issuedAt: instant('issuedAt'),
    expiresAt: instant('expiresAt'),
    hash: hash.value,
    signedBy: metadata['signedBy'] ?? '',
    readAt: instant('readAt'),
    snapshotAt: instant('snapshotAt'),
    notValid: number('notValid'),
    onlineChunks: number('onlineChunks'),
  };
}

/** `changed`: the national chunks that differ from what is kept. The head is written last. */
export async function keepState(
  publications: Pick<Publications, 'keep'>,
  state: HeldState,
  changed: readonly number[],
): Promise<void> {
  const { sequence, bitmap } = state;
  await atOnce(changed, (chunk) => {
    const piece = bitmap.bytes.subarray(chunk * pieceBytes, (chunk + 1) * pieceBytes);
    return publications.keep(pieceFile(chunk), sequence, ownBytes(piece));
  });
  await publications.keep(file, sequence, new Uint8Array(0), {
    baseUri: state.baseUri,
    chunks: String(bitmap.length / CHUNK_LENGTH),
    onlineChunks: String(state.onlineChunks),
    issuedAt: String(state.issuedAt),
    expiresAt: String(state.expiresAt),
    hash: encodeHex(state.hash),
    signedBy: state.signedBy,
    readAt: String(state.readAt),
    snapshotAt: String(state.snapshotAt),
    notValid: String(state.notValid),
  });
}

/** What an online chunk said when it was last published; undefined where it never was, or that is not what is kept. */
export async function loadPiece(
  publications: Pick<Publications, 'kept'>,
  chunk: number,
): Promise<StatusBitmap | undefined> {
  const piece = await publications.kept(pieceFile(chunk));
  if (piece?.bytes.length !== pieceBytes) return undefined;
  const good = encodeHex(await sha256(piece.bytes)) === piece.metadata['hash'];
  return good ? new StatusBitmap(2, piece.bytes) : undefined;
}

export async function keepPiece(
  publications: Pick<Publications, 'keep'>,
  chunk: number,
  sequence: number,
  { bytes }: StatusBitmap,
): Promise<void> {
  await publications.keep(pieceFile(chunk), sequence, ownBytes(bytes), { hash: encodeHex(await sha256(bytes)) });
}

/** The whole numbers from one to below another. */
export function range(from: number, below: number): readonly number[] {
  return Array.from({ length: Math.max(0, below - from) }, (_, i) => from + i);
}
