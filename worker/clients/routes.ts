// The authority's API for relying parties (scope `clients:write`): register, read, change, review, suspend, resume, new
// secret.

import { type Context, Hono } from 'hono';
import * as z from 'zod';
import { parseJson } from '../http/body.ts';
import { problem } from '../http/problem.ts';
import { type AdminEnv, requireScope } from '../http/require-scope.ts';
import { type Client, ClientMetadata, ClientPolicy } from './client.ts';
import { type FetchedLogo, fetchLogo, logoPathOf } from './logo.ts';
import { algWithoutKey, isSectorTrue, unreadableText, unusableKey } from './metadata-checks.ts';
import { type ChangeError, moveClient, type Registered, registerClient, rotateSecret } from './register-client.ts';
import { replaceClient } from './replace-client.ts';
import { review } from './review-client.ts';
import { renewAccessToken } from './self-register.ts';

const maxBytes = 65_536;

export const NewClient = z.strictObject({
  /** Chosen by the authority where a service's configuration must be known beforehand. */
  clientId: z
    .string()
    .regex(/^[A-Za-z0-9._~-]{3,64}$/)
    .optional(),
  metadata: ClientMetadata,
  policy: ClientPolicy.prefault({}),
});
export const ChangedClient = NewClient.omit({ clientId: true });
export const Move = z.strictObject({ state: z.enum(['active', 'suspended', 'closed']) });
export const Review = z.discriminatedUnion('decision', [
  z.strictObject({
    decision: z.literal('approve'),
    /** What the authority lets it have; absent: what it asked for. */
    policy: ClientPolicy.optional(),
    /** Why a domain that nobody proved is believed: goes into the journal. */
    withoutDomainProof: z.string().min(3).max(200).optional(),
  }),
  z.strictObject({ decision: z.literal('reject'), why: z.string().min(3).max(200) }),
]);
export const NewSecret = z.strictObject({ overlapSeconds: z.int().min(0).max(2_592_000).default(86_400) });

const refusals: Readonly<Record<ChangeError['reason'] | 'client_exists', readonly [404 | 409 | 422, string]>> = {
  client_unknown: [404, 'There is no such relying party'],
  client_changed_meanwhile: [409, 'It was changed meanwhile: read it again'],
  client_has_no_secret: [409, 'This relying party does not authenticate by a secret'],
  client_not_registered_itself: [409, 'This relying party did not register itself: it has no such token'],
  client_state_wrong: [409, 'It is not in a state from which it may move there'],
  domain_not_proven: [409, 'It has not proven the domains of its redirect URIs'],
  nothing_to_review: [409, 'It has nothing that waits for a review'],
  profile_unfit: [422, 'The profile of its policy has no room for this metadata'],
  client_exists: [409, 'This client id is taken'],
};

type Refusal = { readonly reason: keyof typeof refusals; readonly detail?: string };

function refuse(c: Context, { reason, detail }: Refusal): Response {
  const [status, title] = refusals[reason];
  return problem(c, { status, reason, title, ...(detail === undefined ? {} : { detail }) });
}

function textRefusal(c: Context<AdminEnv>, metadata: ClientMetadata, policy: ClientPolicy): Response | undefined {
  const detail = unreadableText(metadata, policy);
  if (detail === undefined) return undefined;
  return problem(c, { status: 422, reason: 'text_not_plain', title: 'People could not read what it says', detail });
}

/** What only the house and the service's own addresses can say, and whether people can read it. */
async function metadataRefusal(
  c: Context<AdminEnv>,
  { metadata, policy }: { readonly metadata: ClientMetadata; readonly policy: ClientPolicy },
): Promise<Response | undefined> {
  const unreadable = textRefusal(c, metadata, policy);
  if (unreadable) return unreadable;
  const detail = unusableKey(metadata);
  if (detail)
    return problem(c, { status: 422, reason: 'jwks_unusable', title: 'A key of its jwks is of no use', detail });
  const { keyRing, outbound } = c.var.deps;
  const missing = await algWithoutKey(keyRing, metadata);
  if (missing) return problem(c, { status: 422, reason: 'alg_without_key', title: `No ${missing} key signs here yet` });
  if (await isSectorTrue(outbound, metadata)) return undefined;
  return problem(c, {
    status: 422,
    reason: 'sector_identifier_invalid',
    title:
      'The document at sector_identifier_uri does not list every redirect URI, or the jwks_uri where there are none',
  });
}

function shown(client: Client) {
  const { id, metadata, policy, state, createdAt, secrets, registration } = client;
  return {
    clientId: id,
    state,
    metadata,
    policy,
    createdAt,
    logo: client.logo ? logoPathOf(client.logo) : null,
    secretsGoodUntil: secrets.map((secret) => secret.goodUntil),
    ...(registration ? { hosts: registration.hosts, proposed: registration.proposed } : {}),
  };
}

