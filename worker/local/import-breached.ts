// `npm run admin -- breached import FILE`: a sorted list `SHA1:count`, as it is published, becomes the edge's own parts. Streams: a list of
// a billion lines needs no more memory than one of its parts.
import { createReadStream, statSync } from 'node:fs';
import { createInterface } from 'node:readline';
import * as z from 'zod';
import { entryBytes, mostBits, partOf } from '../authn/breached-list.ts';
import type { AdminClient } from './admin-client.ts';
import { CheckFailed } from './read-archive.ts';

/** A line that is none, with its number; nothing of its text, which may be a password in somebody's file. */
export class BreachedFileError extends Error {}

/** Entries that one part should have, about: what a question reads is then some 120 kB at most. */
const entriesPerPart = 16_384;
const bytesPerLine = 42;

/** How many first bits name a part, for a file of this size. */
export function bitsFor(fileBytes: number): number {
  const lines = fileBytes / bytesPerLine;
  return Math.min(mostBits, Math.max(0, Math.ceil(Math.log2(Math.max(1, lines / entriesPerPart)))));
}

export type BreachedPart = { readonly part: number; readonly bytes: Uint8Array };

/** Parts in order. Lines: 40 hex digits, then nothing or `:` and a count; sorted by hash (`LC_ALL=C sort`). Repeated hashes are one. */
export async function* partsOf(lines: AsyncIterable<string>, bits: number): AsyncGenerator<BreachedPart> {
  let part = -1;
  let entries: Uint8Array[] = [];
  let last = '';
  let number = 0;
  for await (const line of lines) {
    number++;
    if (line.trim() === '') continue;
    const hex = /^([0-9A-Fa-f]{40})(:\d+)?\s*$/.exec(line)?.[1]?.toUpperCase();
    if (!hex) throw new BreachedFileError(`line ${number} is not a SHA-1 in 40 hex digits, with or without :count`);
    if (hex < last) throw new BreachedFileError(`line ${number} is out of order: sort the file first (LC_ALL=C sort)`);
    const entry = hex.slice(0, entryBytes * 2);
    if (entry === last.slice(0, entryBytes * 2)) continue;
    last = hex;
    const bytes = Uint8Array.from(Buffer.from(entry, 'hex'));
    const its = partOf(bytes, bits);
    if (its !== part && entries.length > 0) {
      yield { part, bytes: Buffer.concat(entries) };
      entries = [];
    }
    part = its;
    entries.push(bytes);
  }
  if (entries.length > 0) yield { part, bytes: Buffer.concat(entries) };
}

const Imported = z.object({ version: z.string(), bits: z.int(), count: z.int() });
const Standing = z.union([z.object({ ...Imported.shape, since: z.int() }), z.object({ version: z.null() })]);

/**
 * Sends the parts, then makes the list the one that counts; until then nothing has changed. `replace`: also where a list counts already,
 * which is otherwise said and left as it is. The same file again, by its date and size, is that list already.
 */
export async function importBreached(
  client: Pick<AdminClient, 'call'>,
  file: string,
  { replace }: { readonly replace: boolean },
): Promise<z.infer<typeof Imported>> {
  const { size, mtimeMs } = statSync(file);
  const bits = bitsFor(size);
  const named = `v${Math.floor(mtimeMs)}-${size}`;
  const standing = Standing.parse(await client.call('GET', '/v1/admin/breached'));
  if (standing.version !== null && !replace) {
    const since = new Date(standing.since * 1000).toISOString().slice(0, 16);
    if (standing.version === named) return Imported.parse(standing);
    throw new CheckFailed(
      `nothing was done: a list of ${standing.count} passwords counts here since ${since} UTC (${standing.version}); --replace puts this file in its place`,
    );
  }
  const version = standing.version === named ? `${named}-again` : named;
  const lines = createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY });
  let count = 0;
  for await (const { part, bytes } of partsOf(lines, bits)) {
    const path = `/v1/admin/breached/${version}/${bits}/${part.toString(16).padStart(4, '0')}`;
    await client.call('PUT', path, bytes, 'application/octet-stream');
    count += bytes.length / entryBytes;
  }
  if (count === 0) throw new BreachedFileError('there is no hash in this file');
  const replaces = standing.version === null ? {} : { replaces: standing.version };
  return Imported.parse(await client.call('PUT', '/v1/admin/breached', { version, bits, count, ...replaces }));
}
