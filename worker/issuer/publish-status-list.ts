// Publishes the statuses in every form: the whole list of the national space (`/s`), the chunks of both (`/s0` and on, what credentials
// name), and for kiosks a snapshot of the national space and the deltas after it. The row of a version in D1 is the referee; a
// publisher that loses begins again. One algorithm, its steps in the order in which they run, hence its length.
import { type EpochSeconds, epochSeconds } from '../../shared/base/brands.ts';
import { encodeHex } from '../../shared/bytes/hex.ts';
import { encodeCbor } from '../../shared/cbor/encode.ts';
import { kioskPaths } from '../../shared/contract/kiosk.ts';
import { StatusBitmap } from '../../shared/trust/status-bitmap.ts';
import { CHUNK_LENGTH, signStatusList } from '../../shared/trust/status-list.ts';
import { type NationalStatus, nationalHash, signChanges, signSnapshot } from '../../shared/trust/status-snapshot.ts';
import type { Publications } from '../store/publications.ts';
import type { StatusEntries } from '../store/status-entries.ts';
import type { StatusSpaces } from '../store/status-spaces.ts';
import type { KeyRing } from './key-ring.ts';
import { chunkOf, isOnline, statusSpaces } from './publication.ts';
import {
  type ChunkRound,
  chunksThatDiffer,
  type OnlineChanges,
  publishNationalChunks,
  publishOnlineChunks,
  signChunksAgain,
  statusDates,
} from './publish-chunks.ts';
import { type DeltaFile, readDeltaFile } from './status-files.ts';
import { type HeldState, keepState, loadState, range } from './status-state.ts';

/** A quiet nation says so every hour: an empty delta is what keeps a kiosk's list young. */
const heartbeatSeconds = 3300;
/** A new snapshot after a week, or when the deltas since the last would cost a newcomer more than they are worth. */
const snapshotSeconds = 7 * 86_400;
const maxDeltaBytes = 131_072;
/** More would be a delta as long as all that are kept: a new chain is begun instead. */
const maxDeltaChanges = 100_000;
/** A row is written a moment after the time it carries: what changed is asked for from this long before the last reading. */
const overlapSeconds = 300;
const maxTries = 5;
/** A quiet online chunk is signed again once a day, a few of them in each round of the clock. */
const roundSeconds = 900;
const roundsOfADay = 96;

export type PublishStatusListNeeds = {
  readonly statusEntries: Pick<StatusEntries, 'notValid' | 'changedSince'>;
  readonly statusSpaces: Pick<StatusSpaces, 'sizes' | 'open'>;
  readonly publications: Pick<Publications, 'versions' | 'publish' | 'keep' | 'kept'>;
  readonly keyRing: Pick<KeyRing, 'signer' | 'forget'>;
  readonly issuer: string;
  readonly now: () => EpochSeconds;
};

/** Where the whole list is; with a chunk's number behind it, what a credential's `status` claim names. */
export function statusListUri(issuer: string): string {
  return issuer + kioskPaths.statusList;
}

/**
 * Publishes the next version of the whole list, the chunks that changed (with `all`, the clock's round, the others are signed again),
 * and the next delta if there is anything to say. When another key signs than the last time, everything goes out anew under it, whether
 * or not a status changed: whoever no longer believes the former one is not left without. A space that has grown is published in its
 * new size, and open when that is done. Answers the whole list's version. Throws NoKeyError where there is no status key yet.
 */
export async function publishStatusList(
  needs: PublishStatusListNeeds,
  options: { readonly all: boolean } = { all: true },
): Promise<number> {
  const baseUri = statusListUri(needs.issuer);
  for (let tries = 0; tries < maxTries; tries++) {
    // Versions are read before the entries: whoever takes a higher one has read them later.
    const versions = await needs.publications.versions();
    // SECURITY: the key after the versions, and from the store: an isolate that remembers a key which was taken away meanwhile would
    // sign over what the good one has signed.
    needs.keyRing.forget();
    const signer = await needs.keyRing.signer('status');
    const sizes = await needs.statusSpaces.sizes();
    const stored = await loadState(needs.publications);
    const last = stored?.sequence === versions.status_deltas && stored.baseUri === baseUri;
    const held = last ? stored : undefined;
    const readAt = needs.now();
    const current = await currentStatuses(needs, held, sizes.national.chunks);
    const signedBy = encodeHex(signer.kid ?? new Uint8Array());
    const onlineChunks = Math.max(sizes.online.chunks, held?.onlineChunks ?? 0);
    const round = { ...current, signer, signedBy, readAt, baseUri, held, onlineChunks };
    const published = await publishSequence(needs, round, versions.status_deltas);
    if (published === undefined) continue;
    const { sequence } = published;
    if (options.all) await signQuietChunks(needs, round, sequence, published.chunks);
    const version = versions.status_list + 1;
    const taken = await needs.publications.publish('status_list', version, await signedList(round), {
      at: readAt,
      event: 'status_list.published',
      actor: 'system',
      object: `status_list:${version}`,
      detail: { notValid: round.notValid, sequence },
    });
    if (!taken) continue;
    const chunks = round.bitmap.length / CHUNK_LENGTH;
    if (sizes.national.open < chunks) await needs.statusSpaces.open('national', chunks);
    if (sizes.online.open < onlineChunks) await needs.statusSpaces.open('online', onlineChunks);
    return version;
  }
  throw new Error('the status list was published by others each time: nothing is lost, the next run publishes it');
}

