// `npm test`: every check and every test; `npm test -- credential trust`: the tests whose path has one of the words.
// Its last line is `N passed, N failed`.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { build } from '../../worker/local/build.ts';
import { runChecks } from './check.ts';
import { requireChromium } from './chromium.ts';

type Report = {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numTotalTests: number;
  readonly success: boolean;
};

const words = process.argv.slice(2).filter((argument) => !argument.startsWith('-'));
const options = process.argv.slice(2).filter((argument) => argument.startsWith('-'));
const reportFile = '.state/test-report.json';
let passed = 0;
let failed = 0;

const major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  console.error(
    `Node ${process.versions.node} runs this; the project needs Node 24, which npm ci brings on Linux. Elsewhere: install Node 24.`,
  );
  process.exit(1);
}

if (words.length === 0) {
  for (const result of await runChecks()) {
    if (result.ok) passed++;
    else failed++;
  }
}

process.env['CHROME_PATH'] = requireChromium();
await build();
mkdirSync('.state', { recursive: true });
rmSync(reportFile, { force: true });
const run = spawnSync(
  'node_modules/.bin/vitest',
  ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`, ...options, ...words],
  { stdio: ['ignore', 'inherit', 'inherit'] },
);
if (existsSync(reportFile)) {
  const report = JSON.parse(readFileSync(reportFile, 'utf8')) as Report;
  passed += report.numPassedTests;
  failed += report.numFailedTests;
  if (report.numTotalTests === 0) {
    console.error('no test ran');
    failed++;
  }
} else {
  failed++;
}
// A file that does not load, or an error outside any test, fails the run without failing a test.
if (run.status !== 0 && failed === 0) failed++;
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
