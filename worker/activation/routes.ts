// Activation over HTTP, for kiosks only: a session, and the request that decides.
import { type Context, Hono } from 'hono';
import { ActivationRequest, kioskPaths, maxEvidenceBytes, SessionRequest } from '../../shared/contract/kiosk.ts';
import type { AppEnv } from '../app.ts';
import { parseJsonBytes } from '../http/body.ts';
import { problem } from '../http/problem.ts';
import { admissionProblem, type KioskEnv, kioskSignature } from '../http/signed-kiosk.ts';
import { statusListUri } from '../issuer/publish-status-list.ts';
import { parseUnifiedNumber } from '../registry/unified-number.ts';
import { activateAccount } from './activate-account.ts';
import { openSession } from './open-session.ts';
import { activationPolicy } from './policy.ts';

const maxSessionBytes = 1024;
/** Sealed evidence in base64url, and the rest. */
const maxActivationBytes = Math.ceil((maxEvidenceBytes * 4) / 3) + 14_000;

export function activationRoutes(): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();
  routes.route('/', signedRoutes());
  return routes;
}

function held(c: Context): Response {
  return problem(c, {
    status: 403,
    reason: 'kiosk_held',
    title: 'This kiosk is held until a supervisor logs in at it',
  });
}

function signedRoutes(): Hono<KioskEnv> {
  const routes = new Hono<KioskEnv>();

  routes.post(kioskPaths.session, kioskSignature(maxSessionBytes), async (c) => {
    const body = parseJsonBytes(c, SessionRequest, c.var.body);
    if (!body.ok) return body.response;
    const number = parseUnifiedNumber(body.value.number);
    if (!number.ok)
      return problem(c, { status: 422, reason: number.error.reason, title: 'This is not a unified number' });
    const guardian = body.value.guardian === undefined ? undefined : parseUnifiedNumber(body.value.guardian);
    if (guardian && !guardian.ok)
      return problem(c, { status: 422, reason: guardian.error.reason, title: 'This is not a unified number' });
    const { kiosks, operators, people, appointments, kioskFailures, config, env, random, now } = c.var.deps;
    const session = await openSession(
      {
        kiosks,
        operators,
        people,
        appointments,
        kioskFailures,
        numberSecret: config.numberSecret,
        journal: {
          append: (entries) => env.JOURNAL_BUFFER.get(env.JOURNAL_BUFFER.idFromName('activation')).append(entries),
        },
        sessionSecret: config.cookieSecret,
        policy: activationPolicy,
        random,
        now,
      },
      c.var.signed,
      { operatorToken: body.value.operatorToken, number: number.value, guardian: guardian?.value },
    );
    if (session.ok) return c.json(session.value, 200, { 'Cache-Control': 'no-store' });
    const { error } = session;
    switch (error.reason) {
      case 'operator_not_on_duty':
        return problem(c, { status: 403, reason: error.reason, title: 'No operator is on duty at this kiosk' });
      case 'unknown_person':
        return problem(c, { status: 404, reason: error.reason, title: 'The registry knows nobody with this number' });
      case 'account_locked':
        return problem(c, {
          status: 403,
          reason: error.reason,
          title: 'Too many failed tries: wait',
          headers: { 'Retry-After': String(error.retryAfterSeconds) },
        });
      case 'guardian_not_related':
        return problem(c, { status: 403, reason: error.reason, title: 'Not a guardian of this person' });
      case 'guardian_not_eligible':
        return problem(c, { status: 403, reason: error.reason, title: 'This guardian cannot stand for anybody now' });
      case 'kiosk_held':
        return held(c);
      default:
        return admissionProblem(c, error.reason);
    }
  });

  routes.post(kioskPaths.activations, kioskSignature(maxActivationBytes), async (c) => {
    const body = parseJsonBytes(c, ActivationRequest, c.var.body);
    if (!body.ok) return body.response;
    const { kiosks, operators, people, activations, appointments, kioskFailures, statusEntries, keyRing, vault } =
      c.var.deps;
    const { config, random, now, captureKeys, deviceTrustFile } = c.var.deps;
    const done = await activateAccount(
      {
        kiosks,
        operators,
        people,
        activations,
        appointments,
        kioskFailures,
        statusEntries,
        keyRing,
        captureKeys,
        deviceTrustFile,
        vault,
        numberSecret: config.numberSecret,
        sessionSecret: config.cookieSecret,
        statusUri: statusListUri(config.issuer),
        policy: activationPolicy,
        random,
        now,
        later: (work) => c.executionCtx.waitUntil(work),
      },
      c.var.signed,
      body.value,
      c.var.body,
    );
    if (done.ok) return c.body(done.value, 200, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' });
    const { reason } = done.error;
    switch (reason) {
      case 'activation_id_malformed':
        return problem(c, { status: 422, reason, title: 'An activation id is 16 bytes in base64url' });
      case 'activation_id_reused':
        return problem(c, { status: 409, reason, title: 'This activation id stands for another request' });
      case 'kiosk_held':
        return held(c);
      case 'activation_contended':
        return problem(c, {
          status: 503,
          reason,
          title: 'Others were faster: send it again',
          headers: { 'Retry-After': '1' },
        });
      default:
        return admissionProblem(c, reason);
    }
  });

  return routes;
}