type Current = {
  /** Of the national space: the held state's own, changed. */
  readonly bitmap: StatusBitmap;
  readonly notValid: number;
  /** National indices that say something else than the held state, ascending; undefined where no delta is to lead on from it. */
  readonly changed: readonly number[] | undefined;
  /** National chunks in which something changed, or that are new. */
  readonly changedChunks: readonly number[];
  readonly online: OnlineChanges;
};

type Round = Current &
  ChunkRound & {
    /** The signer's key id in hex. */
    readonly signedBy: string;
    /** Its bitmap is the current one by now. */
    readonly held: HeldState | undefined;
    readonly onlineChunks: number;
  };

/** From the last state and what changed since; from every entry where there is no state that is known to be the last. */
async function currentStatuses(
  needs: PublishStatusListNeeds,
  held: HeldState | undefined,
  chunks: number,
): Promise<Current> {
  const length = Math.max(chunks * CHUNK_LENGTH, held?.length ?? 0);
  const bitmap = held ? grownTo(held.bitmap, length) : StatusBitmap.empty(2, length);
  const touched = new Set(held ? range(chunkOf(held.length), chunkOf(length)) : range(0, chunkOf(length)));
  let before: Map<number, number> | undefined = held?.length === length ? new Map() : undefined;
  let notValid = held?.notValid ?? 0;
  const online = new Map<number, number[]>();
  const since = epochSeconds(Math.max(0, (held?.readAt ?? 0) - overlapSeconds));
  const { statusEntries } = needs;
  for await (const page of held ? statusEntries.changedSince(since) : statusEntries.notValid(0, length)) {
    for (const { idx, status } of page) {
      const chunk = chunkOf(idx);
      if (isOnline(chunk)) {
        const its = online.get(chunk) ?? [];
        if (its.length === 0) online.set(chunk, its);
        its.push((idx % CHUNK_LENGTH) * 4 + status);
        continue;
      }
      const former = bitmap.get(idx);
      // Of a chunk that was opened since the sizes were read: whoever published it has this sequence, and we begin again.
      if (former === status || former === undefined) continue;
      notValid += Number(status !== 0) - Number(former !== 0);
      bitmap.set(idx, status);
      touched.add(chunk);
      if (before && !before.has(idx)) before.set(idx, former);
      if (before && before.size > maxDeltaChanges) before = undefined;
    }
  }
  const changed = before && [...before].flatMap(([idx, former]) => (bitmap.get(idx) === former ? [] : [idx]));
  changed?.sort((a, b) => a - b);
  const changedChunks = changed ? [...new Set(changed.map(chunkOf))] : [...touched].sort((a, b) => a - b);
  return { bitmap, notValid, changed, changedChunks, online };
}

function grownTo(bitmap: StatusBitmap, length: number): StatusBitmap {
  if (bitmap.length === length) return bitmap;
  const larger = StatusBitmap.empty(2, length);
  larger.bytes.set(bitmap.bytes);
  return larger;
}

/**
 * The next state in the chain, if there is something to say, and the chunks that say it. Answers the sequence that holds now and which
 * chunks went out; undefined when another took it.
 */
