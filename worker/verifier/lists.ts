// The trust list and the status list in the isolate's memory: verified when they change, refreshed behind the requests' backs.
// Knows no policy: how old a list may be is the verdict's business.

import type { EpochSeconds } from '../../shared/base/brands.ts';
import { elapsed } from '../../shared/base/elapsed.ts';
import type { CoseKey } from '../../shared/cose/key.ts';
import type { Ed25519 } from '../../shared/crypto/ed25519.ts';
import { type Fork, signerOf, signsStatuses, unsettled, withFork } from '../../shared/trust/fork.ts';
import { followTrustList } from '../../shared/trust/root-change.ts';
import { verifyStatusList } from '../../shared/trust/status-list.ts';
import { StatusLists, type StatusSource } from '../../shared/trust/status-source.ts';
import { type TrustList, trustListName } from '../../shared/trust/trust-list.ts';
import { type TrustView, trustView } from '../../shared/trust/trust-view.ts';
import { publicFile, rootChangeFile } from '../issuer/publication.ts';

/** R2 keys of the files that the edge publishes. */
export const listFiles = { trustList: publicFile.trust_list, statusList: publicFile.status_list } as const;

/** What is asked of R2: the bytes, or nothing when they are those of `etag`. */
export type PublishedFiles = {
  read(
    key: string,
    etag: string | undefined,
  ): Promise<{ readonly etag: string; readonly bytes: Uint8Array } | 'same' | 'missing'>;
};

export function publishedFiles(bucket: Pick<R2Bucket, 'get'>): PublishedFiles {
  return {
    async read(key, etag) {
      const object = await bucket.get(key, etag === undefined ? {} : { onlyIf: { etagDoesNotMatch: etag } });
      if (object === null) return 'missing';
      if (!('body' in object)) return 'same';
      return { etag: object.etag, bytes: new Uint8Array(await object.arrayBuffer()) };
    },
  };
}

export type HeldLists = {
  readonly trust: TrustView;
  readonly trustIssuedAt: EpochSeconds;
  readonly status: StatusSource;
  readonly statusIssuedAt: EpochSeconds | undefined;
};

/** Refreshed in the background when looked at so long ago … */
const freshMs = 10_000;
/** … and awaited after so long a rest: an isolate that slept must not answer from what it dreamt. */
const dueMs = 30_000;

const nothingYet = { issuedAt: 0, signer: '' } as const;

export type ListsOptions = {
  readonly files: PublishedFiles;
  readonly roots: readonly CoseKey[];
  /** Where the status list says it is published. */
  readonly statusListUri: string;
  readonly ed25519: Ed25519;
  readonly nowMs: () => number;
  readonly now: () => EpochSeconds;
};

export class Lists {
  readonly #options: ListsOptions;
  #roots: readonly CoseKey[];
  #trust: TrustView | undefined;
  /** What this isolate saw itself, by two signatures: no kiosk's word gets here. */
  #forks: readonly Fork[] = [];
  #statusList: { readonly issuedAt: EpochSeconds; readonly source: StatusSource } | undefined;
  /** How long the last one was when it was unpacked: the next is so long too, and then takes no more memory than that on its way. */
  #statusBytes = 1 << 20;
  /** Behind it nothing goes back, for as long as its signer is believed: a stolen key could have dated it a year ahead. */
  #newestStatus: { readonly issuedAt: number; readonly signer: string } = nothingYet;
  #held: HeldLists | undefined;
  #trustEtag: string | undefined;
  #statusEtag: string | undefined;
  #lookedAtMs = Number.NEGATIVE_INFINITY;
  #looking = false;

  constructor(options: ListsOptions) {
    this.#options = options;
    this.#roots = options.roots;
  }

