// Relying parties in the directory. A change raises the epoch `clients` in the same batch, so that every isolate forgets what it knew.

import { asc, eq, gt } from 'drizzle-orm';
import {
  type Client,
  ClientMetadata,
  ClientPolicy,
  type ClientSecret,
  type ClientState,
  type Registration,
} from '../clients/client.ts';
import type { Logo } from '../clients/logo.ts';
import type { JournalEntry } from '../journal/entry.ts';
import { journalInsert } from './journal-insert.ts';
import { clients, epochs } from './schema/directory.ts';
import type { Db } from './shard-map.ts';

type Row = typeof clients.$inferSelect;
/** The column `metadata` holds both parts: what was registered, and what the authority and time added. */
type Stored = {
  readonly registered: unknown;
  readonly policy: unknown;
  readonly secrets: readonly ClientSecret[];
  readonly registration?: Registration;
  readonly logo?: Logo;
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
    ...(stored.logo ? { logo: stored.logo } : {}),
  };
  textOf.set(client, row.metadata);
  return client;
}

function storedOf(client: Pick<Client, 'metadata' | 'policy' | 'secrets' | 'registration' | 'logo'>): string {
  const { metadata: registered, policy, secrets, registration, logo } = client;
  const stored: Stored = { registered, policy, secrets, ...(registration && { registration }), ...(logo && { logo }) };
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
    const { id, state, createdAt } = client;
    return this.#changed(entry, (d1) =>
      d1
        .prepare(
          'INSERT INTO clients (client_id, metadata, state, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?4) ON CONFLICT DO NOTHING',
        )
        .bind(id, storedOf(client), state, createdAt),
    );
  }

  /** Replaces a client as it was when `before` was read; false if somebody changed it since. */
  async replace(before: Client, after: Client, entry: JournalEntry): Promise<boolean> {
    const wasText = textOf.get(before) ?? storedOf(before);
    return this.#changed(entry, (d1) =>
      d1
        .prepare(
          'UPDATE clients SET metadata = ?1, state = ?2, updated_at = ?3 WHERE client_id = ?4 AND metadata = ?5 AND state = ?6',
        )
        .bind(storedOf(after), after.state, entry.at, before.id, wasText, before.state),
    );
  }

  /** One batch: the change, its journal row and the epoch, the last two only if the change was one. */
  async #changed(entry: JournalEntry, write: (d1: D1Database) => D1PreparedStatement): Promise<boolean> {
    const d1 = this.#db.$client;
    const [changed] = await d1.batch([write(d1), journalInsert(d1, entry, 'if_changed'), d1.prepare(raiseEpoch)]);
    return changed?.meta.changes === 1;
  }

  /** Grows with every change of any client. */
  async epoch(): Promise<number> {
    const [row] = await this.#db.select().from(epochs).where(eq(epochs.name, 'clients')).limit(1);
    return row?.value ?? 0;
  }
}

/** After the journal's row, which is there only if something changed. */
const raiseEpoch =
  "INSERT INTO epochs (name, value) SELECT 'clients', 1 WHERE changes() > 0 ON CONFLICT (name) DO UPDATE SET value = value + 1";
