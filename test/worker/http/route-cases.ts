// Every route of the edge, with what nobody meant: an answer with a reason, never a crash, and none that takes long. In three files
// (`testRoutes`), because two cores take two at once.
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import fc from 'fast-check';
import { beforeAll, expect, inject, it } from 'vitest';
import { problemTypePrefix } from '../../../shared/contract/problem.ts';
import { createApp } from '../../../worker/app.ts';
import { depsOf } from '../../../worker/deps.ts';
import type { Env } from '../../../worker/env.ts';
import { usualAddressHeader } from '../../../worker/http/network.ts';
import { issuer } from '../openid/world.ts';
import {
  type Begun,
  type Country,
  credentials,
  national,
  newCountry,
  type Route,
  signatureOf,
  throughDoors,
} from './doors.ts';
import { bodies, type Part, type Sent, texts } from './unmeant-requests.ts';

const app = createApp(depsOf);
const routes: readonly Route[] = [
  ...new Map(
    app.routes
      .filter(({ method, path }) => method !== 'ALL' && !path.includes('*'))
      .map(({ method, path }) => [`${method} ${path}`, { method, path }]),
  ).values(),
];

/** Each is in one file. */
const partOf = ({ path }: Route): Part =>
  path.startsWith('/v1/admin') ? 'authority' : path.startsWith('/v1/') ? 'devices' : 'services';

/** A hang is longer there, where Argon2 is meant to take its time, and on a page that tells a person everything, by many queries. */
const dear = (name: string) =>
  national.test(name) ||
  /^(POST \/(login\/|setup|recover|v1\/(wallet\/password|(kiosks|admin)\/operators))|[A-Z]+ \/account)/.test(name);
const [maxMs, maxDearMs, tries] = [50, 1_000, 5];
/** How many times longer this thread takes than at its best: over 1.5, no time measured on it is the route's. */
const busy = 1.5;
let best = Number.POSITIVE_INFINITY;
let computed = 0;
/** Some 30 ms of computing: as long as what may be slow, or it would slip through where that is held up. */
function slowness(): number {
  const started = performance.now();
  for (let i = 0; i < 2_000_000; i++) computed = (Math.imul(computed, 31) + i) | 0;
  const took = Math.max(performance.now() - started, 1);
  best = Math.min(best, took);
  return took / best;
}

const cases = inject('routeCases');
/** Told nothing, and a file or a batch of queries each time: a tenth, as of what the whole nation's work is. */
const fetches = /^GET \/(v1\/(centres|kiosks\/sync|trust-list|status\/snapshot)|reference|openapi\.json|s)$/;
const casesOf = (name: string) => Math.ceil(cases * (fetches.test(name) || national.test(name) ? 0.1 : 1));

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

/** The route's address with what exists: a login that was begun, an act of a form, a service that registered itself (and goes on, with its token). */
function opened({ registeredId }: Country, { method, path }: Route, login: Begun, act: string): string {
  if (method !== 'DELETE' && /^\/register\/(?!.*token)/.test(path)) return path.replace(':id', registeredId);
  return path.replace('/login/:id', `/login/${login.id}`).replace(':act', act);
}

/** The tests of a part's routes, `inject('routeCases')` requests each. */
export function testRoutes(part: Part): void {
  const own = routes
    .filter((route) => partOf(route) === part)
    .map((route) => [`${route.method} ${route.path}`, route] as const);
  let drawn: { readonly texts: ReturnType<typeof texts>; readonly bodies: ReturnType<typeof bodies> };
  let country: Country;
  let logins: readonly Begun[];
  beforeAll(async () => {
    country = await newCountry();
    for (let i = 0; i < 10; i++) slowness();
    logins = await country.beginFifty();
    drawn = { texts: texts(country.operatorToken), bodies: bodies(part, country.operatorToken) };
  });

  it('finds the routes', () => {
    expect(routes.length).toBeGreaterThan(160);
    expect(own.length).toBeGreaterThan(30);
  });

  it.each(throughDoors)('has what $name opens to', async ({ name, opener, status, form }) => {
    const [method = '', path = ''] = name.replace(':id', country.registeredId).split(' ');
    const key = country.openers[opener];
    const headers = {
      ...(opener === 'session' ? { Cookie: key } : { Authorization: key }),
      'Content-Type': 'application/x-www-form-urlencoded',
    };
    const request = new Request(issuer + path, { method, headers, ...(form === undefined ? {} : { body: form }) });
    expect((await app.fetch(request, env as unknown as Env, createExecutionContext())).status).toBe(status);
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
        route.path.endsWith('/logout') && typeof data === 'string'
          ? data.replaceAll(country.operatorToken, 'none')
          : data;
      // What was asked of them before has ended some.
      if (route.path.startsWith('/login/:id')) logins = await country.beginFifty();
      let context = createExecutionContext();
      let asked = 0;
      const property = fc.asyncProperty(
        drawn.texts,
        drawn.texts,
        drawn.bodies,
        fc.constantFrom(...credentials(country, route)),
        fc.constantFrom(...logins),
        fc.boolean(),
        async ({ id }, { query, from, act }, sent, credential, login, own) => {
          const named = own ? opened(country, route, login, act) : route.path;
          const path = named.replaceAll(/:[a-zA-Z0-9]+(\{[^}]*\})?/g, id);
          const url = `${issuer}${path}?${query}`;
          const headers: Record<string, string> = { 'Sec-Fetch-Site': 'same-origin', [usualAddressHeader]: from };
          if (credential && credential !== country.openers.session) headers['Authorization'] = credential;
          if (sent.type) headers['Content-Type'] = sent.type;
          if (own) headers['Cookie'] = login.cookie;
          if (credential === country.openers.session) headers['Cookie'] = credential;
          const body = bodiless ? undefined : keep(sent.data);
          if (body !== undefined && sent.length !== undefined && body === sent.data)
            headers['Content-Length'] = sent.length;
          const signed = own && /^\/v1\/(kiosks|activations)/.test(path);
          for (let slow = 0, times = 0; times < 20 * tries; times++) {
            const signature = signed ? await signatureOf(country, method, url, body) : {};
            const init = { method, headers: { ...headers, ...signature }, ...(body === undefined ? {} : { body }) };
            const took = await ask(new Request(url, init), context);
            if (took <= limit) break;
            // Once may be a pause of the machine's.
            if (slowness() > busy) await scheduler.wait(50);
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
