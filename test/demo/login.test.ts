// The login story as `npm run demo -- --login --json` tells it: each flow, each level, each refusal, in one process of its own.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const run = promisify(execFile);

it('each flow, each level and each refusal comes out as it must', { timeout: 600_000 }, async () => {
  const args = ['test/demo/demo.ts', '--login', '--json'];
  const { stdout } = await run(process.execPath, args, { maxBuffer: 4e6 }).catch((error: { stdout?: string }) => ({
    stdout: error.stdout ?? '',
  }));
  const told = JSON.parse(stdout) as { ok: boolean; steps: { name: string; outcome: string; ok: boolean }[] };
  expect(told.steps.filter((step) => !step.ok)).toEqual([]);
  expect(told.steps.length).toBeGreaterThanOrEqual(50);
  expect(told.ok).toBe(true);
  // SECURITY: what the story prints names nobody by number.
  expect(stdout).not.toMatch(/[1-7]\d{9}(?!\d)/);
});
