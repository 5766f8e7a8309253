// Every route of the edge, with bodies, types, parameters and credentials that nobody meant: an answer with a reason, never a crash.
import { exports } from 'cloudflare:workers';
import fc from 'fast-check';
import { beforeAll, expect, inject, it } from 'vitest';
import { problemTypePrefix } from '../../../shared/contract/problem.ts';
import { createApp } from '../../../worker/app.ts';
import { depsOf } from '../../../worker/deps.ts';
import { issuer } from '../openid/world.ts';

const routes = [
  ...new Map(
    createApp(depsOf)
      .routes.filter(({ method, path }) => method !== 'ALL' && !path.includes('*'))
      .map(({ method, path }) => [`${method} ${path}`, { method, path }]),
  ).values(),
];

/** Names that our shapes know, so that random objects get past the first door now and then. */
const names =
  'number name username password code setupCode text context activationId evidence centreId keys scope client_id grant_type';
const word = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.constantFrom(
    '1000000016',
    '__proto__',
    '../..',
    '\u0000',
    '٣',
    'true',
    'authorization_code',
    'AAAAAAAAAAAAAAAAAAAAAA',
  ),
);
const json = fc.oneof(
  fc.dictionary(
    fc.oneof(fc.constantFrom(...names.split(' ')), fc.string({ maxLength: 10 })),
    fc.oneof(word, fc.jsonValue()),
    {
      maxKeys: 8,
    },
  ),
  fc.jsonValue({ maxDepth: 4 }),
);
const body = fc.oneof(
  json.map((value) => ({ type: 'application/json', data: JSON.stringify(value) as string | Uint8Array })),
  fc
    .array(fc.tuple(fc.oneof(fc.constantFrom(...names.split(' ')), word), word), { maxLength: 8 })
    .map((pairs) => ({ type: 'application/x-www-form-urlencoded', data: new URLSearchParams(pairs).toString() })),
  fc
    .tuple(
      fc.constantFrom('application/json', 'application/x-ndjson', 'application/octet-stream', 'text/plain', ''),
      fc.uint8Array(),
    )
    .map(([type, data]) => ({ type, data })),
);
const bearer = fc.constantFrom('', 'Bearer test-admin-token', 'Bearer x', 'Basic eDp5', 'DPoP x', 'Bearer twv_a.b');

beforeAll(async () => {
  const purposes = ['credential', 'receipt', 'status', 'evidence', 'id_token', 'sdjwt', 'access', 'sbi'];
  for (const purpose of purposes) {
    const answer = await exports.default.fetch(`${issuer}/v1/admin/keys`, {
      method: 'POST',
      headers: { Authorization: 'Bearer test-admin-token', 'Content-Type': 'application/json' },
      body: JSON.stringify({ purpose }),
    });
    expect([purpose, answer.status]).toEqual([purpose, 201]);
  }
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

const runs = inject('routeCases');

it('answers anything with a reason and never breaks', { timeout: 240_000 + runs * 24 }, async () => {
  expect(routes.length).toBeGreaterThan(80);
  const seen = new Set<string>();
  // Acts that would change every later request (keys, lists, held kiosks) are the authority's: they get bad bodies all the same.
  const cases = fc.asyncProperty(
    fc.constantFrom(...routes),
    word,
    word,
    body,
    bearer,
    async (route, id, query, sent, auth) => {
      const path = route.path.replaceAll(/:[a-zA-Z]+(\{[^}]*\})?/g, encodeURIComponent(id));
      const url = `${issuer}${path}?${new URLSearchParams({ [query.slice(0, 10) || 'q']: id })}`;
      const headers = new Headers({ 'Sec-Fetch-Site': 'same-origin' });
      if (auth) headers.set('Authorization', auth);
      if (sent.type) headers.set('Content-Type', sent.type);
      const hasBody = route.method !== 'GET' && route.method !== 'HEAD';
      const answer = await exports.default.fetch(url, {
        method: route.method,
        headers,
        redirect: 'manual',
        ...(hasBody ? { body: sent.data } : {}),
      });
      const name = `${route.method} ${route.path}`;
      seen.add(name);
      // A stream of events has no end of its own.
      const type = answer.headers.get('content-type') ?? '';
      if (type.startsWith('text/event-stream')) {
        await answer.body?.cancel();
        return;
      }
      const said = await answer.arrayBuffer();
      if (answer.status === 500) throw new Error(`500 from ${name}`);
      if (answer.status >= 400 && !saysWhy(answer, type, new TextDecoder().decode(said)))
        throw new Error(`${answer.status} without a reason from ${name}`);
    },
  );
  await fc.assert(cases, { numRuns: runs });
  if (runs >= 10_000) expect(seen.size).toBe(routes.length);
});
