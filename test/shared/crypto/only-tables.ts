// Ed25519 by tables alone: each key has one from its first check, and the platform behind them says no to everything, so that every yes is
// a table's.
import { readFileSync } from 'node:fs';
import { type Ed25519, type VerifyKey, webEd25519 } from '../../../shared/crypto/ed25519.ts';
import { tableEd25519 } from '../../../shared/crypto/table-ed25519.ts';

const file = new URL('../../../shared/crypto/ed25519-tables/ed25519-tables.wasm', import.meta.url);
export const compiledTables = new WebAssembly.Module(readFileSync(file));

/** The platform that refuses every signature. */
export const refusing: Ed25519 = { importPublicKey: webEd25519.importPublicKey, verify: () => false };

const madeBy = new WeakMap<VerifyKey, Ed25519>();

/** An instance a key, since one has room for eight. */
export const onlyTables: Ed25519 = {
  async importPublicKey(raw) {
    const by = tableEd25519(compiledTables, refusing, { earnedBy: 1, confirmedEvery: Number.POSITIVE_INFINITY });
    const key = await by.importPublicKey(raw);
    if (key !== undefined) madeBy.set(key, by);
    return key;
  },
  verify: (key, message, signature) => madeBy.get(key)?.verify(key, message, signature) ?? false,
};
