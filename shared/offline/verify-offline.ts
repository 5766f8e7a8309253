// The package that a business runs in its own software: lists in, verdicts out, no server asked. It fetches nothing and keeps no
// clock; docs/verify-offline.md says where the lists come from. Bundle this file: it names everything that is public of it.
import { epochSeconds } from '../base/brands.ts';
import { err, ok, type Result } from '../base/result.ts';
import { decodeBase64Url, encodeBase64Url } from '../bytes/base64url.ts';
import type { CoseKey } from '../cose/key.ts';
import { challengeText as textOfChallenge } from '../credential/challenge.ts';
import type { Challenge } from '../credential/checks/work.ts';
import type { IdentityClaims } from '../credential/claims.ts';
import { DEFAULT_POLICY, type VerifyPolicy } from '../credential/policy.ts';
import { type ReplayMemory, replayMemory } from '../credential/replay.ts';
import type { Notice, Profile, Verdict, VerifyContext } from '../credential/verdict.ts';
import { verifyCredential } from '../credential/verify.ts';
import { type Ed25519, webEd25519 } from '../crypto/ed25519.ts';
import { type Fork, unsettled, withFork } from '../trust/fork.ts';
import { followTrustList, type RootChangeOf, type TakenList } from '../trust/root-change.ts';
import type { NationalStatus } from '../trust/status-snapshot.ts';
import type { StatusSource } from '../trust/status-source.ts';
import { type TrustList, type TrustListReason, trustListName } from '../trust/trust-list.ts';
import { type TrustView, trustView } from '../trust/trust-view.ts';
import { type OpenedStatuses, openStatuses, type StatusesError } from './open-statuses.ts';
import { verifyReceipt as checkReceipt, type ReceiptError, type VerificationReceipt } from './receipt.ts';

/** Everything that a verdict stands on. Make it once for each new list, not for each code: it keeps the imported keys. */
export type Lists = {
  readonly trust: TrustView;
  readonly status: StatusSource;
  /** Set when the statuses came as a snapshot: what the next deltas follow. */
  readonly national: NationalStatus | undefined;
  /** Who signed it. */
  readonly statusSigner: string | undefined;
  /** What these statuses are and who signed them: behind it the next ones do not go. */
  readonly statuses: OpenedStatuses;
  /** The root keys (base64url) that hold now: keep them with the bytes, and hand them in at the next start. */
  readonly roots: readonly string[];
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
  /**
   * `GET /v1/trust-list/after-roots/<id>`, undefined for 404. Asked when the list does not follow from the roots that you hold: they may
   * have changed while you were off, and the lists that changed them lead on. Without it you need the new roots by that way of yours.
   */
  readonly rootChange?: RootChangeOf;
  /** The authority's address, without a slash at its end. */
  readonly issuer: string;
  /** `GET /s` or one chunk `/s0`: small verifiers. */
  readonly statusLists?: readonly { readonly uri: string; readonly bytes: Uint8Array }[];
  /** `GET /v1/status/snapshot` and, in their order, the deltas after it: who follows a whole nation. */
  readonly snapshot?: Uint8Array;
  readonly deltas?: readonly Uint8Array[];
  /** What was believed before: older lists are refused, in either form, and statuses that do not come again stay. */
  readonly before?: Lists;
  /** At the next start, when there is no `before`: what `forks.known` was. */
  readonly forks?: readonly Fork[];
};

export type ListsError = { readonly reason: TrustListReason | StatusesError['reason'] | 'roots_malformed' };

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
  const { before } = input;
  const current: TrustList | undefined = before?.trust.list;
  const expected = { roots: current?.roots ?? roots, current, now: at, ed25519 };
  const { taken, refused } = await followTrustList(input.trustList, expected, (id) => asked(input.rootChange, id));
  if (refused) {
    const seen = refused === 'trust_list_fork' && taken.length === 0 ? trustListName(input.trustList) : undefined;
    if (seen) saw(before, { list: 'trust', version: seen.version });
    return err({ reason: refused });
  }
  let known = before?.forks.known ?? input.forks ?? [];
  for (const { list } of taken) known = unsettled(known, list);
  const [{ list }] = taken.slice(-1) as [TakenList];
  const trust = trustView(list, known);
  const statuses = await openStatuses(input, before?.statuses, { trust, ed25519, now: at, issuer: input.issuer });
  if (!statuses.ok) {
    const { reason, fork } = statuses.error;
    if (fork) saw(before, fork);
    return err({ reason });
  }
  return ok({
    trust,
    status: statuses.value.source,
    national: statuses.value.national?.state,
    statusSigner: statuses.value.national?.signer,
    statuses: statuses.value,
    roots: list.roots.map((root) => encodeBase64Url(root.x)),
    forks: { known },
    replay: before?.replay ?? replayMemory(),
    ed25519,
  });
}

/** A line that is down changes no roots: what was handed in is judged by those that are held. */
async function asked(rootChange: RootChangeOf | undefined, id: string): Promise<Uint8Array | undefined> {
  try {
    return await rootChange?.(id);
  } catch {
    return undefined;
  }
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

/** What to show as a QR code (level L) before a wallet answers it. `cnonce`: 16 fresh random bytes for every person. */
export function challengeText(challenge: Challenge): string {
  return textOfChallenge(challenge);
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
