// Before each worker test file: empty storage, then every database with its migrations.
import { applyD1Migrations, reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeAll } from 'vitest';

beforeAll(async () => {
  await reset();
  await applyD1Migrations(env.DIRECTORY, env.TEST_MIGRATIONS.directory);
  for (const shard of [env.SHARD_0, env.SHARD_1, env.SHARD_2, env.SHARD_3]) {
    await applyD1Migrations(shard as D1Database, env.TEST_MIGRATIONS.shard);
  }
});
