// The issuer over HTTP: the two public signed files, and the authority's acts on keys, lists and credentials.
// Long, as every act of that authority is here, each a few lines.
import { type Context, Hono } from 'hono';
import { accepts } from 'hono/accepts';
import { cors } from 'hono/cors';
import * as z from 'zod';
import type { SubjectId } from '../../shared/base/brands.ts';
import { exhaustive } from '../../shared/base/exhaustive.ts';
import { encodeBase64 } from '../../shared/bytes/base64.ts';
import { encodeBase64Url } from '../../shared/bytes/base64url.ts';
import { CardOrder } from '../../shared/contract/card.ts';
import { kioskPaths } from '../../shared/contract/kiosk.ts';
import { base64Url, EpochSecondsValue, UnifiedNumberText } from '../../shared/contract/wire.ts';
import { SNAPSHOT_TYPE } from '../../shared/trust/status-snapshot.ts';
import { maxDeviceTrustBytes, parseDeviceTrust } from '../activation/device-trust.ts';
import type { AppEnv } from '../app.ts';
import type { Deps } from '../deps.ts';
import { parseJson, readBody } from '../http/body.ts';
import { problem } from '../http/problem.ts';
import { type AdminEnv, requireScope } from '../http/require-scope.ts';
import { parseUnifiedNumber } from '../registry/unified-number.ts';
import { issueCard } from './card/issue-card.ts';
import { certifiedPurposes, isCertified } from './certified-keys.ts';
import { followOrders } from './follow-orders.ts';
import { idTokenAlgs } from './id-token-algs.ts';
import { moveCredentials, revocationReasons, type Which } from './move-credentials.ts';
import { type PublicationKind, publicFile, rootChangeFile } from './publication.ts';
import { publishStatusList, statusListUri } from './publish-status-list.ts';
import { publishTrustList, trustListState } from './publish-trust-list.ts';
import { revokePeriod } from './revoke-period.ts';
import { type StatusTokenFile, statusTokenOf, statusTokenType } from './serve-status-token.ts';
import { chunkFile, deltasAfter, readDeltaFile } from './status-files.ts';

const maxTrustListBytes = 65_536;
const maxJsonBytes = 4096;

export const mediaTypes: Readonly<Record<PublicationKind, string>> = {
  trust_list: 'application/vnd.tawthiq.trust-list+cwt',
  status_list: 'application/statuslist+cwt',
  status_snapshot: SNAPSHOT_TYPE,
  status_deltas: 'application/cbor',
};

export const NewKey = z
  .object({
    purpose: z.enum(['credential', 'receipt', 'status', 'evidence', 'id_token', 'sbi', ...certifiedPurposes]),
    alg: z.enum(idTokenAlgs).optional(),
  })
  .refine(({ purpose, alg }) => alg === undefined || purpose === 'id_token', {
    path: ['alg'],
    message: 'only an id_token key has a choice of algorithm',
  });
export const KeyMove = z.object({ kid: base64Url(8, 8), to: z.enum(['current', 'retired', 'compromised']) });
export const PeriodRevocation = z.strictObject({
  kid: base64Url(8, 8),
  issuedFrom: EpochSecondsValue,
  issuedUntil: EpochSecondsValue,
  /** What the step before answered as `next`. */
  after: z.strictObject({ shard: z.int().min(0).max(4096), hash: z.string().max(64) }).optional(),
});
export const CredentialMove = z.object({
  which: z.union([
    z.strictObject({ statusIndex: z.int().min(0).max(0xff_ff_ff_ff) }),
    z.strictObject({ credentialHash: base64Url(32, 32) }),
    z.strictObject({ number: UnifiedNumberText }),
  ]),
  reason: z.enum(revocationReasons),
});

/** The status list's publication as the cron and every revocation call it. */
export function statusListPublisher(
  deps: Deps,
  options: { readonly all: boolean } = { all: true },
): () => Promise<number> {
  const { statusEntries, statusSpaces, publications, keyRing, config, now, verification } = deps;
  return async () => {
    const needs = { statusEntries, statusSpaces, publications, keyRing, issuer: config.issuer, now };
    const version = await publishStatusList(needs, options);
    verification.lists.changed();
    verification.onlineChunks.changed();
    return version;
  };
}

