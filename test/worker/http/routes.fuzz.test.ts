// Every route of the edge, with bodies, types, parameters and credentials that nobody meant: an answer with a reason, never a crash, and
// none that takes long. Many come with what opens a door: the authority's token, a business's key, a begun login, a kiosk's signature.
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import fc from 'fast-check';
import { beforeAll, expect, inject, it } from 'vitest';
import { epochSecondsOfMs } from '../../../shared/base/brands.ts';
import { encodeBase64Url } from '../../../shared/bytes/base64url.ts';
import { encodeUtf8 } from '../../../shared/bytes/text.ts';
import { kioskSignatureTag } from '../../../shared/contract/kiosk.ts';
import { problemTypePrefix } from '../../../shared/contract/problem.ts';
import { signEd25519 } from '../../../shared/crypto/ed25519.ts';
import { randomBytes } from '../../../shared/crypto/random.ts';
import { signRequest } from '../../../shared/http-signature/sign-request.ts';
import { createApp } from '../../../worker/app.ts';
import { depsOf } from '../../../worker/deps.ts';
import type { Env } from '../../../worker/env.ts';
import { newCentre, newKiosk, newOperator, onDuty, type TestKiosk } from '../kiosks/test-kiosk.ts';
import { aClient, authorizeUrl, Browser, issuer, type TestClient } from '../openid/world.ts';

const app = createApp(depsOf);
const routes = [
  ...new Map(
    app.routes
      .filter(({ method, path }) => method !== 'ALL' && !path.includes('*'))
      .map(({ method, path }) => [`${method} ${path}`, { method, path }]),
  ).values(),
];

/** Acts for the whole nation: their work does not depend on what was sent. */
const national = /^POST \/v1\/admin\/(keys\/rewrap|status-list\/publish|journal\/archive)$/;
/** A hang is longer there, and where Argon2 is meant to take its time. */
const dear = (name: string) =>
  national.test(name) || /^POST \/(login\/|setup|recover|account|v1\/wallet\/password)/.test(name);
const [maxMs, maxDearMs, tries] = [50, 1_000, 5];
/** A request that costs one query, taking longer than this: the machine is busy, and no time measured on it is the route's. */
const busyMs = 10;
const plain = () => new Request(`${issuer}/v1/admin/tokens`, { headers: { Authorization: 'Bearer of-nobody-here' } });

const inAll = inject('routeCases');
/** What reads neither a body nor a parameter has little to be told: a tenth. */
const readsLittle = ({ method, path }: (typeof routes)[number]) =>
  method === 'OPTIONS' || (method === 'GET' && !/:|authorize|deltas/.test(path)) || national.test(`${method} ${path}`);
const shares = routes.reduce((sum, route) => sum + (readsLittle(route) ? 0.1 : 1), 0);
const casesOf = (route: (typeof routes)[number]) => Math.ceil((inAll / shares) * (readsLittle(route) ? 0.1 : 1));

/** Drawn once: drawing JSON anew costs more than the edge takes to answer it. */
const pool = <T>(drawn: fc.Arbitrary<T>, size: number) => fc.constantFrom(...fc.sample(drawn, size));
const poolSize = Math.min(Math.max(2_000, Math.ceil(inAll / 100)), 20_000);

/** Names that our shapes know, so that random objects get past the first door now and then. */
const names =
  'number name username password code setupCode text context activationId evidence centreId keys scope client_id grant_type codes act walletId at signature reason state decision operatorToken operatorToken sessionId purpose guardian date slot';
const word = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.constantFrom(
    ...['1000000016', '__proto__', '../..', '\u0000', '٣', 'true', 'authorization_code', 'AAAAAAAAAAAAAAAAAAAAAA'],
    ...['password', 'number', 'consent', 'cancel', 'counter', 'lost', 'active', '1', 'TWQ1:ABC'],
    // Replaced by the token of an operator on duty.
    ...['ON-DUTY', 'ON-DUTY'],
  ),
);
const known = fc.constantFrom(...names.split(' '));
const json = fc.oneof(
  fc.dictionary(fc.oneof(known, fc.string({ maxLength: 10 })), fc.oneof(word, fc.jsonValue()), { maxKeys: 8 }),
  fc.jsonValue({ maxDepth: 4 }),
);
type Sent = { readonly type: string; readonly data: string | Uint8Array };
const body: fc.Arbitrary<Sent> = fc.oneof(
  { weight: 4, arbitrary: json.map((value) => ({ type: 'application/json', data: JSON.stringify(value) })) },
  {
    weight: 3,
    arbitrary: fc
      .array(fc.tuple(fc.oneof(known, word), word), { maxLength: 8 })
      .map((pairs) => ({ type: 'application/x-www-form-urlencoded', data: new URLSearchParams(pairs).toString() })),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(
        fc.constantFrom('application/json', 'application/x-ndjson', 'application/octet-stream', 'text/plain', ''),
        fc.uint8Array(),
      )
      .map(([type, data]) => ({ type, data })),
  },
);
const words = pool(word, poolSize);
const bodies = pool(body, poolSize);

/** A login that was begun: its id, and the cookies of the browser that began it. */
type Begun = { readonly id: string; readonly cookie: string };
let logins: readonly Begun[] = [];
let credentials: readonly string[] = [];
let kiosk: TestKiosk;
let operatorToken = '';

async function admin(path: string, said: unknown): Promise<Record<string, unknown>> {
  const answer = await exports.default.fetch(issuer + path, {
    method: 'POST',
    headers: { Authorization: 'Bearer test-admin-token', 'Content-Type': 'application/json' },
    body: JSON.stringify(said),
  });
  expect([path, answer.status]).toEqual([path, 201]);
  return (await answer.json()) as Record<string, unknown>;
}

