// `npm start`: the whole network on this machine. First start: makes keys, people, a centre, and activates one person through
// the kiosk itself, so that somebody can log in at once. Every later start finds what was there. Ctrl+C ends everything, and
// nothing outlives a kill -9: the online service and the start page are in this process, workerd, the kiosk and the reader notice that it is
// gone (workerd.sh, `onParentGone`). What is done when one of those falls: parts.ts.
import type { Server } from 'node:http';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { EpochSeconds } from '../../shared/base/brands.ts';
import { AdminClient } from './admin-client.ts';
import { claimPort, PortBusyError } from './claim-port.ts';
import { type ReaderKind, readers, sbiPorts, startDesk } from './desk.ts';
import { firstDay, firstPerson, stateOf } from './first-day.ts';
import { followLine } from './follow-line.ts';
import { keepFresh } from './keep-fresh.ts';
import { keepWallet } from './kept-wallets.ts';
import { kioskCalls } from './kiosk-calls.ts';
import type { Edge } from './network.ts';
import {
  beginNetwork,
  forgetNetwork,
  loadNetworkState,
  type NetworkState,
  saveNetworkState,
  standingOf,
  unfinishedPort,
} from './network-state.ts';
import { onNpmGone } from './npm-gone.ts';
import { type Parts, watchParts } from './parts.ts';
import { defaultStateDir, firstPortOf, type Ports, portsFrom } from './places.ts';
import { demoPeople } from './population/demo-people.ts';
import { startSampleService } from './sample-service.ts';
import { type LocalSecrets, loadSecrets } from './secrets.ts';
import { setUpNetwork } from './set-up.ts';
import { startStartPage } from './start-page.ts';
import { bindNewKey } from './wallet-client.ts';

const usage = `npm start [-- --port N] [--state DIR] [--people N] [--reader ${readers.join('|')}]

  --port N      the first of five ports (8786); a network keeps those of its first start
  --state DIR   where a network is kept: another folder is another network
  --people N    how many the first start registers (1000)
  --reader      which fingerprint reader the kiosk meets (secugen)
`;

const cronEveryMs = 15 * 60_000;

/** Refused before anything is started; the message is for whoever typed the command. */
class StartRefused extends Error {}

type Chosen = {
  readonly stateDir: string;
  readonly ports: Ports;
  readonly people: number;
  readonly reader: ReaderKind;
  readonly saved: NetworkState | undefined;
};

function chosenFrom(args: readonly string[]): Chosen {
  const { values } = parseArgs({
    args: [...args],
    options: {
      port: { type: 'string' },
      state: { type: 'string', default: defaultStateDir },
      people: { type: 'string', default: '1000' },
      reader: { type: 'string', default: 'secugen' },
    },
  });
  const stateDir = path.resolve(values.state);
  const reader = readers.find((kind) => kind === values.reader);
  if (!reader) throw new RangeError(`--reader takes ${readers.join(', ')}`);
  const people = Number(values.people);
  if (!Number.isInteger(people) || people < demoPeople.length)
    throw new RangeError(`--people takes a number from ${demoPeople.length}`);
  const saved = loadNetworkState(stateDir);
  const ports = portsFrom(values.port ?? (saved && String(firstPortOf(saved.edgeUrl))));
  return { stateDir, ports, people, reader, saved };
}

/** What stands in the folder fits what is asked for; leaves nothing of a first start that was cut. */
async function prepareFolder({ stateDir, ports, saved }: Chosen, say: (line: string) => void): Promise<void> {
  // An address of the edge is in keys, codes, the kiosk and the online service: it is the network's for good.
  if (saved && firstPortOf(saved.edgeUrl) !== ports.startPage) {
    const own = firstPortOf(saved.edgeUrl);
    throw new StartRefused(
      `the network in ${stateDir} has its ports from ${own} on, and keeps them: start it without --port, or make another beside it: npm start -- --port ${ports.startPage} --state DIR`,
    );
  }
  const standing = standingOf(stateDir);
  if (standing === 'broken')
    throw new StartRefused(
      `${stateDir} has parts of a network but not its network.json: put that back, or forget the rest with npm run reset${stateDir === defaultStateDir ? '' : ` -- --state ${stateDir}`}`,
    );
  const needs = { startPage: 'the start page', edge: 'the edge', kiosk: 'the kiosk' } as const;
  for (const [name, what] of Object.entries(needs)) await claimPort(ports[name as keyof typeof needs], what);
  await claimPort(ports.service, 'the sample service');
  await claimPort(ports.reader, 'the simulated reader');
  if (standing === 'unfinished') {
    const made = unfinishedPort(stateDir);
    if (made !== undefined) await claimPort(made + 1, `another first start that makes ${stateDir}`);
    say('the first start before this one was not finished: what it left is removed');
    forgetNetwork(stateDir);
  }
  if (standing !== 'whole') beginNetwork(stateDir, ports.startPage);
}

const ending: (() => Promise<void>)[] = [];
let stopping = false;

async function stop(): Promise<void> {
  stopping = true;
  for (const end of ending.reverse()) await end().catch(() => {});
  process.exit(0);
}

