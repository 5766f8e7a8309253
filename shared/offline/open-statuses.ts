// The statuses of a business's own software, in either form, and that none of them goes back: behind what was believed before there
// is no way, for as long as the key that signed it is believed.
import type { EpochSeconds } from '../base/brands.ts';
import { err, ok, type Result } from '../base/result.ts';
import { equalBytes } from '../bytes/equal.ts';
import type { Ed25519 } from '../crypto/ed25519.ts';
import { type Fork, signerOf, signsStatuses } from '../trust/fork.ts';
import { CHUNK_LENGTH, type StatusListReason, verifyStatusList } from '../trust/status-list.ts';
import { applyDeltas, type NationalStatus, type SnapshotReason, verifySnapshot } from '../trust/status-snapshot.ts';
import { nationalStatus, StatusLists, type StatusSource } from '../trust/status-source.ts';
import type { TrustView } from '../trust/trust-view.ts';

/** What came: when it was issued and by whom, so that it counts no more when its signer does not. */
type Signed = { readonly issuedAt: EpochSeconds; readonly signer: string };

export type OpenedStatuses = {
  readonly source: StatusSource;
  /** Came as a snapshot. */
  readonly national: (Signed & { readonly state: NationalStatus }) | undefined;
  /** Came whole or by the chunk, by their addresses; `spans`: it answers for the chunks of its address too. */
  readonly lists: ReadonlyMap<string, Signed & { readonly spans: boolean }>;
};

export type StatusBytes = {
  readonly statusLists?: readonly { readonly uri: string; readonly bytes: Uint8Array }[];
  readonly snapshot?: Uint8Array;
  readonly deltas?: readonly Uint8Array[];
};

export type StatusesError = {
  readonly reason: StatusListReason | SnapshotReason | 'status_list_rollback';
  /** With `snapshot_fork`. */
  readonly fork?: Fork;
};

export type StatusNeeds = {
  readonly trust: TrustView;
  readonly ed25519: Ed25519;
  readonly now: EpochSeconds;
  readonly issuer: string;
};

/** What came, checked against what was held; without any, what was held and still counts. */
export async function openStatuses(
  bytes: StatusBytes,
  before: OpenedStatuses | undefined,
  needs: StatusNeeds,
): Promise<Result<OpenedStatuses, StatusesError>> {
  const held = before && stillSigned(before, needs.trust);
  return bytes.snapshot === undefined
    ? openLists(bytes, held, needs)
    : openNational(bytes.snapshot, bytes.deltas ?? [], held, needs);
}

// SECURITY: a key that was stolen holds nothing back either: what it signed may be numbered or dated ahead of all that can follow.
function stillSigned({ source, national, lists }: OpenedStatuses, { list }: TrustView): OpenedStatuses {
  const kept = new Map([...lists].filter(([, { signer }]) => signsStatuses(list, signer)));
  if (national) return { ...nothing, ...(signsStatuses(list, national.signer) && { source, national }) };
  return source instanceof StatusLists
    ? { source: source.only((uri) => kept.has(uri)), national, lists: kept }
    : nothing;
}

const nothing: OpenedStatuses = { source: new StatusLists(), national: undefined, lists: new Map() };

async function openNational(
  snapshot: Uint8Array,
  deltas: readonly Uint8Array[],
  before: OpenedStatuses | undefined,
  { issuer, ...by }: StatusNeeds,
): Promise<Result<OpenedStatuses, StatusesError>> {
  const base = await verifySnapshot(snapshot, { ...by, baseUri: `${issuer}/s`, bits: 2, current: undefined });
  if (!base.ok) return base;
  const next = await applyDeltas(base.value, deltas, by);
  if (!next.ok) return next;
  const { sequence, hash, issuedAt } = next.value;
  const signer = signerOf(deltas.at(-1) ?? snapshot);
  const held = before?.national;
  // A sequence counts by itself; against the other form there are only the dates.
  const isOlder = [...(before?.lists.values() ?? [])].some((list) => list.issuedAt > issuedAt);
  if (held ? sequence < held.state.sequence : isOlder) return err({ reason: 'snapshot_rollback' });
  if (held?.state.sequence === sequence && !equalBytes(held.state.hash, hash)) {
    return err({ reason: 'snapshot_fork', fork: { list: 'status', signers: [held.signer, signer] } });
  }
  const national = { state: next.value, issuedAt, signer };
  return ok({ source: nationalStatus(next.value), national, lists: new Map() });
}

async function openLists(
  { statusLists = [] }: StatusBytes,
  before: OpenedStatuses = nothing,
  { issuer: _, ...by }: StatusNeeds,
): Promise<Result<OpenedStatuses, StatusesError>> {
  if (statusLists.length === 0) return ok(before);
  const lists = new Map(before.lists);
  let source = before.source instanceof StatusLists ? before.source.only(() => true) : new StatusLists();
  for (const { uri, bytes } of statusLists) {
    const opened = await verifyStatusList(bytes, { ...by, uri });
    if (!opened.ok) return opened;
    const { issuedAt, bitmap } = opened.value;
    // SECURITY: an older list would make a revoked credential good again.
    const newest = lists.get(uri)?.issuedAt ?? before.national?.issuedAt ?? 0;
    if (issuedAt < newest) return err({ reason: 'status_list_rollback' });
    // A chunk is asked before the whole: an older one, published before it or held from then, says nothing against it.
    const whole = lists.get(uri.replace(/[0-9]+$/, ''));
    if (whole?.spans && issuedAt < whole.issuedAt) continue;
    const spans = bitmap.length > CHUNK_LENGTH;
    for (const [other, list] of lists) if (spans && isChunkOf(other, uri) && list.issuedAt < issuedAt) lists.delete(other); // biome-ignore format: one row
    lists.set(uri, { issuedAt, spans, signer: signerOf(bytes) });
    source = source.only((other) => lists.has(other));
    source.put(opened.value);
  }
  return ok({ source, national: undefined, lists });
}

function isChunkOf(uri: string, whole: string): boolean {
  return uri.startsWith(whole) && /^[0-9]+$/.test(uri.slice(whole.length));
}
