// Where a verifier looks a status up: by list address and index, whatever form the lists came in.

import type { EpochSeconds } from '../base/brands.ts';
import type { Dated } from './freshness.ts';
import type { StatusBitmap } from './status-bitmap.ts';
import { CHUNK_LENGTH, type StatusList } from './status-list.ts';

export type StatusAnswer = Dated & { readonly status: number };

export type StatusSource = {
  /** Undefined if no list for this address is at hand, or the index lies outside it. */
  find(uri: string, index: number): StatusAnswer | undefined;
};

/** Lists fetched one by one. A newer list for the same address takes the older one's place. */
export class StatusLists implements StatusSource {
  readonly #byUri = new Map<string, StatusList>();

  /** False if the list at hand is newer: an old list cannot be put back. */
  put(list: StatusList): boolean {
    const held = this.#byUri.get(list.uri);
    if (held !== undefined && held.issuedAt > list.issuedAt) return false;
    this.#byUri.set(list.uri, list);
    return true;
  }

  find(uri: string, index: number): StatusAnswer | undefined {
    const list = this.#byUri.get(uri);
    const status = list?.bitmap.get(index);
    if (list === undefined || status === undefined) return undefined;
    return { status, issuedAt: list.issuedAt, expiresAt: list.expiresAt };
  }
}

/** One bitmap for all lists of an issuer: list n of `baseUri` + n holds indices n · 2^20 and up. */
export function nationalStatus(national: {
  readonly baseUri: string;
  readonly bitmap: StatusBitmap;
  readonly issuedAt: EpochSeconds;
  readonly expiresAt: EpochSeconds | undefined;
}): StatusSource {
  const { baseUri, bitmap, issuedAt, expiresAt } = national;
  // Where each list begins, by its address: reckoned once for each list that exists.
  const begins = new Map<string, number>();
  for (let chunk = 0; chunk * CHUNK_LENGTH < bitmap.length; chunk++) begins.set(baseUri + chunk, chunk * CHUNK_LENGTH);
  return {
    find(uri, index) {
      const begin = begins.get(uri);
      if (begin === undefined || index >= CHUNK_LENGTH) return undefined;
      const status = bitmap.get(begin + index);
      return status === undefined ? undefined : { status, issuedAt, expiresAt };
    },
  };
}
