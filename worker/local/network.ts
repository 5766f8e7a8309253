// The edge on one machine: workerd through Miniflare's API, with wrangler.toml's bindings, migrated. Knows no kiosk and no page.
import { accessSync, constants } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from 'miniflare';
import { unstable_getMiniflareWorkerOptions } from 'wrangler';
import { build } from './build.ts';
import { bundleWorker, plainEntry } from './bundle-worker.ts';
import { claimPort } from './claim-port.ts';
import { migrate } from './migrate.ts';
import type { LocalSecrets } from './secrets.ts';

const root = path.resolve(import.meta.dirname, '../..');

/** Miniflare starts workerd by this name; ours ends with its starter. Where it cannot be run, workerd outlives a starter that was killed. */
function guardWorkerd(): void {
  const { env } = process;
  const guard = path.join(import.meta.dirname, 'workerd.sh');
  if (env['MINIFLARE_WORKERD_PATH'] === guard || process.platform === 'win32') return;
  try {
    accessSync(guard, constants.X_OK);
  } catch {
    return;
  }
  const { default: own } = createRequire(createRequire(import.meta.url).resolve('miniflare'))('workerd') as {
    default: string;
  };
  env['TAWTHIQ_WORKERD'] = env['MINIFLARE_WORKERD_PATH'] ?? own;
  env['MINIFLARE_WORKERD_PATH'] = guard;
}

export type EdgeOptions = {
  /** Where D1, R2, Durable Objects and queues keep their files. */
  readonly stateDir: string;
  readonly port: number;
  readonly secrets: Pick<LocalSecrets, 'bindings'>;
  /** Where the bundle is written; two networks at once need two. */
  readonly bundleDir?: string;
  /** Text bindings beside those of wrangler.toml and the secrets. */
  readonly vars?: Readonly<Record<string, string>>;
  /** False: through Miniflare's stand-ins for asset routing (bundle-worker.ts). Both ways serve the same; this one costs more. */
  readonly plain?: boolean;
  /** workerd ended by itself, and stands again with all that it kept. */
  readonly fell?: () => void;
};

export type Edge = {
  readonly url: string;
  /** For what only the platform can do on one machine: run the cron, look into a database in a test. */
  readonly miniflare: Miniflare;
  stop(): Promise<void>;
};

/** Starts workerd on 127.0.0.1 and resolves when every database is migrated and the Worker answers. */
export async function startEdge(options: EdgeOptions): Promise<Edge> {
  await claimPort(options.port, 'the edge');
  const url = `http://localhost:${options.port}`;
  const bundleDir = options.bundleDir ?? path.join(root, 'dist/worker');
  const plain = options.plain !== false;
  const [modules] = await Promise.all([bundleWorker(bundleDir, plain ? plainEntry : undefined), build()]);
  const { workerOptions } = unstable_getMiniflareWorkerOptions(path.join(root, 'wrangler.toml'));
  const converted = convertV4MiniflareOptions({
    host: '127.0.0.1',
    // Miniflare's own entry adds a proxy that costs more than the Worker: people and tests use the direct socket below.
    port: 0,
    cf: false,
    log: new Log(LogLevel.ERROR),
    workers: [
      {
        ...workerOptions,
        name: 'tawthiq',
        modules: modules.map((module) => ({ ...module })),
        modulesRoot: bundleDir,
        bindings: { ...(workerOptions.bindings as object), ...options.secrets.bindings, ISSUER: url, ...options.vars },
        unsafeDirectSockets: [{ host: '127.0.0.1', port: options.port, ...(plain ? { entrypoint: 'plain' } : {}) }],
      },
    ],
  });
  guardWorkerd();
  const { fell } = options;
  const miniflare = new Miniflare({
    ...converted,
    resourcePersistencePath: options.stateDir,
    ...(fell ? { unsafeHandleRuntimeRestart: fell } : {}),
  });
  try {
    await miniflare.ready;
    await migrateAll(miniflare);
    const health = await fetch(`${url}/healthz`);
    if (!health.ok) throw new Error(`the edge answers ${health.status}`);
  } catch (error) {
    await miniflare.dispose();
    throw error;
  }
  return { url, miniflare, stop: () => miniflare.dispose() };
}

async function migrateAll(miniflare: Miniflare): Promise<void> {
  await migrate(await miniflare.getD1Database('DIRECTORY'), 'directory');
  for (let shard = 0; shard < 4; shard++) await migrate(await miniflare.getD1Database(`SHARD_${shard}`), 'shard');
}
