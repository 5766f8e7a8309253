// The status lists of credentials for online use, chunk by chunk as they are asked for: nobody holds that space whole. What is held is
// looked at again as the other lists are, and belongs to the trust list that its signer was found in.
import type { EpochSeconds } from '../../shared/base/brands.ts';
import { elapsed } from '../../shared/base/elapsed.ts';
import type { Ed25519 } from '../../shared/crypto/ed25519.ts';
import { inLittleMemory, type Statuses } from '../../shared/trust/sparse-statuses.ts';
import { verifyStatusList } from '../../shared/trust/status-list.ts';
import { type FetchedStatusSource, type StatusAnswer, wholeIndex } from '../../shared/trust/status-source.ts';
import type { TrustView } from '../../shared/trust/trust-view.ts';
import { chunkOf, isOnline, statusSpaces } from '../issuer/publication.ts';
import { chunkFile } from '../issuer/status-files.ts';
import type { HeldLists, PublishedFiles } from './lists.ts';

const freshMs = 10_000;
/** Some ten thousand bytes each at one in a hundred not valid. */
const maxHeld = 64;

type HeldChunk = {
  readonly trust: TrustView;
  readonly etag: string;
  readonly issuedAt: EpochSeconds;
  readonly expiresAt: EpochSeconds | undefined;
  readonly statuses: Statuses;
  readonly lookedAtMs: number;
};

export type OnlineChunksOptions = {
  readonly files: PublishedFiles;
  /** Where the whole list says it is published: a chunk's number follows. */
  readonly statusListUri: string;
  readonly ed25519: Ed25519;
  readonly nowMs: () => number;
  readonly now: () => EpochSeconds;
};

export class OnlineChunks {
  readonly #options: OnlineChunksOptions;
  readonly #held = new Map<number, HeldChunk>();

  constructor(options: OnlineChunksOptions) {
    this.#options = options;
  }

  /** Statuses of both spaces: those of `lists` at once, an online one after its chunk was read. */
  beside(lists: Pick<HeldLists, 'status' | 'trust'>): FetchedStatusSource {
    return {
      find: (uri, index) => {
        const whole = wholeIndex(this.#options.statusListUri, { uri, index });
        const chunk = whole === undefined ? 0 : chunkOf(whole);
        return isOnline(chunk) ? this.#find(chunk, uri, index, lists.trust) : lists.status.find(uri, index);
      },
    };
  }

  async #find(chunk: number, uri: string, index: number, trust: TrustView): Promise<StatusAnswer | undefined> {
    const { firstChunk, mostChunks } = statusSpaces.online;
    // One chunk has one address, and no index beyond its own.
    if (chunk >= firstChunk + mostChunks || uri !== this.#options.statusListUri + chunk) return undefined;
    const known = this.#held.get(chunk);
    const held = known?.trust === trust ? known : undefined;
    const restedMs = held ? elapsed(this.#options.nowMs(), held.lookedAtMs) : Number.POSITIVE_INFINITY;
    const current = restedMs <= freshMs ? held : await this.#look(chunk, uri, trust, held);
    const status = current?.statuses.get(index);
    if (!current || status === undefined) return undefined;
    const { issuedAt, expiresAt } = current;
    return { status, issuedAt, expiresAt };
  }

  /** What is held stays when nothing better comes: its age shows. */
  async #look(
    chunk: number,
    uri: string,
    trust: TrustView,
    held: HeldChunk | undefined,
  ): Promise<HeldChunk | undefined> {
    const { files, ed25519, now, nowMs } = this.#options;
    const lookedAtMs = nowMs();
    let file: Awaited<ReturnType<PublishedFiles['read']>>;
    try {
      file = await files.read(chunkFile(chunk), held?.etag);
    } catch {
      console.error('lists_not_read');
      return held;
    }
    if (file === 'missing') return held;
    if (file === 'same') return held && this.#hold(chunk, { ...held, lookedAtMs });
    const list = await verifyStatusList(file.bytes, { trust, ed25519, now: now(), uri });
    if (!list.ok) {
      console.error('status_list_refused', list.error.reason);
      return held;
    }
    const { issuedAt, expiresAt, bitmap } = list.value;
    // SECURITY: an older list would bring revoked credentials back.
    if (held && issuedAt < held.issuedAt) return held;
    const statuses = inLittleMemory(bitmap);
    return this.#hold(chunk, { trust, etag: file.etag, issuedAt, expiresAt, statuses, lookedAtMs });
  }

  #hold(chunk: number, held: HeldChunk): HeldChunk {
    this.#held.delete(chunk);
    this.#held.set(chunk, held);
    const [oldest] = this.#held.keys();
    if (this.#held.size > maxHeld && oldest !== undefined) this.#held.delete(oldest);
    return held;
  }

  /** This isolate published lists itself: each is read again when it is next asked for. */
  changed(): void {
    this.#held.clear();
  }
}
