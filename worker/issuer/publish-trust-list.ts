// Takes a trust list that the offline roots signed and makes it the one the world fetches. The edge holds no root: it can only check.
import type { EpochSeconds } from '../../shared/base/brands.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import { encodeBase64Url } from '../../shared/bytes/base64url.ts';
import type { CoseKey } from '../../shared/cose/key.ts';
import { webEd25519 } from '../../shared/crypto/ed25519.ts';
import { followTrustList, rootsId } from '../../shared/trust/root-change.ts';
import { type TrustList, type TrustListReason, verifyTrustList } from '../../shared/trust/trust-list.ts';
import type { Actor, JournalEntry } from '../journal/entry.ts';
import type { Publications } from '../store/publications.ts';
import { rootChangeFile } from './publication.ts';

export type PublishTrustListNeeds = {
  readonly publications: Pick<Publications, 'read' | 'publish' | 'kept'>;
  /** Raw root keys of the deployment. */
  readonly trustRoots: readonly [Uint8Array, Uint8Array];
  readonly now: () => EpochSeconds;
};

export type PublishedTrustList = {
  readonly version: number;
  /** base64url SHA-256 of the signed content: what the next version must name as its predecessor. */
  readonly hash: string;
  readonly expiresAt: EpochSeconds;
};

export type PublishTrustListError = {
  /** `trust_list_not_next`: a version was left out. `trust_list_roots_reused`: these were replaced before. */
  readonly reason: TrustListReason | 'trust_list_expired' | 'trust_list_not_next' | 'trust_list_roots_reused';
};

function published(list: TrustList): PublishedTrustList {
  return { version: list.version, hash: encodeBase64Url(list.hash), expiresAt: list.expiresAt };
}

/**
 * The list now published, verified again from the deployment's roots on; undefined before the first. TRUST_ROOTS may be any that ever
 * were: lists that changed them are kept.
 */
export async function currentTrustList(needs: PublishTrustListNeeds): Promise<TrustList | undefined> {
  const file = await needs.publications.read('trust_list');
  if (!file) return undefined;
  const roots = needs.trustRoots.map((x): CoseKey => ({ curve: 'Ed25519', x }));
  const expected = { roots, now: needs.now(), ed25519: webEd25519 };
  const { taken, refused } = await followTrustList(file.bytes, expected, (id) => rootChange(needs, id));
  if (refused) throw new Error(`the published trust list does not verify: ${refused}`);
  return taken.at(-1)?.list;
}

async function rootChange({ publications }: PublishTrustListNeeds, id: string): Promise<Uint8Array | undefined> {
  return (await publications.kept(rootChangeFile(id)))?.bytes;
}

/** Refuses what the roots did not sign, an older or forked version, and a gap in the versions. The same bytes again are fine. */
export async function publishTrustList(
  needs: PublishTrustListNeeds,
  actor: Actor,
  bytes: Uint8Array,
): Promise<Result<PublishedTrustList, PublishTrustListError>> {
  const now = needs.now();
  const current = await currentTrustList(needs);
  const pinned = needs.trustRoots.map((x): CoseKey => ({ curve: 'Ed25519', x }));
  const roots = current?.roots ?? pinned;
  const list = await verifyTrustList(bytes, { roots, current, now, ed25519: webEd25519 });
  if (!list.ok) return list;
  if (list.value.expiresAt <= now) return err({ reason: 'trust_list_expired' });
  const { version } = list.value;
  if (version !== (current?.version ?? 0) + 1 && version !== current?.version)
    return err({ reason: 'trust_list_not_next' });
  // SECURITY: whoever holds roots is led on from them by one list; roots that came back would lead two ways.
  if (list.value.changesRoots && (await rootChange(needs, rootsId(list.value.roots)))) {
    return err({ reason: 'trust_list_roots_reused' });
  }
  const entry: JournalEntry = {
    at: now,
    event: 'trust_list.published',
    actor,
    object: `trust_list:${version}`,
    detail: { keys: list.value.keys.length },
  };
  const alsoAt = list.value.changesRoots ? rootChangeFile(rootsId(roots)) : undefined;
  const taken = await needs.publications.publish('trust_list', version, bytes, entry, alsoAt);
  return taken ? ok(published(list.value)) : err({ reason: 'trust_list_fork' });
}

/** What the ceremony of the next version needs to know. */
export async function trustListState(needs: PublishTrustListNeeds): Promise<PublishedTrustList | undefined> {
  const list = await currentTrustList(needs);
  return list && published(list);
}
