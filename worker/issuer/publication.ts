// What the issuer publishes, and where the bytes are; the space of status indices. Pure: the store and the routes lean on it.
import { CHUNK_LENGTH } from '../../shared/trust/status-list.ts';

/** `status_deltas`: its version is the sequence of the nation's statuses; `status_snapshot` is one of those states, whole. */
export type PublicationKind = 'trust_list' | 'status_list' | 'status_snapshot' | 'status_deltas';

/** Where the current bytes of a kind are; `customMetadata.version` says which they are. */
export const publicFile: Readonly<Record<PublicationKind, string>> = {
  trust_list: 'public/trust-list',
  status_list: 'public/status-list',
  status_snapshot: 'public/status-snapshot',
  status_deltas: 'public/status-deltas',
};

/** Where a list that changed the roots stays for ever: under those that it replaced (`rootsId`). */
export const rootChangeFile = (rootsId: string): string => `public/trust-list-after-roots/${rootsId}`;

/**
 * The two spaces of status indices, in chunks of 2^20 of ONE numbering (docs/adr/0025): an index says which space it is of. Each begins
 * small and doubles as it fills; none shrinks, so what a credential names holds for as long as it lives.
 */
export const statusSpaces = {
  /** What QR codes name (S, D, C, cards). Kiosks, pages and the edge hold all of it: 32 MiB as a plain bitmap when it is full grown. */
  national: { firstChunk: 0, chunks: 4, mostChunks: 128 },
  /** Credentials for online use, several a person and a quarter: fetched by the chunk, in nobody's memory whole. */
  online: { firstChunk: 1024, chunks: 1, mostChunks: 512 },
} as const;

export type StatusSpace = keyof typeof statusSpaces;
export const statusSpaceNames = Object.keys(statusSpaces) as readonly StatusSpace[];

/** The chunk that an index stands in. */
export function chunkOf(index: number): number {
  return Math.floor(index / CHUNK_LENGTH);
}

export function isOnline(chunk: number): boolean {
  return chunk >= statusSpaces.online.firstChunk;
}
