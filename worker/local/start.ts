// `npm start`: the whole network on this machine. First start: makes keys, people, a centre, and activates one person through
// the kiosk itself, so that somebody can log in at once. Every later start finds what was there. Ctrl+C ends everything.
import type { Server } from 'node:http';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { walletPaths } from '../../shared/contract/wallet.ts';
import { AdminClient } from './admin-client.ts';
import { type Child, startChild } from './children.ts';
import { enrolStaffFinger } from './enrol-staff-finger.ts';
import { type KioskCalls, kioskCalls } from './kiosk-calls.ts';
import { claimPort, type Edge, PortBusyError, startEdge } from './network.ts';
import { type LocalPerson, loadNetworkState, type NetworkState, saveNetworkState } from './network-state.ts';
import { defaultStateDir, type Ports, portsFrom } from './places.ts';
import { demoPeople, demoPerson } from './population/demo-people.ts';
import { writeReaderFingers } from './reader-fingers.ts';
import { startSampleService } from './sample-service.ts';
import { prepareSbiDesk, type SbiDesk } from './sbi-desk.ts';
import { type LocalSecrets, loadSecrets } from './secrets.ts';
import { demoCentre, demoStaff, type SetUp, setUpNetwork } from './set-up.ts';
import { startStartPage } from './start-page.ts';

/** Who is activated on the first start, and what they log in with. */
const firstPerson = { key: 'hessah', username: 'hessah', password: 'palm trees by the sea' } as const;

/** secugen, sbi: started here. sbi-apart: whoever is at the desk starts it, with `npm run device -- sbi`. */
const readers = ['secugen', 'sbi', 'sbi-apart'] as const;
type ReaderKind = (typeof readers)[number];
/** Where the specification has readers listen. */
const sbiPorts = [4501, 4600] as const;

const cronEveryMs = 15 * 60_000;

const { values } = parseArgs({
  options: {
    port: { type: 'string' },
    state: { type: 'string', default: defaultStateDir },
    people: { type: 'string', default: '1000' },
    reader: { type: 'string', default: 'secugen' },
  },
});

async function main(): Promise<void> {
  const started = performance.now();
  const say = (line: string) =>
    console.log(`${((performance.now() - started) / 1000).toFixed(1).padStart(5)} s  ${line}`);
  const ports = portsFrom(values.port);
  const stateDir = path.resolve(values.state);
  const readerKind = readers.find((kind) => kind === values.reader);
  if (!readerKind) throw new RangeError(`--reader takes ${readers.join(', ')}`);
  await claimPort(ports.startPage, 'the start page');
  await claimPort(ports.kiosk, 'the kiosk');
  await claimPort(ports.service, 'the sample service');
  await claimPort(ports.reader, 'the simulated reader');

  const ending: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const end of ending.reverse()) await end().catch(() => {});
    process.exit(0);
  };

  const secrets = loadSecrets(stateDir);
  const edge = await startEdge({ stateDir: path.join(stateDir, 'edge'), port: ports.edge, secrets });
  ending.push(edge.stop);
  // Miniflare would end the process at a signal at once; the kiosk and the reader end first.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.removeAllListeners(signal);
    process.once(signal, () => void stop());
  }
  say(`the edge answers at ${edge.url}`);

  const serviceUrl = `http://localhost:${ports.service}`;
  let state = loadNetworkState(stateDir);
  let setUp: SetUp | undefined;
  if (!state) {
    say('first start: making keys, a centre, an online service and people ...');
    const people = Number(values.people);
    if (!Number.isInteger(people) || people < demoPeople.length)
      throw new RangeError(`--people takes a number from ${demoPeople.length}`);
    setUp = await setUpNetwork({ edgeUrl: edge.url, secrets, serviceUrl, people, log: say });
  }
  const desk = async (kind: ReaderKind) => startDesk(kind, stateDir, ports, edge.url, secrets);
  if (!state && setUp) {
    // Whoever brings their own reader has none yet: the first activation borrows one.
    const first = await desk(readerKind === 'sbi-apart' ? 'sbi' : readerKind);
    ending.push(...first.stops);
    await firstDay(await kioskCalls(String(first.kiosk.ready['url'])), edge.url, secrets, setUp, ports);
    state = stateOf(edge.url, secrets, setUp);
    saveNetworkState(stateDir, state);
    if (readerKind === 'sbi-apart') for (const end of first.stops.toReversed()) await end();
  }
  if (!state) throw new Error('unreachable');
  if (!setUp || readerKind === 'sbi-apart') ending.push(...(await desk(readerKind)).stops);
  const { clientId, clientSecret } = state.client;
  const service = await startSampleService({ issuer: edge.url, clientId, clientSecret, port: ports.service });
  ending.push(() => service.close());
  const page = await startStartPage(ports, state, urlsOf(edge, ports, readerKind));
  ending.push(() => closed(page));
  startCron(edge);
  say('ready');
  console.log(
    `\n  http://localhost:${ports.startPage}  — where everything is, who can log in, three things to try\n  Ctrl+C ends it; npm run reset forgets it.\n`,
  );
}