/** Carries out what was ordered for a person's credentials; the lists that say so are out when it resolves. */
export function orderFollower(deps: Deps): (subjectId: SubjectId) => Promise<void> {
  return async (subjectId) => {
    if ((await followOrders(deps, subjectId)) > 0) await statusListPublisher(deps, { all: false })();
  };
}

/** A signed file with its ETag: 304 for who has it, 404 before it was first published. May be kept by caches for a minute. */
async function servePublished(c: Context<AppEnv>, kind: PublicationKind): Promise<Response> {
  return serveFile(c, publicFile[kind], mediaTypes[kind]);
}

async function serveFile(
  c: Context<AppEnv>,
  name: string,
  mediaType: string,
  caching = 'public, max-age=60',
): Promise<Response> {
  const conditions = new Headers();
  const known = c.req.header('if-none-match');
  if (known && known.length < 1000) conditions.set('if-none-match', known);
  const isStatusList = mediaType === mediaTypes.status_list;
  const asked = { header: 'Accept' as const, supports: [mediaType, statusTokenType], default: mediaType };
  if (isStatusList && accepts(c, asked) === statusTokenType) {
    const token = await statusTokenOf({ publications: c.var.deps.publications, keys: c.var.deps.certifiedKeys }, name);
    if (token) return serveStatusToken(c, token);
  }
  const file = await c.var.deps.publications.serveFile(name, conditions);
  if (!file) return problem(c, { status: 404, reason: 'not_published', title: 'This list has not been published yet' });
  const headers = {
    ETag: file.httpEtag,
    'Cache-Control': caching,
    'Tawthiq-Version': file.customMetadata?.['version'] ?? '0',
    ...(isStatusList ? { Vary: 'Accept' } : {}),
  };
  if (!('body' in file)) return c.body(null, 304, headers);
  return c.body(file.body, 200, { ...headers, 'Content-Type': mediaType });
}

/** Weak: two isolates sign the same list with different bytes. Another key is another list: whoever holds the former's is told so. */
function serveStatusToken(c: Context<AppEnv>, token: StatusTokenFile): Response {
  const etag = `W/${token.etag.slice(0, -1)}-jwt-${token.kid}"`;
  const headers = {
    ETag: etag,
    'Cache-Control': 'public, max-age=60',
    'Tawthiq-Version': token.version,
    Vary: 'Accept',
  };
  if (c.req.header('if-none-match') === etag) return c.body(null, 304, headers);
  return c.body(token.jwt, 200, { ...headers, 'Content-Type': statusTokenType });
}

/** What leads on from the sequence that a kiosk holds; 410 sends it to the snapshot. */
async function serveDeltas(c: Context<AppEnv>): Promise<Response> {
  const after = c.req.query('after') ?? '';
  if (!/^\d{1,12}$/.test(after)) {
    return problem(c, { status: 422, reason: 'bad_input', title: 'Say after which sequence: ?after=<number>' });
  }
  const file = await readDeltaFile(c.var.deps.publications);
  if (!file) return problem(c, { status: 404, reason: 'not_published', title: 'No status has been published yet' });
  const bytes = deltasAfter(file, Number(after));
  if (!bytes)
    return problem(c, { status: 410, reason: 'deltas_gone', title: 'Take the snapshot and go on from there' });
  const sequence = file.first + file.items.length - 1;
  const etag = `"${after}-${sequence}"`;
  const headers = { ETag: etag, 'Cache-Control': 'public, max-age=60', 'Tawthiq-Version': String(sequence) };
  if (c.req.header('if-none-match') === etag) return c.body(null, 304, headers);
  return c.body(bytes, 200, { ...headers, 'Content-Type': mediaTypes.status_deltas });
}

/** What everybody may fetch, a page of any origin too: without credentials, and refusals can be read as well. */
const openToPages = cors({
  origin: '*',
  allowMethods: ['GET', 'HEAD'],
  allowHeaders: ['If-None-Match'],
  exposeHeaders: ['ETag', 'Tawthiq-Version'],
  maxAge: 86_400,
});

