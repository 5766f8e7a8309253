// The two root keys in a file of their own, readable by its owner alone: on a machine without a network in a country, beside the
// local network's state on a laptop. The edge never sees it.
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { newRootKey, type RootKey } from './secrets.ts';

export type Roots = readonly [RootKey, RootKey];

export class RootFileError extends Error {}

/** Makes two new roots. Never over an existing file: what it holds may be the only way to sign the next list. */
export function makeRootFile(file: string): Roots {
  if (existsSync(file)) throw new RootFileError(`${file} is there already, and will not be written over`);
  const roots = [newRootKey(), newRootKey()] as const;
  writeFileSync(file, JSON.stringify({ roots }, null, 2), { mode: 0o600, flag: 'wx' });
  return roots;
}

/** Reads `{"roots": [a, b]}`: a file of `makeRootFile`, or the local network's secrets. Refuses one that others can read. */
export function readRootFile(file: string): Roots {
  if (!existsSync(file)) throw new RootFileError(`there are no root keys in ${file}`);
  // SECURITY: who can read the roots can name any issuer.
  if ((statSync(file).mode & 0o077) !== 0) throw new RootFileError(`${file} can be read by others: chmod 600 it first`);
  const { roots } = JSON.parse(readFileSync(file, 'utf8')) as { roots?: readonly RootKey[] };
  const [a, b] = roots ?? [];
  if (!a?.privateKeyPkcs8 || !b?.privateKeyPkcs8) throw new RootFileError(`${file} does not hold two root keys`);
  return [a, b];
}
