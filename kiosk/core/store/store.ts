// Opens everything that the kiosk keeps on its disk, under one data key that only the vault can unwrap.
import { randomBytes } from 'node:crypto';
import { CheckStore } from './checks.ts';
import { type Database, openDatabase } from './database.ts';
import { FactStore } from './facts.ts';
import { ForkStore } from './forks.ts';
import { IdentityStore } from './identity.ts';
import { ListStore } from './lists.ts';
import { OperatorStore } from './operators.ts';
import { OutboxStore } from './outbox.ts';
import { sealerOf } from './seal.ts';
import type { KeyVault } from './vault.ts';

/** What is on the disk was sealed by another vault, or its key is gone. */
export class VaultRefusedError extends Error {
  override readonly name = 'VaultRefusedError';
}

export type Store = {
  readonly identity: IdentityStore;
  readonly facts: FactStore;
  readonly lists: ListStore;
  readonly operators: OperatorStore;
  readonly outbox: OutboxStore;
  readonly checks: CheckStore;
  readonly forks: ForkStore;
  close(): void;
};

export async function openStore(directory: string, vault: KeyVault): Promise<Store> {
  const db = openDatabase(directory);
  try {
    const sealer = sealerOf(await loadOrMakeDataKey(db, vault));
    return {
      identity: new IdentityStore(db, sealer),
      facts: new FactStore(db),
      lists: new ListStore(db),
      operators: new OperatorStore(db, sealer),
      outbox: new OutboxStore(db, sealer),
      checks: new CheckStore(db),
      forks: new ForkStore(db),
      close: () => db.close(),
    };
  } catch (thrown) {
    db.close();
    throw thrown;
  }
}

async function loadOrMakeDataKey(db: Database, vault: KeyVault): Promise<Uint8Array> {
  const row = db.prepare('SELECT wrapped FROM data_key WHERE id = 1').get();
  if (row) {
    try {
      return await vault.unwrap(row['wrapped'] as Uint8Array);
    } catch (thrown) {
      throw new VaultRefusedError(thrown instanceof Error ? thrown.message : 'the vault refused', { cause: thrown });
    }
  }
  const key = randomBytes(32);
  // On the disk before anything is sealed with it.
  db.prepare('INSERT INTO data_key (id, wrapped) VALUES (1, ?)').run(await vault.wrap(key));
  return key;
}
