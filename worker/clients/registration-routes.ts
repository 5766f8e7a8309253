// Dynamic registration and its management over HTTP (RFC 7591, RFC 7592, OpenID Connect Registration): /register. Behind an initial access
// token, which is an administrator's token with one of two scopes: reviewed, or (for a test environment) active at once.

import { type Context, Hono } from 'hono';
import * as z from 'zod';
import { decodeUtf8 } from '../../shared/bytes/text.ts';
import type { AppEnv } from '../app.ts';
import { authenticateAdmin } from '../console/auth.ts';
import { readBody } from '../http/body.ts';
import { isSecretOf } from '../logins/handle.ts';
import { type Client, ClientMetadata, type ClientPolicy } from './client.ts';
import { criteriaOf, policyOf, VerificationCriteria } from './criteria.ts';
import { fetchLogo } from './logo.ts';
import { algWithoutKey, isSectorTrue, unreadableText, unusableKey } from './metadata-checks.ts';
import { rotateSecret } from './register-client.ts';
import { NewSecret } from './routes.ts';
import {
  closeSelf,
  openRegistration,
  proofPath,
  proveDomains,
  registerSelf,
  renewAccessToken,
  updateSelf,
} from './self-register.ts';

export const registrationPath = '/register';
const maxBytes = 65_536;
const criteriaName = 'tawthiq_verification_criteria';
const headers = { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', Pragma: 'no-cache' } as const;

export function registrationRoutes(): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();

  routes.post(registrationPath, async (c) => {
    const allowed = await initialToken(c);
    if (!allowed) return unauthorized(c);
    const wanted = await wantedOf(c);
    if ('error' in wanted) return refuse(c, wanted);
    const { clients, now, random } = c.var.deps;
    const setting = { now: now(), random, actor: allowed.actor };
    // Whom nobody reviews has nobody else who looks.
    const fetched = allowed.immediate ? await fetchLogo(c.var.deps, wanted.metadata) : undefined;
    const { client, secret, accessToken } = await registerSelf(clients, { ...wanted, ...allowed, fetched }, setting);
    return json(
      c,
      { ...shown(c, client), ...(secret ? { client_secret: secret } : {}), registration_access_token: accessToken },
      201,
    );
  });

  routes.get(`${registrationPath}/:id`, async (c) => {
    const client = await opened(c);
    return client ? json(c, { ...shown(c, client), ...withToken(c) }) : unauthorized(c);
  });

  routes.put(`${registrationPath}/:id`, async (c) => {
    const client = await opened(c);
    if (!client) return unauthorized(c);
    const wanted = await wantedOf(c, client);
    if ('error' in wanted) return refuse(c, wanted);
    const fetched = client.registration.immediate ? await fetchLogo(c.var.deps, wanted.metadata) : undefined;
    const changed = await updateSelf(c.var.deps.clients, client.id, { ...wanted, fetched }, settingOf(c, client));
    if (changed.ok) return json(c, { ...shown(c, changed.value), ...withToken(c) });
    const { error } = changed;
    const said = error.reason === 'profile_unfit' ? ascii(error.detail) : error.reason;
    const why = { error: 'invalid_client_metadata', error_description: said } as const;
    return changed.error.reason === 'client_changed_meanwhile' ? json(c, why, 409) : refuse(c, why);
  });

  routes.delete(`${registrationPath}/:id`, async (c) => {
    const client = await opened(c);
    if (!client) return unauthorized(c);
    const closed = await closeSelf(c.var.deps.clients, client.id, settingOf(c, client));
    return closed.ok
      ? c.body(null, 204, { 'Cache-Control': 'no-store' })
      : json(c, { error: closed.error.reason }, 409);
  });

  routes.post(`${registrationPath}/:id/domains`, async (c) => {
    const client = await opened(c);
    if (!client) return unauthorized(c);
    const { clients, outbound } = c.var.deps;
    const proved = await proveDomains(clients, outbound, client, settingOf(c, client));
    if (proved.ok) return json(c, shown(c, proved.value));
    const late = proved.error.reason === 'looked_just_now';
    return json(c, { error: proved.error.reason }, late ? 429 : 409);
  });

  routes.post(`${registrationPath}/:id/secret`, async (c) => {
    const client = await opened(c);
    if (!client) return unauthorized(c);
    const overlap = await overlapOf(c);
    if (overlap === undefined)
      return refuse(c, {
        error: 'invalid_request',
        error_description: 'send nothing, or {"overlap_seconds": 0 to 2592000}: how long the secret before stays good',
      });
    const rotated = await rotateSecret(c.var.deps.clients, client.id, overlap, settingOf(c, client));
    if (!rotated.ok) return json(c, { error: rotated.error.reason }, 409);
    return json(c, { client_id: client.id, client_secret: rotated.value.secret, client_secret_expires_at: 0 }, 201);
  });

  routes.post(`${registrationPath}/:id/token`, async (c) => {
    const client = await opened(c);
    if (!client) return unauthorized(c);
    const renewed = await renewAccessToken(c.var.deps.clients, client.id, client.registration, settingOf(c, client));
    if (!renewed.ok) return json(c, { error: renewed.error.reason }, 409);
    return json(c, { ...shown(c, client), registration_access_token: renewed.value }, 201);
  });

  return routes;
}

