// Fifty at once for one thing that is good once: a code, a refresh token, a number, a device code. Over real HTTP, on an edge of its own.
// `npm run fuzz -- races [--rounds N]`: a thousand rounds each; every round must have exactly one winner.
import { setTimeout as pause } from 'node:timers/promises';
import type { LiveRequest } from '../../shared/contract/wallet.ts';
import { DemoWallet } from '../demo/wallet.ts';
import { type LoginEdge, setPassword, startLoginEdge } from '../support/login-edge.ts';
import { formsOf, UserAgent } from '../support/user-agent.ts';

export const contenders = 50;
const username = 'races.person';
const password = 'palm trees by the sea';
const redirectUri = 'https://races.example/callback';
const verifier = 'v'.repeat(43);
const challenge = '7w_YNF9DSfIdPf_pRjSq646_kPr-2-o9NAl16JGghdM';
/** Past the window in which a refresh token's double use is a client's own (worker/logins/refresh-rules.ts). */
const afterReplayMs = 15_500;

export type Race = {
  readonly name: string;
  readonly rounds: number;
  /** Rounds in which not exactly one won. */
  readonly broken: number;
};

type Body = Readonly<Record<string, string>>;
type Track = {
  readonly world: LoginEdge;
  readonly agent: UserAgent;
  readonly wallet: DemoWallet;
  readonly number: string;
  readonly client: { readonly clientId: string; readonly clientSecret: string };
  post(path: string, form: Body): Promise<{ readonly status: number; readonly body: Body }>;
};

async function layTrack(world: LoginEdge): Promise<Track> {
  const person = await world.addPerson();
  await setPassword(world.edge, person.setupCode, username, password);
  const agent = new UserAgent('en', (to) => to.origin === new URL(redirectUri).origin);
  const wallet = await DemoWallet.bind(world.edge.url, person.setupCode);
  return { world, agent, wallet, number: person.number, ...(await addService(world)) };
}

/** One service may ask for one number ten times in ten minutes (worker/openid/backchannel/ask-person.ts): every tenth round is another's. */
const askedByOne = 10;

async function addService(world: LoginEdge): Promise<Pick<Track, 'client' | 'post'>> {
  const client = await world.addClient({
    client_name: 'Races',
    redirect_uris: [redirectUri],
    grant_types: [
      'authorization_code',
      'refresh_token',
      'urn:openid:params:grant-type:ciba',
      'urn:ietf:params:oauth:grant-type:device_code',
    ],
  });
  const basic = Buffer.from(`${client.clientId}:${client.clientSecret}`).toString('base64');
  return {
    client,
    async post(path, form) {
      const response = await fetch(world.edge.url + path, {
        method: 'POST',
        headers: { Authorization: `Basic ${basic}`, Prefer: 'wait=0' },
        body: new URLSearchParams(form),
      });
      return { status: response.status, body: (await response.json()) as Body };
    },
  };
}

/** A code: by the page the first time, by the session from then on. */
async function newCode({ world, agent, client }: Track): Promise<string> {
  const query = new URLSearchParams({
    client_id: client.clientId,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: 'openid offline_access',
    code_challenge: challenge,
    code_challenge_method: 'S256',
  });
  let page = await agent.get(`${world.edge.url}/authorize?${query}`);
  for (const [act, fields] of [
    ['password', { username, password }],
    ['consent', { decision: 'allow' }],
  ] as const) {
    const form = formsOf(page).find(({ action }) => new URL(action).pathname.endsWith(`/${act}`));
    if (form) page = await agent.submit(form, fields);
  }
  const code = new URL(page.url).searchParams.get('code');
  if (!code) throw new Error(`no code: ${page.status} ${new URL(page.url).pathname}`);
  return code;
}

const redeem = (track: Track, code: string) =>
  track.post('/token', { grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier });
const refresh = (track: Track, token: string) =>
  track.post('/token', { grant_type: 'refresh_token', refresh_token: token });
const atOnce = <T>(act: () => Promise<T>) => Promise.all(Array.from({ length: contenders }, act));
const won = (answers: readonly { readonly status: number }[]) => answers.filter(({ status }) => status === 200).length;

type Round = (track: Track) => Promise<boolean>;

