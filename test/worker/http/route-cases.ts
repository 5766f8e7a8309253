// Every route of the edge, with bodies, types, parameters and credentials that nobody meant: an answer with a reason, never a crash, and
// none that takes long. Many come with what opens a door: the authority's token, a business's key, a begun login, a kiosk's signature.
// In three files (`testRoutes`), because two cores take two at once. Long, because all three say the same.
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
import { usualAddressHeader } from '../../../worker/http/network.ts';
import { newCentre, newKiosk, newOperator, onDuty, type TestKiosk } from '../kiosks/test-kiosk.ts';
import { aClient, authorizeUrl, Browser, issuer, type TestClient } from '../openid/world.ts';

const app = createApp(depsOf);
type Route = { readonly method: string; readonly path: string };
const routes: readonly Route[] = [
  ...new Map(
    app.routes
      .filter(({ method, path }) => method !== 'ALL' && !path.includes('*'))
      .map(({ method, path }) => [`${method} ${path}`, { method, path }]),
  ).values(),
];

/** A file's part of the routes: each is in one of them. */
export type Part = 'authority' | 'devices' | 'services';
const partOf = ({ path }: Route): Part =>
  path.startsWith('/v1/admin') ? 'authority' : path.startsWith('/v1/') ? 'devices' : 'services';

/** Acts for the whole nation: their work does not depend on what was sent. */
const national = /^POST \/v1\/admin\/(keys\/rewrap|status-list\/publish|journal\/archive)$/;
/** A hang is longer there, and where Argon2 is meant to take its time. */
const dear = (name: string) =>
  national.test(name) || /^POST \/(login\/|setup|recover|account|v1\/wallet\/password)/.test(name);
const [maxMs, maxDearMs, tries] = [50, 1_000, 5];
/** A request that costs one query, taking longer than this: the machine is busy, and no time measured on it is the route's. */
const busyMs = 10;
const plain = () => new Request(`${issuer}/v1/admin/tokens`, { headers: { Authorization: 'Bearer of-nobody-here' } });

const cases = inject('routeCases');
/** Told nothing, and a file or a batch of queries each time: a tenth, as of what the whole nation's work is. */
const fetches = /^GET \/(v1\/(centres|kiosks\/sync|trust-list|status\/snapshot)|reference|openapi\.json|s)$/;
const casesOf = (name: string) => Math.ceil(cases * (fetches.test(name) || national.test(name) ? 0.1 : 1));

/** Drawn once: drawing JSON anew costs more than the edge takes to answer it. */
const poolSize = Math.min(Math.max(5_000, cases), 20_000);
const pool = <T>(drawn: fc.Arbitrary<T>, size = poolSize) => fc.constantFrom(...fc.sample(drawn, size));

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
/** `length`: as clients say it; without, the body comes in pieces, and nobody knows how many. */
type Sent = { readonly type: string; readonly data: string | Uint8Array; readonly length: string | undefined };
const jsonTexts = json.map((value) => ({ type: 'application/json', data: JSON.stringify(value) }));
const forms = fc
  .array(fc.tuple(fc.oneof(known, word), word), { maxLength: 8 })
  .map((pairs) => ({ type: 'application/x-www-form-urlencoded', data: new URLSearchParams(pairs).toString() }));
const types = ['application/json', 'application/x-ndjson', 'application/octet-stream', 'text/plain', ''];
const others = fc.record({ type: fc.constantFrom(...types), data: fc.uint8Array() });

/** Bodies for a part: mostly of the type that its routes read. */
function bodies(part: Part): fc.Arbitrary<Sent> {
  const [jsons, forms_] = part === 'services' ? [3, 4] : [6, 1];
  const any = fc.oneof(
    { weight: jsons, arbitrary: jsonTexts },
    { weight: forms_, arbitrary: forms },
    { weight: 1, arbitrary: others },
  );
  return pool(
    fc.tuple(any, fc.nat({ max: 7 })).map(([sent, eighth]): Sent => {
      const data = typeof sent.data === 'string' ? sent.data.replaceAll('ON-DUTY', operatorToken) : sent.data;
      const bytes = typeof data === 'string' ? encodeUtf8(data) : data;
      return { type: sent.type, data, length: eighth === 0 ? undefined : String(bytes.length) };
    }),
  );
}

/** A login that was begun: its id, and the cookies of the browser that began it. */
type Begun = { readonly id: string; readonly cookie: string };
let logins: readonly Begun[] = [];
/** The authority's token, a business's key, a service's secret; and what is none of them. */
let openers: Readonly<Record<'authority' | 'business' | 'service', string>>;
const strangers = ['', 'Bearer x', 'Basic eDp5', 'DPoP x', 'Bearer twv_a.b'];
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
  openers = {
    authority: 'Bearer test-admin-token',
    business: `Bearer ${business}`,
    service: `Basic ${btoa(`${client.id}:${client.secret}`)}`,
  };
});

/**
 * A hundred credentials for a route: `own` of them open it, two open others (and cost a query, whatever else was sent), the rest nothing.
 * What asks the database with any id, or without being told anything, is let in less often than what has a body to be judged first.
 */
function credentials({ method, path }: Route): readonly string[] {
  const { authority, business, service } = openers;
  const opener = /^\/v1\/admin/.test(path) ? authority : /^\/v1\/(verify|pres)/.test(path) ? business : service;
  const own = national.test(`${method} ${path}`) ? 1 : path.includes(':') ? 10 : method === 'GET' ? 5 : 40;
  const wrong = [authority, business, service].filter((other) => other !== opener);
  const rest = Array.from({ length: 98 - own }, (_, i) => strangers[i % strangers.length] ?? '');
  return [...Array.from({ length: own }, () => opener), ...wrong, ...rest];
}

