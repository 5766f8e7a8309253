// `npm run check`: the fast part, for every save. Format and lint, types of every runtime, import rules, unused code.
// Prints what failed and nothing else; exits 1 if anything did.
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';

export type CheckResult = {
  readonly name: string;
  readonly ok: boolean;
  readonly output: string;
  readonly seconds: number;
};

/** One tsconfig a runtime (docs/ARCHITECTURE.md): what a file may lean on is decided by where it stands. */
const runtimes = [
  'shared',
  'shared/crypto/ed25519-tables',
  'worker',
  'worker/local',
  'worker/verifier/app',
  'worker/authn/app',
  'kiosk',
  'kiosk/renderer',
  'test',
  'test/worker',
];

const commands: { name: string; command: string[] }[] = [
  { name: 'format and lint', command: ['biome', 'check', '--error-on-warnings', '.'] },
  {
    name: 'import rules',
    command: ['depcruise', '--config', '.ci/import-rules.cjs', 'shared', 'worker', 'kiosk', 'test'],
  },
  { name: 'unused code', command: ['knip', '--no-progress'] },
  ...runtimes.map((runtime) => ({
    name: `types: ${runtime}`,
    command: [
      'tsc',
      '-p',
      runtime,
      '--incremental',
      '--tsBuildInfoFile',
      `node_modules/.cache/tsc/${runtime.replaceAll('/', '-')}.json`,
    ],
  })),
];

function run(name: string, [file = '', ...args]: string[]): Promise<CheckResult> {
  const started = performance.now();
  return new Promise((resolve) => {
    const child = spawn(`node_modules/.bin/${file}`, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    child.stderr.on('data', (chunk) => {
      output += chunk;
    });
    child.on('error', (error) => {
      output += error.message;
    });
    child.on('close', (code) =>
      resolve({ name, ok: code === 0, output, seconds: (performance.now() - started) / 1000 }),
    );
  });
}

/** Runs every check, two at a time, and prints a line each. */
export async function runChecks(): Promise<CheckResult[]> {
  mkdirSync('node_modules/.cache/tsc', { recursive: true });
  const queue = [...commands];
  const results: CheckResult[] = [];
  const next = async (): Promise<void> => {
    for (let item = queue.shift(); item; item = queue.shift()) {
      const result = await run(item.name, item.command);
      results.push(result);
      console.log(`${result.ok ? 'ok  ' : 'FAIL'}  ${result.name}  ${result.seconds.toFixed(1)} s`);
      if (!result.ok) console.log(result.output.trim());
    }
  };
  await Promise.all([next(), next()]);
  return results;
}

if (import.meta.main) {
  const results = await runChecks();
  process.exit(results.every((result) => result.ok) ? 0 : 1);
}