  /** At once when the isolate holds lists that are fresh enough; a promise when it must look first. Undefined: there is no trust list. */
  current(later: (work: Promise<unknown>) => void): HeldLists | undefined | Promise<HeldLists | undefined> {
    const restedMs = elapsed(this.#options.nowMs(), this.#lookedAtMs);
    if (this.#held === undefined || restedMs > dueMs) return this.#lookNow();
    if (restedMs > freshMs && !this.#looking) later(this.#lookNow());
    return this.#held;
  }

  /** This isolate published a list itself: the next question waits until it has been read. Other isolates find out in ten seconds. */
  changed(): void {
    this.#lookedAtMs = Number.NEGATIVE_INFINITY;
  }

  async #lookNow(): Promise<HeldLists | undefined> {
    this.#looking = true;
    try {
      await this.#look();
    } catch {
      // R2 did not answer: what is held stays, and its age shows.
      console.error('lists_not_read');
    } finally {
      this.#looking = false;
    }
    return this.#held;
  }

  async #look(): Promise<void> {
    const { files, nowMs } = this.#options;
    const lookedAtMs = nowMs();
    const [trustFile, statusFile] = await Promise.all([
      files.read(listFiles.trustList, this.#trustEtag),
      files.read(listFiles.statusList, this.#statusEtag),
    ]);
    let statusBytes = typeof statusFile === 'object' ? statusFile : undefined;
    const followed = typeof trustFile === 'object' ? await this.#takeTrust(trustFile.bytes) : undefined;
    if (typeof trustFile === 'object' && followed?.toTheEnd) this.#trustEtag = trustFile.etag;
    // SECURITY: whoever signed the status list must be trusted by the list that holds now.
    if (followed?.changed && this.#statusList !== undefined) {
      const again = statusBytes ?? (await files.read(listFiles.statusList, undefined));
      statusBytes = typeof again === 'object' ? again : undefined;
      this.#statusList = undefined;
      if (this.#trust && !signsStatuses(this.#trust.list, this.#newestStatus.signer)) this.#newestStatus = nothingYet;
    }
    if (statusBytes !== undefined && (await this.#takeStatus(statusBytes.bytes))) this.#statusEtag = statusBytes.etag;
    this.#hold();
    this.#lookedAtMs = lookedAtMs;
  }

  async #takeTrust(bytes: Uint8Array): Promise<{ readonly changed: boolean; readonly toTheEnd: boolean }> {
    const { ed25519, now } = this.#options;
    const current: TrustList | undefined = this.#trust?.list;
    const expected = { roots: this.#roots, current, now: now(), ed25519 };
    const { taken, refused } = await followTrustList(bytes, expected, (id) => this.#rootChange(id));
    for (const { list } of taken) {
      this.#forks = unsettled(this.#forks, list);
      this.#trust = trustView(list, this.#forks);
      this.#roots = list.roots;
    }
    const changed = taken.length > 0;
    if (!refused) return { changed, toTheEnd: true };
    console.error('trust_list_refused', refused);
    const seen = refused === 'trust_list_fork' ? trustListName(bytes) : undefined;
    if (seen !== undefined && this.#trust !== undefined) {
      this.#forks = withFork(this.#forks, { list: 'trust', version: seen.version });
      this.#trust = trustView(this.#trust.list, this.#forks);
    }
    return { changed, toTheEnd: false };
  }

  async #rootChange(id: string): Promise<Uint8Array | undefined> {
    const file = await this.#options.files.read(rootChangeFile(id), undefined);
    return typeof file === 'object' ? file.bytes : undefined;
  }

  async #takeStatus(bytes: Uint8Array): Promise<boolean> {
    const { ed25519, now, statusListUri } = this.#options;
    if (this.#trust === undefined) return false;
    const by = { trust: this.#trust, ed25519, now: now(), uri: statusListUri, expectedBytes: this.#statusBytes };
    const list = await verifyStatusList(bytes, by);
    if (!list.ok) {
      console.error('status_list_refused', list.error.reason);
      return false;
    }
    // SECURITY: an older list would bring revoked credentials back.
    if (list.value.issuedAt < this.#newestStatus.issuedAt) return false;
    this.#newestStatus = { issuedAt: list.value.issuedAt, signer: signerOf(bytes) };
    // What a nation's bitmap says in a tenth of its memory: the next one is unpacked beside it.
    const source = new StatusLists();
    source.put(list.value);
    this.#statusList = { issuedAt: list.value.issuedAt, source };
    this.#statusBytes = list.value.bitmap.bytes.length;
    return true;
  }

  #hold(): void {
    if (this.#trust === undefined) return;
    const status = this.#statusList?.source ?? new StatusLists();
    this.#held = {
      trust: this.#trust,
      trustIssuedAt: this.#trust.list.issuedAt,
      status,
      statusIssuedAt: this.#statusList?.issuedAt,
    };
  }
}
