// GET or POST /authorize: checks, then an existing session answers or a person is asked. Says what to do; routes.ts does it.

import { levelOfAcr } from '../../../shared/assurance/level.ts';
import type { SubjectId } from '../../../shared/base/brands.ts';
import { acceptsAmr, type Client, mayBeSentTo } from '../../clients/client.ts';
import { hashSecret, newLoginId, newSecret, parseHandle } from '../../logins/handle.ts';
import type { BeginInput } from '../../logins/interaction-rules.ts';
import type { Authentication, Json } from '../../logins/login-record.ts';
import type { SessionRecord } from '../../logins/session-rules.ts';
import { networkIsBusy, type OAuthError, oauthError } from '../oauth-error.ts';
import type { Later, Provider } from '../provider.ts';
import { findSession } from '../session/find-session.ts';
import type { HeldLogin } from '../unbegun-login.ts';
import { type Asked, firstRefusal, type PageReason, requestOf } from './checks.ts';
import { issueCode, judge } from './finish.ts';
import { hintedSubOf } from './hint.ts';
import { requestUriPrefix } from './push.ts';
import { type AuthorizationRequest, type Params, type ResponseMode, responseModeOf, satisfies } from './request.ts';
import { openRequestObject } from './request-object.ts';

/** Seconds a person may take from the first page to the code. */
export const loginLifetimeSeconds = 600;

/** What goes back to the relying party: a code, or an error. */
export type Reply = {
  readonly redirectUri: string;
  readonly responseMode: ResponseMode;
  readonly state: string | null;
  readonly answer: { readonly code: string } | OAuthError;
};

export type Outcome =
  | { readonly kind: 'page'; readonly reason: PageReason }
  | { readonly kind: 'reply'; readonly reply: Reply }
  /** `cookie`: what the browser holds the login with. */
  | { readonly kind: 'interact'; readonly loginId: string; readonly cookie: string };

export function replyTo(request: AuthorizationRequest, answer: Reply['answer']): Reply {
  const { redirectUri, responseMode, state } = request;
  return { redirectUri, responseMode, state, answer };
}

function replyOf(request: AuthorizationRequest, answer: Reply['answer']): Outcome {
  return { kind: 'reply', reply: replyTo(request, answer) };
}

export type AuthorizeInput = Cookies & { readonly params: Params };
/** What the browser sends: its session, how long all its cookies are, and whence (hashed). */
type Cookies = {
  readonly sessionCookie: string | undefined;
  readonly cookiesLength: number;
  readonly network: () => string;
};

export async function authorize(provider: Provider, input: AuthorizeInput, later: Later): Promise<Outcome> {
  const client = await provider.clients.find(input.params.values.get('client_id') ?? '', later);
  const requestUri = input.params.values.get('request_uri') ?? '';
  if (client?.state === 'active' && requestUri.startsWith(requestUriPrefix))
    return takeUp(provider, client, requestUri.slice(requestUriPrefix.length), input, later);
  const object = input.params.values.get('request');
  let { params } = input;
  if (client?.state === 'active' && object !== undefined && client.policy.profile === 'default') {
    const opened = await openRequestObject(provider, client, object, 'authorization');
    // What is outside an object that does not hold may only tell where to say so.
    if (opened.ok) params = client.metadata.require_signed_request_object ? opened.value : merged(opened.value, params);
    if (!opened.ok) {
      const refusal = firstRefusal({
        issuer: provider.issuer,
        params: without(params, 'request'),
        client,
        pushed: false,
        signed: true,
      });
      if (refusal?.stage === 'page') return { kind: 'page', reason: refusal.reason };
      return { kind: 'reply', reply: outerReply(params, opened.error) };
    }
  }
  const signed = params !== input.params;
  const asked: Asked = { issuer: provider.issuer, params, client, pushed: false, signed };
  const refusal = firstRefusal(asked);
  if (refusal?.stage === 'page') return { kind: 'page', reason: refusal.reason };
  if (!client) return { kind: 'page', reason: 'client_unknown' };
  if (refusal) {
    return { kind: 'reply', reply: outerReply(params, refusal) };
  }
  const hinted = await hintedSubOf(provider, params.values.get('id_token_hint'));
  const request = requestOf(asked, client, hinted.ok ? hinted.value : null);
  if (!hinted.ok) return replyOf(request, hinted.error);
  const loginHint = await provider.loginHints.seal(request.loginHint, client.id);
  return begin(provider, { client, request: { ...request, loginHint }, cookies: input }, later);
}

/** The client's own mistake, before the request is one: to the redirect URI, which has been checked. */
function outerReply(params: Params, error: OAuthError): Reply {
  const { values } = params;
  const responseMode = responseModeOf(values.get('response_mode'));
  // A repeated state is nobody's: it is not sent back.
  const state = params.repeated.includes('state') ? null : (values.get('state') ?? null);
  return { redirectUri: values.get('redirect_uri') ?? '', responseMode, state, answer: error };
}

/** OpenID Connect §6.1 lets these come from outside; where the client must sign, only the object's parameters count (RFC 9101 §6.3). */
function merged(object: Params, outside: Params): Params {
  const values = new Map(object.values);
  for (const name of ['response_type', 'scope', 'redirect_uri']) {
    const value = outside.values.get(name);
    if (!values.has(name) && value !== undefined) values.set(name, value);
  }
  return { values, repeated: [] };
}

function without(params: Params, name: string): Params {
  const values = new Map(params.values);
  values.delete(name);
  return { ...params, values };
}

