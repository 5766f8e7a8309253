// The journal's archive from Node: followed from its first line to the rows that the databases still hold, and searched for what they do not.
import { encodeBase64Url } from '../../shared/bytes/base64url.ts';
import { type Followed, followChain, genesis } from '../journal/chain.ts';
import { type PlacedEntry, placeOf } from '../journal/entry.ts';
import type { AdminClient } from './admin-client.ts';

/** Something that was looked for is not as it should be: told like a refusal, exit code 1. */
export class CheckFailed extends Error {}

export type KeptCheckpoint = { readonly seq: number; readonly hash: string };

/** One segment after another, each line followed: throws CheckFailed at the first that is not right. */
async function* followedLines(
  client: Pick<AdminClient, 'text'>,
): AsyncGenerator<Followed & { readonly segment: number }> {
  let head = genesis;
  for (let segment = 1; ; segment++) {
    const text = await client.text(`/v1/admin/journal/segments/${segment}`);
    if (text === undefined) return;
    // Line by line, so that a kept checkpoint is met wherever it stands.
    for (const line of text.split('\n').slice(0, -1)) {
      const followed = await followChain(head, `${line}\n`);
      if (!followed.ok)
        throw new CheckFailed(`segment ${segment}, line ${followed.error.seq}: ${followed.error.reason}`);
      head = followed.value.head;
      yield { ...followed.value, segment };
    }
  }
}

/**
 * Follows the archive from its first line, past the very line of a checkpoint that was kept, to the oldest row of each database: what lies
 * between the two is nowhere. `oldest` are the rows that the databases begin with.
 */
export async function verifyArchive(
  client: Pick<AdminClient, 'text' | 'call'>,
  kept?: KeptCheckpoint,
): Promise<{ readonly lines: number; readonly hash: string; readonly oldest: Readonly<Record<string, number>> }> {
  const numbers = new Numbers();
  let head = genesis;
  let met = kept === undefined;
  for await (const followed of followedLines(client)) {
    head = followed.head;
    numbers.add(followed.lines[0] ?? '');
    if (kept && head.seq === kept.seq && encodeBase64Url(head.hash) === kept.hash) met = true;
  }
  if (!met) throw new CheckFailed(`line ${kept?.seq} has not the hash that was kept: the past was rewritten`);
  const { oldest } = (await client.call('GET', '/v1/admin/journal?limit=1')) as { oldest: Record<string, number> };
  for (const [source, first] of Object.entries(oldest)) {
    const missing = numbers.missing(source);
    if (missing < first) throw new CheckFailed(`${source}:${missing} is neither in the archive nor in the database`);
  }
  return { lines: head.seq, hash: encodeBase64Url(head.hash), oldest };
}

/** What the archive says of one event, one thing, or all; from one segment to another. Every line before them is followed too. */
export async function searchArchive(
  client: Pick<AdminClient, 'text'>,
  wanted: { readonly event?: string; readonly object?: string; readonly from: number; readonly to: number },
): Promise<{ readonly entries: readonly PlacedEntry[] }> {
  const found: PlacedEntry[] = [];
  for await (const { entries, segment } of followedLines(client)) {
    if (segment > wanted.to) break;
    if (segment < wanted.from) continue;
    found.push(
      ...entries.filter(
        ({ event, object }) =>
          (wanted.event === undefined || event === wanted.event) &&
          (wanted.object === undefined || object === wanted.object),
      ),
    );
  }
  return { entries: found };
}

/** The numbers of each source, which come nearly in order: up to where there is every one, and those beyond. */
class Numbers {
  readonly #of = new Map<string, { upto: number; readonly ahead: Set<number> }>();

  add(line: string): void {
    const place = placeOf(line);
    if (place === undefined) return;
    const own = this.#of.get(place.source) ?? { upto: 0, ahead: new Set() };
    this.#of.set(place.source, own);
    own.ahead.add(place.seq);
    while (own.ahead.delete(own.upto + 1)) own.upto++;
  }

  /** The first number that is not there. */
  missing(source: string): number {
    return (this.#of.get(source)?.upto ?? 0) + 1;
  }
}
