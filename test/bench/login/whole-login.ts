// A whole login of either side: many at once take the same step, then the next, so that each step's share of the server's CPU is seen.
import { cpuSeconds } from '../cores.ts';
import type { Figure } from '../figure.ts';
import { mostWholeLogins } from './our-side.ts';
import type { LoginStep, Side } from './side.ts';

const loginsPerRound = 96;
const rounds = 5;
const atOnce = 16;
/** What follows a step's answers (journal) belongs to it. */
const settleMs = 150;

type StepCost = { readonly name: string; readonly cpuMs: number };
type Whole = { readonly cpuMs: number; readonly requests: number; readonly steps: readonly StepCost[] };

export async function wholeLogin(ours: Side, peer: Side, log: (line: string) => void): Promise<Figure> {
  const [mine, theirs] = [await best(ours), await best(peer)];
  const told = ({ steps }: Whole) => steps.map(({ name, cpuMs }) => `${name} ${cpuMs.toFixed(2)}`).join(', ');
  for (const [side, whole] of [[ours, mine] as const, [peer, theirs] as const])
    log(
      `login: whole login, ${side.name}: ${whole.cpuMs.toFixed(2)} ms CPU, ${whole.requests} requests: ${told(whole)}`,
    );
  return {
    name: 'login.whole_number_login',
    ours: mine.cpuMs,
    peer: theirs.cpuMs,
    unit: 'ms CPU/login',
    ratio: mine.cpuMs / theirs.cpuMs,
    target: 'ours <= 6 ms',
    ok: mine.cpuMs <= 6,
    note: `${mine.requests} requests of browser, wallet and service, first login with consent, durable (ms: ${told(mine)}); against oidc-provider's own browser login in memory, ${theirs.requests} requests, its password checked by nobody (ms: ${told(theirs)})`,
  };
}

/** The least disturbed round; the one before them warms up. */
async function best(side: Side): Promise<Whole> {
  const taken: Whole[] = [];
  for (let round = 0; round <= rounds; round++) {
    const logins = Array.from({ length: loginsPerRound }, (_, i) =>
      side.wholeLogin((round * loginsPerRound + i) % mostWholeLogins),
    );
    taken.push(await oneRound(side, logins));
  }
  const [, ...counted] = taken;
  return counted.reduce((least, one) => (one.cpuMs < least.cpuMs ? one : least));
}

async function oneRound(side: Side, logins: readonly (readonly LoginStep[])[]): Promise<Whole> {
  const steps: StepCost[] = [];
  let requests = 0;
  for (const [k, { name }] of (logins[0] ?? []).entries()) {
    const before = cpuSeconds(side.pid);
    for (let first = 0; first < logins.length; first += atOnce) {
      const group = logins.slice(first, first + atOnce);
      const sent = await Promise.all(group.map((login) => login[k]?.run() ?? 0));
      if (first === 0) requests += sent[0] ?? 0;
    }
    await new Promise((resolve) => setTimeout(resolve, settleMs));
    steps.push({ name, cpuMs: ((cpuSeconds(side.pid) - before) * 1e3) / logins.length });
  }
  return { cpuMs: steps.reduce((sum, { cpuMs }) => sum + cpuMs, 0), requests, steps };
}
