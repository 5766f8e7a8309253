// Where a verifier looks a status up: by list address and index, whatever form the lists came in.

import type { EpochSeconds } from '../base/brands.ts';
import type { Dated } from './freshness.ts';
import { inLittleMemory, type Statuses } from './sparse-statuses.ts';
import type { StatusBitmap } from './status-bitmap.ts';
import { CHUNK_LENGTH, type StatusList } from './status-list.ts';

export type StatusAnswer = Dated & { readonly status: number };

export type StatusSource = {
  /** Undefined if no list for this address is at hand, or the index lies outside it. */
  find(uri: string, index: number): StatusAnswer | undefined;
};

/** The same where a list may have to be fetched first. */
export type FetchedStatusSource = {
  find(uri: string, index: number): StatusAnswer | undefined | Promise<StatusAnswer | undefined>;
};

/** Which chunk of an issuer's lists an index of its whole space stands in: what a credential names (`baseUri` + chunk). */
export function chunkReference(baseUri: string, index: number): { readonly uri: string; readonly index: number } {
  return { uri: baseUri + Math.floor(index / CHUNK_LENGTH), index: index % CHUNK_LENGTH };
}

/** The index in the issuer's whole space that a reference names; undefined for another's list. */
export function wholeIndex(
  baseUri: string,
  reference: { readonly uri: string; readonly index: number },
): number | undefined {
  const { uri, index } = reference;
  if (uri === baseUri) return index;
  const digits = uri.length - baseUri.length;
  if (digits < 1 || digits > 4 || !uri.startsWith(baseUri)) return undefined;
  let chunk = 0;
  for (let i = baseUri.length; i < uri.length; i++) {
    const code = uri.charCodeAt(i);
    if (!isDigit(code)) return undefined;
    chunk = chunk * 10 + code - 48;
  }
  return chunk * CHUNK_LENGTH + index;
}

/**
 * Lists fetched one by one. A newer list for the same address takes the older one's place. A list longer than a chunk is an
 * issuer's whole space: it answers for the chunks of its address too, and is held in little memory.
 */
export class StatusLists implements StatusSource {
  readonly #byUri = new Map<string, HeldList>();

  /** False if the list at hand is newer: an old list cannot be put back. */
  put(list: StatusList): boolean {
    const held = this.#byUri.get(list.uri);
    if (held !== undefined && held.issuedAt > list.issuedAt) return false;
    const { issuedAt, expiresAt, bitmap } = list;
    const statuses = bitmap.length > CHUNK_LENGTH ? inLittleMemory(bitmap) : bitmap;
    this.#byUri.set(list.uri, { issuedAt, expiresAt, statuses });
    return true;
  }

  /** Those with these addresses, the lists themselves and not copies of them. */
  only(isKept: (uri: string) => boolean): StatusLists {
    const kept = new StatusLists();
    for (const [uri, list] of this.#byUri) if (isKept(uri)) kept.#byUri.set(uri, list);
    return kept;
  }

  find(uri: string, index: number): StatusAnswer | undefined {
    const list = this.#byUri.get(uri);
    if (list !== undefined) return answerOf(list, index);
    let cut = uri.length;
    while (cut > 0 && isDigit(uri.charCodeAt(cut - 1))) cut--;
    const whole = this.#byUri.get(uri.slice(0, cut));
    const chunk = uri.slice(cut);
    // "03" and "3" are two addresses: only the one that is published counts.
    if (whole === undefined || whole.statuses.length <= CHUNK_LENGTH || String(Number(chunk)) !== chunk)
      return undefined;
    return index < CHUNK_LENGTH ? answerOf(whole, Number(chunk) * CHUNK_LENGTH + index) : undefined;
  }
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

type HeldList = Dated & { readonly statuses: Statuses };

function answerOf({ statuses, issuedAt, expiresAt }: HeldList, index: number): StatusAnswer | undefined {
  const status = statuses.get(index);
  return status === undefined ? undefined : { status, issuedAt, expiresAt };
}

/** One bitmap for all lists of an issuer: `baseUri` + n holds indices n · 2^20 and up, `baseUri` alone the whole space. */
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
      const begin = uri === baseUri ? 0 : begins.get(uri);
      if (begin === undefined || (index >= CHUNK_LENGTH && uri !== baseUri)) return undefined;
      const status = bitmap.get(begin + index);
      return status === undefined ? undefined : { status, issuedAt, expiresAt };
    },
  };
}
