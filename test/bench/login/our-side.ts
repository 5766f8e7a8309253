// Our side: the edge on plain workerd, people with wallets, and codes by the real flow: a session's cookie and a remembered consent
// make each code one request to /authorize.
import type { LiveRequest } from '../../../shared/contract/wallet.ts';
import { DemoWallet } from '../../demo/wallet.ts';
import { setPassword, startLoginEdge } from '../../support/login-edge.ts';
import { pinServer, workerds } from '../cores.ts';
import { Browser } from './browser.ts';
import { challenge, type LoginStep, type Side, verifier } from './side.ts';

const redirectUri = 'http://localhost:9/callback';
const [username, password] = ['bench.person', 'palm trees by the sea'];
/** One number login for each pair, so that every one of them is the person's first at that service and asks for consent. */
const [walletPeople, walletClients] = [20, 30];
export const mostWholeLogins = walletPeople * walletClients;

export async function startOurs(): Promise<Side> {
  const world = await startLoginEdge({ plain: true });
  const [pid] = workerds();
  if (pid === undefined) throw new Error('workerd is not there, or this is no Linux: its CPU time cannot be read');
  const { clientId, clientSecret } = await world.addClient({
    client_name: 'Bench',
    redirect_uris: [redirectUri],
    grant_types: ['authorization_code', 'client_credentials'],
    scope: 'api',
  });
  const person = await world.addPerson();
  await setPassword(world.edge, person.setupCode, username, password);
  const request = authorizePath(clientId);
  const cookie = await sessionCookie(world.edge.url, request);
  const people: Holder[] = [];
  // One after the other: a new person is told by what was not there before.
  for (let i = 0; i < walletPeople; i++) {
    const { number, setupCode } = await world.addPerson();
    people.push({ number, wallet: await DemoWallet.bind(world.edge.url, setupCode) });
  }
  const services = await Promise.all(
    Array.from({ length: walletClients }, (_, i) =>
      world.addClient({ client_name: `Service ${i}`, redirect_uris: [redirectUri] }, { twoDigitsEarn: 'substantial' }),
    ),
  );
  pinServer(pid);
  return {
    name: 'ours',
    port: Number(new URL(world.edge.url).port),
    pid,
    clientId,
    secret: clientSecret,
    redirectUri,
    paths: {
      discovery: '/.well-known/openid-configuration',
      jwks: '/jwks',
      token: '/token',
      introspect: '/introspect',
      userinfo: '/userinfo',
    },
    clientCredentials: { scope: 'api' },
    codesPerTurn: 200,
    mint: (count) => mint(world.edge.url + request, cookie, count),
    wholeLogin: (i) => {
      const [who, service] = [people[i % walletPeople], services[Math.floor(i / walletPeople) % walletClients]];
      if (!who || !service) throw new Error('no such pair');
      return numberLogin(world.edge.url, service, who, `10.${(i >> 8) & 255}.${i & 255}.1`);
    },
    stop: () => world.close(),
  };
}

function authorizePath(clientId: string): string {
  const asked = {
    client_id: clientId,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: 'openid',
    state: 'bench-state',
    nonce: 'bench-nonce',
    code_challenge: challenge,
    code_challenge_method: 'S256',
  };
  return `/authorize?${new URLSearchParams(asked)}`;
}

async function sessionCookie(url: string, request: string): Promise<string> {
  const browser = new Browser(url);
  const page = (await browser.get(request)).location;
  await browser.post(`${page}/password`, { username, password });
  const done = await browser.post(`${page}/consent`, { decision: 'allow' });
  if (!done.location.includes('code=')) throw new Error(`the bench's person cannot log in: ${done.status}`);
  return browser.cookieHeader();
}

async function mint(url: string, cookie: string, count: number): Promise<string[]> {
  const codes: string[] = [];
  const until = performance.now() + 3000;
  const worker = async () => {
    while (codes.length < count && performance.now() < until) {
      const response = await fetch(url, { headers: { Cookie: cookie }, redirect: 'manual' });
      const code = new URL(response.headers.get('location') ?? '', url).searchParams.get('code');
      if (!code) throw new Error(`no code: ${response.status} ${response.headers.get('location')}`);
      codes.push(code);
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  return codes.slice(0, count);
}

type Service = { readonly clientId: string; readonly clientSecret: string };
type Holder = { readonly number: string; readonly wallet: DemoWallet };

/** Everything that a browser and a wallet send at a first login: pages, their style and script, the wait, the answer, consent, tokens. */
function numberLogin(url: string, service: Service, who: Holder, from: string): LoginStep[] {
  // A country's logins come from many networks; one alone would be held to its limit.
  const browser = new Browser(url, from);
  let [page, number, code] = ['', '', ''];
  let moved: Promise<unknown> | undefined;
  let request: LiveRequest | undefined;
  const must = (good: boolean, what: string) => {
    if (!good) throw new Error(`a number login broke: ${what}`);
  };
  const step = (name: string, run: () => Promise<unknown>, requests = 1): LoginStep => ({
    name,
    run: async () => {
      await run();
      return requests;
    },
  });
  return [
    step('authorize', async () => {
      page = (await browser.get(authorizePath(service.clientId))).location;
      must(page !== '', 'no page');
    }),
    step('page', () => browser.get(page)),
    step('style', () => browser.get('/login/style.css')),
    step('number typed', () => browser.post(`${page}/number`, { number: who.number })),
    step('number page', async () => {
      number = /id="number">(\d+)</.exec((await browser.get(page)).text)?.[1] ?? '';
      must(number !== '', 'no number');
    }),
    step('script', () => browser.get('/login/wait.js')),
    step('events', async () => {
      moved = browser.get(`${page}/events`);
      // Awaited below; a failure before that is the one to be told of.
      moved.catch(() => {});
    }),
    step('wallet looks', async () => {
      request = (await who.wallet.requests()).find((live) => live.client.id === service.clientId);
    }),
    step('wallet answers', async () => {
      if (!request) throw new Error('the wallet sees no request');
      await who.wallet.answer(request, 'approve', number);
      await moved;
    }),
    step('consent page', async () =>
      must((await browser.get(page)).text.includes(`${page}/consent`), 'no consent page'),
    ),
    step('consent given', async () => {
      const done = await browser.post(`${page}/consent`, { decision: 'allow' });
      code = new URL(done.location, url).searchParams.get('code') ?? '';
    }),
    step('tokens', async () => {
      const form = { grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier };
      const basic = Buffer.from(`${service.clientId}:${service.clientSecret}`).toString('base64');
      const tokens = await browser.post('/token', form, { Authorization: `Basic ${basic}` });
      must(tokens.text.includes('id_token'), `no tokens: ${tokens.text}`);
    }),
  ];
}
