// The story as `npm run demo -- --json` tells it: every step comes out right, in one process of its own.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const run = promisify(execFile);

it('tells the whole story with every step right', { timeout: 300_000 }, async () => {
  const { stdout } = await run(process.execPath, ['test/demo/demo.ts', '--json'], { maxBuffer: 4e6 });
  const told = JSON.parse(stdout) as { ok: boolean; steps: { name: string; outcome: string; ok: boolean }[] };
  expect(told.steps.filter((step) => !step.ok)).toEqual([]);
  expect(told.steps.length).toBeGreaterThanOrEqual(16);
  expect(told.ok).toBe(true);
  // SECURITY: what the story prints names nobody.
  expect(stdout).not.toMatch(/[1-7]\d{9}(?!\d)/);
});

it.each([['--bogus'], ['--device', 'none'], ['--offline', '--login']])(
  'plays nothing when it is asked for something else: %s %s',
  async (...words) => {
    const args = ['test/demo/demo.ts', ...words.filter(Boolean)];
    const refused = await run(process.execPath, args).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('npm run demo -- --login') });
  },
);
