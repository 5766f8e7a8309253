// What the first start made and everyone at this laptop may know: written to network.json beside the secrets, 0600.
// Demo passwords of a network that listens on 127.0.0.1 only; a real one has none of this.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Name } from '../../shared/contract/wire.ts';

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

const fileOf = (stateDir: string) => path.join(stateDir, 'network.json');

export function loadNetworkState(stateDir: string): NetworkState | undefined {
  const file = fileOf(stateDir);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as NetworkState) : undefined;
}

export function saveNetworkState(stateDir: string, state: NetworkState): void {
  writeFileSync(fileOf(stateDir), JSON.stringify(state, null, 2), { mode: 0o600 });
}