async function main(): Promise<void> {
  if (process.argv.includes('--help')) return console.log(usage);
  const started = performance.now();
  const say = (line: string) =>
    console.log(`${((performance.now() - started) / 1000).toFixed(1).padStart(5)} s  ${line}`);
  const chosen = chosenFrom(process.argv.slice(2));
  const { stateDir, ports, reader } = chosen;
  await prepareFolder(chosen, say);
  onNpmGone(() => void stop());

  const secrets = loadSecrets(stateDir);
  const parts = watchParts(say);
  // Here, because loading it takes longer than all the refusals above.
  const { startEdge } = await import('./network.ts');
  const begin = async () => {
    const begun = await startEdge({
      ...{ stateDir: path.join(stateDir, 'edge'), port: ports.edge, secrets },
      fell: () => parts.report('edge', 'again'),
    });
    // Miniflare would end the process at a signal at once; the kiosk and the reader end first.
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.removeAllListeners(signal);
      process.once(signal, () => void stop());
    }
    return begun;
  };
  const edge = await begin();
  const followed = followLine({ stateDir, edge, again: begin, say });
  ending.push(followed.stop);
  say(`the edge answers at ${edge.url}`);

  const desk = { stateDir, ports, edgeUrl: edge.url, secrets };
  let state = chosen.saved;
  if (state) await catchUp(edge, secrets, say);
  else state = await firstStart(chosen, edge, secrets, parts, say);
  // Whoever brings their own reader has it from here on; the first start's desk stands already otherwise.
  if (chosen.saved || reader === 'sbi-apart')
    ending.push(...(await startDesk({ ...desk, kind: reader })).parts.map(parts.keep));
  const { clientId, clientSecret } = state.client;
  const service = await startSampleService({ issuer: edge.url, clientId, clientSecret, port: ports.service });
  ending.push(() => service.close());
  const stateFlag = stateDir === defaultStateDir ? '' : ` --state ${stateDir}`;
  const page = await startStartPage(ports, { state, urls: urlsOf(edge, ports, reader), stateFlag, falls: parts.falls });
  ending.push(() => closed(page));
  const cron = async () => {
    const current = followed.current();
    if (current) await fireCron(current).catch((error: unknown) => console.error('cron', error));
  };
  setInterval(() => void cron(), cronEveryMs).unref();
  say('ready');
  console.log(
    `\n  http://localhost:${ports.startPage}  — where everything is, who can log in, three things to try\n  Ctrl+C ends it; npm run reset${stateFlag && ` --${stateFlag}`} forgets it.\n`,
  );
}

async function firstStart(
  { stateDir, ports, people, reader }: Chosen,
  edge: Edge,
  secrets: LocalSecrets,
  parts: Parts,
  say: (line: string) => void,
): Promise<NetworkState> {
  say('first start: making keys, a centre, an online service and people ...');
  const serviceUrl = `http://localhost:${ports.service}`;
  const setUp = await setUpNetwork({ edgeUrl: edge.url, secrets, serviceUrl, people, log: say });
  // Whoever brings their own reader has none yet: the first activation borrows one.
  const borrowed = reader === 'sbi-apart';
  const desk = await startDesk({ stateDir, ports, edgeUrl: edge.url, secrets, kind: borrowed ? 'sbi' : reader });
  const stops = desk.parts.map(parts.keep);
  ending.push(...stops);
  const setupCode = await firstDay(await kioskCalls(String(desk.kiosk.ready['url'])), edge.url, secrets, setUp, ports);
  const wallet = await bindNewKey(edge.url, setupCode, 'npm run wallet');
  keepWallet(stateDir, { name: firstPerson.username, wallet });
  const state = stateOf(edge.url, secrets, setUp);
  saveNetworkState(stateDir, state);
  if (borrowed) for (const end of stops.toReversed()) await end();
  return state;
}

/** Whatever should have happened while this network was off. */
async function catchUp(edge: Edge, secrets: LocalSecrets, say: (line: string) => void): Promise<void> {
  const api = new AdminClient(edge.url, secrets.adminToken);
  const now = () => Math.floor(Date.now() / 1000) as EpochSeconds;
  const { rotated, published } = await keepFresh({ api, edgeUrl: edge.url, roots: secrets.roots, now });
  if (rotated.length > 0) say(`new keys took over: ${rotated.join(', ')}`);
  if (published !== undefined) say(`the trust list was old: version ${published} is signed`);
  await fireCron(edge);
}

/** What a deployment's cron trigger does: on one machine nobody else fires it. */
async function fireCron(edge: Edge): Promise<void> {
  const worker = await edge.miniflare.getWorker();
  await worker.scheduled({ cron: '*/15 * * * *' });
}

function urlsOf(edge: Edge, ports: Ports, kind: ReaderKind): Record<string, string> {
  return {
    kiosk: `http://localhost:${ports.kiosk}/`,
    reader: `http://localhost:${kind === 'sbi-apart' ? sbiPorts[0] : ports.reader}/`,
    verify: `${edge.url}/verify`,
    service: `http://localhost:${ports.service}/`,
    setup: `${edge.url}/setup`,
    discovery: `${edge.url}/.well-known/openid-configuration`,
  };
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}

/** What whoever typed the command reads, and the exit code; a bug is shown whole. */
function failed(error: unknown): 1 | 2 {
  if (error instanceof PortBusyError) {
    console.error(
      `${error.message}. Stop what listens there, or make another network beside: npm start -- --port 9000 --state DIR`,
    );
    return 1;
  }
  const wrongUsage = error instanceof RangeError || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS');
  if (error instanceof StartRefused || wrongUsage) {
    console.error(`${(error as Error).message}${wrongUsage ? `\n\n${usage}` : ''}`);
    return wrongUsage ? 2 : 1;
  }
  console.error(error);
  if (standingOf(defaultStateDir) === 'unfinished') console.error('The next npm start begins anew.');
  return 1;
}

main().catch((error: unknown) => {
  // What was cut by Ctrl+C is no failure: it ends below, in its order.
  if (!stopping) process.exit(failed(error));
});
