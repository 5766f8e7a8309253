// Root keys in files, readable by their owner alone, and under a passphrase unless their owner would not have one. In a country each in a
// file of its own, on machines without a network and in different hands; on a laptop both in one, beside the local network's state. The
// edge never sees either.
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { isSealedText, openSealed, SealedRootsError, sealRoots } from './sealed-roots.ts';
import { newRootKey, type RootKey } from './secrets.ts';

export type Roots = readonly [RootKey, RootKey];

export class RootFileError extends Error {}

/** What a file is sealed with; `null`: its owner wants none. */
export type Passphrase = { readonly text: string; readonly cost: number } | null;

/** A file of root keys is a kilobyte; a local network's secrets are two. */
const maxFileBytes = 65_536;

/** Makes two new roots in one file. */
export function makeRootFile(file: string, passphrase: Passphrase): Roots {
  const roots = [newRootKey(), newRootKey()] as const;
  write(file, { roots }, passphrase);
  return roots;
}

/** Makes one new root in a file of its own. */
export function makeOneRootFile(file: string, passphrase: Passphrase): RootKey {
  const root = newRootKey();
  write(file, { root }, passphrase);
  return root;
}

/** The two of one file in a file each; the one file stays, and is to be destroyed. */
export function splitRootFile(
  roots: Roots,
  files: readonly [string, string],
  passphrases: readonly Passphrase[],
): void {
  for (const to of files) refuseToOverwrite(to);
  for (const [i, root] of roots.entries()) write(files[i] ?? '', { root }, passphrases[i] ?? null);
}

/** The same roots in another file, under a passphrase or another one; the former stays, and is to be destroyed. */
export async function resealRootFile(
  file: string,
  passphrase: string | undefined,
  to: string,
  choose: () => Promise<Passphrase>,
): Promise<void> {
  const { root, roots } = readPrivate(file, passphrase);
  if (root === undefined && roots === undefined) throw new RootFileError(`${file} does not hold a root key`);
  // Whoever has a wrong passphrase is told so before they choose another.
  write(to, root === undefined ? { roots } : { root }, await choose());
}

function write(file: string, content: Content, passphrase: Passphrase): void {
  refuseToOverwrite(file);
  const publicKeys = [content.root, ...(content.roots ?? [])].flatMap((root) => root?.publicKey ?? []);
  const text = passphrase === null ? content : sealRoots(content, publicKeys, passphrase.text, passphrase.cost);
  writeFileSync(file, `${JSON.stringify(text, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
}

/** What a file holds may be the only way to sign the next list. */
export function refuseToOverwrite(file: string): void {
  if (existsSync(file)) throw new RootFileError(`${file} is there already, and will not be written over`);
}

/** Reads `{"roots": [a, b]}`: a file of `makeRootFile`, or the local network's secrets. */
export function readRootFile(file: string, passphrase?: string): Roots {
  const { roots } = readPrivate(file, passphrase);
  const [a, b] = roots ?? [];
  if (!isRoot(a) || !isRoot(b)) throw new RootFileError(`${file} does not hold two root keys`);
  return [a, b];
}

/** Reads `{"root": a}`, a file of `makeOneRootFile`. One that holds both is refused: whoever signs is to have one in hand. */
export function readOneRootFile(file: string, passphrase?: string): RootKey {
  const { root, roots } = readPrivate(file, passphrase);
  if (roots !== undefined)
    throw new RootFileError(`${file} holds both roots: take them apart with \`keys split\` first`);
  if (!isRoot(root)) throw new RootFileError(`${file} does not hold a root key`);
  return root;
}

/** `laptop`: the local network's own secrets, which nothing but the machine protects. */
export type Protection = 'sealed' | 'open' | 'laptop';

export function protectionOf(file: string): Protection {
  const json = readJson(file);
  if (isSealedText(json)) return 'sealed';
  return 'bindings' in json ? 'laptop' : 'open';
}

type Content = { readonly root?: RootKey | undefined; readonly roots?: readonly RootKey[] | undefined };

/** SECURITY: a public half that is not that of the private one would have a signature looked for under another's name. */
function isRoot(root: RootKey | undefined): root is RootKey {
  if (typeof root?.publicKey !== 'string' || typeof root.privateKeyPkcs8 !== 'string') return false;
  try {
    const key = Buffer.from(root.privateKeyPkcs8, 'base64url');
    const privateKey = createPrivateKey({ key, format: 'der', type: 'pkcs8' });
    return createPublicKey(privateKey).export({ format: 'jwk' }).x === root.publicKey;
  } catch {
    return false;
  }
}

function readPrivate(file: string, passphrase: string | undefined): Content {
  const json = readJson(file);
  if (!isSealedText(json)) return json as Content;
  if (passphrase === undefined) throw new RootFileError(`${file} is under a passphrase`);
  try {
    return openSealed(json, passphrase, file) as Content;
  } catch (error) {
    throw error instanceof SealedRootsError ? new RootFileError(error.message) : error;
  }
}

/** Refuses what others can read. */
function readJson(file: string): object {
  if (!existsSync(file)) throw new RootFileError(`there are no root keys in ${file}`);
  const { mode, size } = statSync(file);
  // SECURITY: who can read the roots can name any issuer; a passphrase that was guessed as well.
  if ((mode & 0o077) !== 0) throw new RootFileError(`${file} can be read by others: chmod 600 it first`);
  try {
    if (size > maxFileBytes) throw new RangeError('too long');
    const json: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof json === 'object' && json !== null) return json;
  } catch {
    // Said below.
  }
  throw new RootFileError(`${file} is not a file of root keys`);
}
