// The door of every /v1/admin route: who calls, and whether the token may do this. Refusals are journalled by code only.
import { createMiddleware } from 'hono/factory';
import type { AppEnv } from '../app.ts';
import { type Admin, authenticateAdmin } from '../console/auth.ts';
import type { AdminScope } from '../console/scopes.ts';
import { problem } from './problem.ts';

/** Routes behind requireScope find the caller in `c.var.admin`: `new Hono<AdminEnv>()`. */
export type AdminEnv = { Bindings: AppEnv['Bindings']; Variables: AppEnv['Variables'] & { admin: Admin } };

/** Of anything that is named in an address: a client's is 64 characters at the most, a hash 43. */
const longestId = 100;

/** 401 without a token that counts (RFC 6750 §3.1), 403 for a token without the scope; `or`: each of these will do as well. */
export function requireScope(scope: AdminScope, ...or: readonly AdminScope[]) {
  const enough = [scope, ...or];
  return createMiddleware<AdminEnv>(async (c, next) => {
    const { adminTokens, config, now, journal } = c.var.deps;
    const needs = { tokens: adminTokens, bootstrapSha256: config.adminTokenSha256, now };
    const admin = await authenticateAdmin(needs, c.req.header('authorization'));
    if (!admin.ok) {
      const title =
        admin.error.reason === 'token_missing' ? 'Send an administrator token' : 'This token does not count';
      const missing = admin.error.reason === 'token_missing';
      return problem(c, {
        status: 401,
        reason: admin.error.reason,
        title,
        headers: {
          'WWW-Authenticate': missing ? 'Bearer realm="admin"' : 'Bearer realm="admin", error="invalid_token"',
        },
      });
    }
    if (!admin.value.scopes.some((held) => enough.includes(held))) {
      await journal.append({
        at: now(),
        event: 'admin.refused',
        actor: admin.value.actor,
        detail: { reason: 'scope_missing', scope },
      });
      return problem(c, {
        status: 403,
        reason: 'scope_missing',
        title: 'This token may not do that',
        detail: `it needs the scope ${enough.join(' or ')}`,
        headers: { 'WWW-Authenticate': `Bearer realm="admin", error="insufficient_scope", scope="${scope}"` },
      });
    }
    // Every act writes down what it was about, and a line of the journal is short: what no id can be is nothing here.
    if (c.req.path.split('/').some((part) => part.length > longestId))
      return problem(c, { status: 404, reason: 'not_found', title: 'There is nothing here' });
    c.set('admin', admin.value);
    await next();
    if (c.req.method !== 'GET') c.executionCtx.waitUntil(journal.handOnSoon(now() * 1000));
    return undefined;
  });
}
