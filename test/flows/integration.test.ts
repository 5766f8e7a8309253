// docs/integration.md is true: every sample in it is taken out and run against the simulator, as it stands there.
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parametersOfChallenge, stepUpChallenge } from '../../shared/assurance/step-up.ts';
import { NotifyMessage } from '../../shared/contract/notification.ts';
import { type OfferAnswer, offerPath } from '../../shared/contract/openid4vci.ts';
import { parseChallenge } from '../../shared/credential/challenge.ts';
import { freePort } from '../../worker/local/free-port.ts';
import { setUpTrust } from '../../worker/local/set-up.ts';
import { faults } from '../../worker/local/simulator/faults.ts';
import { type Simulator, startSimulator } from '../../worker/local/simulator/simulator.ts';
import { chromiumFlags, requireChromium } from '../support/chromium.ts';
import { LibraryWallet, payloadOf } from '../support/library-wallet.ts';
import { type LoginEdge, startLoginEdge } from '../support/login-edge.ts';

const root = path.resolve(import.meta.dirname, '../..');
const text = readFileSync(path.join(root, 'docs/integration.md'), 'utf8');
/** Beside node_modules, so that the samples find their packages. */
const folder = path.join(root, '.state/integration');
const redirectUri = 'http://localhost:3000/callback';
const authjsOrigin = 'http://localhost:3000';

type Sample = { readonly language: string; readonly code: string };
const samples = new Map(
  [...text.matchAll(/<!-- sample: ([\w-]+) -->\n```(\w+)\n([\s\S]*?)```/g)].map(
    ([, name = '', language = '', code = '']) => [name, { language, code }],
  ),
);
function sample(name: string): Sample {
  const found = samples.get(name);
  if (!found) throw new Error(`no sample ${name}`);
  return found;
}

/** `a.b.c` → value, of YAML as plain as a settings file: maps by indentation, one value a line. */
function leavesOf(yaml: string): Map<string, string> {
  const [leaves, path] = [new Map<string, string>(), [] as string[]];
  for (const line of yaml.trimEnd().split('\n')) {
    const [, indent = '', name = '', value = ''] = /^( *)([\w-]+):(?: (.*))?$/.exec(line) ?? [];
    path.splice(indent.length / 2, path.length, name);
    if (value) leaves.set(path.join('.'), value);
  }
  return leaves;
}

/** Not the synchronous one: the simulator answers from this very process. */
const shell = async (code: string, env: NodeJS.ProcessEnv) =>
  JSON.parse((await promisify(execFile)('sh', ['-c', code], { env })).stdout) as unknown;

let simulator: Simulator;
let environment: Record<string, string>;