type Desk = { readonly kiosk: Child; readonly stops: readonly (() => Promise<void>)[] };

/** The reader and the kiosk, each its own process, as they are in a service centre. */
async function startDesk(
  kind: ReaderKind,
  stateDir: string,
  ports: Ports,
  edgeUrl: string,
  secrets: LocalSecrets,
): Promise<Desk> {
  const sbi = await prepareSbiDesk({
    ...{ edgeUrl, secrets, folder: path.join(stateDir, 'sbi') },
    ports: kind === 'sbi-apart' ? sbiPorts : [ports.reader, ports.reader],
  });
  const reader = kind === 'sbi-apart' ? undefined : await startReader(kind, stateDir, ports, sbi);
  const stops = reader ? [reader.stop] : [];
  const at = kind === 'secugen' ? `secugen:${String(reader?.ready['url']).replace(/\/$/, '')}` : `sbi:${sbi.settings}`;
  const pin = reader?.ready['certificateSha256'];
  const args = [
    ...['--port', String(ports.kiosk), '--state', path.join(stateDir, 'kiosk')],
    ...['--edge', edgeUrl, '--reader', at, ...(typeof pin === 'string' ? ['--reader-pin', pin] : [])],
  ];
  try {
    const kiosk = await startChild('the kiosk', 'kiosk/loopback/main.ts', args);
    return { kiosk, stops: [...stops, kiosk.stop] };
  } catch (error) {
    await reader?.stop();
    throw error;
  }
}

async function startReader(kind: 'secugen' | 'sbi', stateDir: string, ports: Ports, sbi: SbiDesk): Promise<Child> {
  const fingers = await writeReaderFingers(stateDir);
  const args = [kind, '--port', String(ports.reader), '--fingers', fingers];
  if (kind === 'sbi') args.push('--network', sbi.folder);
  return startChild('the simulated reader', 'kiosk/core/devices/fingerprint/simulated.ts', args);
}

/**
 * The story of a service centre, told by the kiosk's own bridge: it joins, the supervisors enrol their fingers, the operator logs in, a
 * finger is read.
 */
async function firstDay(
  kiosk: KioskCalls,
  edgeUrl: string,
  secrets: LocalSecrets,
  setUp: SetUp,
  ports: Ports,
): Promise<void> {
  const person = demoPerson(firstPerson.key);
  const [operator] = demoStaff;
  if (!operator) throw new Error('the demo has no operator');
  await kiosk.must('kiosk.enrol', { invitation: setUp.invitation, edge: edgeUrl });
  await kiosk.must('sync.now', {});
  const lay = async (id: string) => {
    const body = JSON.stringify({ id });
    const laid = await fetch(`http://localhost:${ports.reader}/admin/finger`, { method: 'POST', body });
    if (!laid.ok) throw new Error(`the reader has no finger ${id}`);
  };
  const api = new AdminClient(edgeUrl, secrets.adminToken);
  for (const staff of setUp.staff) if (staff.role === 'supervisor') await enrolStaffFinger(kiosk, api, staff, lay);
  await kiosk.must('operator.login', { username: operator.username, password: operator.password });
  await lay(person.key);
  const done = await kiosk.activate(person.number);
  if (done.outcome !== 'activated' || !done.setup)
    throw new Error(`the first activation came out ${JSON.stringify(done)}`);
  const { username, password } = firstPerson;
  const answer = await fetch(edgeUrl + walletPaths.password, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ setupCode: done.setup.code, username, password }),
  });
  if (!answer.ok) throw new Error(`the first password was refused: ${await answer.text()}`);
}

function stateOf(edgeUrl: string, secrets: LocalSecrets, setUp: SetUp): NetworkState {
  const people: LocalPerson[] = demoPeople.map((person) => ({
    number: person.number,
    name: person.record.name,
    birthDate: person.record.birthDate,
    note: person.note,
    ...(person.key === firstPerson.key
      ? { login: { username: firstPerson.username, password: firstPerson.password } }
      : {}),
  }));
  return {
    edgeUrl,
    adminToken: secrets.adminToken,
    centre: { id: setUp.centreId, name: demoCentre.name },
    operators: setUp.staff.map(({ username, password, name, role }) => {
      const finger = role === 'supervisor' ? { finger: true } : {};
      return { username, password, name, role, ...finger };
    }),
    verifier: setUp.verifier,
    client: setUp.client,
    people,
    population: setUp.population,
  };
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

/** What a deployment's cron trigger does: on one machine nobody else fires it. */
function startCron(edge: Edge): void {
  const fire = async () => {
    const worker = await edge.miniflare.getWorker();
    await worker.scheduled({ cron: '*/15 * * * *' });
  };
  setInterval(() => void fire().catch((error: unknown) => console.error('cron', error)), cronEveryMs).unref();
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}

main().catch((error: unknown) => {
  if (error instanceof PortBusyError) {
    console.error(`${error.message}. Stop what listens there, or take five other ports: npm start -- --port 9000`);
  } else {
    console.error(error);
  }
  process.exit(1);
});
