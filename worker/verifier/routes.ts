// HTTP of online verification: POST /v1/verify for businesses, and the authority's routes over them.
import { type Context, Hono } from 'hono';
import type { Result } from '../../shared/base/result.ts';
import { encodeBase64Url } from '../../shared/bytes/base64url.ts';
import { equalBytes } from '../../shared/bytes/equal.ts';
import {
  idempotencyHeader,
  RegisterVerifierRequest,
  verifierAdminPaths,
  verifyBatchPath,
  verifyPath,
} from '../../shared/contract/verify.ts';
import type { AppEnv } from '../app.ts';
import { parseJson, readBody } from '../http/body.ts';
import { problem } from '../http/problem.ts';
import { type AdminEnv, requireScope } from '../http/require-scope.ts';
import { parseApiKey } from './api-key.ts';
import {
  maxBatchBodyBytes,
  maxVerifyBodyBytes,
  parseVerifyBatch,
  parseVerifyRequest,
  type RequestError,
} from './parse-request.ts';
import { registerVerifier, rotateVerifierKey, setVerifierState } from './register-verifier.ts';
import type { Verifier } from './verifier.ts';
import {
  type Answered,
  type AnsweredBatch,
  type VerifyNeeds,
  type VerifyRefusal,
  verifyCode,
  verifyCodes,
} from './verify-code.ts';

const answerHeaders = { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' } as const;

export function verifierRoutes(): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.post(verifyPath, answerVerify);
  app.post(verifyBatchPath, answerBatch);
  return app;
}

/** The hot path: in the steady state it waits for two signature operations and nothing else. */
function answerVerify(c: Context<AppEnv>): Promise<Response> {
  return answerWith(c, maxVerifyBodyBytes, parseVerifyRequest, () => 1, verifyCode);
}

function answerBatch(c: Context<AppEnv>): Promise<Response> {
  return answerWith(c, maxBatchBodyBytes, parseVerifyBatch, (codes) => codes.length, verifyCodes);
}

async function answerWith<R>(
  c: Context<AppEnv>,
  maxBytes: number,
  parse: (body: Uint8Array) => Result<R, RequestError>,
  cost: (request: R) => number,
  act: (request: R, caller: Verifier, needs: VerifyNeeds) => Promise<Result<Answered | AnsweredBatch, VerifyRefusal>>,
): Promise<Response> {
  const { verification, now, credentials } = c.var.deps;
  const later = (work: Promise<unknown>) => c.executionCtx.waitUntil(work);
  const key = parseApiKey(c.req.raw.headers.get('authorization'));
  if (key === undefined) return unauthorized(c, 'key_missing', 'Send an API key as a bearer token');
  const found = verification.callers.find(key.verifierId, later);
  const caller: Verifier | undefined = found instanceof Promise ? await found : found;
  // SECURITY: one answer for an unknown business and for a wrong key of a known one.
  if (caller === undefined || !equalBytes(caller.keyHash, key.secretHash)) {
    return unauthorized(c, 'key_unknown', 'This API key is not valid');
  }
  if (caller.state !== 'active') {
    return problem(c, { status: 403, reason: 'verifier_suspended', title: 'This business is suspended' });
  }
  const body = await readBody(c, maxBytes);
  if (!body.ok) return body.response;
  const again = c.req.raw.headers.get(idempotencyHeader);
  const before = again === null ? undefined : answeredBefore(c, caller.id, again, body.value);
  if (before !== undefined) return before;
  const request = parse(body.value);
  if (!request.ok) {
    if (request.error.reason === 'bad_json') {
      return problem(c, { status: 400, reason: 'bad_json', title: 'The body is not JSON in UTF-8' });
    }
    const { pointer, detail } = request.error;
    const title = 'The body does not have the right shape';
    return problem(c, { status: 422, reason: 'bad_input', title, errors: [{ pointer, detail }] });
  }
  const waitSeconds = verification.rate.take(caller.id, cost(request.value));
  if (waitSeconds > 0) {
    const headers = { 'Retry-After': String(waitSeconds) };
    return problem(c, { status: 429, reason: 'too_many_checks', title: 'Too many checks at once', headers });
  }
  const held = verification.lists.current(later);
  const lists = held instanceof Promise ? await held : held;
  if (lists === undefined) {
    const headers = { 'Retry-After': '10' };
    return problem(c, { status: 503, reason: 'lists_not_ready', title: 'No trust list is published yet', headers });
  }
  const ready = verification.signer.current(later);
  const signer = ready instanceof Promise ? await ready : ready;
  const { ed25519, replay, statusListUri } = verification;
  // A round trip, but only for what a key signed that was stolen later.
  const wasIssued = async (hash: Uint8Array) => (await credentials.byHash(encodeBase64Url(hash))) !== undefined;
  const needs = { lists, signer, ed25519, replay, now: now(), statusListUri, wasIssued };
  const answered = await act(request.value, caller, needs);
  if (!answered.ok) {
    const title = 'This business may not check in this context';
    return problem(c, { status: 403, reason: answered.error.reason, title });
  }
  const { answer, entries, showings } = answered.value;
  for (const entry of entries) verification.journal.add(entry, later);
  verification.showings.add(showings, later);
  const text = JSON.stringify(answer);
  if (again !== null) verification.answered.keep(caller.id, again, body.value, text);
  return new Response(text, { headers: answerHeaders });
}

function answeredBefore(c: Context<AppEnv>, caller: string, key: string, body: Uint8Array): Response | undefined {
  if (!/^[\x21-\x7e]{8,64}$/.test(key)) {
    const title = 'An idempotency key has 8 to 64 visible characters';
    return problem(c, { status: 422, reason: 'bad_input', title });
  }
  const before = c.var.deps.verification.answered.find(caller, key, body);
  if (before === undefined) return undefined;
  if (before !== 'other_body') return new Response(before, { headers: answerHeaders });
  return problem(c, { status: 422, reason: 'idempotency_key_used', title: 'This key was used for another request' });
}

function unauthorized(c: Context, reason: 'key_missing' | 'key_unknown', title: string): Response {
  const headers = { 'WWW-Authenticate': reason === 'key_missing' ? 'Bearer' : 'Bearer error="invalid_token"' };
  return problem(c, { status: 401, reason, title, headers });
}

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
    const all = await c.var.deps.verifiers.list(1_000);
    return c.json({
      verifiers: all.map(({ id, name, policy, state, createdAt }) => ({ id, name, policy, state, createdAt })),
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
  return app;
}

function unknownVerifier(c: Context): Response {
  return problem(c, { status: 404, reason: 'verifier_unknown', title: 'There is no such business' });
}
