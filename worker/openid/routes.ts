// The provider's HTTP: parse, call one act, write the answer in OAuth's words.

import { type Context, Hono } from 'hono';
import type { AppEnv } from '../app.ts';
import { authorize, loginLifetimeSeconds } from './authorize/authorize.ts';
import { type Params, paramsOf } from './authorize/request.ts';
import { discoveryDocument, paths } from './discovery.ts';
import { formParams, hostCookie, readHostCookie } from './http.ts';
import { later, localeOf, loginCookie, problemPage, sendReply, sessionCookieName } from './interaction/routes.ts';
import type { OAuthError } from './oauth-error.ts';
import { token } from './token/token.ts';
import { userinfo } from './userinfo.ts';

const publicFor = (seconds: number) => ({
  'Content-Type': 'application/json',
  'Cache-Control': `public, max-age=${seconds}`,
  'Access-Control-Allow-Origin': '*',
});
/** Answers that hold secrets (RFC 6749 §5.1). */
const secretHeaders = { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', Pragma: 'no-cache' } as const;
/** Browser applications call these themselves; no cookie counts here, so any origin may. */
const crossOrigin = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers': 'WWW-Authenticate, DPoP-Nonce',
} as const;

export function openidRoutes(): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();

  const discovery = (c: Context<AppEnv>) =>
    c.body(discoveryDocument(c.var.deps.config.issuer).slice(), 200, publicFor(3600));
  routes.get(paths.discovery, discovery);
  routes.get(paths.oauthMetadata, discovery);
  routes.get(paths.jwks, async (c) => {
    const { published } = await c.var.deps.keyRing.idTokenKeys();
    return c.body(JSON.stringify({ keys: published.map((key) => key.jwk) }), 200, publicFor(300));
  });

  routes.get(paths.authorize, (c) => answerAuthorize(c, paramsOf(new URL(c.req.url).searchParams)));
  routes.post(paths.authorize, async (c) => {
    const params = await formParams(c);
    return params ? answerAuthorize(c, params) : problemPage(c, 'client_missing');
  });

  for (const path of [paths.token, paths.userinfo]) routes.options(path, preflight);

  routes.post(paths.token, async (c) => {
    const params = await formParams(c);
    if (!params) return oauthAnswer(c, 400, { error: 'invalid_request', description: 'send a form of at most 64 kB' });
    const answered = await token(
      c.var.deps.provider,
      { params, authorization: c.req.header('authorization') },
      later(c),
    );
    if (answered.ok) return c.body(JSON.stringify(answered.value), 200, { ...secretHeaders, ...crossOrigin });
    const { error } = answered;
    if (error.error !== 'invalid_client') return oauthAnswer(c, 400, error);
    const challenge =
      'challenge' in error && error.challenge ? { 'WWW-Authenticate': 'Basic realm="token"' } : undefined;
    return oauthAnswer(c, 401, error, challenge);
  });

  const answerUserinfo = async (c: Context<AppEnv>) => {
    const found = await bearerOf(c);
    if (found === undefined) return oauthAnswer(c, 401, undefined, { 'WWW-Authenticate': 'Bearer realm="userinfo"' });
    const answered = await userinfo(c.var.deps.provider, found);
    if (answered.ok) return c.body(JSON.stringify(answered.value), 200, { ...secretHeaders, ...crossOrigin });
    const { error, description } = answered.error;
    const challenge = `Bearer realm="userinfo", error="${error}", error_description="${description}"`;
    return oauthAnswer(c, error === 'insufficient_scope' ? 403 : 401, answered.error, {
      'WWW-Authenticate': challenge,
    });
  };
  routes.get(paths.userinfo, answerUserinfo);
  routes.post(paths.userinfo, answerUserinfo);

  return routes;
}

async function answerAuthorize(c: Context<AppEnv>, params: Params): Promise<Response> {
  const input = { params, sessionCookie: readHostCookie(c, sessionCookieName) };
  const outcome = await authorize(c.var.deps.provider, input, later(c));
  switch (outcome.kind) {
    case 'page':
      return problemPage(c, outcome.reason);
    case 'reply':
      return sendReply(c, outcome.reply, localeOf(c, null));
    case 'interact': {
      c.header('Set-Cookie', hostCookie(loginCookie(outcome.loginId), outcome.holderSecret, loginLifetimeSeconds));
      c.header('Cache-Control', 'no-store');
      return c.redirect(`/login/${outcome.loginId}`, 303);
    }
  }
}

/** RFC 6750 §2: the header, or a form field; never the query. */
async function bearerOf(c: Context<AppEnv>): Promise<string | undefined> {
  const header = /^bearer ([A-Za-z0-9._~+/=-]+)$/i.exec(c.req.header('authorization') ?? '');
  if (header) return header[1];
  return c.req.method === 'POST' ? (await formParams(c))?.values.get('access_token') : undefined;
}

function preflight(c: Context<AppEnv>): Response {
  return c.body(null, 204, {
    'Access-Control-Allow-Origin': '*',
    'Access-Control-Allow-Methods': 'GET, POST',
    'Access-Control-Allow-Headers': 'Authorization, Content-Type, DPoP',
    'Access-Control-Max-Age': '86400',
  });
}

function oauthAnswer(
  c: Context<AppEnv>,
  status: 400 | 401 | 403,
  error: OAuthError | undefined,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const body = error ? JSON.stringify({ error: error.error, error_description: error.description }) : '{}';
  return c.body(body, status, { ...secretHeaders, ...crossOrigin, ...headers });
}
