// Writes the migrations of both kinds of database from their schemas, and refuses one that would drop or rebuild a table:
// D1 ignores `PRAGMA foreign_keys=OFF`, so drizzle-kit's rebuild would lose rows (docs/storage.md).
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

for (const database of ['directory', 'shard']) {
  const out = `worker/store/migrations/${database}`;
  const args = ['generate', '--dialect', 'sqlite', '--schema', `worker/store/schema/${database}.ts`, '--out', out];
  const run = spawnSync('drizzle-kit', args, { stdio: 'inherit' });
  if (run.status !== 0) process.exit(run.status ?? 1);
  for (const file of readdirSync(out).filter((name) => name.endsWith('.sql'))) {
    if (/DROP TABLE|__new_/i.test(readFileSync(`${out}/${file}`, 'utf8'))) {
      console.error(`${out}/${file} rebuilds a table: write an additive migration instead`);
      process.exit(1);
    }
  }
}