function shownOnce({ client, secret }: Registered) {
  return { ...shown(client), ...(secret ? { clientSecret: secret } : {}) };
}

/** Why a logo that is named is not shown. */
function logoRefusalOf(fetched: FetchedLogo | undefined) {
  return fetched?.found.ok === false ? { logoRefused: fetched.found.error } : {};
}

export function clientRoutes(): Hono<AdminEnv> {
  const routes = new Hono<AdminEnv>();
  const path = '/v1/admin/clients';
  routes.use(path, requireScope('clients:write'));
  routes.use(`${path}/*`, requireScope('clients:write'));

  routes.post(path, async (c) => {
    const body = await parseJson(c, NewClient, maxBytes);
    if (!body.ok) return body.response;
    const { clientId, metadata, policy } = body.value;
    const wrong = await metadataRefusal(c, body.value);
    if (wrong) return wrong;
    const fetched = await fetchLogo(c.var.deps, metadata);
    const input = { ...(clientId ? { id: clientId } : {}), metadata, policy, fetched };
    const registered = await registerClient(c.var.deps.clients, input, setting(c));
    return registered.ok
      ? c.json({ ...shownOnce(registered.value), ...logoRefusalOf(fetched) }, 201)
      : refuse(c, registered.error);
  });

  routes.get(path, async (c) => {
    const after = c.req.query('after') ?? '';
    const clients = await c.var.deps.clients.list(after, 100);
    return c.json({ clients: clients.map(shown), next: clients.length === 100 ? clients.at(-1)?.id : undefined });
  });

  routes.get(`${path}/:id`, async (c) => {
    const client = await c.var.deps.clients.find(c.req.param('id'));
    return client ? c.json(shown(client)) : refuse(c, { reason: 'client_unknown' });
  });

  routes.put(`${path}/:id`, async (c) => {
    const body = await parseJson(c, ChangedClient, maxBytes);
    if (!body.ok) return body.response;
    const wrong = await metadataRefusal(c, body.value);
    if (wrong) return wrong;
    const fetched = await fetchLogo(c.var.deps, body.value.metadata);
    const wanted = { ...body.value, fetched };
    const replaced = await replaceClient(c.var.deps.clients, c.req.param('id'), wanted, setting(c));
    return replaced.ok
      ? c.json({ ...shownOnce(replaced.value), ...logoRefusalOf(fetched) })
      : refuse(c, replaced.error);
  });

  routes.post(`${path}/:id/state`, async (c) => {
    const body = await parseJson(c, Move, maxBytes);
    if (!body.ok) return body.response;
    const moved = await moveClient(c.var.deps.clients, c.req.param('id'), body.value.state, setting(c));
    return moved.ok ? c.json(shown(moved.value)) : refuse(c, moved.error);
  });

  routes.post(`${path}/:id/review`, async (c) => {
    const body = await parseJson(c, Review, maxBytes);
    if (!body.ok) return body.response;
    const { clients } = c.var.deps;
    const id = c.req.param('id');
    const waits = body.value.decision === 'approve' ? await clients.find(id) : undefined;
    const given = body.value.decision === 'approve' ? body.value.policy : undefined;
    const unreadable = waits && given && textRefusal(c, waits.metadata, given);
    if (unreadable) return unreadable;
    const fetched = waits && (await fetchLogo(c.var.deps, waits.registration?.proposed?.metadata ?? waits.metadata));
    const decided = body.value.decision === 'approve' ? { ...body.value, fetched } : body.value;
    const reviewed = await review(clients, id, decided, setting(c));
    return reviewed.ok ? c.json({ ...shown(reviewed.value), ...logoRefusalOf(fetched) }) : refuse(c, reviewed.error);
  });

  routes.post(`${path}/:id/secret`, async (c) => {
    const body = await parseJson(c, NewSecret, maxBytes);
    if (!body.ok) return body.response;
    const rotated = await rotateSecret(c.var.deps.clients, c.req.param('id'), body.value.overlapSeconds, setting(c));
    return rotated.ok ? c.json(shownOnce(rotated.value), 201) : refuse(c, rotated.error);
  });

  // For one whose own token is in other hands.
  routes.post(`${path}/:id/registration-token`, async (c) => {
    const renewed = await renewAccessToken(c.var.deps.clients, c.req.param('id'), undefined, setting(c));
    if (!renewed.ok) return refuse(c, renewed.error);
    return c.json({ clientId: c.req.param('id'), registrationAccessToken: renewed.value }, 201);
  });

  return routes;
}

function setting(c: Context<AdminEnv>) {
  const { now, random } = c.var.deps;
  return { now: now(), random, actor: c.var.admin.actor };
}
