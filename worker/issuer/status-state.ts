// The publisher's own memory between two runs: the bitmap of the last sequence, in R2, never served. Not signed: a wrong one makes
// deltas that no kiosk takes, and is replaced by a rebuilt one when its sequence is not the last that D1 knows.
import { type EpochSeconds, epochSeconds } from '../../shared/base/brands.ts';
import { ownBytes } from '../../shared/bytes/bytes.ts';
import { decodeHex, encodeHex } from '../../shared/bytes/hex.ts';
import { StatusBitmap } from '../../shared/trust/status-bitmap.ts';
import type { NationalStatus } from '../../shared/trust/status-snapshot.ts';
import type { Publications } from '../store/publications.ts';

export type HeldState = NationalStatus & {
  /** When the entries were read. */
  readonly readAt: EpochSeconds;
  readonly snapshotAt: EpochSeconds;
  readonly notValid: number;
};

const file = 'private/status-state';

export async function loadState(publications: Pick<Publications, 'kept'>): Promise<HeldState | undefined> {
  const held = await publications.kept(file);
  if (!held) return undefined;
  const { metadata } = held;
  const number = (name: string) => Number(metadata[name]);
  const instant = (name: string) => epochSeconds(number(name));
  const hash = decodeHex(metadata['hash'] ?? '');
  const bitmap = new StatusBitmap(2, held.bytes);
  if (!hash.ok || bitmap.length !== number('length')) return undefined;
  return {
    baseUri: metadata['baseUri'] ?? '',
    sequence: number('version'),
    issuedAt: instant('issuedAt'),
    expiresAt: instant('expiresAt'),
    bitmap,
    length: bitmap.length,
    hash: hash.value,
    readAt: instant('readAt'),
    snapshotAt: instant('snapshotAt'),
    notValid: number('notValid'),
  };
}

export async function keepState(publications: Pick<Publications, 'keep'>, state: HeldState): Promise<void> {
  await publications.keep(file, state.sequence, ownBytes(state.bitmap.bytes), {
    baseUri: state.baseUri,
    issuedAt: String(state.issuedAt),
    expiresAt: String(state.expiresAt),
    length: String(state.length),
    hash: encodeHex(state.hash),
    readAt: String(state.readAt),
    snapshotAt: String(state.snapshotAt),
    notValid: String(state.notValid),
  });
}
