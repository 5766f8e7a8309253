// `npm run reset`: forgets the local network: people, keys, kiosk, everything that it keeps. Refuses while it runs.
import path from 'node:path';
import { parseArgs } from 'node:util';
import { claimPort, PortBusyError } from './claim-port.ts';
import { forgetNetwork, loadNetworkState, standingOf, unfinishedPort } from './network-state.ts';
import { defaultStateDir, firstPortOf } from './places.ts';

const usage = 'npm run reset [-- --state DIR]   forgets the network that is kept there: people, keys, kiosk';

/** Answers the exit code: 0 forgotten, or nothing there; 1 it runs; 2 wrong usage. */
export async function reset(
  args: readonly string[],
  say: (line: string) => void = (line) => console.log(line),
): Promise<number> {
  let stateDir: string;
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { state: { type: 'string', default: defaultStateDir }, help: { type: 'boolean' } },
    });
    if (values.help) {
      say(usage);
      return 0;
    }
    stateDir = path.resolve(values.state);
  } catch (error) {
    say(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    return 2;
  }
  if (standingOf(stateDir) === 'none') {
    say(`No network is kept in ${stateDir}.`);
    return 0;
  }
  const saved = loadNetworkState(stateDir);
  const first = saved ? firstPortOf(saved.edgeUrl) : unfinishedPort(stateDir);
  try {
    if (first !== undefined) await claimPort(first + 1, 'the edge of this network');
  } catch (error) {
    if (!(error instanceof PortBusyError)) throw error;
    say(`The network still runs (${error.message}): stop it first, with Ctrl+C in its terminal.`);
    return 1;
  }
  forgetNetwork(stateDir);
  say('The local network is forgotten. `npm start` makes a new one.');
  return 0;
}

if (import.meta.main) process.exitCode = await reset(process.argv.slice(2));