async function publishSequence(
  needs: PublishStatusListNeeds,
  round: Round,
  last: number,
): Promise<{ readonly sequence: number; readonly chunks: ReadonlySet<number> } | undefined> {
  const { signer, signedBy, readAt, baseUri, bitmap, notValid, changed, changedChunks, held, onlineChunks } = round;
  const { publications } = needs;
  const sameKey = held?.signedBy === signedBy;
  const online = await onlineToPublish(needs, round);
  const quiet = changed?.length === 0 && online.length === 0;
  if (held && sameKey && quiet && readAt - held.issuedAt < heartbeatSeconds)
    return { sequence: held.sequence, chunks: new Set() };
  const content = { baseUri, bitmap, length: bitmap.length };
  const dates = { issuedAt: readAt, expiresAt: epochSeconds(readAt + statusDates.lifetimeSeconds) };
  const next = { ...content, ...dates, sequence: last + 1, hash: await nationalHash(content) };
  const deltas = await nextDeltas(needs, round, next, sameKey);
  const entry = { at: readAt, event: 'status_list.published', actor: 'system' } as const;
  const object = `status:${next.sequence}`;
  const bytes = encodeCbor([deltas.first, [...deltas.items]]);
  if (!(await publications.publish('status_deltas', next.sequence, bytes, { ...entry, object }))) return undefined;
  let snapshotAt = held?.snapshotAt;
  if (snapshotAt === undefined || deltas.fresh || readAt - snapshotAt > snapshotSeconds) {
    await publications.publish('status_snapshot', next.sequence, await signSnapshot(next, signer), {
      ...entry,
      object: `status_snapshot:${next.sequence}`,
    });
    snapshotAt = readAt;
  }
  const national = sameKey ? changedChunks : range(0, chunkOf(bitmap.length));
  await publishNationalChunks(needs, round, next.sequence, national);
  await publishOnlineChunks(needs, round, next.sequence, online, held ? round.online : 'rebuild');
  // Last: a publisher that ends before this leaves a gap in the chain, and the next one begins anew, from every entry, with a snapshot.
  await keepState(publications, { ...next, signedBy, readAt, snapshotAt, notValid, onlineChunks }, changedChunks);
  return { sequence: next.sequence, chunks: new Set([...national, ...online]) };
}

/** Those that say something new, and those that are new; all of them under another key, or where nothing is known of them. */
async function onlineToPublish(needs: PublishStatusListNeeds, round: Round): Promise<readonly number[]> {
  const { held, signedBy, onlineChunks, online } = round;
  const { firstChunk } = statusSpaces.online;
  const all = range(firstChunk, firstChunk + onlineChunks);
  if (held?.signedBy !== signedBy) return all;
  const differing = new Set(await chunksThatDiffer(needs, online));
  return all.filter((chunk) => differing.has(chunk) || chunk >= firstChunk + held.onlineChunks);
}

/**
 * The kept deltas with the next one behind them; `fresh`: the chain begins anew after this state, so a snapshot of it is due. It goes on
 * only from what the same key signed, so that a snapshot and the deltas after it are believed or not believed together, and not into
 * another length.
 */
async function nextDeltas(
  needs: PublishStatusListNeeds,
  { held, changed, signer }: Round,
  next: NationalStatus,
  sameKey: boolean,
): Promise<DeltaFile & { readonly fresh: boolean }> {
  const file = held && changed && sameKey ? await readDeltaFile(needs.publications) : undefined;
  if (!held || !changed || !file || file.first + file.items.length !== next.sequence) {
    return { first: next.sequence + 1, items: [], fresh: true };
  }
  const delta = await signChanges(held, changed, next, signer);
  const items = [...file.items, delta];
  let { first } = file;
  let total = items.reduce((sum, item) => sum + item.length, 0);
  const full = total > maxDeltaBytes;
  // Half goes at once, so that a snapshot is due once in a while and not with every delta from then on.
  while (full && total > maxDeltaBytes / 2 && items.length > 1) {
    total -= items.shift()?.length ?? 0;
    first++;
  }
  return { first, items, fresh: full };
}

/** The clock's round: new dates for what is out already; of the online chunks for those whose turn it is. */
async function signQuietChunks(
  needs: PublishStatusListNeeds,
  round: Round,
  sequence: number,
  done: ReadonlySet<number>,
): Promise<void> {
  const { firstChunk } = statusSpaces.online;
  const turn = Math.floor(round.readAt / roundSeconds) % roundsOfADay;
  const online = range(firstChunk, firstChunk + round.onlineChunks).filter((chunk) => chunk % roundsOfADay === turn);
  const national = range(0, chunkOf(round.bitmap.length));
  const quiet = [...national, ...online].filter((chunk) => !done.has(chunk));
  const without = await signChunksAgain(needs, round, sequence, quiet);
  await publishNationalChunks(
    needs,
    round,
    sequence,
    without.filter((chunk) => !isOnline(chunk)),
  );
  await publishOnlineChunks(needs, round, sequence, without.filter(isOnline), round.online);
}

function signedList({ readAt, baseUri, bitmap, signer }: Round) {
  const { ttlSeconds, lifetimeSeconds } = statusDates;
  const expiresAt = epochSeconds(readAt + lifetimeSeconds);
  return signStatusList({ uri: baseUri, issuedAt: readAt, expiresAt, ttlSeconds, bitmap }, signer);
}
