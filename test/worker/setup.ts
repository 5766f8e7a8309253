// Before each worker test file: empty storage, then every database with its migrations.
import { applyD1Migrations, reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeAll } from 'vitest';

const shards = [env.SHARD_0, env.SHARD_1, env.SHARD_2, env.SHARD_3];

async function isEmpty(database: D1Database): Promise<boolean> {
  const tables = "SELECT count(*) AS n FROM sqlite_master WHERE name = 'd1_migrations'";
  return (await database.prepare(tables).first<{ n: number }>())?.n === 0;
}

beforeAll(async () => {
  // On a busy machine a database can outlive its reset (seen with all else emptied): it is asked, and reset again.
  for (let tries = 0; tries < 20; tries++) {
    await reset();
    const empty = await Promise.all([env.DIRECTORY, ...shards].map(isEmpty));
    if (empty.every(Boolean)) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await applyD1Migrations(env.DIRECTORY, env.TEST_MIGRATIONS.directory);
  for (const shard of shards) await applyD1Migrations(shard, env.TEST_MIGRATIONS.shard);
  // An isolate outlives its storage here, and would take this file's second change for the last file's, of which it has heard.
  const epochs = "INSERT INTO epochs (name, value) VALUES ('clients', ?1), ('verifiers', ?1)";
  await env.DIRECTORY.prepare(epochs).bind(Date.now()).run();
});
