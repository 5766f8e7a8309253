// The provider's HTTP that is not a client's machine or the login page: metadata, keys, /authorize, /userinfo.

import { type Context, Hono } from 'hono';
import type { AppEnv } from '../app.ts';
import { networkOf } from '../http/network.ts';
import {
  crossOrigin,
  nonceHeader,
  oauthAnswer,
  preflight,
  publicFor,
  secretHeaders,
  secretJson,
  tokenChallenge,
} from './answers.ts';
import { authorize, loginLifetimeSeconds } from './authorize/authorize.ts';
import { type Params, paramsOf } from './authorize/request.ts';
import { backchannelRoutes } from './backchannel/routes.ts';
import { keptCookiesBack, sendOnFromHere } from './cross-site-form.ts';
import { deviceRoutes } from './device/routes.ts';
import { discoveryText, paths } from './discovery.ts';
import { facadeRoutes } from './facade/routes.ts';
import { jwksText } from './fixed-answers.ts';
import { formParams, hostCookie, readHostCookie } from './http.ts';
import {
  interactionRoutes,
  later,
  localeOf,
  loginCookie,
  problemPage,
  sendReply,
  sessionCookieName,
} from './interaction/routes.ts';
import { oauthError } from './oauth-error.ts';
import { sessionRoutes } from './session/routes.ts';
import { tokenRoutes } from './token/routes.ts';
import { type ShownToken, userinfo } from './userinfo.ts';

export function openidRoutes(): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();

  for (const path of [paths.discovery, paths.oauthMetadata, paths.jwks, paths.userinfo])
    routes.options(path, preflight);
  const discovery = (c: Context<AppEnv>) => c.body(discoveryText(c.var.deps.config.issuer), 200, publicFor(3600));
  routes.get(paths.discovery, discovery);
  routes.get(paths.oauthMetadata, discovery);
  routes.get(paths.jwks, async (c) => {
    return c.body(jwksText(await c.var.deps.keyRing.idTokenKeys()), 200, publicFor(300));
  });

  routes.get(paths.authorize, (c) => answerAuthorize(c, paramsOf(new URL(c.req.url).searchParams)));
  routes.post(paths.authorize, async (c) => {
    const params = await formParams(c);
    if (!params) return problemPage(c, 'client_missing');
    return keptCookiesBack(c, params) ? sendOnFromHere(c, paths.authorize, params) : answerAuthorize(c, params);
  });

  routes.on(['GET', 'POST'], paths.userinfo, async (c) => {
    const shown = await tokenOf(c);
    if (shown === 'twice') {
      const twice = oauthError('invalid_request', 'show the access token once, in one way');
      return oauthAnswer(c, 400, twice, { 'WWW-Authenticate': tokenChallenge('Bearer', 'userinfo', twice) });
    }
    if (shown === undefined) return oauthAnswer(c, 401, undefined, { 'WWW-Authenticate': 'Bearer realm="userinfo"' });
    const answered = await userinfo(c.var.deps.provider, shown, later(c));
    if (answered.ok) {
      if ('claims' in answered.value) return secretJson(c, answered.value.claims);
      return c.body(answered.value.jwt, 200, { ...secretHeaders, ...crossOrigin, 'Content-Type': 'application/jwt' });
    }
    const { error } = answered.error;
    const challenge = tokenChallenge(shown.scheme, 'userinfo', answered.error);
    const headers = { 'WWW-Authenticate': challenge, ...(shown.scheme === 'DPoP' ? await nonceHeader(c) : {}) };
    return oauthAnswer(c, error === 'insufficient_scope' ? 403 : 401, answered.error, headers);
  });

  routes.route('/', tokenRoutes());
  routes.route('/', sessionRoutes());
  routes.route('/', deviceRoutes());
  routes.route('/', backchannelRoutes());
  routes.route('/', facadeRoutes());
  routes.route('/', interactionRoutes());
  return routes;
}

async function answerAuthorize(c: Context<AppEnv>, params: Params): Promise<Response> {
  const cookiesLength = c.req.header('cookie')?.length ?? 0;
  const network = () => networkOf(c.req.raw, c.var.deps.config.clientAddressHeader);
  const input = { params, sessionCookie: readHostCookie(c, sessionCookieName), cookiesLength, network };
  const outcome = await authorize(c.var.deps.provider, input, later(c));
  switch (outcome.kind) {
    case 'page':
      return problemPage(c, outcome.reason);
    case 'reply':
      return sendReply(c, outcome.reply, localeOf(c, null));
    case 'interact': {
      c.header('Set-Cookie', hostCookie(loginCookie(outcome.loginId), outcome.cookie, loginLifetimeSeconds));
      c.header('Cache-Control', 'no-store');
      return c.redirect(`/login/${outcome.loginId}`, 303);
    }
  }
}

/** RFC 6750 §2, RFC 9449 §7.1: the header, or a form field, not both; never the query. The scheme's name is not case-sensitive. */
async function tokenOf(c: Context<AppEnv>): Promise<ShownToken | 'twice' | undefined> {
  const [proof, method] = [c.req.header('dpop'), c.req.method];
  const header = /^(bearer|dpop) ([A-Za-z0-9._~+/=-]+)$/i.exec(c.req.header('authorization') ?? '');
  const scheme = header?.[1]?.toLowerCase() === 'dpop' ? 'DPoP' : 'Bearer';
  const form = method === 'POST' ? await formParams(c) : undefined;
  const token = form?.values.get('access_token');
  const beside = token !== undefined || c.req.query('access_token') !== undefined;
  if (header?.[2]) return beside ? 'twice' : { token: header[2], scheme, proof, method };
  if (form?.repeated.includes('access_token')) return 'twice';
  return token === undefined ? undefined : { token, scheme: 'Bearer', proof, method };
}
