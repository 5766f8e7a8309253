// The publisher's own memory between two runs: the bitmap of the last sequence, in R2 in pieces of one chunk each, never served; a
// round writes the pieces that changed. Not signed: the hash beside them tells whether they are the state they claim to be, and what is
// not is rebuilt from the entries, as is a state whose sequence is not the last that D1 knows.
import { type EpochSeconds, epochSeconds } from '../../shared/base/brands.ts';
import { ownBytes } from '../../shared/bytes/bytes.ts';
import { equalBytes } from '../../shared/bytes/equal.ts';
import { decodeHex, encodeHex } from '../../shared/bytes/hex.ts';
import { StatusBitmap } from '../../shared/trust/status-bitmap.ts';
import { CHUNK_LENGTH } from '../../shared/trust/status-list.ts';
import { type NationalStatus, nationalHash } from '../../shared/trust/status-snapshot.ts';
import type { Publications } from '../store/publications.ts';
import { statusSpace } from './publication.ts';

export type HeldState = NationalStatus & {
  /** Key id in hex of who signed the snapshot, the deltas and the chunks that are out; empty in a state of before it was kept. */
  readonly signedBy: string;
  /** When the entries were read. */
  readonly readAt: EpochSeconds;
  readonly snapshotAt: EpochSeconds;
  readonly notValid: number;
};

const file = 'private/status-state';
const pieceFile = (chunk: number) => `${file}/${chunk}`;
const pieceBytes = CHUNK_LENGTH / 4;
const pieces = statusSpace / CHUNK_LENGTH;

/** Undefined where there is none, or a publisher was cut off while it wrote one. 8 MiB are read and hashed. */
export async function loadState(publications: Pick<Publications, 'kept'>): Promise<HeldState | undefined> {
  const held = await publications.kept(file);
  const hash = decodeHex(held?.metadata['hash'] ?? '');
  if (!held || !hash.ok) return undefined;
  const bytes = new Uint8Array(pieces * pieceBytes);
  const found = await Promise.all(Array.from({ length: pieces }, (_, chunk) => publications.kept(pieceFile(chunk))));
  for (const [chunk, piece] of found.entries()) {
    if (piece?.bytes.length !== pieceBytes) return undefined;
    bytes.set(piece.bytes, chunk * pieceBytes);
  }
  const { metadata } = held;
  const number = (name: string) => Number(metadata[name]);
  const instant = (name: string) => epochSeconds(number(name));
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
  };
}

/** `changed`: the chunks that differ from what is kept; all of them where nothing is. The head is written last. */
export async function keepState(
  publications: Pick<Publications, 'keep'>,
  state: HeldState,
  changed: readonly number[] | 'all',
): Promise<void> {
  const { sequence, bitmap } = state;
  const chunks = changed === 'all' ? Array.from({ length: pieces }, (_, chunk) => chunk) : changed;
  for (const chunk of chunks) {
    const piece = bitmap.bytes.subarray(chunk * pieceBytes, (chunk + 1) * pieceBytes);
    await publications.keep(pieceFile(chunk), sequence, ownBytes(piece));
  }
  await publications.keep(file, sequence, new Uint8Array(0), {
    baseUri: state.baseUri,
    issuedAt: String(state.issuedAt),
    expiresAt: String(state.expiresAt),
    hash: encodeHex(state.hash),
    signedBy: state.signedBy,
    readAt: String(state.readAt),
    snapshotAt: String(state.snapshotAt),
    notValid: String(state.notValid),
  });
}