async function begin(client: TestClient): Promise<Begun> {
  const browser = new Browser();
  const page = (await browser.go(await authorizeUrl(client))).headers.get('location') ?? '';
  const cookie = [...browser.cookies()].map(([name, value]) => `${name}=${value}`).join('; ');
  return { id: page.replace('/login/', ''), cookie };
}

beforeAll(async () => {
  for (const purpose of ['credential', 'receipt', 'status', 'evidence', 'id_token', 'sdjwt', 'access', 'sbi'])
    await admin('/v1/admin/keys', { purpose });
  const business = String((await admin('/v1/admin/verifiers', { name: { ar: 'أي', en: 'Any' } }))['apiKey']);
  const centre = await newCentre();
  kiosk = await newKiosk(centre);
  await newOperator(centre, 'any');
  operatorToken = await onDuty(kiosk, 'any');
  const client = await aClient();
  logins = await Promise.all(Array.from({ length: 50 }, () => begin(client)));
  const own = ['Bearer test-admin-token', `Bearer ${business}`, `Basic ${btoa(`${client.id}:${client.secret}`)}`];
  credentials = [...own, ...own, '', 'Bearer x', 'Basic eDp5', 'DPoP x', 'Bearer twv_a.b'];
});

/** A refusal says why in the form its reader expects: a problem (RFC 9457), an OAuth error (RFC 6749 §5.2), a page with a heading. */
function saysWhy({ status, headers }: Response, type: string, body: string): boolean {
  // RFC 6750 §3.1: whoever sent no token is told what to send, and of no error.
  if (status === 401 && headers.has('www-authenticate') && (body === '' || body === '{}')) return true;
  if (type.startsWith('text/html')) return /<h1[^>]*>[^<]/.test(body);
  if (!type.includes('json')) return false;
  const { type: problem, title, error } = JSON.parse(body) as Readonly<Record<string, unknown>>;
  if (type.startsWith('application/problem+json')) return String(problem).startsWith(problemTypePrefix) && title !== '';
  return type.startsWith('application/json') && typeof error === 'string' && error !== '';
}

/** RFC 9421, as a kiosk signs. */
function signatureOf(
  method: string,
  url: string,
  sent: string | Uint8Array | undefined,
): Promise<Record<string, string>> {
  const body = typeof sent === 'string' ? encodeUtf8(sent) : sent;
  return signRequest(
    { method, url, ...(body ? { body } : {}) },
    {
      keyid: kiosk.id,
      created: epochSecondsOfMs(Date.now()),
      nonce: encodeBase64Url(randomBytes(16)),
      tag: kioskSignatureTag,
      sign: (message) => signEd25519(kiosk.key.privateKey, message),
    },
  );
}

it('finds the routes', () => {
  expect(routes.length).toBeGreaterThan(160);
  expect(routes.reduce((sum, route) => sum + casesOf(route), 0)).toBeGreaterThanOrEqual(inAll);
});

it.each(routes.map((route) => [`${route.method} ${route.path}`, route] as const))(
  '%s answers anything with a reason, soon, and never breaks',
  { timeout: 240_000 + inAll },
  async (name, route) => {
    const context = createExecutionContext();
    const limit = dear(name) ? maxDearMs : maxMs;
    const ask = async (request: Request): Promise<number> => {
      const started = Date.now();
      const answer = await app.fetch(request, env as unknown as Env, context);
      const type = answer.headers.get('content-type') ?? '';
      // A stream of events has no end of its own.
      const endless = type.startsWith('text/event-stream');
      const said = endless ? new ArrayBuffer(0) : await answer.arrayBuffer();
      if (endless) await answer.body?.cancel();
      const took = Date.now() - started;
      if (answer.status === 500) throw new Error('500');
      if (answer.status >= 400 && !saysWhy(answer, type, new TextDecoder().decode(said)))
        throw new Error(`${answer.status} without a reason`);
      return took;
    };
    const cases = fc.asyncProperty(
      ...([words, words, bodies, fc.constantFrom(...credentials), fc.constantFrom(...logins), fc.boolean()] as const),
      async (id, query, sent, credential, login, own) => {
        const named = own && name.includes('/login/:id') ? name.replace('/login/:id', `/login/${login.id}`) : name;
        const path = named.slice(named.indexOf('/')).replaceAll(/:[a-zA-Z0-9]+(\{[^}]*\})?/g, encodeURIComponent(id));
        const url = `${issuer}${path}?${new URLSearchParams({ [query.slice(0, 10) || 'q']: id })}`;
        const headers = new Headers({ 'Sec-Fetch-Site': 'same-origin' });
        if (credential) headers.set('Authorization', credential);
        if (sent.type) headers.set('Content-Type', sent.type);
        if (own) headers.set('Cookie', login.cookie);
        const { method } = route;
        const token = path.endsWith('/logout') ? 'none' : operatorToken;
        const data = typeof sent.data === 'string' ? sent.data.replaceAll('ON-DUTY', token) : sent.data;
        const body = method === 'GET' || method === 'OPTIONS' ? undefined : data;
        const signed = own && /^\/v1\/(kiosks|activations)/.test(path);
        let slow = 0;
        for (let asked = 0; asked < 20 * tries; asked++) {
          if (signed) for (const field of Object.entries(await signatureOf(method, url, body))) headers.set(...field);
          const took = await ask(new Request(url, { method, headers, ...(body === undefined ? {} : { body }) }));
          if (took <= limit) return;
          // Once may be a pause of the machine's.
          if ((await ask(plain())) > busyMs) await scheduler.wait(50);
          else if (++slow === tries) throw new Error(`${took} ms, ${tries} times over ${limit}`);
        }
      },
    );
    await fc.assert(cases, { numRuns: casesOf(route) });
    await waitOnExecutionContext(context);
  },
);
