// Publishes the statuses in every form: the whole list (`/s`), its chunks of 2^20 (`/s0` and on, what credentials name), and for
// kiosks a snapshot and the deltas after it. The row of a version in D1 is the referee; a publisher that loses begins again.
import { type EpochSeconds, epochSeconds } from '../../shared/base/brands.ts';
import { encodeHex } from '../../shared/bytes/hex.ts';
import { encodeCbor } from '../../shared/cbor/encode.ts';
import { kioskPaths } from '../../shared/contract/kiosk.ts';
import type { Signer } from '../../shared/cose/sign1.ts';
import { StatusBitmap } from '../../shared/trust/status-bitmap.ts';
import { CHUNK_LENGTH, signStatusList } from '../../shared/trust/status-list.ts';
import { type NationalStatus, nationalHash, signDelta, signSnapshot } from '../../shared/trust/status-snapshot.ts';
import type { Publications } from '../store/publications.ts';
import type { StatusEntries } from '../store/status-entries.ts';
import type { KeyRing } from './key-ring.ts';
import { statusSpace } from './publication.ts';
import { chunkFile, type DeltaFile, readDeltaFile } from './status-files.ts';
import { type HeldState, keepState, loadState } from './status-state.ts';

const ttlSeconds = 900;
/** A list past this is no list: whoever could not fetch one for a week must say so. */
const lifetimeSeconds = 7 * 86_400;
/** A quiet nation says so every hour: an empty delta is what keeps a kiosk's list young. */
const heartbeatSeconds = 3300;
/** A new snapshot after a week, or when the deltas since the last would cost a newcomer more than they are worth. */
const snapshotSeconds = 7 * 86_400;
const maxDeltaBytes = 131_072;
/** A row is written a moment after the time it carries: what changed is asked for from this long before the last reading. */
const overlapSeconds = 300;
const maxTries = 5;

