// `npm run fuzz`: every decoder's property, a million cases each (or `-- --cases N`, or `-- cbor` for one). A property that
// fails prints its seed and the smallest input that shows it; one case that takes over 50 ms is a failure too.
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { targets } from './targets.ts';
import { timed } from './timed.ts';

const usage = `npm run fuzz                     every target, a million cases each
npm run fuzz -- cbor trust      the targets whose name has one of the words
npm run fuzz -- --cases 20000   another number of cases
npm run fuzz -- routes [--cases N]   so many requests to each route, inside workerd: hours for a million each
npm run fuzz -- races [--rounds N]   many who ask an edge at once for what only one may have`;

function askedFor() {
  try {
    return parseArgs({
      options: {
        cases: { type: 'string', default: '1000000' },
        rounds: { type: 'string', default: '1000' },
        help: { type: 'boolean', default: false },
      },
      allowPositionals: true,
    });
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage}`);
    process.exit(2);
  }
}

const { values, positionals: words } = askedFor();
const chosen = targets.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)));
const routes = words.length === 0 || words.includes('routes');
const races = words.length === 0 || words.includes('races');
if (values.help || (chosen.length === 0 && !races && !routes)) {
  console.log(`${usage}\n\n${targets.map(({ name }) => `  ${name}`).join('\n')}`);
  process.exit(values.help ? 0 : 2);
}
const [cases, rounds] = [Number(values.cases), Number(values.rounds)];
if ([cases, rounds].some((count) => !Number.isSafeInteger(count) || count < 1)) {
  console.error(`--cases and --rounds take a whole number\n\n${usage}`);
  process.exit(2);
}

let failed = 0;
for (const target of chosen) {
  const started = performance.now();
  const details = await fc.check(timed(target.property) as fc.IAsyncProperty<unknown>, { numRuns: cases });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  if (details.failed) {
    failed++;
    console.log(`FAIL  ${target.name}  ${seconds} s`);
    console.log(fc.defaultReportMessage(details));
  } else {
    console.log(`ok    ${target.name}  ${details.numRuns} cases  ${seconds} s`);
  }
}

// Not decoders' properties: the routes are asked where they run, by the test that asks them less often.
if (routes) {
  const test = ['run', '--project', 'worker-fresh', 'routes.fuzz'];
  const seed = String(Math.floor(Math.random() * 2 ** 31));
  const env = { ...process.env, ROUTE_CASES: String(cases), FUZZ_SEED: seed };
  const { status } = spawnSync('node_modules/.bin/vitest', test, { stdio: ['ignore', 'ignore', 'inherit'], env });
  if (status !== 0) failed++;
  console.log(`${status === 0 ? 'ok  ' : 'FAIL'}  routes  ${cases} cases each, FUZZ_SEED=${seed}`);
}

// An edge, and many who ask it at once.
if (races) {
  const { runRaces } = await import('./races.ts');
  for (const race of await runRaces({ rounds, log: (line) => console.error(line) })) {
    if (race.broken > 0) failed++;
    console.log(
      `${race.broken > 0 ? 'FAIL' : 'ok  '}  races: ${race.name}  ${race.rounds} rounds, ${race.broken} broken`,
    );
  }
}
process.exit(failed === 0 ? 0 : 1);
