// A command of package.json that takes options says which when it is asked, and ends well. Those with tests of their own: there.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };

const run = promisify(execFile);

it.each([
  ['start', [], 'npm start [--'],
  ['reset', [], 'npm run reset [--'],
  ['seed', [], 'npm run seed -- --people N'],
  ['simulator', [], 'wrong_nonce: '],
  ['device', [], 'npm run device -- secugen'],
  ['device', ['sbi'], 'npm run device -- sbi'],
] as const)('npm run %s %s -- --help', async (name, words, says) => {
  const [node = '', ...rest] = packageJson.scripts[name].split(' ');
  const { stdout } = await run(node === 'node' ? process.execPath : node, [...rest, ...words, '--help'], {
    timeout: 60_000,
  });
  expect(stdout).toContain(says);
});
