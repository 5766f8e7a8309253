// The middleware and the rooms, on one screen. Rooms are mounted here and nowhere else.
import { Hono } from 'hono';
import { activationRoutes } from './activation/routes.ts';
import { appointmentRoutes } from './appointments/routes.ts';
import { breachedRoutes } from './authn/breached-routes.ts';
import { logoRoutes } from './clients/logo-routes.ts';
import { registrationRoutes } from './clients/registration-routes.ts';
import { clientRoutes } from './clients/routes.ts';
import { moveAccountRoutes } from './console/move-account-routes.ts';
import { consoleRoutes } from './console/routes.ts';
import type { Deps } from './deps.ts';
import type { Env } from './env.ts';
import { faultProblem, problem } from './http/problem.ts';
import { openid4vciRoutes } from './issuer/openid4vci/routes.ts';
import { issuerRoutes } from './issuer/routes.ts';
import { kioskRoutes } from './kiosks/routes.ts';
import { fixedAnswer } from './openid/fixed-answers.ts';
import { openidRoutes } from './openid/routes.ts';
import { tokenAnswer } from './openid/token/answer-token.ts';
import { referenceRoutes } from './reference/routes.ts';
import { registryRoutes } from './registry/routes.ts';
import { type Later, verifyAnswer } from './verifier/answer-verify.ts';
import { openid4vpRoutes } from './verifier/openid4vp/routes.ts';
import { verifyPageRoutes } from './verifier/page-routes.ts';
import { verifierAdminRoutes, verifierRoutes } from './verifier/routes.ts';
import { ownAccountRoutes } from './wallet/account-routes.ts';
import { recoverRoutes } from './wallet/recover-routes.ts';
import { walletRoutes } from './wallet/routes.ts';
import { setupRoutes } from './wallet/setup-routes.ts';

/** A route finds what it needs in `c.var.deps`; `c.executionCtx.waitUntil` carries what may follow the answer. */
export type AppEnv = { Bindings: Env; Variables: { deps: Deps } };

export function createApp(depsOf: (env: Env) => Deps): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.use(async (c, next) => {
    c.set('deps', depsOf(c.env));
    await next();
  });
  // POST as well: the empty route that POST /v1/verify is measured against.
  app.on(['GET', 'POST'], '/healthz', (c) => c.text('ok'));
  app.route('/', verifierRoutes());
  app.route('/', verifierAdminRoutes());
  app.route('/', verifyPageRoutes());
  app.route('/', issuerRoutes());
  app.route('/', openid4vciRoutes());
  app.route('/', openid4vpRoutes());
  app.route('/', kioskRoutes());
  app.route('/', activationRoutes());
  app.route('/', appointmentRoutes());
  app.route('/', registryRoutes());
  app.route('/', consoleRoutes());
  app.route('/', moveAccountRoutes());
  app.route('/', clientRoutes());
  app.route('/', registrationRoutes());
  app.route('/', logoRoutes());
  app.route('/', walletRoutes());
  app.route('/', setupRoutes());
  app.route('/', ownAccountRoutes());
  app.route('/', recoverRoutes());
  app.route('/', breachedRoutes());
  app.route('/', openidRoutes());
  app.route('/', referenceRoutes());
  app.notFound((c) => problem(c, { status: 404, reason: 'not_found', title: 'There is nothing here' }));
  app.onError((error, c) => problem(c, faultProblem(error)));
  const route = app.fetch;
  app.fetch = (request, env, context) => {
    if (!env) return route(request, env, context);
    const answered = plainAnswer(
      request,
      () => depsOf(env as Env),
      (work) => context?.waitUntil(work),
    );
    return answered ?? route(request, env, context);
  };
  return app;
}

/** What is asked for most is answered before the framework, at its bare address; undefined for everything else. */
function plainAnswer(request: Request, deps: () => Deps, later: Later): Response | Promise<Response> | undefined {
  // Each is made anew by the platform when it is asked for: once for all.
  const { method, url } = request;
  const at = url.slice(url.indexOf('/', 8));
  switch (method) {
    case 'GET':
      return fixedAnswer(at, deps);
    case 'POST':
      return verifyAnswer(at, request, deps, later) ?? tokenAnswer(at, request, deps, later);
    default:
      return undefined;
  }
}