beforeAll(async () => {
  mkdirSync(folder, { recursive: true });
  const redirectUris = [redirectUri, `${authjsOrigin}/auth/callback/tawthiq`];
  simulator = await startSimulator({ port: await freePort(), redirectUris });
  const { clientId, clientSecret } = simulator.client;
  environment = {
    ISSUER: simulator.issuer,
    CLIENT_ID: clientId,
    CLIENT_SECRET: clientSecret,
    REDIRECT_URI: redirectUri,
    AUTH_SECRET: 'a secret of this test, long enough to be one',
  };
  Object.assign(process.env, environment);
});
afterAll(async () => {
  await simulator?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** The sample as a module; its settings are in the environment. */
async function moduleOf<T>(name: string, env: NodeJS.ProcessEnv = process.env): Promise<T> {
  // Its settings are read as it is loaded.
  const before = { ...process.env };
  Object.assign(process.env, env);
  const file = path.join(folder, `${name}.mjs`);
  writeFileSync(file, sample(name).code);
  try {
    return (await import(pathToFileURL(file).href)) as T;
  } finally {
    for (const name of Object.keys(env)) if (!(name in before)) delete process.env[name];
    Object.assign(process.env, before);
  }
}

/** Where the provider sends the browser back to: the person of the hint is logged in at once. */
async function throughProvider(url: string | URL, hint = 'reem'): Promise<URL> {
  const to = new URL(url);
  to.searchParams.set('login_hint', hint);
  const location = (await fetch(to, { redirect: 'manual' })).headers.get('location') ?? '';
  return new URL(location, simulator.issuer);
}

describe('docs/integration.md', () => {
  it('has every sample that is tested, and tests every sample that it has', () => {
    expect([...samples.keys()].sort()).toEqual(
      [
        ...['openid-client', 'authjs', 'passport', 'oidc-client-ts', 'spring', 'curl', 'register'],
        ...[
          'simulator',
          'verify-key',
          'verify-token',
          'verify-challenge',
          'step-up',
          'notification',
          'ask-wallet',
          'fetch-credential',
        ],
      ].sort(),
    );
    // Nothing stands between fences without a name.
    expect([...text.matchAll(/^```\w*$/gm)]).toHaveLength(2 * samples.size);
  });

  it('names every fault of the simulator', () => {
    for (const fault of Object.keys(faults)) expect(text).toContain(`\`${fault}\``);
  });

  it('the simulator takes the command as it stands', async () => {
    // With a fault that there is not, it ends before it starts: an option that it does not know would say something else.
    const [, ...args] = sample('simulator').code.trim().split(' ');
    const run = promisify(execFile)('npm', [...args, '--fault', 'none-such'], { cwd: root });
    await expect(run).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining('no fault called none-such') });
  });

  it('step-up: the challenge is what a service says, and what a client reads', () => {
    const [said = '', sent = ''] = sample('step-up').code.trim().split('\n');
    const needed = { level: 'substantial', maxAgeSeconds: 300 } as const;
    expect(said).toBe(`WWW-Authenticate: ${stepUpChallenge(needed)}`);
    const read = parametersOfChallenge(said.slice('WWW-Authenticate: '.length));
    expect(Object.fromEntries(new URLSearchParams(sent.split('…&')[1]))).toEqual(read);
  });

  it('a notification is one that could be sent', () => {
    expect(NotifyMessage.safeParse(JSON.parse(sample('notification').code)).error).toBeUndefined();
  });

  it('openid-client: a person logs in; a fault is refused', async () => {
    type Module = {
      begin(hint?: string): Promise<{ url: URL; pending: unknown }>;
      finish(callback: URL, pending: unknown): Promise<Record<string, unknown>>;
    };
    const { begin, finish } = await moduleOf<Module>('openid-client');
    const { url, pending } = await begin('reem');
    expect(await finish(await throughProvider(url), pending)).toMatchObject({
      acr: 'urn:tawthiq:loa:substantial',
      'name#en': 'Reem Khalid Alotaibi',
    });
    const spoiled = await begin();
    const back = await throughProvider(spoiled.url, 'reem fault:wrong_aud');
    await expect(finish(back, spoiled.pending)).rejects.toThrow();
  });

  it('Auth.js: signing in makes a session that knows the level', async () => {
    const { handle } = await moduleOf<{ handle(request: Request): Promise<Response> }>('authjs');
    const jar = new Map<string, string>();
    const go = async (url: string, form?: Record<string, string>) => {
      const headers = new Headers({ cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') });
      const init = form ? { method: 'POST', headers, body: new URLSearchParams(form) } : { headers };
      const response = await handle(new Request(url, init));
      for (const cookie of response.headers.getSetCookie()) {
        const [pair = ''] = cookie.split(';');
        jar.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
      }
      return response;
    };
    const { csrfToken } = (await (await go(`${authjsOrigin}/auth/csrf`)).json()) as { csrfToken: string };
    const begun = await go(`${authjsOrigin}/auth/signin/tawthiq`, { csrfToken });
    const back = await throughProvider(begun.headers.get('location') ?? '');
    const done = await go(back.href);
    expect(done.headers.get('location') ?? '').not.toContain('error');
    const session = await (await go(`${authjsOrigin}/auth/session`)).json();
    expect(session).toMatchObject({ acr: 'urn:tawthiq:loa:substantial' });
    expect(JSON.stringify(session)).toContain('ريم');
  });

  it('passport-openidconnect: a person logs in', async () => {
    type Outcome = { redirect?: string; user?: Record<string, unknown>; failed?: unknown };
    type Strategy = { authenticate(request: object): void };
    const { strategy } = await moduleOf<{ strategy: Strategy }>('passport');
    const session = {};
    const run = (query: Record<string, string>) =>
      new Promise<Outcome>((resolve) => {
        const bound: Strategy & Record<string, unknown> = Object.assign(Object.create(strategy as object), {
          redirect: (redirect: string) => resolve({ redirect }),
          success: (user: Record<string, unknown>) => resolve({ user }),
          fail: (failed: unknown) => resolve({ failed }),
          error: (failed: unknown) => resolve({ failed }),
        });
        bound.authenticate({ query, session, headers: {}, url: '/callback' });
      });
    const { redirect } = await run({});
    const back = await throughProvider(redirect ?? '');
    const { user, failed } = await run(Object.fromEntries(back.searchParams));
    expect(failed).toBeUndefined();
    expect(String(user?.['id'])).toMatch(/^[\w-]{43}$/);
  });

  it('Spring: with exactly these settings a person logs in, as that framework does it', async () => {
    const { clientId: CLIENT_ID, clientSecret: CLIENT_SECRET } = await simulator.addClient(
      { client_name: 'Spring', redirect_uris: [redirectUri], id_token_signed_response_alg: 'RS256' },
      { twoDigitsEarn: 'substantial', pkce: 'or_nonce' },
    );
    const values: Record<string, string> = { ...environment, CLIENT_ID, CLIENT_SECRET };
    const filled = sample('spring').code.replaceAll(/\$\{(\w+)\}/g, (_, name: string) => values[name] ?? '');
    const settings = leavesOf(filled);
    const registration = (name: string) => settings.get(`spring.security.oauth2.client.registration.tawthiq.${name}`);
    const provider = (name: string) => settings.get(`spring.security.oauth2.client.provider.tawthiq.${name}`) ?? '';
    expect(registration('client-authentication-method')).toBe('client_secret_basic');
    const issuer = provider('issuer-uri');
    const metadata = (await (await fetch(`${issuer}/.well-known/openid-configuration`)).json()) as Record<
      string,
      string
    >;
    expect(metadata['issuer']).toBe(issuer);
    const [clientId = '', secret = ''] = [registration('client-id'), registration('client-secret')];
    const redirect = registration('redirect-uri') ?? '';
    // What Spring Security sends of a client with a secret: state, nonce, and no challenge.
    const request = new URL(metadata['authorization_endpoint'] ?? '');
    request.search = new URLSearchParams({
      response_type: 'code',
      client_id: clientId,
      scope: (registration('scope') ?? '').split(',').join(' '),
      state: 'state-of-this-test',
      redirect_uri: redirect,
      nonce: 'nonce-of-this-test',
    }).toString();
    const back = await throughProvider(request);
    expect([back.origin + back.pathname, back.searchParams.get('state')]).toEqual([redirect, 'state-of-this-test']);
    const answer = await fetch(metadata['token_endpoint'] ?? '', {
      method: 'POST',
      headers: { Authorization: `Basic ${btoa(`${encodeURIComponent(clientId)}:${encodeURIComponent(secret)}`)}` },
      body: new URLSearchParams({
        grant_type: registration('authorization-grant-type') ?? '',
        code: back.searchParams.get('code') ?? '',
        redirect_uri: redirect,
      }),
    });
    const tokens = (await answer.json()) as { id_token: string; access_token: string };
    const keys = createRemoteJWKSet(new URL(metadata['jwks_uri'] ?? ''));
    // Its OidcIdTokenDecoderFactory takes nothing else, unless it is told.
    const expected = { issuer, audience: clientId, algorithms: ['RS256'] };
    const { payload } = await jwtVerify(tokens.id_token, keys, expected);
    expect(payload['nonce']).toBe('nonce-of-this-test');
    const about = await fetch(metadata['userinfo_endpoint'] ?? '', {
      headers: { Authorization: `Bearer ${tokens.access_token}` },
    });
    const userinfo = (await about.json()) as Record<string, unknown>;
    expect(userinfo[provider('user-name-attribute')]).toBe(payload.sub);
  });

  it('curl: a service gets a token for itself and asks about it', async () => {
    const service = await simulator.addClient({
      client_name: 'A machine',
      grant_types: ['client_credentials'],
      scope: 'reports',
    });
    const env = { ...process.env, CLIENT_ID: service.clientId, CLIENT_SECRET: service.clientSecret };
    const answer = await shell(sample('curl').code, env);
    expect(answer).toMatchObject({ active: true, client_id: service.clientId, scope: 'reports' });
  });

  it('a service registers itself with the initial access token', async () => {
    const env = { ...process.env, INITIAL_ACCESS_TOKEN: await simulator.initialAccessToken() };
    const answer = await shell(sample('register').code, env);
    expect(answer).toMatchObject({
      client_name: 'Quarter Clinic',
      tawthiq_state: 'pending',
      tawthiq_domains: { hosts: [{ host: 'clinic.example.org' }] },
    });
  });

  describe('a business', () => {
    let world: LoginEdge;
    let env: NodeJS.ProcessEnv;
    type Answer = { readonly verdict: { readonly outcome: string }; readonly claims: { readonly nameLatin: string } };

    /** As the person makes one with the setup code of the desk: each is good for one. */
    async function anOffer() {
      const { setupCode } = await world.addPerson();
      const [method, headers] = ['POST', { 'Content-Type': 'application/json' }];
      const body = JSON.stringify({ setupCode });
      const made = await fetch(world.edge.url + offerPath, { method, headers, body });
      return (await made.json()) as OfferAnswer;
    }

    beforeAll(async () => {
      world = await startLoginEdge();
      const { edge, api, secrets } = world;
      await setUpTrust(edge.url, secrets);
      const { number } = await world.addPerson();
      const card = (await api.call('POST', '/v1/admin/credentials/card', { number })) as { text: string };
      const name = { ar: 'مقهى', en: 'A café' };
      const registered = await api.call('POST', '/v1/admin/verifiers', { name });
      const { verifierId, apiKey } = registered as { verifierId: string; apiKey: string };
      const client = await world.addClient({
        ...{ client_name: 'Till', grant_types: ['client_credentials'], scope: 'verify:counter' },
      });
      await api.call('PUT', `/v1/admin/verifiers/${verifierId}/client`, { clientId: client.clientId });
      const { clientId: CLIENT_ID, clientSecret: CLIENT_SECRET } = client;
      env = { ...process.env, ISSUER: edge.url, KEY: apiKey, CODE: card.text, CLIENT_ID, CLIENT_SECRET };
    });
    afterAll(() => world?.close());

    it('checks a code with its key, and many with a token', async () => {
      const accepted = { verdict: { outcome: 'accepted' }, claims: { nameLatin: 'Reem Khalid Alotaibi' } };
      expect(await shell(sample('verify-key').code, env)).toMatchObject(accepted);
      const many = (await shell(sample('verify-token').code, env)) as { readonly answers: readonly Answer[] };
      expect(many.answers).toMatchObject([accepted, accepted]);
    });

    it('shows a challenge, and takes nothing that does not answer it', async () => {
      type Answered = { readonly verdict: { readonly outcome: string; readonly check?: string } };
      const { newChallenge, checkAnswer } = await moduleOf<{
        newChallenge(): Promise<string>;
        checkAnswer(text: string, challenge: string): Promise<Answered>;
      }>('verify-challenge', env);
      const challenge = await newChallenge();
      expect(parseChallenge(challenge)).toMatchObject({ ok: true });
      expect((await checkAnswer(env['CODE'] ?? '', challenge)).verdict).toMatchObject({ check: 'answers_challenge' });
      await expect(checkAnswer('X', 'TWQC:')).rejects.toThrow('bad_input');
    });

    it('asks a wallet, which answers what was asked and no more', async () => {
      type Asked = { readonly id: string; readonly link: string };
      const { ask, answerTo } = await moduleOf<{
        ask(claims: readonly string[], order: string): Promise<Asked>;
        answerTo(id: string): Promise<unknown>;
      }>('ask-wallet', env);
      const wallet = new LibraryWallet((url, init) => fetch(url, init));
      const holder = await wallet.newKeys();
      const { byReference, txCode } = await anOffer();
      const [credential = ''] = await wallet.fetchCredentials(await wallet.takeUp(byReference, txCode), [holder]);
      const { id, link } = await ask(['age_over_18'], 'order-0001');
      expect((await ask(['age_over_18'], 'order-0001')).id).toBe(id);
      const answer = answerTo(id);
      await wallet.show(link, credential, ['age_over_18'], holder);
      const identity = { verdict: { outcome: 'accepted' }, claims: { age_over_18: true } };
      expect(await answer).toMatchObject({ state: 'answered', credentials: { identity } });
      await expect(ask(['unified_number'], 'order-0002')).rejects.toThrow('claim_not_allowed');
    });

    it('a wallet of the OpenWallet Foundation’s library fetches the credential behind an offer', async () => {
      type Sample = { fetchCredential(link: string, txCode: string): Promise<string> };
      const { fetchCredential } = await moduleOf<Sample>('fetch-credential', env);
      const { byReference, txCode } = await anOffer();
      const credential = await fetchCredential(byReference, txCode);
      expect(payloadOf(credential.split('~')[0] ?? '')).toMatchObject({ iss: world.edge.url });
    });
  });

  describe('oidc-client-ts in Chromium', () => {
    let browser: Browser;
    let service: Server;
    let url: string;

    beforeAll(async () => {
      const port = await freePort();
      url = `http://localhost:${port}/`;
      const { clientId } = await simulator.addClient(
        {
          client_name: 'A page',
          redirect_uris: [url],
          token_endpoint_auth_method: 'none',
        },
        { twoDigitsEarn: 'substantial' },
      );
      const settings = { issuer: simulator.issuer, clientId, redirectUri: url, loginHint: 'omar' };
      const library = readFileSync(path.join(root, 'node_modules/oidc-client-ts/dist/browser/oidc-client-ts.min.js'));
      const page = `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><script src="/library.js"></script>
        <script>const settings = ${JSON.stringify(settings)};</script><script type="module">${sample('oidc-client-ts').code}</script>`;
      service = createServer((request, response) => {
        const script = request.url === '/library.js';
        response.setHeader('Content-Type', script ? 'text/javascript' : 'text/html; charset=utf-8');
        response.end(script ? library : page);
      });
      await new Promise<void>((resolve) => service.listen(port, '127.0.0.1', resolve));
      browser = await chromium.launch({ executablePath: requireChromium(), args: chromiumFlags });
    });
    afterAll(async () => {
      await browser?.close();
      service?.closeAllConnections();
      service?.close();
    });

    it('a page without a server of its own logs a person in', async () => {
      const page = await browser.newPage();
      const said: string[] = [];
      page.on('console', (message) => said.push(message.text()));
      page.on('pageerror', (error) => said.push(error.message));
      await page.goto(url);
      await page
        .waitForFunction(() => document.body.textContent?.includes('urn:tawthiq:loa'))
        .catch(() => {
          throw new Error(`${page.url()}: ${said.join('; ')}`);
        });
      expect(await page.textContent('body')).toContain('عمر بن سعيد الغامدي');
      await page.close();
    });
  });
});
