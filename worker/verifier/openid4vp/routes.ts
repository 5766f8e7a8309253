// OpenID4VP over HTTP: the business's side (key or token, caller.ts), the request object, and where wallets answer.

import { type Context, Hono } from 'hono';
import { decodeBase64Url } from '../../../shared/bytes/base64url.ts';
import { decodeUtf8 } from '../../../shared/bytes/text.ts';
import { PresentationRequest, type PresentationResult, presentationPath } from '../../../shared/contract/openid4vp.ts';
import { presentationPolicy } from '../../../shared/sd-jwt/verify.ts';
import { StatusLists } from '../../../shared/trust/status-source.ts';
import type { AppEnv } from '../../app.ts';
import type { Deps } from '../../deps.ts';
import { parseJson, readBody } from '../../http/body.ts';
import { networkOf } from '../../http/network.ts';
import { problem } from '../../http/problem.ts';
import { entryText } from '../../journal/entry.ts';
import { parseHandle } from '../../logins/handle.ts';
import { preflight, secretHeaders, secretJson } from '../../openid/answers.ts';
import type { Verifier } from '../verifier.ts';
import {
  type BeginRefusal,
  beginPresentation,
  mayBeShown,
  responseUriOf,
  sealedPlace,
  secretsOf,
} from './begin-presentation.ts';
import { answeredOnce, callerOf, costs } from './caller.ts';
import { maxResponseBytes, type ReceiveNeeds, type ReceiveRefusal, receiveResponse } from './receive-response.ts';
import { requestObjectType, signRequestObject, vpPaths } from './request-object.ts';

export function openid4vpRoutes(): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();
  routes.options(vpPaths.request, preflight);
  routes.options(vpPaths.response, preflight);

  routes.post(presentationPath, async (c) => {
    const caller = await callerOf(c, costs.begin);
    if (caller instanceof Response) return caller;
    const body = await parseJson(c, PresentationRequest, 32_768);
    if (!body.ok) return body.response;
    const { config, presentations, presentationIds: ids, certifiedKeys: keys, vault, random, now } = c.var.deps;
    const needs = { issuer: config.issuer, presentations, ids, keys, vault, random, now: now() };
    return answeredOnce(c, caller, body.bytes, async () => {
      const begun = await beginPresentation(needs, caller, body.value);
      return begun.ok ? JSON.stringify(begun.value) : refuse(c, begun.error);
    });
  });

  routes.get(`${presentationPath}/:id`, answerOutcome);
  routes.get(vpPaths.request, (c) => answerRequest(c, 0));
  routes.post(vpPaths.request, (c) => answerRequest(c, 8192));
  routes.post(vpPaths.response, answerResponse);
  return routes;
}

const refusals: Readonly<Record<BeginRefusal['reason'], readonly [403 | 422 | 503, string]>> = {
  query_malformed: [422, 'This DCQL query is not understood'],
  type_unknown: [422, 'This type of credential is not issued here'],
  claim_not_allowed: [403, 'This business may not ask for this claim'],
  no_request_key: [503, 'There is no key to sign requests with yet'],
};

function refuse(c: Context, error: BeginRefusal): Response {
  const [status, title] = refusals[error.reason];
  return problem(c, { status, reason: error.reason, title, ...('detail' in error ? { detail: error.detail } : {}) });
}

/** Seconds that this caller's network must wait. SECURITY: whoever comes without a key is counted before anything is read or woken. */
function networkWaits(c: Context<AppEnv>): number | Promise<number> {
  const { config, walletNetworks } = c.var.deps;
  const later = (work: Promise<unknown>) => c.executionCtx.waitUntil(work);
  return walletNetworks.take(networkOf(c.req.raw, config.clientAddressHeader), 1, later);
}

