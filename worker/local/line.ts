// `npm run line -- cut | mend`: takes the edge away from the network that `npm start` runs here, and gives it back. Exit: 0 done,
// 1 no network runs or nothing came of it, 2 wrong usage.
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { cutLine, mendLine } from './line-mark.ts';
import { loadNetworkState } from './network-state.ts';
import { defaultStateDir, firstPortOf } from './places.ts';

const usage = `npm run line -- cut [--state DIR]    no edge answers: the kiosk records activations, and checks codes with the lists it has
npm run line -- mend [--state DIR]   it answers again: what waited is sent`;

const acts = { cut: cutLine, mend: mendLine } as const;
const patienceMs = 30_000;

async function answers(url: string): Promise<boolean> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined);
  return answer?.ok === true;
}

export async function main(args: readonly string[], say: (line: string) => void): Promise<0 | 1 | 2> {
  let act: keyof typeof acts;
  let stateDir: string;
  try {
    const options = { state: { type: 'string', default: defaultStateDir }, help: { type: 'boolean' } } as const;
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    const [word = ''] = positionals;
    if (values.help) {
      say(usage);
      return 0;
    }
    if (positionals.length !== 1 || (word !== 'cut' && word !== 'mend')) throw new RangeError('say cut or mend');
    act = word;
    stateDir = path.resolve(values.state);
  } catch (error) {
    say(`${(error as Error).message}\n\n${usage}`);
    return 2;
  }
  const saved = loadNetworkState(stateDir);
  if (!saved || !(await answers(`http://localhost:${firstPortOf(saved.edgeUrl)}/`))) {
    say(`No network of ${stateDir} runs: npm start first`);
    return 1;
  }
  acts[act](stateDir);
  for (const until = Date.now() + patienceMs; Date.now() < until; await pause(200)) {
    if ((await answers(`${saved.edgeUrl}/healthz`)) !== (act === 'mend')) continue;
    say(
      act === 'cut'
        ? 'The line is cut. npm run line -- mend gives it back.'
        : 'The line is whole: what waits at the kiosk is sent within a minute, or at once by "Update now" on its page of status.',
    );
    return 0;
  }
  say(`Nothing came of it in ${patienceMs / 1000} s: see what npm start says`);
  return 1;
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2), (line) => console.log(line));