/** A pushed request (RFC 9126 §4): everything that counts came with the push. */
async function takeUp(
  provider: Provider,
  client: Client,
  text: string,
  cookies: Cookies,
  later: Later,
): Promise<Outcome> {
  const handle = parseHandle(text);
  if (!handle) return { kind: 'page', reason: 'request_uri_unknown' };
  const holderSecret = newSecret(provider.random);
  const taken = await provider.objects.login(handle.id).takeUp({
    secret: handle.secret,
    clientId: client.id,
    holderHash: hashSecret(holderSecret),
    expiresAt: provider.now() + loginLifetimeSeconds,
  });
  // SECURITY: nothing outside the push is believed, so there is nowhere to send a refusal to.
  if (!taken.ok) return { kind: 'page', reason: 'request_uri_unknown' };
  const request = taken.value as unknown as AuthorizationRequest;
  // It was registered when it was pushed.
  if (!mayBeSentTo(client, request.redirectUri)) return { kind: 'page', reason: 'redirect_uri_not_registered' };
  return begin(provider, { client, request, cookies, held: { loginId: handle.id, holderSecret } }, later);
}

type Begin = {
  readonly client: Client;
  readonly request: AuthorizationRequest;
  readonly cookies: Cookies;
  /** Of a pushed request; otherwise a login is begun here. */
  readonly held?: HeldLogin;
};

async function begin(provider: Provider, input: Begin, later: Later): Promise<Outcome> {
  const { client, request, cookies } = input;
  const session = await findSession(provider, cookies.sessionCookie);
  const silent = request.prompt.includes('none');
  const usable = session !== undefined && answers(session, request, client, provider.now(), silent);
  if (silent && !usable) return replyOf(request, oauthError('login_required', 'nobody is logged in who would do'));
  const held = input.held ?? newLogin(provider, client, request);
  if (!usable) return interact(provider, held, cookies, later);

  const authentication = authenticationOf(session);
  const object = provider.objects.login(held.loginId, held.start);
  const finishing = { ...held, object, client, request, authentication, kind: 'code', given: null } as const;
  const judged = await judge(provider, finishing);
  if (judged.kind === 'refused')
    // Somebody else, or less than is needed, is logged in: a person may still put that right, unless nobody may be asked.
    return silent ? replyOf(request, judged.error) : interact(provider, held, cookies, later);
  if (judged.kind === 'consent') {
    if (held.start)
      return interact(
        provider,
        { ...held, start: { ...held.start, phase: 'authenticated', authentication } },
        cookies,
        later,
      );
    // Should the login have moved on without us, its page says so.
    await object.authenticate(held.holderSecret, authentication);
    return interact(provider, held, cookies, later);
  }
  const issued = await issueCode(provider, finishing, judged, later);
  if (issued.kind === 'code') return replyOf(request, { code: issued.code });
  return silent
    ? replyOf(request, oauthError('login_required', 'the session has ended'))
    : interact(provider, held, cookies, later);
}

function newLogin(
  provider: Provider,
  client: Client,
  request: AuthorizationRequest,
): HeldLogin & { readonly start: BeginInput } {
  const holderSecret = newSecret(provider.random);
  const start: BeginInput = {
    kind: 'code',
    phase: 'interacting',
    clientId: client.id,
    request: request as unknown as Json,
    holderHash: hashSecret(holderSecret),
    pollHash: null,
    requestUriHash: null,
    expiresAt: provider.now() + loginLifetimeSeconds,
  };
  return { loginId: newLoginId(provider.random), holderSecret, start };
}

/** A person is asked. What nobody has acted in goes with the browser; where it does not fit, it is begun. */
async function interact(
  provider: Provider,
  held: HeldLogin,
  { cookiesLength, network }: Cookies,
  later: Later,
): Promise<Outcome> {
  const { loginId, holderSecret, start } = held;
  const cookie = start && (await provider.unbegun.cookieOf({ loginId, holderSecret, start }, cookiesLength));
  if (start && cookie === undefined) {
    const waitSeconds = await provider.networks.logins.take(network(), 1, later);
    if (waitSeconds > 0) return replyOf(start.request as unknown as AuthorizationRequest, networkIsBusy(waitSeconds));
    await provider.objects.login(loginId).begin(start);
  }
  return { kind: 'interact', loginId, cookie: cookie ?? holderSecret };
}

/** Whether a session may answer without the person: not asked to log in anew, fresh enough, sure enough (§3.1.2.3). */
function answers(
  session: SessionRecord,
  request: AuthorizationRequest,
  client: Client,
  now: number,
  silent: boolean,
): boolean {
  if (request.prompt.includes('login') || request.prompt.includes('select_account')) return false;
  // 0 asks anew whatever the clock says (OpenID Connect Core §3.1.2.1).
  if (request.maxAge === 0) return false;
  if (request.maxAge !== null && now - session.authTime > request.maxAge) return false;
  const { sessionSeconds } = client.policy;
  if (sessionSeconds !== undefined && now - session.authTime > sessionSeconds) return false;
  if (!acceptsAmr(client.policy, session.amr)) return false;
  const level = levelOfAcr(session.acr);
  // A level that is only preferred is stepped up to where the person may be asked: it costs one page.
  const must = request.essential || (!silent && request.wanted.length > 0);
  return level !== undefined && satisfies(level, request.wanted, must, client.policy.minLevel);
}

export function authenticationOf(session: SessionRecord): Authentication {
  const { acr, amr, authTime } = session;
  return { subject: session.subject as SubjectId, acr, amr, authTime, sessionId: session.id, fromSession: true };
}
