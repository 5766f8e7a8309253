// POST /v1/verify and its batch from request to response, without a framework on the way: it costs more than the checks.
// In the steady state it waits for the body and two signature operations, and for nothing else.
import type { Result } from '../../shared/base/result.ts';
import { encodeBase64Url } from '../../shared/bytes/base64url.ts';
import { idempotencyHeader, verifyBatchPath, verifyPath, verifyScope } from '../../shared/contract/verify.ts';
import type { Deps } from '../deps.ts';
import { readText } from '../http/body.ts';
import { faultProblem, plainProblem } from '../http/problem.ts';
import { isIdempotencyKey } from './answered-before.ts';
import { authenticateCaller, type CallerRefusal } from './authenticate-caller.ts';
import {
  maxBatchBodyBytes,
  maxVerifyBodyBytes,
  parseVerifyBatch,
  parseVerifyRequest,
  type RequestError,
} from './parse-request.ts';
import type { Verification } from './verification.ts';
import type { Verifier } from './verifier.ts';
import { type Answered, type VerifyNeeds, type VerifyRefusal, verifyCode, verifyCodes } from './verify-code.ts';

/** `later` carries work past the answer: the platform's waitUntil. */
export type Later = (work: Promise<unknown>) => void;
export type VerifyDeps = Pick<Deps, 'verification' | 'credentials' | 'now'>;

type Kind<R> = {
  readonly maxBytes: number;
  readonly parse: (body: string) => Result<R, RequestError>;
  readonly cost: (request: R) => number;
  readonly act: (request: R, caller: Verifier, needs: VerifyNeeds) => Promise<Result<Answered, VerifyRefusal>>;
};

const one: Kind<Parameters<typeof verifyCode>[0]> = {
  maxBytes: maxVerifyBodyBytes,
  parse: parseVerifyRequest,
  cost: () => 1,
  act: verifyCode,
};
const batch: Kind<Parameters<typeof verifyCodes>[0]> = {
  maxBytes: maxBatchBodyBytes,
  parse: parseVerifyBatch,
  cost: (codes) => codes.length,
  act: verifyCodes,
};

export const answerVerify = (request: Request, deps: VerifyDeps, later: Later) =>
  answer(request, () => deps, later, one);
export const answerBatch = (request: Request, deps: VerifyDeps, later: Later) =>
  answer(request, () => deps, later, batch);

/** The answer to a POST of one of the two addresses, whatever happens; undefined for any other. `at`: path and query. */
export function verifyAnswer(
  at: string,
  request: Request,
  deps: () => VerifyDeps,
  later: Later,
): Promise<Response> | undefined {
  switch (at) {
    case verifyPath:
      return answer(request, deps, later, one);
    case verifyBatchPath:
      return answer(request, deps, later, batch);
    default:
      return undefined;
  }
}

async function answer<R>(request: Request, deps: () => VerifyDeps, later: Later, kind: Kind<R>): Promise<Response> {
  // A refusal is not kept: the next try with the same key may fare better.
  let giveBack: (() => void) | undefined;
  try {
    const { verification, now, credentials } = deps();
    const { headers } = request;
    const authenticated = authenticateCaller(headers.get('authorization'), verification, later);
    const caller = authenticated instanceof Promise ? await authenticated : authenticated;
    if (!caller.ok) return refuseCaller(request, caller.error);
    const verifier = caller.value;
    const again = headers.get(idempotencyHeader);
    const body = await readText(request, kind.maxBytes);
    if (typeof body === 'string') return refuseBody(request, body, kind.maxBytes);
    if (again !== null) {
      const before = await answeredBefore(request, verification, verifier.id, again, body.text);
      if (before !== undefined) return before;
      giveBack = () => later(verification.answered.release(verifier.id, again));
    }
    const asked = kind.parse(body.text);
    if (!asked.ok) return refuseRequest(request, asked.error);
    const taken = verification.rate.take(verifier.id, kind.cost(asked.value), later);
    const waitSeconds = typeof taken === 'number' ? taken : await taken;
    if (waitSeconds > 0) return tooMany(request, waitSeconds);
    const held = verification.lists.current(later);
    const lists = held instanceof Promise ? await held : held;
    if (lists === undefined) {
      const retry = { 'Retry-After': '10' };
      return plainProblem(
        { status: 503, reason: 'lists_not_ready', title: 'No trust list is published yet', headers: retry },
        request,
      );
    }
    const ready = verification.signer.current(later);
    const signer = ready instanceof Promise ? await ready : ready;
    const { ed25519, replay, statusListUri } = verification;
    // A round trip, but only for what a key signed that was stolen later.
    const wasIssued = async (hash: Uint8Array) => (await credentials.byHash(encodeBase64Url(hash))) !== undefined;
    const needs = { lists, signer, ed25519, replay, now: now(), statusListUri, wasIssued };
    const answered = await kind.act(asked.value, verifier, needs);
    if (!answered.ok) {
      return plainProblem({ reason: answered.error.reason, ...refusals[answered.error.reason] }, request);
    }
    const { text, entry, showings } = answered.value;
    verification.journal.add(entry, later);
    verification.showings.add(showings, later);
    if (again === null) return new Response(text, answerInit);
    const kept = await verification.answered.keep(verifier.id, again, body.text, text);
    giveBack = undefined;
    return sameAnswer(request, kept);
  } catch (error) {
    return plainProblem(faultProblem(error as Error), request);
  } finally {
    giveBack?.();
  }
}

