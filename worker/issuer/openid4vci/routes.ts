// OpenID4VCI over HTTP: metadata, offers, nonces, credentials; and the person's own request for an offer.

import { type Context, Hono } from 'hono';
import { ok } from '../../../shared/base/result.ts';
import { OfferRequest, offerPath } from '../../../shared/contract/openid4vci.ts';
import { signJws } from '../../../shared/sd-jwt/jws.ts';
import type { AppEnv } from '../../app.ts';
import { parseJson, readBody } from '../../http/body.ts';
import { problem } from '../../http/problem.ts';
import { parseHandle } from '../../logins/handle.ts';
import {
  crossOrigin,
  nonceHeader,
  oauthAnswer,
  preflight,
  publicFor,
  secretHeaders,
  secretJson,
  tokenChallenge,
} from '../../openid/answers.ts';
import type { OAuthError } from '../../openid/oauth-error.ts';
import { statusListUri } from '../publish-status-list.ts';
import { issuerMetadata, vciPaths } from './configuration.ts';
import {
  type CredentialError,
  type CredentialErrorCode,
  maxCredentialRequestBytes,
  parseCredentialRequest,
} from './credential-request.ts';
import { encryptionMetadata, newRequestKey, openRequest, sealResponse } from './encryption.ts';
import { issueCredentials } from './issue-credentials.ts';
import { codeOf, makeOffer, type OfferRefusal, offerDocument } from './make-offer.ts';
import { openCredentialToken } from './open-token.ts';

const jwtType = 'application/jwt';

export function openid4vciRoutes(): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();
  for (const path of [vciPaths.nonce, vciPaths.credential, vciPaths.offer, vciPaths.openOffer])
    routes.options(path, preflight);

  routes.get(vciPaths.metadata, async (c) => {
    const { config, certifiedKeys, vault, now } = c.var.deps;
    const encryption = encryptionMetadata(await newRequestKey(vault, now()));
    const metadata = { ...issuerMetadata(config.issuer), ...encryption };
    const signer = wants(c, jwtType) ? await certifiedKeys.signer('access') : undefined;
    const headers = { ...publicFor(3600), Vary: 'Accept' };
    if (!signer) return c.body(JSON.stringify(metadata), 200, headers);
    // OpenID4VCI 1.0 §12.2.3.
    const header = { typ: 'openidvci-issuer-metadata+jwt', x5c: signer.x5c };
    const jwt = await signJws(header, { ...metadata, sub: config.issuer, iat: now() }, signer.sign);
    return c.body(jwt, 200, { ...headers, 'Content-Type': jwtType });
  });

  routes.get(vciPaths.offer, async (c) => {
    const reference = parseHandle(c.req.param('handle'));
    const { config, offers } = c.var.deps;
    const shown = reference && (await offers(reference.id).show(reference.secret));
    if (!reference || !shown?.ok)
      return problem(c, {
        status: 404,
        reason: 'offer_unknown',
        title: 'This offer is not known, was used, or has expired',
      });
    return secretJson(c, offerDocument(config.issuer, codeOf(reference)));
  });

  routes.get(vciPaths.openOffer, (c) => {
    const document = JSON.stringify(offerDocument(c.var.deps.config.issuer, undefined));
    return c.body(document, 200, { ...publicFor(3600), 'Content-Type': 'application/json' });
  });

  routes.post(vciPaths.nonce, async (c) => secretJson(c, { c_nonce: await c.var.deps.credentialNonces.make() }));

  routes.post(vciPaths.credential, answerCredential);

  routes.post(offerPath, async (c) => {
    const body = await parseJson(c, OfferRequest, 4096);
    if (!body.ok) return body.response;
    const { deps } = c.var;
    const made = await makeOffer(
      {
        issuer: deps.config.issuer,
        offers: deps.offers,
        subjects: deps.loginSubjects,
        authenticators: deps.authenticators,
        append: (entry) => deps.loginJournal.append(entry),
        counters: deps.loginObjects,
        random: deps.random,
        now: deps.now(),
      },
      body.value,
    );
    return made.ok ? c.json(made.value, 201, { 'Cache-Control': 'no-store' }) : refuseOffer(c, made.error);
  });
  return routes;
}

const wants = (c: Context, type: string) => (c.req.header('accept') ?? '').includes(type);

