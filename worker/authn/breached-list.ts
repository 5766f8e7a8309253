// Passwords that are known from other people's breaches: a sorted list of hashes, cut into parts by their first bits, so that one part
// answers one question and nobody outside is asked. Pure: knows no disk and no network.

/** What the list in use says of itself. `bits`: a part is named by so many first bits of SHA-1, 0 to 16. */
export type BreachedList = { readonly version: string; readonly bits: number; readonly count: number };

/** `since`: when it began to count, epoch seconds. */
export type StandingBreachedList = BreachedList & { readonly since: number };

/** Of each SHA-1 the first eight bytes are kept: two passwords meet by chance once in 2^64 times the list's length. */
export const entryBytes = 8;
export const mostBits = 16;
/** A part of a billion hashes in 2^16 parts is about 122 kB. */
export const maxPartBytes = 4 * 1024 * 1024;

export function isVersion(text: string): boolean {
  return /^[a-z0-9-]{1,40}$/.test(text);
}

export type ReplaceFault = 'breached_version_in_use' | 'breached_list_stands' | 'breached_list_changed';

/** Why a list does not become the one that counts, or undefined. `replaces`: the version that it is to follow; none for a first one. */
export function faultOfReplacing(
  list: BreachedList,
  replaces: string | undefined,
  standing: BreachedList | undefined,
): ReplaceFault | undefined {
  if (standing?.version === list.version) return 'breached_version_in_use';
  if (standing && replaces === undefined) return 'breached_list_stands';
  return standing?.version === replaces ? undefined : 'breached_list_changed';
}

/** Which part a hash (its first bytes) is in. */
export function partOf(hash: Uint8Array, bits: number): number {
  const [first = 0, second = 0] = hash;
  return ((first << 8) | second) >> (mostBits - bits);
}

export type PartFault = 'part_length' | 'part_order' | 'part_foreign';

/** What is wrong with a part's bytes, or undefined: entries strictly ascending, each of this part. */
export function faultOfPart(bytes: Uint8Array, part: number, bits: number): PartFault | undefined {
  if (bytes.length % entryBytes !== 0) return 'part_length';
  for (let at = 0; at < bytes.length; at += entryBytes) {
    if (partOf(bytes.subarray(at), bits) !== part) return 'part_foreign';
    if (at > 0 && compare(bytes, at - entryBytes, bytes.subarray(at, at + entryBytes)) >= 0) return 'part_order';
  }
  return undefined;
}

/** Whether the first eight bytes of `hash` are in a part: binary search. */
export function hasEntry(part: Uint8Array, hash: Uint8Array): boolean {
  let low = 0;
  let high = Math.floor(part.length / entryBytes) - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const order = compare(part, middle * entryBytes, hash);
    if (order === 0) return true;
    if (order < 0) low = middle + 1;
    else high = middle - 1;
  }
  return false;
}

function compare(bytes: Uint8Array, at: number, hash: Uint8Array): number {
  for (let i = 0; i < entryBytes; i++) {
    const difference = (bytes[at + i] ?? 0) - (hash[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
