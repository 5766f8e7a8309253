// This kiosk's way to its edge: who it is there, and whether the line was up when it was last used. Made anew after enrolment.
import type { EpochSeconds } from '../../../shared/base/brands.ts';
import type { KioskState } from '../../bridge/contract.ts';
import type { IdentityStore } from '../store/identity.ts';
import { EdgeClient, type EdgeKey } from './edge-client.ts';
import { edgeKeyOf } from './key.ts';

export type Connected = { readonly client: EdgeClient; readonly key: EdgeKey; readonly kioskId: string };

export type ConnectionNeeds = {
  readonly identity: Pick<IdentityStore, 'load'>;
  readonly fetch: typeof fetch;
  readonly now: () => EpochSeconds;
  readonly software: string;
  readonly via?: string;
  readonly backoffMs?: readonly number[];
  /** The edge refused a request for its time, whatever it was about. */
  readonly clockRejected: (edgeTime: EpochSeconds) => void;
  readonly changed: () => void;
};

export class Connection {
  readonly #needs: ConnectionNeeds;
  #line: KioskState['line']['state'] = 'unknown';
  #current: Connected | undefined;

  constructor(needs: ConnectionNeeds) {
    this.#needs = needs;
  }

  get line(): KioskState['line']['state'] {
    return this.#line;
  }

  /** undefined: this kiosk has not joined. */
  current(): Connected | undefined {
    if (this.#current) return this.#current;
    const self = this.#needs.identity.load();
    if (!self || self.state === 'joining') return undefined;
    this.#current = { client: this.clientOf(self.edge), key: edgeKeyOf(self, self.kioskId), kioskId: self.kioskId };
    return this.#current;
  }

  /** After this kiosk has become another one. */
  forget(): void {
    this.#current = undefined;
  }

  clientOf(edge: string): EdgeClient {
    const { now, software, via, backoffMs, clockRejected } = this.#needs;
    const fetch: typeof globalThis.fetch = (input, init) => this.#watched(input, init);
    return new EdgeClient({
      edge,
      fetch,
      now,
      software,
      clockRejected,
      ...(via ? { via } : {}),
      ...(backoffMs ? { backoffMs } : {}),
    });
  }

  async #watched(...[input, init]: Parameters<typeof fetch>): Promise<Response> {
    try {
      const response = await this.#needs.fetch(input, init);
      this.#saw('up');
      return response;
    } catch (thrown) {
      this.#saw('down');
      throw thrown;
    }
  }

  #saw(line: 'up' | 'down'): void {
    if (line === this.#line) return;
    this.#line = line;
    this.#needs.changed();
  }
}
