// The lists the page checks against: fetched from the edge, verified here against the roots that came with the page, kept in memory.
import type { EpochSeconds } from '../../../shared/base/brands.ts';
import { publicPaths } from '../../../shared/contract/public-paths.ts';
import type { CoseKey } from '../../../shared/cose/key.ts';
import type { Ed25519 } from '../../../shared/crypto/ed25519.ts';
import { type Fork, signerOf, signsStatuses, unsettled, withFork } from '../../../shared/trust/fork.ts';
import { followTrustList, type RootChangeOf } from '../../../shared/trust/root-change.ts';
import { verifyStatusList } from '../../../shared/trust/status-list.ts';
import { StatusLists } from '../../../shared/trust/status-source.ts';
import { type TrustList, trustListName } from '../../../shared/trust/trust-list.ts';
import { type TrustView, trustView } from '../../../shared/trust/trust-view.ts';

export type CheckedLists = {
  readonly trust: TrustView;
  readonly status: StatusLists;
  readonly statusIssuedAt?: EpochSeconds;
};

/** `refused`: what came was not signed as it must be. `forked`: signed lists contradict each other, and nobody has settled it. `unreachable`: nothing came. */
export type ListsOutcome = 'fresh' | 'unreachable' | 'refused' | 'forked';

export type EdgeListsOptions = {
  /** The edge's origin: what its status list and its credentials name. */
  readonly issuer: string;
  readonly roots: readonly CoseKey[];
  readonly ed25519: Ed25519;
  readonly now: () => EpochSeconds;
  /** Outlives a reload: the first thing that people do about a warning. */
  readonly forks: { load(): readonly Fork[]; keep(forks: readonly Fork[]): void };
};

const fetchTimeoutMs = 20_000;

export class EdgeLists {
  readonly #options: EdgeListsOptions;
  #status = new StatusLists();
  #statusSigner = '';
  #trust: TrustView | undefined;
  #statusIssuedAt: EpochSeconds | undefined;
  #forks: readonly Fork[];

  constructor(options: EdgeListsOptions) {
    this.#options = options;
    this.#forks = options.forks.load();
  }

  /** Undefined until a trust list is here; a status list that is missing makes the verdict `undecided`. */
  get current(): CheckedLists | undefined {
    if (this.#trust === undefined) return undefined;
    const issuedAt = this.#statusIssuedAt;
    return { trust: this.#trust, status: this.#status, ...(issuedAt !== undefined && { statusIssuedAt: issuedAt }) };
  }

  /** Looks at the edge once; what is held stays when nothing better comes. */
  async refresh(): Promise<ListsOutcome> {
    const { roots, ed25519, now, issuer } = this.#options;
    const [trustBytes, statusBytes] = await Promise.all([load(publicPaths.trustList), load(publicPaths.statusList)]);
    if (trustBytes === undefined) return this.#unlessForked('unreachable');
    const current = this.#trust?.list;
    const expected = { roots: current?.roots ?? roots, current, now: now(), ed25519 };
    const { taken, refused } = await followTrustList(trustBytes, expected, rootChange);
    for (const { list } of taken) {
      const held = this.#trust?.list;
      if (!held || list.version > held.version || list.changesRoots) this.#hold(list, unsettled(this.#forks, list));
    }
    if (refused) {
      const seen = refused === 'trust_list_fork' ? trustListName(trustBytes) : undefined;
      const held = this.#trust?.list;
      if (seen && held) this.#hold(held, withFork(this.#forks, { list: 'trust', version: seen.version }));
      return this.#unlessForked('refused');
    }
    if (statusBytes === undefined || this.#trust === undefined) return this.#unlessForked('unreachable');
    const uri = issuer + publicPaths.statusList;
    const status = await verifyStatusList(statusBytes, { trust: this.#trust, ed25519, now: now(), uri });
    if (!status.ok) return this.#unlessForked('refused');
    if (this.#status.put(status.value)) {
      this.#statusIssuedAt = status.value.issuedAt;
      this.#statusSigner = signerOf(statusBytes);
    }
    return this.#unlessForked('fresh');
  }

  #unlessForked(outcome: ListsOutcome): ListsOutcome {
    return this.#trust?.contradicted ? 'forked' : outcome;
  }

  // SECURITY: an unsettled fork goes with the list into every verdict; that the edge shows the first one again does not end it.
  #hold(list: TrustList, forks: readonly Fork[]): void {
    const changed = forks.length > 0 || this.#forks.length > 0;
    this.#trust = trustView(list, forks);
    this.#forks = forks;
    // SECURITY: whoever signed the statuses must be trusted by the list that holds now. How new they said they were goes with them.
    if (!signsStatuses(list, this.#statusSigner)) {
      this.#status = new StatusLists();
      this.#statusIssuedAt = undefined;
    }
    // A page that knows of none does not undo what another one of this browser met.
    if (changed) this.#options.forks.keep(forks);
  }
}

const rootChange: RootChangeOf = (id) => load(`${publicPaths.rootChange}/${id}`);

async function load(path: string): Promise<Uint8Array | undefined> {
  try {
    const answer = await fetch(path, { cache: 'no-cache', signal: AbortSignal.timeout(fetchTimeoutMs) });
    return answer.ok ? new Uint8Array(await answer.arrayBuffer()) : undefined;
  } catch {
    return undefined;
  }
}
