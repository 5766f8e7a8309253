// From the roots that somebody holds to those that hold now: lists that change the roots are kept for ever, each under the roots that
// it replaced, and are taken one after the other. Fetches nothing: who follows hands in how to ask.

import { concatBytes } from '../bytes/concat.ts';
import { encodeHex } from '../bytes/hex.ts';
import type { CoseKey } from '../cose/key.ts';
import { sha256Sync } from '../crypto/sha256.ts';
import { type TrustList, type TrustListExpectations, type TrustListReason, verifyTrustList } from './trust-list.ts';

/** Steps of one walk. A country changes its roots every few years; what is left of a longer way is gone at the next look. */
export const maxRootChanges = 16;

/** What a pair of roots is asked for by: 32 hex digits of SHA-256 over both raw keys, the smaller one first. */
export function rootsId(roots: readonly CoseKey[]): string {
  const raw = roots.map(({ x }) => x).sort(compareBytes);
  return encodeHex(sha256Sync(concatBytes(...raw)).subarray(0, 16));
}

/** The list that replaced the roots with this id, as the edge keeps it; undefined if it knows of none. */
export type RootChangeOf = (rootsId: string) => Promise<Uint8Array | undefined>;

export type TakenList = { readonly list: TrustList; readonly bytes: Uint8Array };

export type FollowedTrust = {
  /** In the order in which they are to be held, each verified by the roots of the one before it. Empty: what is held stays. */
  readonly taken: readonly TakenList[];
  /** Why the newest is not among them. */
  readonly refused: TrustListReason | undefined;
};

/** An edge that shows such a list may be a liar, or ahead of us by a change of roots: worth the question. */
const unfollowed: ReadonlySet<TrustListReason> = new Set<TrustListReason>([
  'trust_list_signature',
  'trust_list_root_change',
  'trust_list_rollback',
  'trust_list_fork',
]);

/**
 * Takes `newest` as `verifyTrustList` does; where that fails, over the changes of roots that lead from what is held to it, at most
 * {@link maxRootChanges}. A list that all roots one holds signed away, and all new ones took over, counts more than any number that
 * one stolen root signed: it is taken also below or beside the list that is held, and what those roots disagreed about is settled.
 */
export async function followTrustList(
  newest: Uint8Array,
  expected: TrustListExpectations,
  rootChangeOf: RootChangeOf,
): Promise<FollowedTrust> {
  const taken: TakenList[] = [];
  let { roots, current } = expected;
  for (;;) {
    const list = await verifyTrustList(newest, { ...expected, roots, current });
    if (list.ok) return { taken: [...taken, { list: list.value, bytes: newest }], refused: undefined };
    const { reason } = list.error;
    const more = unfollowed.has(reason) && taken.length < maxRootChanges;
    const bytes = more ? await rootChangeOf(rootsId(roots)) : undefined;
    const next = bytes && (await verifyTrustList(bytes, { ...expected, roots, current: undefined }));
    // SECURITY: only a change of roots may pass over what is held. A routine list served here would be a way back.
    if (!bytes || !next?.ok || !next.value.changesRoots) return { taken, refused: reason };
    taken.push({ list: next.value, bytes });
    roots = next.value.roots;
    current = next.value;
  }
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const at = a.findIndex((byte, i) => byte !== b[i]);
  return at < 0 ? 0 : (a[at] ?? 0) - (b[at] ?? 0);
}