export function issuerRoutes(): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();
  const { trustList, statusList, statusSnapshot, statusDeltas } = kioskPaths;
  for (const path of [
    `${trustList}/*`,
    statusList,
    '/:chunk{s[0-9]+}',
    statusSnapshot,
    statusDeltas,
    '/v1/authorities/*',
  ])
    routes.use(path, openToPages);
  routes.get(kioskPaths.trustList, (c) => servePublished(c, 'trust_list'));
  // It is what it is for ever: no roots are replaced twice.
  routes.get(`${kioskPaths.rootChange}/:roots{[0-9a-f]{32}}`, (c) =>
    serveFile(c, rootChangeFile(c.req.param('roots')), mediaTypes.trust_list, 'public, max-age=31536000, immutable'),
  );
  routes.get(kioskPaths.statusList, (c) => servePublished(c, 'status_list'));
  routes.get(kioskPaths.statusSnapshot, (c) => servePublished(c, 'status_snapshot'));
  routes.get(kioskPaths.statusDeltas, serveDeltas);
  // The chunks' addresses are the list's own with a number behind it.
  routes.get('/:chunk{s[0-9]+}', (c) =>
    serveFile(c, chunkFile(Number(c.req.param('chunk').slice(1))), mediaTypes.status_list),
  );
  // Whom a verifier of our online credentials, or a wallet that we ask, has to trust (RFC 7468).
  for (const purpose of ['sdjwt', 'access'] as const) {
    routes.get(`/v1/authorities/${purpose}`, async (c) => {
      const certificates = await c.var.deps.certifiedKeys.authorities(purpose);
      const pem = certificates.map(({ der }) => pemOf(der)).join('');
      return c.body(pem, 200, {
        'Content-Type': 'application/pem-certificate-chain',
        'Cache-Control': 'public, max-age=3600',
      });
    });
  }
  routes.route('/v1/admin', adminRoutes());
  return routes;
}

function pemOf(der: Uint8Array): string {
  const lines = encodeBase64(der).match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}

