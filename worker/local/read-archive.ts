// The journal's archive from Node: followed from its first line to the rows that the databases still hold, and searched for what they do not.
import { decodeBase64Url, encodeBase64Url } from '../../shared/bytes/base64url.ts';
import { type ChainHead, type Followed, followChain, genesis } from '../journal/chain.ts';
import { type PlacedEntry, placeOf } from '../journal/entry.ts';
import type { AdminClient } from './admin-client.ts';

/** Something that was looked for is not as it should be: told like a refusal, exit code 1. */
export class CheckFailed extends Error {}

export type KeptCheckpoint = { readonly seq: number; readonly hash: string };

const segmentOf = (client: Pick<AdminClient, 'text'>, n: number) => client.text(`/v1/admin/journal/segments/${n}`);

/**
 * One segment after another, each line followed: throws CheckFailed at the first that is not right. From a later segment than the first, that
 * one is taken at its word for what came before it.
 */
async function* followedLines(
  client: Pick<AdminClient, 'text'>,
  from = 1,
): AsyncGenerator<Followed & { readonly segment: number }> {
  let head = genesis;
  for (let segment = from; ; segment++) {
    const text = await segmentOf(client, segment);
    if (text === undefined) return;
    if (segment === from && from > 1) head = headBefore(text) ?? genesis;
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

/** The chain's head that a segment says it follows; undefined where it says none. */
function headBefore(text: string): ChainHead | undefined {
  const [, seq, prev = ''] = /^\{"seq":(\d{1,15}),.*?,"prev":"([\w-]{43})","hash":"[\w-]{43}"\}\n/.exec(text) ?? [];
  const hash = decodeBase64Url(prev);
  return seq !== undefined && hash.ok ? { seq: Number(seq) - 1, hash: hash.value } : undefined;
}

export type Wanted = {
  readonly event?: string;
  readonly object?: string;
  /** Of the entries, in epoch seconds; the first of `until` is not among them. */
  readonly since?: number;
  readonly until?: number;
};

/** An entry reaches the archive after its act: by seconds, or by days when the queue lost it once. */
const lateSeconds = 3 * 86_400;

/** What the archive says of one event, one thing, one time, or all; the lines of that time are followed, those before it are not. */
export async function searchArchive(
  client: Pick<AdminClient, 'text'>,
  { event, object, since = 0, until = Number.POSITIVE_INFINITY }: Wanted,
): Promise<{ readonly entries: readonly PlacedEntry[]; readonly segments: readonly [from: number, to: number] }> {
  const found: PlacedEntry[] = [];
  const from = since > 0 ? await firstSegmentOf(client, since) : 1;
  let to = from;
  for await (const { entries, segment } of followedLines(client, from)) {
    if (segment > to && (entries[0]?.at ?? 0) >= until + lateSeconds) break;
    to = segment;
    found.push(
      ...entries.filter(
        (entry) =>
          (event === undefined || entry.event === event) &&
          (object === undefined || entry.object === object) &&
          entry.at >= since &&
          entry.at < until,
      ),
    );
  }
  return { entries: found, segments: [from, to] };
}

/** By halves: the first segment that has an entry of `since` or later. What is written late is in a later one. */
async function firstSegmentOf(client: Pick<AdminClient, 'text'>, since: number): Promise<number> {
  const isBefore = async (n: number) => {
    const text = await segmentOf(client, n);
    return text !== undefined && newestOf(text) < since;
  };
  let [low, high] = [0, 1];
  while (await isBefore(high)) [low, high] = [high, high * 2];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (await isBefore(middle)) low = middle;
    else high = middle;
  }
  return high;
}

function newestOf(text: string): number {
  const times = [...text.matchAll(/"at":(\d{1,12})[,}]/g)].map(([, at]) => Number(at));
  return times.reduce((most, at) => Math.max(most, at), 0);
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