function refuseOften(c: Context, reason: 'network_asks_often' | 'too_many_tries', waitSeconds?: number): Response {
  if (waitSeconds !== undefined) c.header('Retry-After', String(waitSeconds));
  c.header('Access-Control-Allow-Origin', '*');
  const title =
    reason === 'too_many_tries' ? 'This request was asked for too often' : 'Wait: this network asks too often';
  return problem(c, { status: 429, reason, title });
}

/** `maxBytes`: of the form that a POST brings, with the wallet's nonce. */
async function answerRequest(c: Context<AppEnv>, maxBytes: number): Promise<Response> {
  const waitSeconds = await networkWaits(c);
  if (waitSeconds > 0) return refuseOften(c, 'network_asks_often', waitSeconds);
  const form = maxBytes > 0 ? await formOf(c, maxBytes) : undefined;
  if (form instanceof Response) return form;
  const walletNonce = form?.get('wallet_nonce')?.slice(0, 200);
  const { config, presentations, presentationIds, certifiedKeys, now } = c.var.deps;
  const named = parseHandle(c.req.param('handle') ?? '');
  const handle = named && (await presentationIds.isOurs(named.id)) ? named : undefined;
  const shown = handle && (await presentations(handle.id).show(handle.secret));
  if (shown?.ok === false && shown.error.reason === 'too_many_tries') return refuseOften(c, shown.error.reason);
  const signer = shown?.ok && shown.value.signed ? await certifiedKeys.signer('access') : undefined;
  if (!handle || !shown?.ok || !signer) {
    const title = 'This request is not known, was answered, or has expired';
    return problem(c, { status: 404, reason: 'request_unknown', title });
  }
  const { expiresAt } = shown.value;
  const live = {
    responseUri: responseUriOf(config.issuer, handle.id),
    ...secretsOf(handle),
    now: now(),
    expiresAt,
    walletNonce,
  };
  const jwt = await signRequestObject(shown.value, live, signer);
  return c.body(jwt, 200, {
    ...secretHeaders,
    'Content-Type': `application/${requestObjectType}`,
    'Access-Control-Allow-Origin': '*',
  });
}

async function answerResponse(c: Context<AppEnv>): Promise<Response> {
  const waitSeconds = await networkWaits(c);
  if (waitSeconds > 0) {
    c.header('Retry-After', String(waitSeconds));
    return refuseAnswer(c, 'network_asks_often');
  }
  const id = c.req.param('id') ?? '';
  const form = await formOf(c, maxResponseBytes);
  if (form instanceof Response) return form;
  const received = (await c.var.deps.presentationIds.isOurs(id))
    ? await receiveResponse(receiveNeeds(c), id, form)
    : ({ ok: false, error: { reason: 'request_unknown' } } as const);
  if (received.ok) {
    const { redirectUri } = received.value;
    return secretJson(c, redirectUri === undefined ? {} : { redirect_uri: redirectUri });
  }
  return refuseAnswer(c, received.error.reason);
}

/** 429 where it is how often it was tried, and not what was sent. */
function refuseAnswer(c: Context, reason: ReceiveRefusal['reason'] | 'network_asks_often'): Response {
  const often = reason === 'network_asks_often' || reason === 'too_many_tries';
  const body = { error: 'invalid_request', error_description: reason };
  return c.body(JSON.stringify(body), often ? 429 : 400, { ...secretHeaders, 'Access-Control-Allow-Origin': '*' });
}

