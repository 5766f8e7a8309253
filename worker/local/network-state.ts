// What the first start made and everyone at this laptop may know: written to network.json beside the secrets, 0600, when it is through.
// Demo passwords of a network that listens on 127.0.0.1 only; a real one has none of this.
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import type { Name } from '../../shared/contract/wire.ts';
import { lineMark } from './line-mark.ts';

export type LocalPerson = {
  readonly number: string;
  readonly name: Name;
  readonly birthDate: string;
  /** What is worth trying with them. */
  readonly note: Name;
  /** Set for people whom the first start activated, so that somebody can log in at once. */
  readonly login?: { readonly username: string; readonly password: string };
};

export type NetworkState = {
  readonly edgeUrl: string;
  readonly adminToken: string;
  readonly centre: { readonly id: string; readonly name: Name };
  readonly operators: readonly {
    readonly username: string;
    readonly password: string;
    readonly name: Name;
    /** Absent in a network of before this was kept. */
    readonly role?: 'operator' | 'supervisor';
    /** Whether their own finger is enrolled: it is on the simulated reader's list. */
    readonly finger?: boolean;
  }[];
  readonly verifier: { readonly id: string; readonly key: string };
  readonly client: { readonly clientId: string; readonly clientSecret: string };
  readonly people: readonly LocalPerson[];
  readonly population: number;
};

const networkFile = 'network.json';
/** Stands from before the first secret is made until network.json is whole. Holds the first port of whoever makes it. */
const unfinishedFile = 'unfinished.json';
/** All that a local network keeps. What else is in its folder is somebody's, and stays. */
const kept = [
  unfinishedFile,
  networkFile,
  'secrets.json',
  'reader-fingers.json',
  'wallets',
  'edge',
  'kiosk',
  'sbi',
  lineMark,
];

/** whole: a network. unfinished: a first start ended before it was through. broken: keys of a network that nothing tells of. */
export type Standing = 'none' | 'unfinished' | 'whole' | 'broken';

export function standingOf(stateDir: string): Standing {
  const has = (name: string) => existsSync(path.join(stateDir, name));
  if (has(networkFile)) return 'whole';
  if (has(unfinishedFile)) return 'unfinished';
  return kept.some(has) ? 'broken' : 'none';
}

/** Undefined unless a network stands there whole. */
export function loadNetworkState(stateDir: string): NetworkState | undefined {
  const file = path.join(stateDir, networkFile);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as NetworkState) : undefined;
}

/** Before anything of a first start is written. */
export function beginNetwork(stateDir: string, firstPort: number): void {
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  writeFileSync(path.join(stateDir, unfinishedFile), JSON.stringify({ firstPort }), { mode: 0o600 });
}

/** The first port of the start that makes, or was making, this network. */
export function unfinishedPort(stateDir: string): number | undefined {
  try {
    const { firstPort } = JSON.parse(readFileSync(path.join(stateDir, unfinishedFile), 'utf8')) as {
      firstPort?: unknown;
    };
    return typeof firstPort === 'number' ? firstPort : undefined;
  } catch {
    // Cut while it was written: nothing had begun.
    return undefined;
  }
}

/** Whole from here on: the file appears in one step. */
export function saveNetworkState(stateDir: string, state: NetworkState): void {
  const file = path.join(stateDir, networkFile);
  writeFileSync(`${file}.new`, JSON.stringify(state, null, 2), { mode: 0o600 });
  renameSync(`${file}.new`, file);
  rmSync(path.join(stateDir, unfinishedFile), { force: true });
}

/** Removes what a network keeps in `stateDir`, and the folder if nothing else is in it. */
export function forgetNetwork(stateDir: string): void {
  for (const name of [...kept.filter((name) => name !== unfinishedFile), `${networkFile}.new`, unfinishedFile])
    rmSync(path.join(stateDir, name), { recursive: true, force: true });
  if (existsSync(stateDir) && readdirSync(stateDir).length === 0) rmdirSync(stateDir);
}