export type PublishStatusListNeeds = {
  readonly statusEntries: Pick<StatusEntries, 'notValid' | 'changedSince'>;
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
 * Publishes the next version of the whole list, the chunks that changed (all of them with `all`: the clock's round), and the next
 * delta if there is anything to say. When another key signs than the last time, everything goes out anew under it, whether or not a
 * status changed: whoever no longer believes the former one is not left without. Answers the whole list's version. Throws NoKeyError
 * where there is no status key yet.
 */
export async function publishStatusList(
  needs: PublishStatusListNeeds,
  options: { readonly all: boolean } = { all: true },
): Promise<number> {
  for (let tries = 0; tries < maxTries; tries++) {
    // Versions are read before the entries: whoever takes a higher one has read them later.
    const versions = await needs.publications.versions();
    // SECURITY: the key after the versions, and from the store: an isolate that remembers a key which was taken away meanwhile would
    // sign over what the good one has signed.
    needs.keyRing.forget();
    const signer = await needs.keyRing.signer('status');
    const stored = await loadState(needs.publications);
    const last = stored?.sequence === versions.status_deltas && stored.baseUri === statusListUri(needs.issuer);
    const held = last ? stored : undefined;
    const readAt = needs.now();
    const { bitmap, notValid } = await currentStatuses(needs, held);
    const changed = changedChunks(held?.bitmap, bitmap);
    const round = { signer, signedBy: encodeHex(signer.kid ?? new Uint8Array()), readAt, bitmap, notValid, changed };
    const sequence = await publishSequence(needs, round, held, versions.status_deltas);
    if (sequence === undefined) continue;
    await publishChunks(needs, round, sequence, options.all || held?.signedBy !== round.signedBy);
    const version = versions.status_list + 1;
    const taken = await needs.publications.publish('status_list', version, await signedList(needs, round), {
      at: readAt,
      event: 'status_list.published',
      actor: 'system',
      object: `status_list:${version}`,
      detail: { notValid, sequence },
    });
    if (taken) return version;
  }
  throw new Error('the status list was published by others each time: nothing is lost, the next run publishes it');
}

type Round = {
  readonly signer: Signer;
  /** Its key id in hex. */
  readonly signedBy: string;
  readonly readAt: EpochSeconds;
  readonly bitmap: StatusBitmap;
  readonly notValid: number;
  readonly changed: readonly number[];
};

/** From the last state and what changed since; from every entry where there is no state that is known to be the last. */
async function currentStatuses(
  needs: PublishStatusListNeeds,
  held: HeldState | undefined,
): Promise<{ readonly bitmap: StatusBitmap; readonly notValid: number }> {
  const bitmap = held?.bitmap.copy() ?? StatusBitmap.empty(2, statusSpace);
  const since = epochSeconds(Math.max(0, (held?.readAt ?? 0) - overlapSeconds));
  let notValid = held?.notValid ?? 0;
  for await (const page of held ? needs.statusEntries.changedSince(since) : needs.statusEntries.notValid()) {
    for (const { idx, status } of page) {
      notValid += Number(status !== 0) - Number(bitmap.get(idx) !== 0);
      bitmap.set(idx, status);
    }
  }
  return { bitmap, notValid };
}

function changedChunks(before: StatusBitmap | undefined, after: StatusBitmap): readonly number[] {
  if (before === undefined) return [];
  const words = (bitmap: StatusBitmap) =>
    new Uint32Array(bitmap.bytes.buffer, bitmap.bytes.byteOffset, statusSpace / 16);
  const [old, next] = [words(before), words(after)];
  const wordsOfChunk = CHUNK_LENGTH / 16;
  const changed: number[] = [];
  for (let chunk = 0; chunk * CHUNK_LENGTH < statusSpace; chunk++) {
    const end = (chunk + 1) * wordsOfChunk;
    let at = chunk * wordsOfChunk;
    while (at < end && old[at] === next[at]) at++;
    if (at < end) changed.push(chunk);
  }
  return changed;
}

/** The next state in the chain, if there is something to say; the sequence that holds now, or undefined when another took it. */
async function publishSequence(
  needs: PublishStatusListNeeds,
  round: Round,
  held: HeldState | undefined,
  last: number,
): Promise<number | undefined> {
  const { signer, signedBy, readAt, bitmap, notValid, changed } = round;
  const { publications } = needs;
  const sameKey = held?.signedBy === signedBy;
  if (held && sameKey && changed.length === 0 && readAt - held.issuedAt < heartbeatSeconds) return held.sequence;
  const content = { baseUri: statusListUri(needs.issuer), bitmap, length: statusSpace };
  const dates = { issuedAt: readAt, expiresAt: epochSeconds(readAt + lifetimeSeconds) };
  const next = { ...content, ...dates, sequence: last + 1, hash: await nationalHash(content) };
  const deltas = await nextDeltas(needs, next, sameKey ? held : undefined, signer);
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
  // Last: a publisher that ends before this leaves a gap in the chain, and the next one begins a new chain with a snapshot.
  await keepState(publications, { ...next, signedBy, readAt, snapshotAt, notValid }, held ? changed : 'all');
  return next.sequence;
}

/**
 * The kept deltas with the next one behind them; `fresh`: the chain begins anew after this state, so a snapshot of it is due.
 * `held`: only what the same key signed, so that a snapshot and the deltas after it are believed or not believed together.
 */
async function nextDeltas(
  needs: PublishStatusListNeeds,
  next: NationalStatus,
  held: HeldState | undefined,
  signer: Signer,
): Promise<DeltaFile & { readonly fresh: boolean }> {
  const file = held && (await readDeltaFile(needs.publications));
  if (!held || !file || file.first + file.items.length !== next.sequence) {
    return { first: next.sequence + 1, items: [], fresh: true };
  }
  const delta = await signDelta(held, next, signer);
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

async function publishChunks(
  needs: PublishStatusListNeeds,
  round: Round,
  sequence: number,
  all: boolean,
): Promise<void> {
  const { signer, readAt, bitmap, changed } = round;
  const chunks = all ? Array.from({ length: statusSpace / CHUNK_LENGTH }, (_, chunk) => chunk) : changed;
  const chunkBytes = CHUNK_LENGTH / 4;
  const dates = { issuedAt: readAt, expiresAt: epochSeconds(readAt + lifetimeSeconds), ttlSeconds };
  for (const chunk of chunks) {
    const bytes = bitmap.bytes.subarray(chunk * chunkBytes, (chunk + 1) * chunkBytes);
    const uri = statusListUri(needs.issuer) + chunk;
    const signed = await signStatusList({ uri, ...dates, bitmap: new StatusBitmap(2, bytes) }, signer);
    await needs.publications.keep(chunkFile(chunk), sequence, signed);
  }
}

function signedList(needs: PublishStatusListNeeds, { readAt, bitmap, signer }: Round) {
  const expiresAt = epochSeconds(readAt + lifetimeSeconds);
  return signStatusList({ uri: statusListUri(needs.issuer), issuedAt: readAt, expiresAt, ttlSeconds, bitmap }, signer);
}