async function requestOf({ wallet }: Track, id: string): Promise<LiveRequest> {
  const found = (await wallet.requests()).find(({ txn }) => txn === id.split('.')[0]);
  if (!found) throw new Error('the wallet sees no such request');
  return found;
}

async function newDeviceCode(track: Track): Promise<string> {
  const { body } = await track.post('/device_authorization', { scope: 'openid' });
  const { agent, world } = track;
  let page = await agent.get(`${world.edge.url}/device?lang=en`);
  const steps = [
    ['device', { user_code: body['user_code'] ?? '' }],
    ['password', { username, password }],
    ['consent', { decision: 'allow' }],
  ] as const;
  for (const [act, fields] of steps) {
    const form = formsOf(page).find(({ action }) => new URL(action).pathname.endsWith(`/${act}`));
    if (form) page = await agent.submit(form, fields);
  }
  return body['device_code'] ?? '';
}

/** Old refresh tokens and what took their place: looked at again when the window has passed. */
type Family = { readonly old: string; readonly successor: string };

function rounds(families: Family[]): Readonly<Record<string, Round>> {
  let service: Pick<Track, 'client' | 'post'> | undefined;
  let numbers = 0;
  return {
    'one code': async (track) => {
      const code = await newCode(track);
      return won(await atOnce(() => redeem(track, code))) === 1;
    },
    // Within the window all fifty get an answer, and all the same successor: one was minted.
    'one refresh token': async (track) => {
      const { body } = await redeem(track, await newCode(track));
      const old = body['refresh_token'] ?? '';
      const answers = await atOnce(() => refresh(track, old));
      const successors = new Set(answers.map((answer) => answer.body['refresh_token']));
      const [successor] = successors;
      if (successor) families.push({ old, successor });
      return successors.size === 1 && successor !== undefined && successor !== old;
    },
    'one number': async (laid) => {
      if (numbers++ % askedByOne === 0) service = await addService(laid.world);
      const track = { ...laid, ...service };
      const asked = await track.post('/bc-authorize', { scope: 'openid', login_hint: track.number });
      const id = asked.body['auth_req_id'] ?? '';
      const request = await requestOf(track, id);
      const typed = asked.body['match_code'] ?? '';
      const states = await atOnce(() => track.wallet.answer(request, 'approve', typed).catch(() => 'refused'));
      const grant = { grant_type: 'urn:openid:params:grant-type:ciba', auth_req_id: id };
      const collected = won([await track.post('/token', grant), await track.post('/token', grant)]);
      return states.filter((state) => state === 'approved').length === 1 && collected === 1;
    },
    'one device code': async (track) => {
      const code = await newDeviceCode(track);
      const grant = { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code: code };
      return won(await atOnce(() => track.post('/token', grant))) === 1;
    },
  };
}

/** Both are refused: the old one ended the family. */
async function familyEnds(track: Track, { old, successor }: Family): Promise<boolean> {
  const late = await refresh(track, old);
  const next = await refresh(track, successor);
  return late.status === 400 && next.status === 400;
}

export async function runRaces(options: {
  readonly rounds: number;
  readonly log: (line: string) => void;
}): Promise<readonly Race[]> {
  const world = await startLoginEdge({ plain: true });
  try {
    const track = await layTrack(world);
    const families: Family[] = [];
    const races: Race[] = [];
    for (const [name, round] of Object.entries(rounds(families))) {
      let broken = 0;
      for (let i = 0; i < options.rounds; i++) {
        // One network alone would meet its limit (worker/logins/network-limit.ts).
        track.agent.address = `10.${(i >> 8) & 255}.${i & 255}.1`;
        if (!(await round(track))) broken++;
      }
      races.push({ name, rounds: options.rounds, broken });
      options.log(`${name}: ${options.rounds} rounds of ${contenders} at once, ${broken} without exactly one winner`);
    }
    await pause(afterReplayMs);
    let broken = 0;
    for (const family of families) if (!(await familyEnds(track, family))) broken++;
    races.push({ name: 'late reuse of a refresh token', rounds: families.length, broken });
    options.log(`late reuse: ${families.length} families, ${broken} not ended by it`);
    return races;
  } finally {
    await world.close();
  }
}
