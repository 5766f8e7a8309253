// `npm test`: every check and every test; `npm test -- credential trust`: the tests whose path has one of the words.
// Its last line is `N passed, N failed`.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { build } from '../../worker/local/build.ts';
import { runChecks } from './check.ts';
import { NoChromium, requireChromium } from './chromium.ts';

type Report = {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numTotalTests: number;
  readonly success: boolean;
};

const reportFile = '.state/test-report.json';

type Counts = { readonly passed: number; readonly failed: number };

async function checks(): Promise<Counts> {
  const results = await runChecks();
  const passed = results.filter(({ ok }) => ok).length;
  return { passed, failed: results.length - passed };
}

function tests(words: readonly string[], options: readonly string[]): Counts {
  mkdirSync('.state', { recursive: true });
  rmSync(reportFile, { force: true });
  const run = spawnSync(
    'node_modules/.bin/vitest',
    ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`, ...options, ...words],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  );
  if (!existsSync(reportFile)) return { passed: 0, failed: 1 };
  const report = JSON.parse(readFileSync(reportFile, 'utf8')) as Report;
  const { numPassedTests: passed, numFailedTests: failed, numTotalTests: total } = report;
  if (total === 0) console.error('no test ran');
  // A file that does not load, or an error outside any test, fails the run without failing a test.
  return { passed, failed: failed > 0 ? failed : run.status !== 0 || total === 0 ? 1 : 0 };
}

async function all(): Promise<Counts> {
  const words = process.argv.slice(2).filter((argument) => !argument.startsWith('-'));
  const options = process.argv.slice(2).filter((argument) => argument.startsWith('-'));
  let chromium: string;
  try {
    // First of all: nobody waits for the checks to hear that something is to be installed.
    chromium = requireChromium();
  } catch (error) {
    if (!(error instanceof NoChromium)) throw error;
    console.error(error.message);
    return { passed: 0, failed: 1 };
  }
  process.env['CHROME_PATH'] = chromium;
  const checked = words.length === 0 ? await checks() : { passed: 0, failed: 0 };
  try {
    await build();
  } catch (error) {
    console.error(error);
    return { passed: checked.passed, failed: checked.failed + 1 };
  }
  const tested = tests(words, options);
  return { passed: checked.passed + tested.passed, failed: checked.failed + tested.failed };
}

const { passed, failed } = await all();
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
