// The files that statuses are published in beside the whole list: chunks, and the kept deltas as one CBOR array
// [sequence of the first, [delta, delta, …]]. It signs nothing.
import type { Bytes } from '../../shared/bytes/bytes.ts';
import { decodeCbor } from '../../shared/cbor/decode.ts';
import { encodeCbor } from '../../shared/cbor/encode.ts';
import type { Publications } from '../store/publications.ts';
import { publicFile } from './publication.ts';

export const chunkFile = (chunk: number) => `public/status/${chunk}`;

export type DeltaFile = {
  /** The sequence that the first kept delta leads to; the next one's, while none is kept. */
  readonly first: number;
  readonly items: readonly Uint8Array[];
};

const maxBytes = 1 << 20;

/** Undefined before the first publication, or when the file is not what we write. */
export async function readDeltaFile(publications: Pick<Publications, 'kept'>): Promise<DeltaFile | undefined> {
  const file = await publications.kept(publicFile.status_deltas);
  return file && parseDeltaFile(file.bytes);
}

function parseDeltaFile(bytes: Uint8Array): DeltaFile | undefined {
  const decoded = decodeCbor(bytes, { maxBytes });
  if (!decoded.ok || !Array.isArray(decoded.value)) return undefined;
  const [first, list] = decoded.value as readonly unknown[];
  if (typeof first !== 'number' || !Array.isArray(list)) return undefined;
  const items = list.filter((item): item is Uint8Array => item instanceof Uint8Array);
  return items.length === list.length ? { first, items } : undefined;
}

/** The deltas that lead on from `after`, as one CBOR array of byte strings; undefined when they are not kept (any more). */
export function deltasAfter(file: DeltaFile, after: number): Bytes | undefined {
  const skip = after + 1 - file.first;
  return skip < 0 || skip > file.items.length ? undefined : encodeCbor(file.items.slice(skip));
}

/** Six writes at a time: as many as an isolate has connections for. */
export async function atOnce<Item>(items: Iterable<Item>, each: (item: Item) => Promise<unknown>): Promise<void> {
  const rest = items[Symbol.iterator]();
  const worker = async () => {
    for (let next = rest.next(); !next.done; next = rest.next()) await each(next.value);
  };
  await Promise.all(Array.from({ length: 6 }, worker));
}
