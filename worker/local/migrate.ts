// Applies the migrations of every database, as `wrangler d1 migrations apply` does and in the same table, so that either may follow the other.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const folder = path.resolve(import.meta.dirname, '../store/migrations');

type LocalD1 = {
  prepare(sql: string): {
    run(): Promise<unknown>;
    bind(...values: unknown[]): LocalStatement;
    all(): Promise<{ results: Record<string, unknown>[] }>;
  };
  batch(statements: unknown[]): Promise<unknown>;
};
type LocalStatement = { run(): Promise<unknown> };

/** Brings one database up to date; returns how many migrations it applied. Each file is one batch: whole or not at all. */
export async function migrate(database: LocalD1, kind: 'directory' | 'shard'): Promise<number> {
  await database
    .prepare(
      'CREATE TABLE IF NOT EXISTS d1_migrations (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)',
    )
    .run();
  const { results } = await database.prepare('SELECT name FROM d1_migrations').all();
  const done = new Set(results.map((row) => row['name']));
  const files = readdirSync(path.join(folder, kind))
    .filter((name) => name.endsWith('.sql') && !done.has(name))
    .sort();
  for (const name of files) {
    const statements = readFileSync(path.join(folder, kind, name), 'utf8')
      .split('--> statement-breakpoint')
      .map((sql) => sql.trim())
      .filter((sql) => sql.length > 0);
    const applied = database.prepare('INSERT INTO d1_migrations (name) VALUES (?)').bind(name);
    await database.batch([...statements.map((sql) => database.prepare(sql)), applied]);
  }
  return files.length;
}