function receiveNeeds(c: Context<AppEnv>): ReceiveNeeds {
  const { deps } = c.var;
  const later = (work: Promise<unknown>) => c.executionCtx.waitUntil(work);
  return {
    presentations: deps.presentations,
    vault: deps.vault,
    trust: async () => {
      const lists = await deps.verification.lists.current(later);
      const ageOf = (issuedAt: number | undefined) =>
        issuedAt === undefined ? null : Math.max(0, deps.now() - issuedAt);
      return {
        anchors: await deps.certifiedKeys.authorities('sdjwt'),
        isWithdrawn: await deps.certifiedKeys.withdrawn('sdjwt'),
        issuer: deps.config.issuer,
        // Without lists every verdict is undecided: nothing is known against it, but nothing can be told.
        status: lists ? deps.verification.onlineChunks.beside(lists) : new StatusLists(),
        ages: { trustListSeconds: ageOf(lists?.trustIssuedAt), statusListSeconds: ageOf(lists?.statusIssuedAt) },
      };
    },
    statusUri: deps.verification.statusListUri,
    policyOf: async (verifierId) => {
      const maxAgeSeconds = (await deps.verification.callers.find(verifierId, later))?.policy.maxListAgeSeconds;
      const { status } = presentationPolicy;
      return { ...presentationPolicy, status: { ...status, maxAgeSeconds: maxAgeSeconds ?? status.maxAgeSeconds } };
    },
    receiptSigner: async () => deps.verification.signer.current(later),
    append: (entry) => deps.verification.journal.add(entryText(entry), later),
    show: (showings) => deps.verification.showings.add(showings, later),
    random: deps.random,
    now: deps.now(),
  };
}

async function formOf(c: Context, maxBytes: number): Promise<ReadonlyMap<string, string> | Response> {
  const body = await readBody(c, maxBytes);
  if (!body.ok) return body.response;
  const text = decodeUtf8(body.bytes);
  return text.ok
    ? new Map(new URLSearchParams(text.value))
    : problem(c, { status: 400, reason: 'bad_form', title: 'The body is not a form in UTF-8' });
}

async function answerOutcome(c: Context<AppEnv>): Promise<Response> {
  const caller = await callerOf(c, costs.look);
  if (caller instanceof Response) return caller;
  const { presentations, presentationIds, vault } = c.var.deps;
  const id = c.req.param('id') ?? '';
  const responseCode = c.req.query('response_code') ?? null;
  const isOurs = await presentationIds.isOurs(id);
  const found = isOurs ? await presentations(id).outcome({ verifierId: caller.id, responseCode }) : undefined;
  if (!found?.ok) {
    const wrongCode = found?.error.reason === 'response_code_wrong';
    const title = wrongCode
      ? "The person's browser brings a response_code"
      : 'There is no such request, or it has expired';
    const reason = found?.error.reason ?? 'presentation_unknown';
    return problem(c, { status: wrongCode ? 403 : 404, reason, title });
  }
  const { phase, outcome } = found.value;
  const result: PresentationResult = {
    state: phase,
    ...(outcome === null ? {} : { credentials: await openOutcome(vault, id, outcome, caller) }),
  };
  return c.json(result, 200, { 'Cache-Control': 'no-store' });
}

async function openOutcome(
  vault: Pick<Deps['vault'], 'openWithMaster'>,
  id: string,
  outcome: string,
  caller: Verifier,
): Promise<NonNullable<PresentationResult['credentials']>> {
  const sealed = decodeBase64Url(outcome);
  const bytes = sealed.ok ? await vault.openWithMaster(sealedPlace(id, 'outcome'), sealed.value) : sealed;
  const text = bytes.ok ? decodeUtf8(bytes.value) : bytes;
  if (!text.ok) throw new Error(`an outcome does not open: ${text.error.reason}`);
  const credentials = JSON.parse(text.value) as NonNullable<PresentationResult['credentials']>;
  // SECURITY: by the policy as it stands now: what was narrowed since the wallet was asked is not told any more.
  const nowAllowed = (claims: Readonly<Record<string, unknown>>) =>
    Object.fromEntries(Object.entries(claims).filter(([path]) => mayBeShown(path.split('.')[0] ?? '', caller)));
  return Object.fromEntries(
    Object.entries(credentials).map(([name, { claims, ...shown }]) => [
      name,
      claims === undefined ? shown : { ...shown, claims: nowAllowed(claims) },
    ]),
  );
}
