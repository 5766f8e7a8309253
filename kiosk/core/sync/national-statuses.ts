// The nation's statuses as a kiosk follows them: a snapshot once, then what changed. Whatever is held was proved by the hash that the
// edge signed; a gap or a delta that does not fit sends it to the snapshot again, and never back behind what it holds.
import type { EpochSeconds } from '../../../shared/base/brands.ts';
import { err, ok, type Result } from '../../../shared/base/result.ts';
import { equalBytes } from '../../../shared/bytes/equal.ts';
import { decodeCbor } from '../../../shared/cbor/decode.ts';
import { encodeCbor } from '../../../shared/cbor/encode.ts';
import { kioskPaths } from '../../../shared/contract/kiosk.ts';
import { signerOf } from '../../../shared/trust/fork.ts';
import { applyDeltas, type NationalStatus, verifySnapshot } from '../../../shared/trust/status-snapshot.ts';
import { nationalStatus, type StatusSource } from '../../../shared/trust/status-source.ts';
import type { TrustView } from '../../../shared/trust/trust-view.ts';
import type { KioskClock } from '../clock.ts';
import type { EdgeClient, EdgeError } from '../edge/edge-client.ts';
import type { ListStore, StoredChain } from '../store/lists.ts';
import { nodeEd25519 } from '../verifier/node-ed25519.ts';
import type { SeenFork } from './lists.ts';

export type StatusesError = {
  readonly reason: 'status_list_refused' | 'status_list_rolled_back' | 'status_list_forked';
  readonly detail: string;
};

/** `absent`: this edge publishes no snapshot (yet). */
export type Followed = 'changed' | 'unchanged' | 'absent';

export type NationalNeeds = {
  readonly lists: Pick<ListStore, 'loadChain' | 'keepChain' | 'confirmChain'>;
  readonly clock: KioskClock;
  readonly sawFork: (fork: SeenFork) => void;
  readonly trust: () => TrustView | undefined;
  readonly edge: () => string | undefined;
};

const timeoutMs = 15_000;
const maxSnapshotBytes = 1 << 23;
const maxDeltaBytes = 1 << 20;
/** With more deltas behind the snapshot than this, starting from a newer one is cheaper at every start. */
const renewAtBytes = 131_072;

type Held = { readonly state: NationalStatus; readonly source: StatusSource; readonly snapshot: Uint8Array; readonly deltas: readonly Uint8Array[] }; // biome-ignore format: one row

export class NationalStatuses {
  readonly #needs: NationalNeeds;
  #held: Held | undefined;

  constructor(needs: NationalNeeds) {
    this.#needs = needs;
  }

  get source(): StatusSource | undefined {
    return this.#held?.source;
  }

  get signedAt(): EpochSeconds | undefined {
    return this.#held?.state.issuedAt;
  }

  /** What is on the disk, while it stands for what is held. */
  get stored(): StoredChain | undefined {
    return this.#held && this.#needs.lists.loadChain();
  }

  /** Reads the disk again: a chain that no longer verifies (its key is not trusted any more) is as if it were not there. */
  async load(): Promise<void> {
    this.#held = undefined;
    const chain = this.#needs.lists.loadChain();
    if (!chain) return;
    const deltas = bytesList(chain.deltas);
    if (deltas === undefined) return;
    const state = await this.#stateOf(chain.snapshot, deltas, undefined);
    if (state.ok) this.#hold(state.value, chain.snapshot, deltas);
  }

  /** Another edge, another nation: nothing of the earlier one is believed any more. */
  forget(): void {
    this.#held = undefined;
  }

  async refresh(client: EdgeClient): Promise<Result<Followed, EdgeError | StatusesError>> {
    const held = this.#held;
    const { lists, clock } = this.#needs;
    const deltaBytes = held?.deltas.reduce((sum, delta) => sum + delta.length, 0) ?? 0;
    if (held === undefined || deltaBytes > renewAtBytes) return this.#renew(client);
    const next = await this.#fetchDeltas(client, held.state.sequence);
    if (!next.ok) return next;
    if (next.value === 'gone') return this.#renew(client);
    if (next.value.length === 0) {
      lists.confirmChain(clock.now());
      return ok('unchanged');
    }
    const state = await this.#apply(held.state, next.value);
    if (!state.ok) return this.#renew(client);
    this.#keep(state.value, held.snapshot, [...held.deltas, ...next.value]);
    return ok('changed');
  }

