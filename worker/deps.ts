// The only builder of stores, clock and keys: everything an act needs is made here once an isolate, and handed in.
import { drizzle } from 'drizzle-orm/d1';
import { type EpochSeconds, epochSecondsOfMs } from '../shared/base/brands.ts';
import { type Config, configOf, type Env } from './env.ts';
import { AdminTokens } from './store/admin-tokens.ts';
import { Fingers } from './store/fingers.ts';
import { Guardianships } from './store/guardianships.ts';
import { Journal } from './store/journal.ts';
import { People } from './store/people.ts';
import { type Db, Shards } from './store/shard-map.ts';
import { Vault } from './store/vault.ts';

export type Deps = {
  readonly env: Env;
  readonly config: Config;
  readonly now: () => EpochSeconds;
  readonly random: (bytes: number) => Uint8Array;
  readonly directory: Db;
  readonly shards: Shards;
  readonly vault: Vault;
  readonly journal: Journal;
  readonly adminTokens: AdminTokens;
  readonly people: People;
  readonly fingers: Fingers;
  readonly guardianships: Guardianships;
};

const built = new WeakMap<Env, Deps>();

/** The isolate's one set; a second call with the same bindings gives the same. */
export function depsOf(env: Env): Deps {
  const known = built.get(env);
  if (known) return known;
  const config = configOf(env);
  const directory = drizzle(env.DIRECTORY);
  const shards = new Shards(config.shards);
  const vault = new Vault(config.keyEncryptionKey, config.previousKeyEncryptionKey);
  const deps: Deps = {
    env,
    config,
    now: () => epochSecondsOfMs(Date.now()),
    random: (bytes) => crypto.getRandomValues(new Uint8Array(bytes)),
    directory,
    shards,
    vault,
    journal: new Journal(env.DIRECTORY, config.shards, env.JOURNAL_QUEUE),
    adminTokens: new AdminTokens(directory),
    people: new People(shards, vault, config.numberSecret),
    fingers: new Fingers(shards, vault),
    guardianships: new Guardianships(shards, config.numberSecret),
  };
  built.set(env, deps);
  return deps;
}
