// Activation over HTTP: for kiosks a session, the request that decides, and an operator's own finger; for the authority the code for
// that finger, and a look at the document that stood in for one.
import { type Context, Hono } from 'hono';
import * as z from 'zod';
import {
  ActivationRequest,
  kioskPaths,
  maxEvidenceBytes,
  OperatorFingerRequest,
  SessionRequest,
} from '../../shared/contract/kiosk.ts';
import { ActivationId } from '../../shared/contract/wire.ts';
import type { AppEnv } from '../app.ts';
import { parseJson, parseJsonBytes } from '../http/body.ts';
import { problem } from '../http/problem.ts';
import { type AdminEnv, requireScope } from '../http/require-scope.ts';
import { admissionProblem, type KioskEnv, kioskSignature } from '../http/signed-kiosk.ts';
import { statusListUri } from '../issuer/publish-status-list.ts';
import { orderFollower } from '../issuer/routes.ts';
import { parseUnifiedNumber } from '../registry/unified-number.ts';
import { activateAccount } from './activate-account.ts';
import { enrolOperatorFinger, makeFingerCode } from './enrol-operator-finger.ts';
import { openSession } from './open-session.ts';
import { activationPolicy } from './policy.ts';
import { seeDocumentPhoto } from './see-document-photo.ts';

const maxSessionBytes = 1024;
const OperatorId = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/);
/** Sealed evidence in base64url, and the rest. */
const maxActivationBytes = Math.ceil((maxEvidenceBytes * 4) / 3) + 14_000;

export function activationRoutes(): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();
  routes.route('/', signedRoutes());
  routes.route('/v1/admin', adminRoutes());
  return routes;
}

const fingerRefusals = {
  operator_not_on_duty: [403, 'No operator is on duty at this kiosk'],
  evidence_unreadable: [422, 'What was sealed does not open'],
  evidence_stale: [422, 'The finger was read too long ago'],
  quality_too_low: [422, 'The finger is not clear enough'],
  fingers_differ: [422, 'These are not three prints of one named finger'],
  finger_of_colleague: [403, 'This finger belongs to somebody else who works here'],
  evidence_replayed: [409, 'This print was used before'],
  finger_code_refused: [403, 'This code is unknown, spent or too old'],
} as const;

/** Looks at a photo are for one of these, and the journal says which. */
export const DocumentLook = z.object({ purpose: z.enum(['review', 'complaint', 'audit', 'court_order']) });

function adminRoutes(): Hono<AdminEnv> {
  const routes = new Hono<AdminEnv>();

  routes.post('/operators/:id/finger-code', requireScope('operators:write'), async (c) => {
    const operatorId = OperatorId.safeParse(c.req.param('id'));
    const { operatorFingers, config, random, now } = c.var.deps;
    const needs = { operatorFingers, codeSecret: config.cookieSecret, random, now };
    const made = operatorId.success ? await makeFingerCode(needs, c.var.admin.actor, operatorId.data) : undefined;
    return made
      ? c.json(made, 201, { 'Cache-Control': 'no-store' })
      : problem(c, { status: 404, reason: 'operator_unknown', title: 'There is no such operator on the books' });
  });

  /** The act is a POST: it leaves a row in the journal of the person whose document it is. */
  routes.post('/activations/:id/document-photo', requireScope('documents:read'), async (c) => {
    const activationId = ActivationId.safeParse(c.req.param('id'));
    const body = await parseJson(c, DocumentLook, maxSessionBytes);
    if (!body.ok) return body.response;
    const seen = activationId.success
      ? await seeDocumentPhoto(c.var.deps, c.var.admin.actor, activationId.data, body.value.purpose)
      : undefined;
    if (!seen)
      return problem(c, { status: 404, reason: 'photo_unknown', title: 'There is no such photo, or not any more' });
    return c.body(seen, 200, { 'Content-Type': 'image/jpeg', 'Cache-Control': 'no-store' });
  });

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

  routes.post(kioskPaths.operatorFingers, kioskSignature(maxActivationBytes), async (c) => {
    const body = parseJsonBytes(c, OperatorFingerRequest, c.var.body);
    if (!body.ok) return body.response;
    const { config } = c.var.deps;
    const needs = {
      ...c.var.deps,
      numberSecret: config.numberSecret,
      codeSecret: config.cookieSecret,
      policy: activationPolicy,
    };
    const enrolled = await enrolOperatorFinger(needs, c.var.signed, body.value);
    if (enrolled.ok) return c.json(enrolled.value, 200, { 'Cache-Control': 'no-store' });
    const { reason } = enrolled.error;
    switch (reason) {
      case 'nonce_replayed':
      case 'kiosk_revoked':
      case 'kiosk_unknown':
        return admissionProblem(c, reason);
      default: {
        const [status, title] = fingerRefusals[reason];
        return problem(c, { status, reason, title });
      }
    }
  });

  routes.post(kioskPaths.activations, kioskSignature(maxActivationBytes), async (c) => {
    const body = parseJsonBytes(c, ActivationRequest, c.var.body);
    if (!body.ok) return body.response;
    const { kiosks, operators, people, activations, appointments, kioskFailures, statusEntries, keyRing, vault } =
      c.var.deps;
    const { operatorFingers, documentPhotos } = c.var.deps;
    const { config, random, now, captureKeys, deviceTrustFile } = c.var.deps;
    const done = await activateAccount(
      {
        kiosks,
        operators,
        people,
        activations,
        appointments,
        kioskFailures,
        operatorFingers,
        documentPhotos,
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
        endPerson: async (subjectId) => {
          const later = (work: Promise<unknown>) => c.executionCtx.waitUntil(work);
          later(c.var.deps.notifications.handOnOf(subjectId));
          later(orderFollower(c.var.deps)(subjectId));
          await c.var.deps.endPerson(subjectId, 'account_recovered', later);
        },
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