function adminRoutes(): Hono<AdminEnv> {
  const routes = new Hono<AdminEnv>();

  routes.get('/keys', requireScope('keys:write'), async (c) => {
    const keys = await c.var.deps.keyRing.publicKeys();
    return c.json({ keys: keys.map((key) => ({ ...key, publicKey: encodeBase64Url(key.publicKey) })) });
  });

  routes.post('/keys', requireScope('keys:write'), async (c) => {
    const body = await parseJson(c, NewKey, maxJsonBytes);
    if (!body.ok) return body.response;
    const { keyRing, certifiedKeys, captureKeys } = c.var.deps;
    const { purpose, alg } = body.value;
    const { actor } = c.var.admin;
    if (purpose === 'sbi') return c.json({ kid: await captureKeys.create(actor) }, 201);
    const kid = isCertified(purpose)
      ? await certifiedKeys.create(purpose, actor)
      : await keyRing.create(purpose, actor, alg);
    return c.json({ kid }, 201);
  });

  routes.post('/keys/move', requireScope('keys:write'), async (c) => {
    const body = await parseJson(c, KeyMove, maxJsonBytes);
    if (!body.ok) return body.response;
    c.var.deps.certifiedKeys.forget();
    c.var.deps.captureKeys.forget();
    const moved = await c.var.deps.keyRing.move(body.value.kid, body.value.to, c.var.admin.actor);
    return moved
      ? c.json(body.value)
      : problem(c, { status: 409, reason: 'key_state', title: 'This key cannot move there from the state it is in' });
  });

  routes.get('/trust-list', requireScope('trust:write'), async (c) => {
    const { publications, config, now } = c.var.deps;
    const state = await trustListState({ publications, trustRoots: config.trustRoots, now });
    return c.json(state ?? { version: 0, hash: encodeBase64Url(new Uint8Array(32)), expiresAt: 0 });
  });

  routes.put('/trust-list', requireScope('trust:write'), async (c) => {
    const body = await readBody(c, maxTrustListBytes);
    if (!body.ok) return body.response;
    const { publications, config, now } = c.var.deps;
    const needs = { publications, trustRoots: config.trustRoots, now };
    const done = await publishTrustList(needs, c.var.admin.actor, body.bytes);
    if (done.ok) {
      c.var.deps.verification.lists.changed();
      return c.json(done.value);
    }
    const conflict = /rollback|fork|not_next/.test(done.error.reason);
    const title = conflict ? 'Another list stands in its place' : 'This is not a trust list that the roots signed';
    return problem(c, { status: conflict ? 409 : 422, reason: done.error.reason, title });
  });

  routes.put('/device-trust', requireScope('trust:write'), async (c) => {
    const body = await readBody(c, maxDeviceTrustBytes);
    if (!body.ok) return body.response;
    const trust = parseDeviceTrust(body.bytes);
    if (!trust.ok)
      return problem(c, {
        status: 422,
        reason: trust.error.reason,
        title: 'This does not name whose readers are trusted',
      });
    const counts = { device: trust.value.device.length, ftm: trust.value.ftm.length };
    const { deviceTrustFile, now } = c.var.deps;
    const { actor } = c.var.admin;
    await deviceTrustFile.replace(body.bytes, { at: now(), event: 'device_trust.published', actor, detail: counts });
    return c.json(counts);
  });

  // Whoever takes credentials back, and whoever has a new key listed, must be able to have it said.
  routes.post('/status-list/publish', requireScope('trust:write', 'credentials:revoke'), async (c) =>
    c.json({ version: await statusListPublisher(c.var.deps)() }),
  );

  routes.post('/credentials/revoke-period', requireScope('credentials:revoke'), async (c) => {
    const body = await parseJson(c, PeriodRevocation, maxJsonBytes);
    if (!body.ok) return body.response;
    const { after, ...period } = body.value;
    const { statusEntries, credentials, now } = c.var.deps;
    const needs = { statusEntries, credentials, now, publish: statusListPublisher(c.var.deps, { all: false }) };
    return c.json(await revokePeriod(needs, c.var.admin.actor, period, after));
  });

  /** A POST: the number is in the body, and the act leaves a row in the person's history. */
  routes.post('/credentials/card', requireScope('credentials:print'), async (c) => {
    const body = await parseJson(c, CardOrder, maxJsonBytes);
    if (!body.ok) return body.response;
    const number = parseUnifiedNumber(body.value.number);
    if (!number.ok)
      return problem(c, { status: 422, reason: 'number_check_digit', title: 'This is not a unified number' });
    const { people, credentials, statusEntries, keyRing, config, now, random } = c.var.deps;
    const statusUri = statusListUri(config.issuer);
    const needs = { people, credentials, statusEntries, keyRing, statusUri, now, random };
    const issued = await issueCard(needs, c.var.admin.actor, number.value);
    if (issued.ok) return c.json(issued.value, 201, { 'Cache-Control': 'no-store' });
    const { reason } = issued.error;
    switch (reason) {
      case 'person_unknown':
        return problem(c, { status: 404, reason, title: 'The registry does not know this number' });
      case 'account_not_active':
        return problem(c, { status: 409, reason, title: 'A card is printed for an active account' });
      case 'document_expired':
        return problem(c, { status: 409, reason, title: 'The document that this would be issued from has expired' });
      default:
        return exhaustive(reason);
    }
  });

  for (const [path, to] of [
    ['/credentials/revoke', 'revoked'],
    ['/credentials/suspend', 'suspended'],
    ['/credentials/reinstate', 'valid'],
  ] as const) {
    routes.post(path, requireScope('credentials:revoke'), async (c) => {
      const body = await parseJson(c, CredentialMove, maxJsonBytes);
      if (!body.ok) return body.response;
      const which = whichOf(body.value.which);
      if (!which)
        return problem(c, { status: 422, reason: 'number_check_digit', title: 'This is not a unified number' });
      const { statusEntries, credentials, people, loginSubjects: subjects, now } = c.var.deps;
      const needs = {
        statusEntries,
        credentials,
        people,
        subjects,
        now,
        publish: statusListPublisher(c.var.deps, { all: false }),
      };
      const moved = await moveCredentials(needs, c.var.admin.actor, which, to, body.value.reason);
      if (moved.ok) return c.json(moved.value);
      const { reason } = moved.error;
      switch (reason) {
        case 'credential_unknown':
          return problem(c, { status: 404, reason, title: 'No such credential was issued' });
        case 'account_not_active':
          return problem(c, { status: 409, reason, title: 'Its account is suspended or closed' });
        default:
          return exhaustive(reason);
      }
    });
  }

  return routes;
}

function whichOf(which: z.infer<typeof CredentialMove>['which']): Which | undefined {
  if (!('number' in which)) return which;
  const number = parseUnifiedNumber(which.number);
  return number.ok ? { number: number.value } : undefined;
}
