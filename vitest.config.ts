// Two runtimes: `node` (shared, kiosk, local, flows) and `worker` (inside workerd, with real D1 and Durable Objects).
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-plugin';
import { defineConfig, type TestProjectConfiguration } from 'vitest/config';
import { Order } from './test/support/order.ts';

const migrations = (database: string) =>
  readD1Migrations(path.join(import.meta.dirname, 'worker/store/migrations', database));
/** How long a test waits for what it expects. Long: a slow machine is no failure, and a green run waits for none of it. */
const patience = { testTimeout: 120_000, hookTimeout: 180_000, expect: { poll: { timeout: 20_000 } } };
const drawnCases = './test/support/drawn-cases.ts';
/** 32 bytes of the same letter, base64url: secrets of tests only. */
const testSecret = (letter: string) => Buffer.alloc(32, letter).toString('base64url');

/** The public key of a test root: its seed is 32 bytes of the same letter (RFC 8410 DER before it). */
function testRoot(letter: string): string {
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, letter)]);
  const publicKey = createPublicKey(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }));
  return publicKey.export({ format: 'jwk' }).x ?? '';
}

/**
 * An isolate keeps the lists it verified and refuses older ones, and the keys it read; and what another file left running counts with what
 * a file counts. These have one of their own, which takes ten seconds to make.
 */
const alone = [
  'test/worker/http/*.fuzz.test.ts',
  'test/worker/openid/number-login-acts.test.ts',
  'test/worker/verifier/verify.test.ts',
];

/** Tests inside workerd. `isolate` false: one isolate for all files, each with empty storage, which saves seconds a file. */
function inWorkerd(name: string, isolate: boolean, include: string[], exclude: string[]): TestProjectConfiguration {
  return {
    plugins: [
      cloudflareTest(async () => ({
        wrangler: { configPath: './wrangler.toml' },
        miniflare: {
          cf: false,
          bindings: {
            TEST_MIGRATIONS: { directory: await migrations('directory'), shard: await migrations('shard') },
            KEY_ENCRYPTION_KEY: testSecret('k'),
            NUMBER_SECRET: testSecret('n'),
            PAIRWISE_SECRET: testSecret('p'),
            PASSWORD_PEPPER: testSecret('w'),
            COOKIE_SECRET: testSecret('c'),
            // SHA-256 of the ASCII text `test-admin-token`.
            ADMIN_TOKEN_SHA256: 'F9a_4F0bH7e8SZ-OP2Ocez7aTEDzIe74iHoMBMiamcU',
            TRUST_ROOTS: [testRoot('a'), testRoot('b')].join(','),
          },
        },
      })),
    ],
    test: {
      name,
      isolate,
      include,
      exclude,
      setupFiles: [drawnCases, './test/worker/setup.ts'],
      ...patience,
    },
  };
}

export default defineConfig({
  test: {
    // Many tests wait for a browser or a process: two cores are not busy with two files.
    provide: {
      fuzzSeed: Number(process.env['FUZZ_SEED'] ?? 1),
      routeCases: Number(process.env['ROUTE_CASES'] ?? 10_000),
    },
    sequence: { sequencer: Order },
    maxWorkers: Math.max(3, availableParallelism() - 1),
    projects: [
      {
        test: {
          name: 'node',
          environment: 'node',
          include: ['test/**/*.test.ts'],
          exclude: ['test/worker/**'],
          setupFiles: [drawnCases],
          ...patience,
        },
      },
      inWorkerd('worker', false, ['test/worker/**/*.test.ts'], alone),
      inWorkerd('worker-fresh', true, alone, []),
    ],
  },
});
