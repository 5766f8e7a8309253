// `wrangler deploy` with the file that runs here: bundled, its bindings understood, small enough, and without a network.
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');
const folder = mkdtempSync(path.join(tmpdir(), 'tawthiq-deploy-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('what is deployed', () => {
  it('is built by wrangler from wrangler.toml, with every binding, under 3 MB gzipped', {
    timeout: 300_000,
  }, async () => {
    const env = {
      ...process.env,
      WRANGLER_SEND_METRICS: 'false',
      WRANGLER_LOG_PATH: path.join(folder, 'log'),
      WRANGLER_REGISTRY_PATH: path.join(folder, 'registry'),
      WRANGLER_CACHE_DIR: path.join(folder, 'cache'),
      CI: 'true',
    };
    const args = ['deploy', '--dry-run', '--minify', '--outdir', path.join(folder, 'out')];
    const { stdout } = await promisify(execFile)(path.join(root, 'node_modules/.bin/wrangler'), args, {
      cwd: root,
      env,
    });
    for (const binding of [
      'DIRECTORY',
      'SHARD_0',
      'SHARD_3',
      'FILES',
      'JOURNAL_QUEUE',
      'LOGIN',
      'PERSON',
      'ASSETS',
      'ISSUER',
    ]) {
      expect(stdout).toContain(`env.${binding}`);
    }
    const bundle = readFileSync(path.join(folder, 'out/index.js'));
    expect(gzipSync(bundle).length).toBeLessThan(3_000_000);
    // Only the local network knows these.
    expect(bundle.includes('worker/local')).toBe(false);
    expect(bundle.includes('demoPeople')).toBe(false);
  });
});
