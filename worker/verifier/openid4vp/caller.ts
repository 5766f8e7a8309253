// The business's side of a request: who it is, by key or token as at /v1/verify; how fast it asks; and what it asked before. Knows no wallet.

import type { Context } from 'hono';
import { decodeUtf8 } from '../../../shared/bytes/text.ts';
import { presentationPath, presentationScope } from '../../../shared/contract/openid4vp.ts';
import { idempotencyHeader, verifyScope } from '../../../shared/contract/verify.ts';
import type { AppEnv } from '../../app.ts';
import { problem } from '../../http/problem.ts';
import type { Narrow } from '../access-token.ts';
import { refuseCaller, tooMany } from '../answer-verify.ts';
import { isIdempotencyKey } from '../answered-before.ts';
import { authenticateCaller } from '../authenticate-caller.ts';
import type { Verifier } from '../verifier.ts';

/** Of the one limit that a business has: a request makes a key pair and an object, a look at the outcome asks one. */
export const costs = { begin: 5, look: 1 } as const;

/** SECURITY: a token for the age at a gate asks no wallet for a name. */
const forWallets: Narrow = (verifier, scope) =>
  scope.split(' ').some((word) => word === verifyScope || word === presentationScope) ? verifier : undefined;

/** The business that asks, `cost` taken off its limit; or the refusal. */
export async function callerOf(c: Context<AppEnv>, cost: number): Promise<Verifier | Response> {
  const { verification } = c.var.deps;
  const later = (work: Promise<unknown>) => c.executionCtx.waitUntil(work);
  const { raw } = c.req;
  const caller = await authenticateCaller(raw.headers.get('authorization'), verification, later, forWallets);
  if (!caller.ok) return refuseCaller(raw, caller.error);
  const waitSeconds = await verification.rate.take(caller.value.id, cost, later);
  return waitSeconds > 0 ? tooMany(raw, waitSeconds) : caller.value;
}

/**
 * The answer that `make` gives, as JSON; with an idempotency key the one that the same body got before. A refusal is not kept: the next try
 * with the same key may fare better.
 */
export async function answeredOnce(
  c: Context<AppEnv>,
  caller: Verifier,
  body: Uint8Array,
  make: () => Promise<string | Response>,
): Promise<Response> {
  const { answered } = c.var.deps.verification;
  const key = c.req.header(idempotencyHeader);
  if (key === undefined) return told(c, await make());
  if (!isIdempotencyKey(key))
    return problem(c, {
      status: 422,
      reason: 'bad_input',
      title: 'An idempotency key has 8 to 64 visible characters',
    });
  const text = decodeUtf8(body);
  // Nobody's key is good for two doors.
  const asked = `${presentationPath}\n${text.ok ? text.value : ''}`;
  const before = await answered.claim(caller.id, key, asked);
  if (before !== undefined) return keptAnswer(c, before);
  let claimed = true;
  try {
    const made = await make();
    if (typeof made !== 'string') return made;
    const kept = await answered.keep(caller.id, key, asked, made);
    claimed = false;
    return keptAnswer(c, kept);
  } finally {
    if (claimed) c.executionCtx.waitUntil(answered.release(caller.id, key));
  }
}

function keptAnswer(c: Context<AppEnv>, kept: string | 'other_body'): Response {
  if (kept !== 'other_body') return told(c, kept);
  return problem(c, { status: 422, reason: 'idempotency_key_used', title: 'This key was used for another request' });
}

function told(c: Context<AppEnv>, made: string | Response): Response {
  if (typeof made !== 'string') return made;
  return c.body(made, 201, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' });
}
