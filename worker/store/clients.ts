// Relying parties in the directory. A change raises the epoch `clients` in the same batch, so that every isolate forgets what it knew.

import { asc, eq, gt, sql } from 'drizzle-orm';
import {
  type Client,
  ClientMetadata,
  ClientPolicy,
  type ClientSecret,
  type ClientState,
  type Registration,
} from '../clients/client.ts';
import type { JournalEntry } from '../journal/entry.ts';
import { journalRow } from './journal.ts';
import { clients, directoryJournal, epochs } from './schema/directory.ts';
import type { Db } from './shard-map.ts';

type Row = typeof clients.$inferSelect;
/** The column `metadata` holds both parts: what was registered, and what the authority and time added. */
type Stored = {
  readonly registered: unknown;
  readonly policy: unknown;
  readonly secrets: readonly ClientSecret[];
  readonly registration?: Registration;
};

/** The text that a client was read from: a change must find it as it was, whatever later versions of the schema add by default. */
const textOf = new WeakMap<Client, string>();

function clientOf(row: Row): Client {
  const stored = JSON.parse(row.metadata) as Stored;
  const client: Client = {
    id: row.clientId,
    metadata: ClientMetadata.parse(stored.registered),
    policy: ClientPolicy.parse(stored.policy),
    state: row.state as ClientState,
    secrets: stored.secrets,
    createdAt: row.createdAt,
    ...(stored.registration ? { registration: stored.registration } : {}),
  };
  textOf.set(client, row.metadata);
  return client;
}

function storedOf(client: Pick<Client, 'metadata' | 'policy' | 'secrets' | 'registration'>): string {
  const { metadata: registered, policy, secrets, registration } = client;
  const stored: Stored = { registered, policy, secrets, ...(registration ? { registration } : {}) };
  return JSON.stringify(stored);
}

export class Clients {
  readonly #db: Db;
  constructor(directory: Db) {
    this.#db = directory;
  }

  async find(clientId: string): Promise<Client | undefined> {
    const [row] = await this.#db.select().from(clients).where(eq(clients.clientId, clientId)).limit(1);
    return row ? clientOf(row) : undefined;
  }

  /** In order of id, at most `limit` after `after`. */
  async list(after: string, limit: number): Promise<readonly Client[]> {
    const rows = await this.#db
      .select()
      .from(clients)
      .where(gt(clients.clientId, after))
      .orderBy(asc(clients.clientId))
      .limit(limit);
    return rows.map(clientOf);
  }

  /** False if the id is taken. */
  async add(client: Client, entry: JournalEntry): Promise<boolean> {
    const row = {
      clientId: client.id,
      metadata: storedOf(client),
      state: client.state,
      createdAt: client.createdAt,
      updatedAt: client.createdAt,
    };
    const [added] = await this.#db.batch([
      this.#db.insert(clients).values(row).onConflictDoNothing().returning({ id: clients.clientId }),
      this.#raiseEpoch(),
      this.#db.insert(directoryJournal).values(journalRow(entry)),
    ]);
    return added.length === 1;
  }

  /** Replaces a client as it was when `before` was read; false if somebody changed it since. */
  async replace(before: Client, after: Client, entry: JournalEntry): Promise<boolean> {
    const changed = { metadata: storedOf(after), state: after.state, updatedAt: entry.at };
    const unchanged = sql`${clients.clientId} = ${before.id} and ${clients.metadata} = ${textOf.get(before) ?? storedOf(before)} and ${clients.state} = ${before.state}`;
    const [rows] = await this.#db.batch([
      this.#db.update(clients).set(changed).where(unchanged).returning({ id: clients.clientId }),
      this.#raiseEpoch(),
      this.#db.insert(directoryJournal).values(journalRow(entry)),
    ]);
    return rows.length === 1;
  }

  /** Grows with every change of any client. */
  async epoch(): Promise<number> {
    const [row] = await this.#db.select().from(epochs).where(eq(epochs.name, 'clients')).limit(1);
    return row?.value ?? 0;
  }

  #raiseEpoch() {
    return this.#db
      .insert(epochs)
      .values({ name: 'clients', value: 1 })
      .onConflictDoUpdate({ target: epochs.name, set: { value: sql`${epochs.value} + 1` } });
  }
}
