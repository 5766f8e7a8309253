// Endpoints that a client's machine calls and proves itself at: token, pushed requests, introspection, revocation.

import { type Context, Hono } from 'hono';
import type { AppEnv } from '../../app.ts';
import { networkOf } from '../../http/network.ts';
import {
  clientForm,
  clientRefusal,
  nonceHeader,
  oauthAnswer,
  onlyPost,
  preflight,
  secretHeaders,
  secretJson,
} from '../answers.ts';
import { push } from '../authorize/push.ts';
import { paths } from '../discovery.ts';
import { later } from '../interaction/routes.ts';
import { answerToken } from './answer-token.ts';
import { introspect, introspectionJwt, revoke } from './inspect.ts';

const introspectionType = 'application/token-introspection+jwt';

export function tokenRoutes(): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();
  for (const path of [paths.token, paths.par, paths.introspect, paths.revoke]) routes.options(path, preflight);

  // The plain address is answered before the framework (app.ts); this is for one with a query.
  routes.post(paths.token, (c) => answerToken(c.req.raw, () => c.var.deps, later(c)));

  routes.post(paths.par, async (c) => {
    const form = await clientForm(c);
    if ('response' in form) return form.response;
    const proved = await proofAt(c, paths.par);
    if (proved && !proved.ok) return oauthAnswer(c, 400, proved.error, await nonceHeader(c));
    const input = {
      ...form,
      authorization: c.req.header('authorization'),
      dpopJkt: proved?.ok ? proved.value : null,
      network: networkOf(c.req.raw, c.var.deps.config.clientAddressHeader),
    };
    const pushed = await push(c.var.deps.provider, input, later(c));
    return pushed.ok ? secretJson(c, pushed.value, 201) : clientRefusal(c, pushed.error);
  });

  routes.post(paths.introspect, async (c) => {
    const form = await clientForm(c);
    if ('response' in form) return form.response;
    const { provider } = c.var.deps;
    const found = await introspect(provider, { ...form, authorization: c.req.header('authorization') }, later(c));
    if (!found.ok) return clientRefusal(c, found.error);
    const { claims, caller } = found.value;
    if (!(c.req.header('accept') ?? '').includes(introspectionType))
      return c.body(JSON.stringify(claims), 200, secretHeaders);
    return c.body(await introspectionJwt(provider, claims, caller), 200, {
      ...secretHeaders,
      'Content-Type': introspectionType,
    });
  });

  routes.post(paths.revoke, async (c) => {
    const form = await clientForm(c);
    if ('response' in form) return form.response;
    const done = await revoke(c.var.deps.provider, { ...form, authorization: c.req.header('authorization') }, later(c));
    // RFC 7009 §2.2: clients look at the status alone; some insist on JSON all the same.
    return done.ok ? secretJson(c, {}) : clientRefusal(c, done.error);
  });

  for (const path of [paths.token, paths.par, paths.introspect, paths.revoke]) routes.all(path, onlyPost);
  return routes;
}

/** A DPoP proof where none is needed: checked if it is there. */
async function proofAt(c: Context<AppEnv>, path: string) {
  const proof = c.req.header('dpop');
  if (proof === undefined) return undefined;
  const { provider } = c.var.deps;
  return provider.dpop.verify({ proof, method: 'POST', url: provider.issuer + path, requireNonce: false });
}
