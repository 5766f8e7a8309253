// The trust list and the status list that this kiosk believes: fetched, verified, kept, and put in memory for the verifier.
// Long: one state machine of what is held, what changes its roots, and what contradicts it.

import type { EpochSeconds } from '../../../shared/base/brands.ts';
import { err, ok, type Result } from '../../../shared/base/result.ts';
import { kioskPaths } from '../../../shared/contract/kiosk.ts';
import type { CoseKey } from '../../../shared/cose/key.ts';
import { type Fork, unsettled, withFork } from '../../../shared/trust/fork.ts';
import { followTrustList } from '../../../shared/trust/root-change.ts';
import { type StatusList, verifyStatusList } from '../../../shared/trust/status-list.ts';
import { StatusLists, type StatusSource } from '../../../shared/trust/status-source.ts';
import { type TrustList, trustListName, verifyTrustList } from '../../../shared/trust/trust-list.ts';
import { type TrustView, trustView } from '../../../shared/trust/trust-view.ts';
import { syncReasons } from '../../bridge/reasons.ts';
import type { KioskClock } from '../clock.ts';
import type { EdgeClient, EdgeError } from '../edge/edge-client.ts';
import type { IdentityStore } from '../store/identity.ts';
import type { ListName, ListStore, StoredList } from '../store/lists.ts';
import { nodeEd25519 } from '../verifier/node-ed25519.ts';
import { NationalStatuses } from './national-statuses.ts';

export type ListsReason = (typeof syncReasons)[number];
type ListsError = { readonly reason: ListsReason; readonly detail: string };

const files = {
  trust: { path: kioskPaths.trustList, maxBytes: 65_536 },
  status: { path: kioskPaths.statusList, maxBytes: 1 << 23 },
} as const;
const timeoutMs = 15_000;
const rootChangeAsk = (id: string) =>
  ({
    method: 'GET',
    path: `${kioskPaths.rootChange}/${id}`,
    timeoutMs,
    maxBytes: files.trust.maxBytes,
    tries: 2,
  }) as const;

/** A list that contradicts the one that is held: both were signed as they must be. */
export type SeenFork = {
  readonly list: ListName;
  readonly file: Uint8Array;
  readonly version: number;
  readonly seenHash: Uint8Array;
  readonly heldVersion: number;
  readonly heldHash: Uint8Array;
  /** What it means for verdicts. */
  readonly fork: Fork;
};

export type ListsNeeds = {
  readonly lists: ListStore;
  readonly identity: Pick<IdentityStore, 'load' | 'keepRoots'>;
  readonly clock: KioskClock;
  readonly sawFork: (fork: SeenFork) => void;
  /** Those that nobody has settled. They outlive a restart, as what they contradict does. */
  readonly forks: { load(): readonly Fork[]; keep(forks: readonly Fork[]): void };
};

export class Lists {
  readonly #needs: ListsNeeds;
  #trust: TrustView | undefined;
  #status: StatusLists = new StatusLists();
  readonly #national: NationalStatuses;
  #statusList: StatusList | undefined;
  #problem: ListsReason | undefined;
  #forks: readonly Fork[] = [];

