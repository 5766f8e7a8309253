// The isolate's memory of relying parties: each for 30 seconds, all forgotten within 5 seconds of any change (the kill switch).

import { elapsed } from '../../shared/base/elapsed.ts';
import type { Clients } from '../store/clients.ts';
import type { Client } from './client.ts';

export const clientLifetimeMs = 30_000;
/** Suspension must take effect everywhere within this time. */
export const epochLifetimeMs = 5_000;
/** From this age on, the epoch is looked up beside the request that found it so; that request does not wait. */
const epochRefreshMs = 3_000;

const mostEntries = 5_000;

type Entry = { readonly client: Client | undefined; readonly readAtMs: number };

export class ClientCache {
  readonly #clients: Pick<Clients, 'find' | 'epoch'>;
  readonly #nowMs: () => number;
  readonly #entries = new Map<string, Entry>();
  #epoch = -1;
  #epochAtMs = Number.NEGATIVE_INFINITY;
  #refreshing = false;

  readonly #own: ReadonlyMap<string, Client>;

  /** `own`: the edge's own clients, which no table holds. */
  constructor(
    clients: Pick<Clients, 'find' | 'epoch'>,
    nowMs: () => number,
    own: ReadonlyMap<string, Client> = new Map(),
  ) {
    this.#own = own;
    this.#clients = clients;
    this.#nowMs = nowMs;
  }

  /** The client as it is now, give or take 5 seconds; suspended ones too. `later` carries work past the answer. */
  async find(clientId: string, later: (work: Promise<unknown>) => void): Promise<Client | undefined> {
    const own = this.#own.get(clientId);
    if (own) return own;
    // No client has such an id; nothing is looked up for what cannot be one.
    if (!/^[A-Za-z0-9._~-]{1,64}$/.test(clientId)) return undefined;
    const age = elapsed(this.#nowMs(), this.#epochAtMs);
    // Requests do not wait for each other's reads: workerd ties a pending read to the request that began it.
    if (age >= epochLifetimeMs) await this.#readEpoch();
    else if (age >= epochRefreshMs && !this.#refreshing) {
      this.#refreshing = true;
      later(this.#readEpoch().finally(() => (this.#refreshing = false)));
    }
    const known = this.#entries.get(clientId);
    if (known && elapsed(this.#nowMs(), known.readAtMs) < clientLifetimeMs) return known.client;
    const [readAtMs, epochBefore] = [this.#nowMs(), this.#epoch];
    const client = await this.#clients.find(clientId);
    // A change that another request heard of while this read was under way may have come after it: not kept.
    if (this.#epoch !== epochBefore) return client;
    if (this.#entries.size >= mostEntries) this.#entries.clear();
    this.#entries.set(clientId, { client, readAtMs });
    return client;
  }

  async #readEpoch(): Promise<void> {
    const askedAtMs = this.#nowMs();
    const epoch = await this.#clients.epoch();
    if (epoch !== this.#epoch) this.#entries.clear();
    this.#epoch = epoch;
    this.#epochAtMs = askedAtMs;
  }
}
