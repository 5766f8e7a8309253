// HTTP of online verification: POST /v1/verify for businesses (answer-verify.ts), and the authority's routes over them.
import { type Context, Hono } from 'hono';
import { exhaustive } from '../../shared/base/exhaustive.ts';
import {
  RegisterVerifierRequest,
  SetVerifierClientRequest,
  SetVerifierPolicyRequest,
  verifierAdminPaths,
  verifyBatchPath,
  verifyChallengesPath,
  verifyPath,
} from '../../shared/contract/verify.ts';
import type { AppEnv } from '../app.ts';
import { parseJson } from '../http/body.ts';
import { problem } from '../http/problem.ts';
import { type AdminEnv, requireScope } from '../http/require-scope.ts';
import { answerNewChallenge } from './answer-challenge.ts';
import { answerBatch, answerVerify } from './answer-verify.ts';
import {
  registerVerifier,
  rotateVerifierKey,
  setVerifierClient,
  setVerifierPolicy,
  setVerifierState,
} from './register-verifier.ts';

/** Plain addresses are answered before the framework (app.ts); what arrives here has a query, and gets the same answer. */
export function verifierRoutes(): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  for (const [path, answer] of [
    [verifyPath, answerVerify],
    [verifyBatchPath, answerBatch],
  ] as const) {
    app.post(path, (c) => answer(c.req.raw, c.var.deps, (work) => c.executionCtx.waitUntil(work)));
  }
  app.post(verifyChallengesPath, (c) =>
    answerNewChallenge(c.req.raw, c.var.deps, (work) => c.executionCtx.waitUntil(work)),
  );
  return app;
}

/** Businesses in one page of the list. */
const mostListed = 1_000;

export function verifierAdminRoutes(): Hono<AdminEnv> {
  const app = new Hono<AdminEnv>();
  const mayWrite = requireScope('verifiers:write');
  app.post(verifierAdminPaths.verifiers, mayWrite, async (c) => {
    const body = await parseJson(c, RegisterVerifierRequest, 10_000);
    if (!body.ok) return body.response;
    return c.json(await registerVerifier(c.var.deps, c.var.admin.actor, body.value), 201, {
      'Cache-Control': 'no-store',
    });
  });
  app.get(verifierAdminPaths.verifiers, mayWrite, async (c) => {
    const limit = Number(c.req.query('limit') ?? mostListed);
    const after = c.req.query('after');
    if (!Number.isInteger(limit) || limit < 1 || limit > mostListed)
      return problem(c, { status: 400, reason: 'bad_limit', title: `"limit" is 1 to ${mostListed}` });
    if (after !== undefined && !/^[A-Za-z0-9_-]{1,64}$/.test(after))
      return problem(c, { status: 400, reason: 'bad_after', title: '"after" is the "next" of a page' });
    const page = await c.var.deps.verifiers.list(after ?? '', limit);
    return c.json({
      verifiers: page.map(({ id, name, policy, state, createdAt }) => ({ id, name, policy, state, createdAt })),
      next: page.length === limit ? page.at(-1)?.id : undefined,
    });
  });
  for (const [path, state] of [
    [verifierAdminPaths.suspend, 'suspended'],
    [verifierAdminPaths.resume, 'active'],
  ] as const) {
    app.post(path, mayWrite, async (c) => {
      const changed = await setVerifierState(c.var.deps, c.var.admin.actor, c.req.param('id') ?? '', state);
      return changed.ok ? c.json(changed.value) : unknownVerifier(c);
    });
  }
  app.post(verifierAdminPaths.rotateKey, mayWrite, async (c) => {
    const rotated = await rotateVerifierKey(c.var.deps, c.var.admin.actor, c.req.param('id') ?? '');
    return rotated.ok ? c.json(rotated.value, 200, { 'Cache-Control': 'no-store' }) : unknownVerifier(c);
  });
  app.get(verifierAdminPaths.policy, mayWrite, async (c) => {
    const found = await c.var.deps.verifiers.find(c.req.param('id') ?? '');
    return found ? c.json({ policy: found.policy }) : unknownVerifier(c);
  });
  app.put(verifierAdminPaths.policy, mayWrite, async (c) => {
    const body = await parseJson(c, SetVerifierPolicyRequest, 4_000);
    if (!body.ok) return body.response;
    const set = await setVerifierPolicy(c.var.deps, c.var.admin.actor, c.req.param('id') ?? '', body.value);
    return set.ok ? c.json(set.value) : unknownVerifier(c);
  });
  app.put(verifierAdminPaths.client, mayWrite, async (c) => {
    const body = await parseJson(c, SetVerifierClientRequest, 1_000);
    if (!body.ok) return body.response;
    const id = c.req.param('id') ?? '';
    const set = await setVerifierClient(c.var.deps, c.var.admin.actor, id, body.value.clientId);
    if (set.ok) return c.json(set.value);
    const { reason } = set.error;
    switch (reason) {
      case 'verifier_unknown':
        return unknownVerifier(c);
      case 'client_unknown':
        return problem(c, { status: 404, reason, title: 'There is no such client' });
      case 'client_taken':
        return problem(c, { status: 409, reason, title: 'This client speaks for another business' });
      default:
        return exhaustive(reason);
    }
  });
  return app;
}

function unknownVerifier(c: Context): Response {
  return problem(c, { status: 404, reason: 'verifier_unknown', title: 'There is no such business' });
}
