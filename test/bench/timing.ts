// Can a stranger tell by the clock whether a user name or a number is somebody's? Known and unknown ones, asked in random order on one
// edge, each as often as the other; their times are compared as distributions. No absolute time counts, so a busy machine is only noisier.
import { randomInt } from 'node:crypto';
import { withCheckDigit } from '../../worker/registry/unified-number.ts';
import { DemoWallet } from '../demo/wallet.ts';
import { type LoginEdge, setPassword, startLoginEdge } from '../support/login-edge.ts';
import { chanceOfLarger, kolmogorovSmirnov, kolmogorovSmirnovBound } from './distributions.ts';
import type { Figure } from './figure.ts';

const people = 60;
/** Tries of one name: below the count after which a name has to wait, which would be another path. */
const triesEach = 4;
const redirectUri = 'https://timing.example/callback';
const ciba = 'urn:openid:params:grant-type:ciba';

type Known = { readonly username: string; readonly number: string };
type Client = { readonly clientId: string; readonly clientSecret: string };
type Ask = (world: LoginEdge, client: Client, of: Known) => Promise<() => Promise<Response>>;

async function somebody(world: LoginEdge, index: number): Promise<Known> {
  const person = await world.addPerson();
  const username = `known.${String(index).padStart(3, '0')}`;
  await setPassword(world.edge, person.setupCode, username, 'palm trees by the sea');
  await DemoWallet.bind(world.edge.url, person.setupCode);
  return { username, number: person.number };
}

const nobody = (index: number): Known => ({
  username: `other.${String(index).padStart(3, '0')}`,
  number: withCheckDigit(`19${String(10_000_000 + index).slice(1)}`.padEnd(9, '0')),
});

/** A login that has begun, and what a form of its page needs. */
async function begin(world: LoginEdge, client: Client) {
  const query = new URLSearchParams({
    client_id: client.clientId,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: 'openid',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
  });
  const begun = await fetch(`${world.edge.url}/authorize?${query}`, { redirect: 'manual' });
  const cookie = begun.headers
    .getSetCookie()
    .map((one) => one.split(';')[0])
    .join('; ');
  return { page: world.edge.url + (begun.headers.get('location') ?? ''), cookie };
}

async function form(world: LoginEdge, client: Client, act: string, fields: Record<string, string>) {
  const { page, cookie } = await begin(world, client);
  return () =>
    fetch(`${page}/${act}`, {
      method: 'POST',
      redirect: 'manual',
      headers: { Cookie: cookie, 'Sec-Fetch-Site': 'same-origin' },
      body: new URLSearchParams(fields),
    });
}

const doors: Readonly<Record<string, Ask>> = {
  password: (world, client, { username }) =>
    form(world, client, 'password', { username, password: 'not the right one, that is sure' }),
  number: (world, client, { number }) => form(world, client, 'number', { number }),
  ciba: async (world, client, { number }) => {
    const basic = Buffer.from(`${client.clientId}:${client.clientSecret}`).toString('base64');
    return () =>
      fetch(`${world.edge.url}/bc-authorize`, {
        method: 'POST',
        headers: { Authorization: `Basic ${basic}` },
        body: new URLSearchParams({ scope: 'openid', login_hint: number }),
      });
  },
};

function shuffled<T>(items: readonly T[]): T[] {
  const all = [...items];
  for (let i = all.length - 1; i > 0; i--) {
    const j = randomInt(i + 1);
    [all[i], all[j]] = [all[j] as T, all[i] as T];
  }
  return all;
}

/** Milliseconds of each, and every answer's shape: status and length must be alike too. */
async function sample(world: LoginEdge, client: Client, ask: Ask, known: readonly Known[], unknown: readonly Known[]) {
  const times = { known: [] as number[], unknown: [] as number[] };
  const shapes = { known: new Set<string>(), unknown: new Set<string>() };
  for (let round = 0; round < triesEach; round++) {
    const all = [...known.map((of) => ['known', of] as const), ...unknown.map((of) => ['unknown', of] as const)];
    for (const [side, of] of shuffled(all)) {
      const act = await ask(world, client, of);
      const started = performance.now();
      const response = await act();
      const text = await response.text();
      // The first round wakes objects and fills caches, on both sides alike: it is asked, not counted.
      if (round > 0) times[side].push(performance.now() - started);
      shapes[side].add(`${response.status} ${text.replaceAll(of.username, '').replaceAll(of.number, '').length}`);
    }
  }
  return { times, shapes };
}

export async function figures({ log }: { readonly log: (line: string) => void }): Promise<readonly Figure[]> {
  const world = await startLoginEdge({ plain: true });
  try {
    const client = await world.addClient({
      client_name: 'Timing',
      redirect_uris: [redirectUri],
      grant_types: ['authorization_code', ciba],
    });
    const known: Known[] = [];
    for (let i = 0; i < people; i++) known.push(await somebody(world, i));
    const unknown = known.map((_, i) => nobody(i));
    const all: Figure[] = [];
    for (const [name, ask] of Object.entries(doors)) {
      const { times, shapes } = await sample(world, client, ask, known, unknown);
      const distance = kolmogorovSmirnov(times.known, times.unknown);
      const bound = kolmogorovSmirnovBound(times.known.length, times.unknown.length);
      const chance = chanceOfLarger(times.known, times.unknown);
      const alike = [...shapes.known].every((one) => shapes.unknown.has(one));
      log(`timing.${name}: known slower with chance ${chance.toFixed(3)}; answers ${[...shapes.known].join(', ')}`);
      all.push({
        name: `timing.${name}.known_or_not`,
        ours: distance,
        peer: bound,
        unit: 'Kolmogorov–Smirnov distance',
        ratio: distance / bound,
        target: '<= 1.0',
        ok: distance <= bound && alike,
        note: `${times.known.length} + ${times.unknown.length} interleaved; peer: the bound that one distribution keeps in 999 of 1,000; a known one is slower with chance ${chance.toFixed(3)}; answers ${alike ? 'alike' : 'DIFFER'}`,
      });
    }
    return all;
  } finally {
    await world.close();
  }
}