// Made once: the constructor copies a Headers faster than it reads a record.
const answerInit = { headers: new Headers({ 'Content-Type': 'application/json', 'Cache-Control': 'no-store' }) };

async function answeredBefore(
  request: Request,
  { answered }: Pick<Verification, 'answered'>,
  caller: string,
  key: string,
  body: string,
): Promise<Response | undefined> {
  if (!isIdempotencyKey(key)) {
    const title = 'An idempotency key has 8 to 64 visible characters';
    return plainProblem({ status: 422, reason: 'bad_input', title }, request);
  }
  const before = await answered.claim(caller, key, body);
  return before === undefined ? undefined : sameAnswer(request, before);
}

function sameAnswer(request: Request, before: string | 'other_body'): Response {
  if (before !== 'other_body') return new Response(before, answerInit);
  const title = 'This key was used for another request';
  return plainProblem({ status: 422, reason: 'idempotency_key_used', title }, request);
}

export function tooMany(request: Request, waitSeconds: number): Response {
  const headers = { 'Retry-After': String(waitSeconds) };
  return plainProblem({ status: 429, reason: 'too_many_checks', title: 'Too many checks at once', headers }, request);
}

const refusals = {
  context_not_allowed: { status: 403, title: 'This business may not check in this context' },
  challenge_not_yours: { status: 422, title: 'This challenge does not name this business' },
} as const satisfies Record<VerifyRefusal['reason'], { status: 403 | 422; title: string }>;

const callerProblems = {
  key_missing: { status: 401, title: 'Send an API key or an access token as a bearer token' },
  key_unknown: { status: 401, title: 'This API key is not valid' },
  token_unknown: { status: 401, title: 'This access token is not valid here' },
  scope_missing: { status: 403, title: 'This access token may not check codes' },
  verifier_suspended: { status: 403, title: 'This business is suspended' },
} as const satisfies Record<CallerRefusal['reason'], { status: 401 | 403; title: string }>;

/** RFC 6750 §3. */
const challenges: Readonly<Record<CallerRefusal['reason'], string | undefined>> = {
  key_missing: 'Bearer',
  key_unknown: 'Bearer error="invalid_token"',
  token_unknown: 'Bearer error="invalid_token"',
  scope_missing: `Bearer error="insufficient_scope", scope="${verifyScope}"`,
  verifier_suspended: undefined,
};

/** 401 or 403, with what RFC 6750 says. */
export function refuseCaller(request: Request, { reason }: CallerRefusal): Response {
  const { status, title } = callerProblems[reason];
  const challenge = challenges[reason];
  const headers = challenge && { headers: { 'WWW-Authenticate': challenge } };
  return plainProblem({ status, reason, title, ...headers }, request);
}

function refuseBody(request: Request, reason: 'too_large' | 'bad_utf8', maxBytes: number): Response {
  if (reason === 'bad_utf8') return refuseRequest(request, { reason: 'bad_json' });
  const detail = `at most ${maxBytes} bytes`;
  return plainProblem({ status: 413, reason: 'body_too_large', title: 'The body is too large', detail }, request);
}

function refuseRequest(request: Request, error: RequestError): Response {
  if (error.reason === 'bad_json') {
    return plainProblem({ status: 400, reason: 'bad_json', title: 'The body is not JSON in UTF-8' }, request);
  }
  const { pointer, detail } = error;
  const title = 'The body does not have the right shape';
  return plainProblem({ status: 422, reason: 'bad_input', title, errors: [{ pointer, detail }] }, request);
}