  constructor(needs: ListsNeeds) {
    this.#needs = needs;
    const { lists, clock, identity } = needs;
    this.#national = new NationalStatuses({
      lists,
      clock,
      sawFork: (seen) => this.#sawFork(seen),
      trust: () => this.#trust,
      edge: () => identity.load()?.edge,
    });
  }

  get trust(): TrustView | undefined {
    return this.#trust;
  }

  /** The nation's statuses where the edge publishes them so; else the whole list. */
  get status(): StatusSource {
    return this.#national.source ?? this.#status;
  }

  /** Of the statuses that decide: their version is a sequence, and their hash is of the state itself. */
  stored(name: ListName): StoredList | undefined {
    const chain = name === 'status' ? this.#national.stored : undefined;
    if (chain === undefined) return this.#needs.lists.load(name);
    const { snapshot, sequence, hash, fetchedAt, confirmedAt } = chain;
    return { bytes: snapshot, version: sequence, sha256: hash, fetchedAt, confirmedAt };
  }

  /** When those that decide were signed: what their age is counted from, everywhere. Undefined: none is believed. */
  signedAt(name: ListName): EpochSeconds | undefined {
    if (name === 'trust') return this.#trust?.list.issuedAt;
    return this.#national.signedAt ?? this.#statusList?.issuedAt;
  }

  /** Reads what is on the disk, verifying it again: a file that no longer verifies is as if it were not there. */
  async load(): Promise<void> {
    this.#forks = this.#needs.forks.load();
    const trust = this.#needs.lists.load('trust');
    if (trust) await this.#openTrust(trust.bytes);
    this.#settle();
    await this.#loadStatuses();
  }

  /** A file whose signer is believed no more is as if it were not there. */
  async #loadStatuses(): Promise<void> {
    this.#status = new StatusLists();
    this.#statusList = undefined;
    const status = this.#needs.lists.load('status');
    if (status) await this.#takeStatus(status.bytes);
    await this.#national.load();
  }

  /** Another edge, other roots: nothing of the earlier one is believed any more. */
  forget(): void {
    this.#trust = undefined;
    this.#status = new StatusLists();
    this.#statusList = undefined;
    this.#problem = undefined;
    this.#keepForks([]);
    this.#national.forget();
  }

  /** Why what was shown last was refused, or what stands since; of a line that is down nothing is learned. */
  get problem(): ListsReason | undefined {
    const [fork] = this.#forks;
    return this.#problem ?? (fork && `${fork.list}_list_forked`);
  }

  /** Fetches what changed since. True if anything did. */
  async refresh(client: EdgeClient): Promise<Result<boolean, EdgeError | ListsError>> {
    const refreshed = await this.#refresh(client);
    if (refreshed.ok) this.#problem = undefined;
    else this.#problem = syncReasons.find((reason) => reason === refreshed.error.reason) ?? this.#problem;
    return refreshed;
  }

  async #refresh(client: EdgeClient): Promise<Result<boolean, EdgeError | ListsError>> {
    // Trust first: statuses are signed by a key that it names.
    const held = this.#trust?.list;
    const trust = await this.#fetch(client, 'trust');
    // SECURITY: whoever signed the statuses must be trusted by the list that holds now, also when it is not the newest one.
    if (this.#trust?.list !== held) await this.#loadStatuses();
    if (!trust.ok) return trust;
    const followed = await this.#national.refresh(client);
    if (!followed.ok) return followed;
    if (followed.value !== 'absent' || this.#national.source !== undefined) {
      return ok(trust.value || followed.value === 'changed');
    }
    const status = await this.#fetch(client, 'status');
    return status.ok ? ok(trust.value || status.value) : status;
  }

  async #fetch(client: EdgeClient, name: ListName): Promise<Result<boolean, EdgeError | ListsError>> {
    const { lists, clock } = this.#needs;
    const held = lists.load(name);
    const known = name === 'trust' ? this.#trust : this.#statusList;
    const answer = await client.ask({
      method: 'GET',
      path: files[name].path,
      headers: held?.etag && known ? { 'if-none-match': held.etag } : {},
      timeoutMs,
      maxBytes: files[name].maxBytes,
      tries: 2,
    });
    // An edge that has not published it yet (its first minute) is not an edge that lies.
    if (!answer.ok && answer.error.reason === 'refused' && answer.error.status === 404) return ok(false);
    if (!answer.ok) return answer;
    const now = clock.now();
    const { status, body, etag } = answer.value;
    if (status === 304) {
      lists.confirm(name, now);
      return ok(false);
    }
    const file = { bytes: body, ...(etag ? { etag } : {}) };
    const taken = name === 'trust' ? await this.#takeTrust(client, file) : await this.#takeStatus(body);
    if (!taken.ok) return taken;
    // A file that no longer verifies holds no place on the disk either: a stolen key may have dated it far ahead.
    if (name === 'status') lists.keep(name, { ...file, version: taken.value }, now, { over: known === undefined });
    return ok(!held || !Buffer.from(held.bytes).equals(body));
  }

  #roots(): readonly CoseKey[] | undefined {
    const self = this.#needs.identity.load();
    if (!self || self.state === 'joining') return undefined;
    return self.trustRoots.map((x): CoseKey => ({ curve: 'Ed25519', x }));
  }

  /** From the disk. The roots it names are noted again: the power may have gone between the list and them. */
  async #openTrust(bytes: Uint8Array): Promise<void> {
    const roots = this.#roots();
    if (!roots) return;
    const list = await verifyTrustList(bytes, { roots, now: this.#needs.clock.now(), ed25519: nodeEd25519 });
    if (!list.ok) return;
    this.#trust = trustView(list.value, this.#forks);
    this.#settle();
    this.#keepRoots(list.value);
  }

  /** The list that the edge shows; when its roots are not the ones held, over the changes that lead to it, each kept as it is taken. */
  async #takeTrust(
    client: EdgeClient,
    file: Pick<StoredList, 'bytes' | 'etag'>,
  ): Promise<Result<number, EdgeError | ListsError>> {
    const { lists, clock } = this.#needs;
    const roots = this.#roots();
    if (!roots) return err({ reason: 'trust_list_refused', detail: 'not enrolled' });
    const current = this.#trust?.list;
    const now = clock.now();
    let unheard: EdgeError | undefined;
    const { taken, refused } = await followTrustList(
      file.bytes,
      { roots, current, now, ed25519: nodeEd25519 },
      async (id) => {
        const answer = await client.ask(rootChangeAsk(id));
        if (answer.ok) return answer.value.body;
        if (answer.error.reason !== 'refused') unheard = answer.error;
        return undefined;
      },
    );
    for (const { list, bytes } of taken) {
      this.#trust = trustView(list, this.#forks);
      const kept = bytes === file.bytes ? file : { bytes };
      lists.keep('trust', { ...kept, version: list.version }, now, { over: list.changesRoots });
      // After the list itself: what it settles is not forgotten before it is kept, and a list that changes roots holds under the old
      // ones too, the next one would not.
      this.#settle();
      this.#keepRoots(list);
    }
    if (!refused) return ok(this.#trust?.list.version ?? 0);
    if (unheard) return err(unheard);
    if (refused === 'trust_list_fork') {
      this.#sawTrustFork(file.bytes, this.#trust?.list);
      return err({ reason: 'trust_list_forked', detail: refused });
    }
    const reason = refused === 'trust_list_rollback' ? 'trust_list_rolled_back' : 'trust_list_refused';
    return err({ reason, detail: refused });
  }

  #sawTrustFork(file: Uint8Array, held: TrustList | undefined): void {
    const seen = trustListName(file);
    if (!seen || !held) throw new Error('a fork of a list that is not there');
    const { version, hash: seenHash } = seen;
    const fork = { list: 'trust', version } as const;
    this.#sawFork({ list: 'trust', file, version, seenHash, heldVersion: held.version, heldHash: held.hash, fork });
  }

  // SECURITY: from here on nothing is accepted by these lists, and honest ones that come later do not change that by themselves.
  #sawFork(seen: SeenFork): void {
    this.#keepForks(withFork(this.#forks, seen.fork));
    this.#needs.sawFork(seen);
  }

  #settle(): void {
    if (this.#trust) this.#keepForks(unsettled(this.#forks, this.#trust.list));
  }

  #keepForks(forks: readonly Fork[]): void {
    if (forks.length === this.#forks.length && forks.every((fork, i) => fork === this.#forks[i])) return;
    this.#forks = forks;
    this.#needs.forks.keep(forks);
    if (this.#trust) this.#trust = trustView(this.#trust.list, forks);
  }

  /** A list that both old roots signed may name new ones: from then on those are the pinned ones. */
  #keepRoots(list: TrustList): void {
    const [a, b] = list.roots;
    if (a?.curve === 'Ed25519' && b?.curve === 'Ed25519') this.#needs.identity.keepRoots([a.x, b.x]);
  }

  async #takeStatus(bytes: Uint8Array): Promise<Result<number, ListsError>> {
    const { identity, clock } = this.#needs;
    const edge = identity.load()?.edge;
    if (!this.#trust || !edge) return err({ reason: 'status_list_refused', detail: 'no trust list' });
    const uri = edge + kioskPaths.statusList;
    const list = await verifyStatusList(bytes, { trust: this.#trust, ed25519: nodeEd25519, now: clock.now(), uri });
    if (!list.ok) return err({ reason: 'status_list_refused', detail: list.error.reason });
    // SECURITY: an older list would make a revoked credential good again.
    if (!this.#status.put(list.value))
      return err({ reason: 'status_list_rolled_back', detail: 'older than the one held' });
    this.#statusList = list.value;
    return ok(list.value.issuedAt);
  }
}
