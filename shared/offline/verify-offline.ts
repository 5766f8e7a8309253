// The package that a business runs in its own software: lists in, verdicts out, no server asked. It fetches nothing and keeps no
// clock; docs/verify-offline.md says where the lists come from. Bundle this file: it names everything that is public of it.
import { epochSeconds } from '../base/brands.ts';
import { err, ok, type Result } from '../base/result.ts';
import { decodeBase64Url } from '../bytes/base64url.ts';
import { equalBytes } from '../bytes/equal.ts';
import type { CoseKey } from '../cose/key.ts';
import type { Challenge } from '../credential/checks/work.ts';
import type { IdentityClaims } from '../credential/claims.ts';
import { DEFAULT_POLICY, type VerifyPolicy } from '../credential/policy.ts';
import { type ReplayMemory, replayMemory } from '../credential/replay.ts';
import type { Notice, Profile, Verdict, VerifyContext } from '../credential/verdict.ts';
import { verifyCredential } from '../credential/verify.ts';
import { type Ed25519, webEd25519 } from '../crypto/ed25519.ts';
import { type Fork, signerOf, unsettled, withFork } from '../trust/fork.ts';
import { type StatusListReason, verifyStatusList } from '../trust/status-list.ts';
import { applyDeltas, type NationalStatus, type SnapshotReason, verifySnapshot } from '../trust/status-snapshot.ts';
import { nationalStatus, StatusLists, type StatusSource } from '../trust/status-source.ts';
import { type TrustList, type TrustListReason, trustListName, verifyTrustList } from '../trust/trust-list.ts';
import { type TrustView, trustView } from '../trust/trust-view.ts';
import { verifyReceipt as checkReceipt, type ReceiptError, type VerificationReceipt } from './receipt.ts';

/** Everything that a verdict stands on. Make it once for each new list, not for each code: it keeps the imported keys. */
export type Lists = {
  readonly trust: TrustView;
  readonly status: StatusSource;
  /** Set when the statuses came as a snapshot: what the next deltas follow. */
  readonly national: NationalStatus | undefined;
  /** Who signed it. */
  readonly statusSigner: string | undefined;
  /** Signed lists that contradict these, and that nobody has settled: until then nothing is accepted. Keep `known` with the bytes. */
  readonly forks: { known: readonly Fork[] };
  readonly replay: ReplayMemory;
  readonly ed25519: Ed25519;
};

export type ListBytes = {
  /** `GET /v1/trust-list`. */
  readonly trustList: Uint8Array;
  /** The authority's two root keys (base64url), got by a way that you trust, not from the edge. */
  readonly roots: readonly string[];
  /** The authority's address, without a slash at its end. */
  readonly issuer: string;
  /** `GET /s` or one chunk `/s0`: small verifiers. */
  readonly statusLists?: readonly { readonly uri: string; readonly bytes: Uint8Array }[];
  /** `GET /v1/status/snapshot` and, in their order, the deltas after it: who follows a whole nation. */
  readonly snapshot?: Uint8Array;
  readonly deltas?: readonly Uint8Array[];
  /** What was believed before: older lists are refused. */
  readonly before?: Lists;
  /** At the next start, when there is no `before`: what `forks.known` was. */
  readonly forks?: readonly Fork[];
};

export type ListsError = { readonly reason: TrustListReason | StatusListReason | SnapshotReason | 'roots_malformed' };

/**
 * Checks every signature and that nothing goes back. `now`: epoch seconds. Keep the bytes, and open them again at the next start.
 * `trust_list_fork`, `snapshot_fork`: what came contradicts `before`, which accepts nothing from then on.
 */
