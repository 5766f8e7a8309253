// Root keys in files, readable by their owner alone. In a country each in a file of its own, on machines without a network and in
// different hands; on a laptop both in one, beside the local network's state. The edge never sees either.
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { newRootKey, type RootKey } from './secrets.ts';

export type Roots = readonly [RootKey, RootKey];

export class RootFileError extends Error {}

/** Makes two new roots in one file. */
export function makeRootFile(file: string): Roots {
  const roots = [newRootKey(), newRootKey()] as const;
  write(file, { roots });
  return roots;
}

/** Makes one new root in a file of its own. */
export function makeOneRootFile(file: string): RootKey {
  const root = newRootKey();
  write(file, { root });
  return root;
}

/** The two of one file in a file each; the one file stays, and is to be destroyed. */
export function splitRootFile(file: string, first: string, second: string): Roots {
  const roots = readRootFile(file);
  for (const to of [first, second]) refuseToOverwrite(to);
  write(first, { root: roots[0] });
  write(second, { root: roots[1] });
  return roots;
}

function write(file: string, content: object): void {
  refuseToOverwrite(file);
  writeFileSync(file, JSON.stringify(content, null, 2), { mode: 0o600, flag: 'wx' });
}

/** What a file holds may be the only way to sign the next list. */
function refuseToOverwrite(file: string): void {
  if (existsSync(file)) throw new RootFileError(`${file} is there already, and will not be written over`);
}

/** Reads `{"roots": [a, b]}`: a file of `makeRootFile`, or the local network's secrets. */
export function readRootFile(file: string): Roots {
  const { roots } = readPrivate(file) as { roots?: readonly RootKey[] };
  const [a, b] = roots ?? [];
  if (!a?.privateKeyPkcs8 || !b?.privateKeyPkcs8) throw new RootFileError(`${file} does not hold two root keys`);
  return [a, b];
}

/** Reads `{"root": a}`, a file of `makeOneRootFile`. One that holds both is refused: whoever signs is to have one in hand. */
export function readOneRootFile(file: string): RootKey {
  const { root, roots } = readPrivate(file) as { root?: RootKey; roots?: unknown };
  if (roots !== undefined)
    throw new RootFileError(`${file} holds both roots: take them apart with \`keys split\` first`);
  if (!root?.publicKey || !root.privateKeyPkcs8) throw new RootFileError(`${file} does not hold a root key`);
  return root;
}

/** Refuses what others can read. */
function readPrivate(file: string): object {
  if (!existsSync(file)) throw new RootFileError(`there are no root keys in ${file}`);
  // SECURITY: who can read the roots can name any issuer.
  if ((statSync(file).mode & 0o077) !== 0) throw new RootFileError(`${file} can be read by others: chmod 600 it first`);
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as object;
  } catch {
    throw new RootFileError(`${file} is not a file of root keys`);
  }
}