async function answerCredential(c: Context<AppEnv>): Promise<Response> {
  const { deps } = c.var;
  const found = /^(bearer|dpop) ([A-Za-z0-9._~+/=-]{1,16384})$/i.exec(c.req.header('authorization') ?? '');
  if (!found?.[1] || !found[2])
    return oauthAnswer(c, 401, undefined, { 'WWW-Authenticate': 'DPoP realm="credential"' });
  const scheme = found[1].toLowerCase() === 'dpop' ? 'DPoP' : 'Bearer';
  const shown = { token: found[2], scheme, proof: c.req.header('dpop'), method: 'POST' } as const;
  const later = (work: Promise<unknown>) => c.executionCtx.waitUntil(work);
  const token = await openCredentialToken({ provider: deps.provider, offers: deps.offers }, shown, later);
  const refuseToken = async (error: OAuthError) => {
    const challenge = tokenChallenge(scheme, 'credential', error);
    const nonce = scheme === 'DPoP' ? await nonceHeader(c) : {};
    const body = JSON.stringify({ error: error.error, error_description: error.description });
    const status = error.error === 'insufficient_scope' ? 403 : 401;
    return c.body(body, status, { ...secretHeaders, ...nonce, 'WWW-Authenticate': challenge });
  };
  if (!token.ok) return refuseToken(token.error);
  const body = await readBody(c, maxCredentialRequestBytes);
  if (!body.ok) return body.response;
  const refuse = ({ error, description }: CredentialError) =>
    c.body(JSON.stringify({ error, error_description: description }), 400, secretHeaders);
  const wasEncrypted = (c.req.header('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() === jwtType;
  const opened = wasEncrypted ? await openRequest(deps.vault, body.bytes, deps.now()) : ok(body.bytes);
  if (!opened.ok)
    return refuse({ error: 'invalid_encryption_parameters', description: 'read the metadata anew and encrypt again' });
  const request = await parseCredentialRequest(opened.value, wasEncrypted);
  if (!request.ok) return refuse(request.error);
  const issued = await issueCredentials(
    {
      issuer: deps.config.issuer,
      statusUri: statusListUri(deps.config.issuer),
      keys: deps.certifiedKeys,
      nonces: deps.credentialNonces,
      people: deps.people,
      subjects: deps.loginSubjects,
      statusEntries: deps.statusEntries,
      credentials: deps.credentials,
      counters: deps.loginObjects,
      random: deps.random,
      now: deps.now(),
    },
    token.value,
    request.value,
  );
  if (issued.ok) {
    const answer = { credentials: issued.value.map(({ text }) => ({ credential: text })) };
    const { encryption } = request.value;
    if (encryption === undefined) return secretJson(c, answer);
    return c.body(await sealResponse(answer, encryption), 200, {
      ...secretHeaders,
      ...crossOrigin,
      'Content-Type': jwtType,
    });
  }
  if ('reason' in issued.error) {
    // No code of §8.3.1.2 says when: the status and its header do.
    const { reason, waitSeconds } = issued.error;
    const description = `${reason}: keep those that were issued, or come back tomorrow`;
    const body = { error: 'credential_request_denied', error_description: description };
    return c.body(JSON.stringify(body), 429, { ...secretHeaders, ...crossOrigin, 'Retry-After': String(waitSeconds) });
  }
  const { error, description } = issued.error;
  if (error === 'invalid_token') return refuseToken(issued.error);
  return refuse({ error: error as CredentialErrorCode, description });
}

const offerRefusals: Readonly<Record<OfferRefusal['reason'], readonly [401 | 403 | 409 | 410 | 422 | 429, string]>> = {
  setup_code_unknown: [403, 'This setup code is not known'],
  setup_code_expired: [410, 'This setup code is past its hour; ask for another at a service centre'],
  setup_code_used: [409, 'This setup code was used for this already'],
  wallet_unknown: [401, 'This wallet is not bound, or was removed'],
  signature_wrong: [401, 'The signature does not hold'],
  key_unusable: [422, 'This key cannot be used'],
  clock_off: [401, "The wallet's clock is too far from ours"],
  too_many_credentials: [429, 'Too many were offered today: come back tomorrow'],
  account_pending: [403, 'The account is not activated yet'],
  account_suspended: [403, 'The account is suspended'],
  account_closed: [403, 'The account is closed'],
};

function refuseOffer(c: Context, refusal: OfferRefusal): Response {
  const { reason } = refusal;
  const [status, title] = offerRefusals[reason];
  const retry = 'waitSeconds' in refusal && { headers: { 'Retry-After': String(refusal.waitSeconds) } };
  return problem(c, { status, reason, title, ...retry });
}