export const Overlap = z.strictObject({ overlap_seconds: NewSecret.shape.overlapSeconds });

/** Seconds; a day if nothing is sent. Undefined for what is none. */
async function overlapOf(c: Context<AppEnv>): Promise<number | undefined> {
  const body = await readBody(c, 1024);
  if (!body.ok) return undefined;
  const overlap = Overlap.safeParse(body.bytes.length === 0 ? {} : parsed(body.bytes));
  return overlap.success ? overlap.data.overlap_seconds : undefined;
}

type Wanted = { readonly metadata: ClientMetadata; readonly policy: ClientPolicy };
type Refused = {
  readonly error: 'invalid_redirect_uri' | 'invalid_client_metadata' | 'invalid_request';
  readonly error_description: string;
};

/** Members that we do not know are left out, not refused (RFC 7591 §2). */
async function wantedOf(c: Context<AppEnv>, client?: Client): Promise<Wanted | Refused> {
  const type = (c.req.header('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase();
  const body = type === 'application/json' ? await readBody(c, maxBytes) : undefined;
  const json = body?.ok ? parsed(body.bytes) : undefined;
  if (!json) return { error: 'invalid_request', error_description: 'send a JSON object of at most 64 kB' };
  if (client && json['client_id'] !== client.id)
    return { error: 'invalid_request', error_description: 'client_id must be the one that is changed' };
  const { client_secret: secret } = json;
  // RFC 7592 §2.2: a secret is not chosen by its client.
  if (client && secret !== undefined && !client.secrets.some(({ hash }) => isSecretOf(String(secret), hash)))
    return {
      error: 'invalid_client_metadata',
      error_description: 'client_secret is not its own: POST /secret renews it',
    };
  const known = Object.fromEntries(Object.entries(json).filter(([name]) => Object.hasOwn(ClientMetadata.shape, name)));
  const metadata = ClientMetadata.safeParse(known);
  if (!metadata.success) {
    const issue = metadata.error.issues[0];
    const where = issue?.path.join('.') ?? '';
    const error = where.startsWith('redirect_uris') ? 'invalid_redirect_uri' : 'invalid_client_metadata';
    return { error, error_description: ascii(`${where}: ${issue?.message}`) };
  }
  const criteria = VerificationCriteria.safeParse(json[criteriaName] ?? {});
  if (!criteria.success) {
    const issue = criteria.error.issues[0];
    const where = [criteriaName, ...(issue?.path ?? [])].join('.');
    return { error: 'invalid_client_metadata', error_description: ascii(`${where}: ${issue?.message}`) };
  }
  const policy = policyOf(criteria.data);
  const unreadable = unreadableText(metadata.data, policy);
  if (unreadable) return { error: 'invalid_client_metadata', error_description: ascii(unreadable) };
  const unusable = unusableKey(metadata.data);
  if (unusable) return { error: 'invalid_client_metadata', error_description: ascii(unusable) };
  const { keyRing, outbound } = c.var.deps;
  const missing = await algWithoutKey(keyRing, metadata.data);
  if (missing) return { error: 'invalid_client_metadata', error_description: `no ${missing} key signs here` };
  if (!(await isSectorTrue(outbound, metadata.data)))
    return {
      error: 'invalid_client_metadata',
      error_description:
        'sector_identifier_uri does not list every redirect URI (or the jwks_uri, where there are none)',
    };
  return { metadata: metadata.data, policy };
}

function parsed(bytes: Uint8Array): Record<string, unknown> | undefined {
  try {
    const text = decodeUtf8(bytes);
    const json: unknown = text.ok ? JSON.parse(text.value) : undefined;
    return typeof json === 'object' && json !== null && !Array.isArray(json)
      ? (json as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

function ascii(text: string): string {
  return text.replace(/[^\x20-\x7e]|["\\]/g, '').slice(0, 200);
}

/** What the relying party may know of itself: RFC 7591 §3.2.1, and where its review stands. */
function shown(c: Context<AppEnv>, client: Client): Record<string, unknown> {
  const { registration } = client;
  return {
    ...client.metadata,
    client_id: client.id,
    client_id_issued_at: client.createdAt,
    ...(client.secrets.length > 0 ? { client_secret_expires_at: 0 } : {}),
    registration_client_uri: `${c.var.deps.config.issuer}${registrationPath}/${client.id}`,
    [criteriaName]: criteriaOf(client.policy),
    tawthiq_state: client.state,
    tawthiq_review_pending: client.state === 'pending' || registration?.proposed !== null,
    tawthiq_domains: { file: proofPath, line: registration?.proof, hosts: registration?.hosts },
  };
}

async function initialToken(c: Context<AppEnv>): Promise<{ immediate: boolean; actor: `admin:${string}` } | undefined> {
  const { adminTokens, config, now } = c.var.deps;
  const needs = { tokens: adminTokens, bootstrapSha256: config.adminTokenSha256, now };
  const admin = await authenticateAdmin(needs, c.req.header('authorization'));
  // SECURITY: an initial access token is given away; the bootstrap token, which can do everything, is none.
  if (!admin.ok || admin.value.tokenId === 'bootstrap') return undefined;
  const immediate = admin.value.scopes.includes('clients:register-active');
  if (!immediate && !admin.value.scopes.includes('clients:register')) return undefined;
  return { immediate, actor: admin.value.actor };
}

function tokenOf(c: Context<AppEnv>): string | undefined {
  return /^Bearer (twr_[A-Za-z0-9_-]{43})$/i.exec(c.req.header('authorization') ?? '')?.[1];
}

/** RFC 7592 §3: in every answer about a client. Only its hash is kept, so it is the one that was shown. */
const withToken = (c: Context<AppEnv>) => ({ registration_access_token: tokenOf(c) });

function opened(c: Context<AppEnv>) {
  const token = tokenOf(c);
  return token === undefined ? undefined : openRegistration(c.var.deps.clients, c.req.param('id') ?? '', token);
}

function settingOf(c: Context<AppEnv>, client: Client) {
  const { now, random } = c.var.deps;
  return { now: now(), random, actor: `client:${client.id}` } as const;
}

function json(c: Context<AppEnv>, body: unknown, status: 200 | 201 | 400 | 409 | 429 = 200): Response {
  return c.body(JSON.stringify(body), status, headers);
}

function refuse(c: Context<AppEnv>, refused: Refused): Response {
  return json(c, refused, 400);
}

function unauthorized(c: Context<AppEnv>): Response {
  const sent = c.req.header('authorization') !== undefined;
  const challenge = `Bearer realm="register"${sent ? ', error="invalid_token"' : ''}`;
  return c.body(JSON.stringify({ error: 'invalid_token' }), 401, { ...headers, 'WWW-Authenticate': challenge });
}