/** A refusal says why in the form its reader expects: a problem (RFC 9457), an OAuth error (RFC 6749 §5.2), a page with a heading. */
function saysWhy({ status, headers }: Response, type: string, body: string): boolean {
  // RFC 6750 §3.1: whoever sent no token is told what to send, and of no error.
  if (status === 401 && (body === '' || body === '{}') && headers.has('www-authenticate')) return true;
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

const utf8 = new TextDecoder();

/** Takes the answer whole; how many milliseconds it took. Throws for a failure of ours, and for a refusal that says nothing. */
async function ask(request: Request, context: ExecutionContext): Promise<number> {
  const started = Date.now();
  const answer = await app.fetch(request, env as unknown as Env, context);
  const type = answer.headers.get('content-type') ?? '';
  // A stream of events has no end of its own.
  const endless = type.startsWith('text/event-stream');
  const said = endless ? undefined : await answer.arrayBuffer();
  if (endless) await answer.body?.cancel();
  const took = Date.now() - started;
  if (answer.status === 500) throw new Error('500');
  if (answer.status >= 400 && !saysWhy(answer, type, utf8.decode(said)))
    throw new Error(`${answer.status} without a reason`);
  return took;
}

/** What a proxy says of a caller: many networks, so that few meet a limit of theirs. */
const address = fc.oneof(
  { weight: 9, arbitrary: fc.oneof(fc.ipV4(), fc.ipV6()) },
  { weight: 1, arbitrary: fc.string({ unit: fc.constantFrom(...'0123456789abcdef:., '), maxLength: 60 }) },
);

/** A word as itself and in a query, and an address: encoding them anew for each request costs more than routing it. */
const texts = () =>
  pool(
    fc.tuple(word, word, address).map(([id, name, from]) => ({
      id: encodeURIComponent(id.replaceAll('ON-DUTY', operatorToken)),
      query: new URLSearchParams({ [name.slice(0, 10) || 'q']: id }).toString(),
      from,
    })),
  );

/** The tests of a part's routes, `inject('routeCases')` requests each. */
export function testRoutes(part: Part): void {
  const own = routes
    .filter((route) => partOf(route) === part)
    .map((route) => [`${route.method} ${route.path}`, route] as const);
  let drawn: { readonly texts: ReturnType<typeof texts>; readonly bodies: ReturnType<typeof bodies> };
  beforeAll(() => {
    drawn = { texts: texts(), bodies: bodies(part) };
  });

  it('finds the routes', () => {
    expect(routes.length).toBeGreaterThan(160);
    expect(own.length).toBeGreaterThan(30);
  });

  it.each(own)(
    '%s answers anything with a reason, soon, and never breaks',
    { timeout: 240_000 + 10 * cases },
    async (name, route) => {
      const limit = dear(name) ? maxDearMs : maxMs;
      const { method } = route;
      const bodiless = method === 'GET' || method === 'OPTIONS';
      // Signing out would end the duty of all that follow.
      const keep = (data: Sent['data']) =>
        route.path.endsWith('/logout') && typeof data === 'string' ? data.replaceAll(operatorToken, 'none') : data;
      let context = createExecutionContext();
      let asked = 0;
      const property = fc.asyncProperty(
        drawn.texts,
        drawn.texts,
        drawn.bodies,
        fc.constantFrom(...credentials(route)),
        fc.constantFrom(...logins),
        fc.boolean(),
        async ({ id }, { query, from }, sent, credential, login, own) => {
          const named = own ? route.path.replace('/login/:id', `/login/${login.id}`) : route.path;
          const path = named.replaceAll(/:[a-zA-Z0-9]+(\{[^}]*\})?/g, id);
          const url = `${issuer}${path}?${query}`;
          const headers: Record<string, string> = { 'Sec-Fetch-Site': 'same-origin', [usualAddressHeader]: from };
          if (credential) headers['Authorization'] = credential;
          if (sent.type) headers['Content-Type'] = sent.type;
          if (own) headers['Cookie'] = login.cookie;
          const body = bodiless ? undefined : keep(sent.data);
          if (body !== undefined && sent.length !== undefined && body === sent.data)
            headers['Content-Length'] = sent.length;
          const signed = own && /^\/v1\/(kiosks|activations)/.test(path);
          for (let slow = 0, times = 0; times < 20 * tries; times++) {
            const signature = signed ? await signatureOf(method, url, body) : {};
            const init = { method, headers: { ...headers, ...signature }, ...(body === undefined ? {} : { body }) };
            const took = await ask(new Request(url, init), context);
            if (took <= limit) break;
            // Once may be a pause of the machine's.
            if ((await ask(plain(), context)) > busyMs) await scheduler.wait(50);
            else if (++slow === tries) throw new Error(`${took} ms, ${tries} times over ${limit}`);
          }
          // What goes on behind the answers is waited for now and then, so that a long run does not collect it.
          if (++asked % 1_000 !== 0) return;
          await waitOnExecutionContext(context);
          context = createExecutionContext();
        },
      );
      await fc.assert(property, { numRuns: casesOf(name) });
      await waitOnExecutionContext(context);
    },
  );
}