export async function openLists(
  input: ListBytes,
  now: number,
  ed25519: Ed25519 = webEd25519,
): Promise<Result<Lists, ListsError>> {
  const at = epochSeconds(now);
  const roots = rootsOf(input.roots);
  if (roots === undefined) return err({ reason: 'roots_malformed' });
  const current: TrustList | undefined = input.before?.trust.list;
  const list = await verifyTrustList(input.trustList, { roots: current?.roots ?? roots, current, now: at, ed25519 });
  if (!list.ok) {
    const seen = list.error.reason === 'trust_list_fork' ? trustListName(input.trustList) : undefined;
    if (seen) saw(input.before, { list: 'trust', version: seen.version });
    return list;
  }
  const known = unsettled(input.before?.forks.known ?? input.forks ?? [], list.value);
  const trust = trustView(list.value, known);
  const forks = { known };
  const replay = input.before?.replay ?? replayMemory();
  const by = { trust, ed25519, now: at };
  if (input.snapshot !== undefined) {
    const expected = { ...by, baseUri: `${input.issuer}/s`, bits: 2, current: undefined } as const;
    const snapshot = await verifySnapshot(input.snapshot, expected);
    if (!snapshot.ok) return snapshot;
    const state = await applyDeltas(snapshot.value, input.deltas ?? [], by);
    if (!state.ok) return state;
    const held = input.before?.national;
    if (state.value.sequence < (held?.sequence ?? 0)) return err({ reason: 'snapshot_rollback' });
    const statusSigner = signerOf(input.deltas?.at(-1) ?? input.snapshot);
    const before = input.before?.statusSigner;
    if (before !== undefined && held?.sequence === state.value.sequence && !equalBytes(held.hash, state.value.hash)) {
      saw(input.before, { list: 'status', signers: [before, statusSigner] });
      return err({ reason: 'snapshot_fork' });
    }
    const status = nationalStatus(state.value);
    return ok({ trust, status, national: state.value, statusSigner, forks, replay, ed25519 });
  }
  const status = new StatusLists();
  for (const { uri, bytes } of input.statusLists ?? []) {
    const opened = await verifyStatusList(bytes, { ...by, uri });
    if (!opened.ok) return opened;
    status.put(opened.value);
  }
  return ok({ trust, status, national: undefined, statusSigner: undefined, forks, replay, ed25519 });
}

function saw(lists: Lists | undefined, fork: Fork): void {
  if (lists) lists.forks.known = withFork(lists.forks.known, fork);
}

export type Options = {
  /** Why you ask; it decides what is checked and told. `counter` unless said. */
  readonly context?: VerifyContext;
  readonly policy?: Partial<VerifyPolicy>;
  /** The code that you have shown, if you showed one: then only its answer counts. */
  readonly challenge?: Challenge;
};

export type OfflineVerdict = {
  readonly verdict: Verdict;
  /** What your screen must say beside it: `copy_compare_face`, `not_for_border`, `clock_may_be_wrong`. */
  readonly notices: readonly Notice[];
  readonly profile: Profile | undefined;
  /** Only when accepted. */
  readonly claims: IdentityClaims | undefined;
  readonly ages: { readonly trustListSeconds: number; readonly statusListSeconds: number | null };
};

/** One text of a QR code, as the scanner gave it. Never throws on any text. `now`: epoch seconds of a clock that is right. */
export async function verify(text: string, lists: Lists, now: number, options: Options = {}): Promise<OfflineVerdict> {
  const { status, replay, ed25519 } = lists;
  // It may have become known after the view was made.
  const trust = lists.forks.known.length > 0 ? { ...lists.trust, contradicted: true } : lists.trust;
  const verification = await verifyCredential(text, {
    trust,
    status,
    replay,
    ed25519,
    now: epochSeconds(now),
    context: options.context ?? 'counter',
    policy: { ...DEFAULT_POLICY, ...options.policy },
    ...(options.challenge && { challenge: options.challenge }),
  });
  const { verdict, notices, claims, credential, ages } = verification;
  const { trustListSeconds, statusListSeconds } = ages;
  return {
    verdict,
    notices,
    profile: credential?.profile,
    claims: verdict.outcome === 'accepted' ? claims : undefined,
    ages: { trustListSeconds, statusListSeconds },
  };
}

/** A receipt of `/v1/verify` or of a batch, checked with the lists at hand. */
export function verifyReceipt(text: string, lists: Lists): Promise<Result<VerificationReceipt, ReceiptError>> {
  return checkReceipt(text, lists);
}

function rootsOf(texts: readonly string[]): readonly CoseKey[] | undefined {
  const roots: CoseKey[] = [];
  for (const text of texts) {
    const x = decodeBase64Url(text);
    if (!x.ok || x.value.length !== 32) return undefined;
    roots.push({ curve: 'Ed25519', x: x.value });
  }
  return roots.length === 2 ? roots : undefined;
}