  /** From the snapshot and what came after it, wherever that is: at the same state or a later one than is held. */
  async #renew(client: EdgeClient): Promise<Result<Followed, EdgeError | StatusesError>> {
    const path = kioskPaths.statusSnapshot;
    const answer = await client.ask({ method: 'GET', path, headers: {}, timeoutMs, maxBytes: maxSnapshotBytes, tries: 2 }); // biome-ignore format: one row
    if (!answer.ok && answer.error.reason === 'refused' && answer.error.status === 404) return ok('absent');
    if (!answer.ok) return answer;
    const { body } = answer.value;
    const base = await this.#stateOf(body, [], undefined);
    if (!base.ok) return base;
    const after = await this.#fetchDeltas(client, base.value.sequence);
    if (!after.ok) return after;
    // A snapshot that another one overtakes between two fetches stands by itself until the next round.
    const deltas = after.value === 'gone' ? [] : after.value;
    const state = deltas.length === 0 ? base : await this.#apply(base.value, deltas);
    if (!state.ok) return state;
    // SECURITY: an earlier state would make a revoked credential good again. What is on the disk but no longer verifies does not
    // count: whoever stole a status key could have put the sequence out of everybody's reach.
    if (state.value.sequence < (this.#held?.state.sequence ?? 0)) {
      return err({ reason: 'status_list_rolled_back', detail: 'an earlier sequence than the one held' });
    }
    const fork = [base.value, state.value].find((it) => this.#contradicts(it));
    if (fork && this.#held) {
      const { sequence: heldVersion, hash: heldHash } = this.#held.state;
      const { sequence: version, hash: seenHash } = fork;
      const seenBy = fork === base.value ? body : (deltas.at(-1) ?? body);
      const signers = [signerOf(this.#held.deltas.at(-1) ?? this.#held.snapshot), signerOf(seenBy)] as const;
      const seen = { list: 'status', file: body, version, seenHash, heldVersion, heldHash } as const;
      this.#needs.sawFork({ ...seen, fork: { list: 'status', signers } });
      return err({ reason: 'status_list_forked', detail: 'another state of the sequence that is held' });
    }
    const changed = state.value.sequence !== this.#held?.state.sequence;
    this.#keep(state.value, body, deltas);
    return ok(changed ? 'changed' : 'unchanged');
  }

  // SECURITY: whoever signs two states of one number shows different revocations to different kiosks.
  #contradicts({ sequence, hash }: NationalStatus): boolean {
    const held = this.#held?.state;
    return held?.sequence === sequence && !equalBytes(held.hash, hash);
  }

  async #fetchDeltas(
    client: EdgeClient,
    after: number,
  ): Promise<Result<readonly Uint8Array[] | 'gone', EdgeError | StatusesError>> {
    const path = `${kioskPaths.statusDeltas}?after=${after}`;
    const answer = await client.ask({ method: 'GET', path, headers: {}, timeoutMs, maxBytes: maxDeltaBytes, tries: 2 }); // biome-ignore format: one row
    if (!answer.ok) {
      const { error } = answer;
      return error.reason === 'refused' && (error.status === 410 || error.status === 404) ? ok('gone') : answer;
    }
    const deltas = bytesList(answer.value.body);
    return deltas === undefined ? err({ reason: 'status_list_refused', detail: 'no array of deltas' }) : ok(deltas);
  }

  async #stateOf(
    snapshot: Uint8Array,
    deltas: readonly Uint8Array[],
    current: NationalStatus | undefined,
  ): Promise<Result<NationalStatus, StatusesError>> {
    const trust = this.#needs.trust();
    const edge = this.#needs.edge();
    if (!trust || !edge) return err({ reason: 'status_list_refused', detail: 'no trust list' });
    const baseUri = edge + kioskPaths.statusList;
    const expected = { trust, ed25519: nodeEd25519, now: this.#needs.clock.now(), baseUri, bits: 2, current } as const;
    const taken = await verifySnapshot(snapshot, expected);
    if (!taken.ok) return err({ reason: 'status_list_refused', detail: taken.error.reason });
    return deltas.length === 0 ? ok(taken.value) : this.#apply(taken.value, deltas);
  }

  async #apply(from: NationalStatus, deltas: readonly Uint8Array[]): Promise<Result<NationalStatus, StatusesError>> {
    const trust = this.#needs.trust();
    if (!trust) return err({ reason: 'status_list_refused', detail: 'no trust list' });
    const now = this.#needs.clock.now();
    const state = await applyDeltas(from, deltas, { trust, ed25519: nodeEd25519, now });
    return state.ok ? state : err({ reason: 'status_list_refused', detail: state.error.reason });
  }

  #keep(state: NationalStatus, snapshot: Uint8Array, deltas: readonly Uint8Array[]): void {
    const { sequence, hash } = state;
    const { lists, clock } = this.#needs;
    lists.keepChain({ snapshot, deltas: encodeCbor([...deltas]), sequence, hash }, clock.now());
    this.#hold(state, snapshot, deltas);
  }

  #hold(state: NationalStatus, snapshot: Uint8Array, deltas: readonly Uint8Array[]): void {
    this.#held = { state, source: nationalStatus(state), snapshot, deltas };
  }
}

function bytesList(bytes: Uint8Array): readonly Uint8Array[] | undefined {
  const decoded = decodeCbor(bytes, { maxBytes: maxDeltaBytes });
  if (!decoded.ok || !Array.isArray(decoded.value)) return undefined;
  const items = decoded.value.filter((item): item is Uint8Array => item instanceof Uint8Array);
  return items.length === decoded.value.length ? items : undefined;
}
