// The OpenID provider beside npm `oidc-provider`, with a memory adapter and with a durable one, in one run: each server a process on
// one core, the load on the other. The sides take turns, and the least disturbed turn of each counts.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from '../../../worker/local/free-port.ts';
import { liveCpuSeconds } from '../cores.ts';
import type { Figure } from '../figure.ts';
import { runLoad } from '../load.ts';
import { floors } from './floors.ts';
import { startOurs } from './our-side.ts';
import { startPeer } from './peer-side.ts';
import { accessTokens, exchangeOf, get, post, type Side } from './side.ts';
import { wholeLogin } from './whole-login.ts';

const connections = 16;
const turns = 3;
const turnSeconds = 1.5;
/**
 * As in life, a code is exchanged within seconds of its making: workerd closes an object that nobody has called for ten, and opening it
 * again costs more than the exchange. So codes are made and exchanged in many short turns, on every side.
 */
const codeTurns = 16;

type Scenario = {
  readonly name: string;
  /** The least that ours / peer may be; undefined: printed, not judged. */
  readonly least: { readonly memory?: number; readonly durable: number };
  /** For requests that are good once: how many turns; in each they are made anew, outside of the measuring, and sent. */
  readonly onceIn?: number;
  readonly note?: string;
  readonly requests: (side: Side) => Promise<readonly string[]>;
};

/** Where nothing is stored, ours must be at least as fast as either; where something is, everything of ours is durable. */
const scenarios: readonly Scenario[] = [
  {
    name: 'discovery',
    least: { memory: 1, durable: 1 },
    requests: async (side) => [get(side, side.paths.discovery)],
  },
  { name: 'jwks', least: { memory: 1, durable: 1 }, requests: async (side) => [get(side, side.paths.jwks)] },
  {
    name: 'client_credentials',
    least: { memory: 1, durable: 1 },
    requests: async (side) => [
      post(side, side.paths.token, { grant_type: 'client_credentials', ...side.clientCredentials }),
    ],
  },
  {
    name: 'code_exchange',
    least: { memory: 0.6, durable: 1 },
    onceIn: codeTurns,
    note: `the best of ${codeTurns} turns of a quarter of a second, each code exchanged within seconds of its making`,
    requests: async (side) =>
      (await side.mint(side.codesPerTurn)).map((code) => post(side, side.paths.token, exchangeOf(side, code))),
  },
  {
    name: 'introspection',
    least: { durable: 1 },
    requests: async (side) => {
      const tokens = await accessTokens(side, 16);
      return tokens.map((token) => post(side, side.paths.introspect, { token }));
    },
  },
  {
    name: 'userinfo',
    least: { durable: 1 },
    requests: async (side) => {
      const tokens = await accessTokens(side, 16);
      return tokens.map((token) => get(side, side.paths.userinfo, [`Authorization: Bearer ${token}`]));
    },
  },
];

type Turn = { readonly perSecond: number; readonly cpuMicros: number; readonly p50Ms: number };

export async function figures(options: { readonly log: (line: string) => void }): Promise<readonly Figure[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'tawthiq-bench-login-'));
  const sides: Side[] = [];
  try {
    const ours = await startOurs();
    sides.push(ours);
    const memory = await startPeer('memory', await freePort(), folder);
    sides.push(memory);
    const durable = await startPeer('durable', await freePort(), folder);
    sides.push(durable);
    const figures: Figure[] = [];
    const only = process.env['SCENARIO']?.split(',');
    const wanted = (name: string) => only === undefined || only.includes(name);
    let peersJwks: number | undefined;
    for (const scenario of scenarios.filter(({ name }) => wanted(name))) {
      const best = await measured(scenario, sides, options.log);
      if (scenario.name === 'jwks') peersJwks = best.get(memory)?.cpuMicros;
      figures.push(compared(scenario, 'memory', best.get(ours), best.get(memory)));
      figures.push(compared(scenario, 'durable', best.get(ours), best.get(durable)));
    }
    if (wanted('whole')) figures.push(await wholeLogin(ours, memory, options.log));
    if (wanted('floors')) figures.push(...(await floors(memory, peersJwks)));
    return figures;
  } finally {
    for (const side of sides) await side.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measured(scenario: Scenario, sides: readonly Side[], log: (line: string) => void) {
  const best = new Map<Side, Turn>();
  const { onceIn } = scenario;
  const [warmUps, last] = onceIn === undefined ? [1, turns] : [4, 3 + onceIn];
  for (let turn = 0; turn <= last; turn++) {
    for (const side of sides) {
      const requests = await scenario.requests(side);
      const taken = await oneTurn(side, requests, onceIn !== undefined, turn < warmUps ? 0.7 : turnSeconds);
      if (turn < warmUps) continue;
      const before = best.get(side) ?? taken;
      best.set(side, {
        perSecond: Math.max(before.perSecond, taken.perSecond),
        cpuMicros: Math.min(before.cpuMicros, taken.cpuMicros),
        p50Ms: Math.min(before.p50Ms, taken.p50Ms),
      });
    }
  }
  for (const [side, turn] of best) {
    const { perSecond, cpuMicros, p50Ms } = turn;
    const rate = `${perSecond.toFixed(0)} request/s, ${cpuMicros.toFixed(0)} µs CPU, p50 ${p50Ms.toFixed(1)} ms`;
    log(`login: ${scenario.name}, ${side.name}: ${rate}`);
  }
  return best;
}

async function oneTurn(side: Side, requests: readonly string[], once: boolean, seconds: number): Promise<Turn> {
  const before = liveCpuSeconds(side.pid);
  const count = await runLoad({ port: side.port, connections, seconds: once ? 60 : seconds, once, requests });
  // What follows the last answers belongs to them.
  await new Promise((resolve) => setTimeout(resolve, 200));
  const cpuMicros = ((liveCpuSeconds(side.pid) - before) * 1e6) / count.done;
  return { perSecond: count.done / count.seconds, cpuMicros, p50Ms: count.p50Ms };
}

function compared(
  scenario: Scenario,
  kind: 'memory' | 'durable',
  ours: Turn | undefined,
  peer: Turn | undefined,
): Figure {
  if (!ours || !peer) throw new Error(`${scenario.name} was not measured`);
  const least = scenario.least[kind];
  // What one core does in a second of its own time: the wall also shows what else the machine was doing.
  const ratio = peer.cpuMicros / ours.cpuMicros;
  return {
    name: `login.${scenario.name}.${kind}`,
    ours: 1e6 / ours.cpuMicros,
    peer: 1e6 / peer.cpuMicros,
    unit: 'request/CPU-s',
    ratio,
    target: least === undefined ? 'none' : `>= ${least.toFixed(1)}`,
    ok: least === undefined || ratio >= least,
    note: `oidc-provider 9.13.3, ${kind} adapter; ${scenario.note ? `${scenario.note}; ` : ''}best second by the wall ${ours.perSecond.toFixed(0)} against ${peer.perSecond.toFixed(0)}`,
  };
}
