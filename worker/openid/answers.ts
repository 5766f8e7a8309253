// How the provider's endpoints answer machines: OAuth's JSON, its headers, and who may read them across origins.

import type { Context } from 'hono';
import { stepUpChallenge } from '../../shared/assurance/step-up.ts';
import type { AppEnv } from '../app.ts';
import type { Params } from './authorize/request.ts';
import { formParams } from './http.ts';
import { type OAuthError, oauthError } from './oauth-error.ts';

/** Answers that hold secrets (RFC 6749 §5.1). */
export const secretHeaders = {
  'Content-Type': 'application/json',
  'Cache-Control': 'no-store',
  Pragma: 'no-cache',
} as const;
/** Browser applications call these themselves; no cookie counts here, so any origin may. */
export const crossOrigin = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers': 'WWW-Authenticate, DPoP-Nonce',
} as const;

export function publicFor(seconds: number) {
  return {
    'Content-Type': 'application/json',
    'Cache-Control': `public, max-age=${seconds}`,
    'Access-Control-Allow-Origin': '*',
  } as const;
}

export function secretJson(
  c: Context,
  body: unknown,
  status: 200 | 201 = 200,
  headers: Readonly<Record<string, string>> = none,
): Response {
  if (status === 200 && headers === none) return secretResponse(body);
  return c.body(JSON.stringify(body), status, { ...secretHeaders, ...crossOrigin, ...headers });
}

/** The same where no framework is on the way. */
export function secretResponse(body: unknown, headers: Readonly<Record<string, string>> = none): Response {
  if (headers === none) return new Response(JSON.stringify(body), secretAnswer);
  return new Response(JSON.stringify(body), { headers: { ...secretHeaders, ...crossOrigin, ...headers } });
}

const none: Readonly<Record<string, string>> = {};
// Made once: the constructor copies a Headers faster than it reads a record.
const secretAnswer = { headers: new Headers({ ...secretHeaders, ...crossOrigin }) };

export function oauthAnswer(
  c: Context,
  status: 400 | 401 | 403 | 405 | 429,
  error: OAuthError | undefined,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return c.body(textOf(error), status, { ...secretHeaders, ...crossOrigin, ...headers });
}

const textOf = (error: OAuthError | undefined) =>
  JSON.stringify(error ? { error: error.error, error_description: error.description } : {});

type ClientRefused = OAuthError & { readonly challenge?: boolean; readonly waitSeconds?: number };

/** RFC 6749 §5.2: 401 for client authentication, in the scheme that was tried; 400 for everything else but haste. */
function refusalOf(error: ClientRefused): {
  readonly status: 400 | 401 | 429;
  readonly challenge: Record<string, string>;
} {
  if (error.waitSeconds !== undefined) return { status: 429, challenge: { 'Retry-After': String(error.waitSeconds) } };
  if (error.error !== 'invalid_client') return { status: 400, challenge: {} };
  return { status: 401, challenge: error.challenge ? { 'WWW-Authenticate': 'Basic realm="token"' } : {} };
}

export function clientRefusal(
  c: Context,
  error: ClientRefused,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const { status, challenge } = refusalOf(error);
  return oauthAnswer(c, status, error, { ...headers, ...challenge });
}

/** The same where no framework is on the way. */
export function refusalResponse(error: ClientRefused, headers: Readonly<Record<string, string>> = {}): Response {
  const { status, challenge } = refusalOf(error);
  return new Response(textOf(error), {
    status,
    headers: { ...secretHeaders, ...crossOrigin, ...headers, ...challenge },
  });
}

/** What goes with the refusal of an access token (RFC 6750 §3, RFC 9449 §7.1, RFC 9470 §3). */
export function tokenChallenge(scheme: 'Bearer' | 'DPoP', realm: string, refused: OAuthError): string {
  if (refused.needed) return stepUpChallenge(refused.needed, scheme);
  return `${scheme} realm="${realm}", error="${refused.error}", error_description="${refused.description}"`;
}

/** The form of a client's call, or the refusal to send. */
export async function clientForm(c: Context): Promise<{ readonly params: Params } | { readonly response: Response }> {
  const params = await formParams(c);
  return params ? { params } : { response: oauthAnswer(c, 400, noForm) };
}

export const noForm = oauthError('invalid_request', 'send a form of at most 64 kB');

export async function nonceHeader(c: Context<AppEnv>): Promise<Record<string, string>> {
  return { 'DPoP-Nonce': await c.var.deps.provider.dpop.nonce() };
}

/** For every method but the one that such an endpoint has (RFC 9126 §2.3 wants these words). */
export function onlyPost(c: Context): Response {
  return oauthAnswer(c, 405, oauthError('invalid_request', 'this address takes POST'), { Allow: 'POST' });
}

/** Libraries for browsers put headers of their own into everything they send. No cookie counts here, so any origin may, with any. */
export function preflight(c: Context): Response {
  return c.body(null, 204, {
    'Access-Control-Allow-Origin': '*',
    'Access-Control-Allow-Methods': 'GET, POST',
    // The star does not stand for Authorization (Fetch, CORS-preflight fetch).
    'Access-Control-Allow-Headers': 'Authorization, Content-Type, DPoP, *',
    'Access-Control-Max-Age': '86400',
  });
}
