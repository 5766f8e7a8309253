// What a holder of lists remembers of two signed lists that contradict each other, and when that is over (docs/adr/0020). Knows no
// store: whoever holds the lists keeps this beside them, also across a restart.
import { encodeHex } from '../bytes/hex.ts';
import { decodeSign1 } from '../cose/sign1.ts';
import type { TrustList } from './trust-list.ts';

export type Fork =
  /** The higher of the two numbers. */
  | { readonly list: 'trust'; readonly version: number }
  /** Who signed the one that is held and the one that was seen: key ids in hex. */
  | { readonly list: 'status'; readonly signers: readonly [string, string] };

/** Whoever can sign lists could make any number of them: while one stands, no other changes a verdict. */
const maxKnown = 20;
const maxStatusBytes = 1 << 23;

export function withFork(known: readonly Fork[], fork: Fork): readonly Fork[] {
  if (known.some((other) => isSame(other, fork))) return known;
  // Of trust lists the highest number says it all.
  const others = fork.list === 'status' ? known : known.filter((other) => !isBelow(other, fork.version));
  return others.length < maxKnown ? [...others, fork] : known;
}

/**
 * Those that the list which is now held does not settle. A trust list settles what lies below it when both roots signed it: a root that
 * was stolen can make a fork, and cannot call it over. One that changes the roots settles whatever the former ones disagreed about, at any
 * number. A fork of statuses is settled when one of its two signers is no longer trusted.
 */
export function unsettled(known: readonly Fork[], held: TrustList): readonly Fork[] {
  return known.filter((fork) => {
    if (fork.list === 'status') return fork.signers.every((signer) => signsStatuses(held, signer));
    if (held.changesRoots) return false;
    // SECURITY: one root's word is not enough, however high its number.
    return !held.signedByAllRoots || held.version <= fork.version;
  });
}

/** Whether what this key (`signerOf`) signed of statuses still counts for something. */
export function signsStatuses(list: TrustList, signer: string): boolean {
  return list.keys.some(
    ({ kid, purposes, state }) => encodeHex(kid) === signer && purposes.includes('status') && state !== 'compromised',
  );
}

function isSame(a: Fork, b: Fork): boolean {
  return a.list === 'trust'
    ? b.list === 'trust' && a.version >= b.version
    : b.list === 'status' && a.signers.every((signer, side) => signer === b.signers[side]);
}

const isBelow = (fork: Fork, version: number) => fork.list === 'trust' && fork.version < version;

/** Who signed a snapshot or a delta that was verified before. */
export function signerOf(message: Uint8Array): string {
  const decoded = decodeSign1(message, { maxBytes: maxStatusBytes });
  if (!decoded.ok || !decoded.value.header.kid) throw new TypeError('nobody signed this');
  return encodeHex(decoded.value.header.kid);
}

/** What was kept as JSON; undefined for anything else. */
export function forksOf(value: unknown): readonly Fork[] | undefined {
  if (!Array.isArray(value) || value.length > maxKnown) return undefined;
  const forks = (value as readonly unknown[]).map(forkOf).filter((fork) => fork !== undefined);
  return forks.length === value.length ? forks : undefined;
}

function forkOf(value: unknown): Fork | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { list, version, signers } = value as Readonly<Record<string, unknown>>;
  if (list === 'trust') return Number.isSafeInteger(version) ? { list, version: version as number } : undefined;
  if (list !== 'status' || !Array.isArray(signers) || signers.length !== 2) return undefined;
  const [held, seen] = signers as readonly unknown[];
  return typeof held === 'string' && typeof seen === 'string' ? { list, signers: [held, seen] } : undefined;
}
