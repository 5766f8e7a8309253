// A trust list made ready for look-ups: keys by key id, each imported once. It decides nothing about times or purposes.

import { equalBytes } from '../bytes/equal.ts';
import type { Ed25519, VerifyKey } from '../crypto/ed25519.ts';
import type { Fork } from './fork.ts';
import type { KeyPurpose, TrustKey, TrustList } from './trust-list.ts';

export type TrustView = {
  readonly list: TrustList;
  /** Its holder knows of signed lists that contradict each other, and nobody has settled it: nothing is accepted by it. */
  readonly contradicted: boolean;
  /** All keys with this id: eight bytes may collide, so a verifier tries each. */
  candidates(kid: Uint8Array): readonly TrustedKey[];
  /** The entries for a purpose, newest first: where to find the key to seal evidence to. */
  forPurpose(purpose: KeyPurpose): readonly TrustKey[];
};

export class TrustedKey {
  readonly entry: TrustKey;
  #for: Ed25519 | undefined;
  #imported: VerifyKey | undefined;

  constructor(entry: TrustKey) {
    this.entry = entry;
  }

  /** The key as this implementation likes it, imported once; undefined if it is no Ed25519 key. */
  importedFor(ed25519: Ed25519): VerifyKey | undefined | Promise<VerifyKey | undefined> {
    if (this.#for === ed25519) return this.#imported;
    if (this.entry.key.curve !== 'Ed25519') return undefined;
    const imported = ed25519.importPublicKey(this.entry.key.x);
    return imported instanceof Promise
      ? imported.then((key) => this.#keep(ed25519, key))
      : this.#keep(ed25519, imported);
  }

  #keep(ed25519: Ed25519, key: VerifyKey | undefined): VerifyKey | undefined {
    this.#for = ed25519;
    this.#imported = key;
    return key;
  }
}

/** `forks`: those that are not settled (fork.ts). They travel with the view, so that no verifier can forget to ask. */
export function trustView(list: TrustList, forks: readonly Fork[] = []): TrustView {
  const byWord = new Map<number, TrustedKey[]>();
  for (const entry of list.keys) {
    const word = firstWord(entry.kid);
    const same = byWord.get(word);
    if (same === undefined) byWord.set(word, [new TrustedKey(entry)]);
    else same.push(new TrustedKey(entry));
  }
  return {
    list,
    contradicted: forks.length > 0,
    candidates(kid) {
      if (kid.length !== 8) return [];
      const found = byWord.get(firstWord(kid));
      if (found === undefined) return [];
      return found.every((key) => equalBytes(key.entry.kid, kid))
        ? found
        : found.filter((key) => equalBytes(key.entry.kid, kid));
    },
    forPurpose: (purpose) =>
      list.keys.filter((key) => key.purposes.includes(purpose)).sort((a, b) => b.usableFrom - a.usableFrom),
  };
}

function firstWord(kid: Uint8Array): number {
  return ((kid[0] as number) << 24) | ((kid[1] as number) << 16) | ((kid[2] as number) << 8) | (kid[3] as number);
}
