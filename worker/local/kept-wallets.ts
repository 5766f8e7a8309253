// The wallets of this machine's people, one file each beside the network's state, readable by their owner alone.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { KeptWallet } from './wallet-client.ts';

export type NamedWallet = { readonly name: string; readonly wallet: KeptWallet };

const folderOf = (stateDir: string) => path.join(stateDir, 'wallets');

/** What a wallet may be called here: the name is a file's. */
export const isWalletName = (name: string): boolean => /^[a-z0-9][a-z0-9-]{0,39}$/.test(name);

/** By name, in alphabetical order. */
export function loadWallets(stateDir: string): readonly NamedWallet[] {
  const folder = folderOf(stateDir);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .toSorted()
    .map((file) => ({
      name: path.basename(file, '.json'),
      wallet: JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as KeptWallet,
    }));
}

export function hasWallet(stateDir: string, name: string): boolean {
  return existsSync(path.join(folderOf(stateDir), `${name}.json`));
}

/** Throws when there is one of this name. */
export function keepWallet(stateDir: string, { name, wallet }: NamedWallet): void {
  mkdirSync(folderOf(stateDir), { recursive: true, mode: 0o700 });
  const file = path.join(folderOf(stateDir), `${name}.json`);
  writeFileSync(file, JSON.stringify(wallet, null, 2), { mode: 0o600, flag: 'wx' });
}
