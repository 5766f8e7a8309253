// The lists the page checks against: fetched from the edge, verified here against the roots that came with the page, kept in memory.
import type { EpochSeconds } from '../../../shared/base/brands.ts';
import { publicPaths } from '../../../shared/contract/public-paths.ts';
import type { CoseKey } from '../../../shared/cose/key.ts';
import type { Ed25519 } from '../../../shared/crypto/ed25519.ts';
import { verifyStatusList } from '../../../shared/trust/status-list.ts';
import { StatusLists } from '../../../shared/trust/status-source.ts';
import { verifyTrustList } from '../../../shared/trust/trust-list.ts';
import { type TrustView, trustView } from '../../../shared/trust/trust-view.ts';

export type CheckedLists = {
  readonly trust: TrustView;
  readonly status: StatusLists;
  readonly statusIssuedAt?: EpochSeconds;
};

/** `refused`: what came was not signed as it must be. `forked`: another list of a number that was held, now or before. `unreachable`: nothing came. */
export type ListsOutcome = 'fresh' | 'unreachable' | 'refused' | 'forked';

export type EdgeListsOptions = {
  /** The edge's origin: what its status list and its credentials name. */
  readonly issuer: string;
  readonly roots: readonly CoseKey[];
  readonly ed25519: Ed25519;
  readonly now: () => EpochSeconds;
};

const fetchTimeoutMs = 20_000;

export class EdgeLists {
  readonly #options: EdgeListsOptions;
  readonly #status = new StatusLists();
  #trust: TrustView | undefined;
  #statusIssuedAt: EpochSeconds | undefined;
  /** Once seen it stays true, whatever comes next. */
  #forked = false;

  constructor(options: EdgeListsOptions) {
    this.#options = options;
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
    if (trustBytes === undefined) return 'unreachable';
    const current = this.#trust?.list;
    const trust = await verifyTrustList(trustBytes, { roots: current?.roots ?? roots, current, now: now(), ed25519 });
    if (!trust.ok) {
      this.#forked ||= trust.error.reason === 'trust_list_fork';
      return this.#forked ? 'forked' : 'refused';
    }
    if (current === undefined || trust.value.version > current.version) this.#trust = trustView(trust.value);
    if (statusBytes === undefined || this.#trust === undefined) return 'unreachable';
    const uri = issuer + publicPaths.statusList;
    const status = await verifyStatusList(statusBytes, { trust: this.#trust, ed25519, now: now(), uri });
    if (!status.ok) return 'refused';
    if (this.#status.put(status.value)) this.#statusIssuedAt = status.value.issuedAt;
    return this.#forked ? 'forked' : 'fresh';
  }
}

async function load(path: string): Promise<Uint8Array | undefined> {
  try {
    const answer = await fetch(path, { cache: 'no-cache', signal: AbortSignal.timeout(fetchTimeoutMs) });
    return answer.ok ? new Uint8Array(await answer.arrayBuffer()) : undefined;
  } catch {
    return undefined;
  }
}
