// The story as `npm run demo -- --offline --json` tells it: every step comes out right, in one process of its own.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const run = promisify(execFile);

it('tells a week without a line with every step right', { timeout: 300_000 }, async () => {
  const args = ['test/demo/demo.ts', '--offline', '--json'];
  const { stdout } = await run(process.execPath, args, { maxBuffer: 4e6 });
  const told = JSON.parse(stdout) as { ok: boolean; steps: { name: string; outcome: string; ok: boolean }[] };
  expect(told.steps.filter((step) => !step.ok)).toEqual([]);
  expect([told.ok, told.steps.length]).toEqual([true, 11]);
  // SECURITY: what the story prints names nobody.
  expect(stdout).not.toMatch(/[1-7]\d{9}(?!\d)/);
});
