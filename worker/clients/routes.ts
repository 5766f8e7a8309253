// The authority's API for relying parties (scope `clients:write`): register, read, suspend, resume, new secret.

import { type Context, Hono } from 'hono';
import * as z from 'zod';
import { parseJson } from '../http/body.ts';
import { problem } from '../http/problem.ts';
import { type AdminEnv, requireScope } from '../http/require-scope.ts';
import { type Client, ClientMetadata, ClientPolicy, clientStates } from './client.ts';
import { type ChangeError, moveClient, type Registered, registerClient, rotateSecret } from './register-client.ts';

const maxBytes = 65_536;

const NewClient = z.strictObject({
  /** Chosen by the authority where a service's configuration must be known beforehand. */
  clientId: z
    .string()
    .regex(/^[A-Za-z0-9._~-]{3,64}$/)
    .optional(),
  metadata: ClientMetadata,
  policy: ClientPolicy.prefault({}),
});
const Move = z.strictObject({ state: z.enum(clientStates) });
const NewSecret = z.strictObject({ overlapSeconds: z.int().min(0).max(2_592_000).default(86_400) });

const refusals: Readonly<Record<ChangeError['reason'] | 'client_exists', readonly [404 | 409, string]>> = {
  client_unknown: [404, 'There is no such relying party'],
  client_changed_meanwhile: [409, 'It was changed meanwhile: read it again'],
  client_has_no_secret: [409, 'This relying party does not authenticate by a secret'],
  client_exists: [409, 'This client id is taken'],
};

function refuse(c: Context, reason: keyof typeof refusals): Response {
  const [status, title] = refusals[reason];
  return problem(c, { status, reason, title });
}

function shown(client: Client) {
  const { id, metadata, policy, state, createdAt, secrets } = client;
  return {
    clientId: id,
    state,
    metadata,
    policy,
    createdAt,
    secretsGoodUntil: secrets.map((secret) => secret.goodUntil),
  };
}

function shownOnce({ client, secret }: Registered) {
  return { ...shown(client), ...(secret ? { clientSecret: secret } : {}) };
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
    const missing = await algWithoutKey(c, metadata);
    if (missing)
      return problem(c, { status: 422, reason: 'alg_without_key', title: `No ${missing} key signs here yet` });
    if (!(await isSectorTrue(c, metadata)))
      return problem(c, {
        status: 422,
        reason: 'sector_identifier_invalid',
        title: 'The document at sector_identifier_uri does not list every redirect URI',
      });
    const input = { ...(clientId ? { id: clientId } : {}), metadata, policy };
    const registered = await registerClient(c.var.deps.clients, input, setting(c));
    return registered.ok ? c.json(shownOnce(registered.value), 201) : refuse(c, registered.error.reason);
  });

  routes.get(path, async (c) => {
    const after = c.req.query('after') ?? '';
    const clients = await c.var.deps.clients.list(after, 100);
    return c.json({ clients: clients.map(shown), next: clients.length === 100 ? clients.at(-1)?.id : undefined });
  });

  routes.get(`${path}/:id`, async (c) => {
    const client = await c.var.deps.clients.find(c.req.param('id'));
    return client ? c.json(shown(client)) : refuse(c, 'client_unknown');
  });

  routes.post(`${path}/:id/state`, async (c) => {
    const body = await parseJson(c, Move, maxBytes);
    if (!body.ok) return body.response;
    const moved = await moveClient(c.var.deps.clients, c.req.param('id'), body.value.state, setting(c));
    return moved.ok ? c.json(shown(moved.value)) : refuse(c, moved.error.reason);
  });

  routes.post(`${path}/:id/secret`, async (c) => {
    const body = await parseJson(c, NewSecret, maxBytes);
    if (!body.ok) return body.response;
    const rotated = await rotateSecret(c.var.deps.clients, c.req.param('id'), body.value.overlapSeconds, setting(c));
    return rotated.ok ? c.json(shownOnce(rotated.value), 201) : refuse(c, rotated.error.reason);
  });

  return routes;
}

/** OpenID Connect Registration §5: whoever shares a sector, and so sees the same subjects, says so at an address of its own. */
async function isSectorTrue(c: Context<AdminEnv>, metadata: ClientMetadata): Promise<boolean> {
  if (metadata.sector_identifier_uri === undefined) return true;
  const listed = await c.var.deps.outbound.read(metadata.sector_identifier_uri);
  return Array.isArray(listed) && metadata.redirect_uris.every((uri) => listed.includes(uri));
}

/** ES256 is every house's; the others only where the authority made such a key. */
async function algWithoutKey(c: Context<AdminEnv>, metadata: ClientMetadata): Promise<string | undefined> {
  const { id_token_signed_response_alg: idToken, userinfo_signed_response_alg: userinfo } = metadata;
  const wanted = [idToken, userinfo].filter((alg) => alg !== undefined && alg !== 'ES256');
  if (wanted.length === 0) return undefined;
  const { byAlg } = await c.var.deps.keyRing.idTokenKeys();
  return wanted.find((alg) => alg !== undefined && !byAlg.has(alg));
}

function setting(c: Context<AdminEnv>) {
  const { now, random } = c.var.deps;
  return { now: now(), random, actor: c.var.admin.actor };
}
