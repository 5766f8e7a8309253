// The fleet over HTTP: what kiosks ask (signed), and what the authority does about centres, kiosks and operators.
import { Hono } from 'hono';
import * as z from 'zod';
import { encodeBase64Url } from '../../shared/bytes/base64url.ts';
import { type ForkList, ForkReport } from '../../shared/contract/fork-report.ts';
import {
  CentreType,
  EnrolRequest,
  kioskPaths,
  OperatorLoginRequest,
  OperatorLogoutRequest,
} from '../../shared/contract/kiosk.ts';
import { NewName, UnifiedNumberText } from '../../shared/contract/wire.ts';
import { activationPolicy } from '../activation/policy.ts';
import type { AppEnv } from '../app.ts';
import { hashPassword, normalisePassword, passwordLimits } from '../authn/password.ts';
import type { Deps } from '../deps.ts';
import { parseJson, parseJsonBytes, readBody } from '../http/body.ts';
import { problem } from '../http/problem.ts';
import { type AdminEnv, requireScope } from '../http/require-scope.ts';
import { admissionProblem, incomingOf, type KioskEnv, kioskSignature, signatureProblem } from '../http/signed-kiosk.ts';
import { parseUnifiedNumber } from '../registry/unified-number.ts';
import { directoryHmacOf } from '../store/person-index.ts';
import { enrolKiosk, inviteKiosk } from './enrol-kiosk.ts';
import { logInOperator, logOutOperator, type OperatorNeeds, operatorUsername } from './operator-session.ts';
import { reportFork } from './report-fork.ts';
import { syncKiosk } from './sync-kiosk.ts';
import { verifyOwnKey } from './verify-kiosk-request.ts';

const maxJsonBytes = 4096;
const Id = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/);

/** `id`: chosen by the authority, or the edge makes one. */
export const NewCentre = z.object({ id: Id.optional(), name: NewName, type: CentreType });
export const NewInvitation = z.object({ centreId: Id, name: z.string().min(1).max(200) });
export const NewOperator = z.object({
  username: z.string().min(2).max(64),
  name: NewName,
  role: z.enum(['operator', 'supervisor']),
  centreId: Id,
  password: z.string().max(512),
  /** The operator's own, so that nobody activates their own account; kept as an HMAC only. */
  number: UnifiedNumberText.optional(),
});

function operatorNeeds({ kiosks, operators, journal, config, random, now }: Deps): OperatorNeeds {
  return { kiosks, operators, journal, passwordPepper: config.passwordPepper, random, now };
}

function enrolNeeds({ kiosks, config, random, now }: Deps) {
  return { kiosks, trustRoots: config.trustRoots, cookieSecret: config.cookieSecret, random, now };
}

export function kioskRoutes(): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();

  routes.post(kioskPaths.enrol, async (c) => {
    const raw = await readBody(c, maxJsonBytes);
    if (!raw.ok) return raw.response;
    const body = parseJsonBytes(c, EnrolRequest, raw.bytes);
    if (!body.ok) return body.response;
    const { config, now } = c.var.deps;
    const { code, publicKey } = body.value;
    const key = await verifyOwnKey({ issuer: config.issuer, now }, incomingOf(c, raw.bytes), publicKey);
    if (!key.ok) return signatureProblem(c, c.var.deps, key.error.reason);
    const enrolled = await enrolKiosk(enrolNeeds(c.var.deps), code, key.value);
    if (enrolled.ok) return c.json(enrolled.value);
    const title =
      enrolled.error.reason === 'key_in_use'
        ? 'This key belongs to another kiosk'
        : 'This invitation is unknown, spent or too old';
    return problem(c, { status: 403, reason: enrolled.error.reason, title });
  });

  routes.route('/', signedRoutes());
  routes.route('/v1/admin', adminRoutes());
  return routes;
}

function signedRoutes(): Hono<KioskEnv> {
  const routes = new Hono<KioskEnv>();

  routes.get(kioskPaths.sync, kioskSignature(0), async (c) => {
    const { kiosks, publications, keyRing, captureKeys, now } = c.var.deps;
    const needs = { kiosks, publications, keyRing, captureKeys, policy: activationPolicy, now };
    const sync = await syncKiosk(needs, c.var.signed);
    return sync.ok ? c.json(sync.value, 200, { 'Cache-Control': 'no-store' }) : admissionProblem(c, sync.error.reason);
  });

  routes.post(kioskPaths.forks, kioskSignature(maxJsonBytes), async (c) => {
    const body = parseJsonBytes(c, ForkReport, c.var.body);
    if (!body.ok) return body.response;
    const { kiosks, listForks, now } = c.var.deps;
    const reported = await reportFork({ kiosks, listForks, now }, c.var.signed, body.value);
    if (reported.ok) return c.body(null, 204);
    const { reason } = reported.error;
    switch (reason) {
      case 'not_a_fork':
        return problem(c, { status: 422, reason, title: 'These two lists do not contradict each other' });
      case 'fork_header_malformed':
        return problem(c, { status: 422, reason, title: 'This is not the header of such a list' });
      case 'fork_reports_full':
        return problem(c, { status: 422, reason, title: 'This kiosk has told of enough' });
      default:
        return admissionProblem(c, reason);
    }
  });

  routes.post(kioskPaths.operatorLogin, kioskSignature(maxJsonBytes), async (c) => {
    const body = parseJsonBytes(c, OperatorLoginRequest, c.var.body);
    if (!body.ok) return body.response;
    const login = await logInOperator(operatorNeeds(c.var.deps), c.var.signed, body.value);
    if (login.ok) return c.json(login.value, 200, { 'Cache-Control': 'no-store' });
    const { error } = login;
    switch (error.reason) {
      case 'wrong_credentials':
        return problem(c, { status: 403, reason: error.reason, title: 'User name or password is wrong' });
      case 'operator_not_here':
        return problem(c, { status: 403, reason: error.reason, title: 'This operator works in another centre' });
      case 'operator_locked':
        return problem(c, {
          status: 403,
          reason: error.reason,
          title: 'Too many tries: wait',
          headers: { 'Retry-After': String(error.retryAfterSeconds) },
        });
      default:
        return admissionProblem(c, error.reason);
    }
  });

  routes.post(kioskPaths.operatorLogout, kioskSignature(maxJsonBytes), async (c) => {
    const body = parseJsonBytes(c, OperatorLogoutRequest, c.var.body);
    if (!body.ok) return body.response;
    const done = await logOutOperator(operatorNeeds(c.var.deps), c.var.signed, body.value.operatorToken);
    return done.ok ? c.body(null, 204) : admissionProblem(c, done.error.reason);
  });

  return routes;
}

function adminRoutes(): Hono<AdminEnv> {
  const routes = new Hono<AdminEnv>();

  routes.get('/centres', requireScope('centres:write'), async (c) =>
    c.json({ centres: await c.var.deps.centres.list() }),
  );

  routes.post('/centres', requireScope('centres:write'), async (c) => {
    const body = await parseJson(c, NewCentre, maxJsonBytes);
    if (!body.ok) return body.response;
    const { centres, random, now } = c.var.deps;
    const { name, type, id = `c_${encodeBase64Url(random(9))}` } = body.value;
    const { actor } = c.var.admin;
    const entry = { at: now(), event: 'centre.created', actor, object: id, detail: { type } } as const;
    return (await centres.add({ id, name, type }, entry))
      ? c.json({ id }, 201)
      : problem(c, { status: 409, reason: 'centre_exists', title: 'There is a centre with this id' });
  });

  routes.get('/kiosks', requireScope('kiosks:write'), async (c) => c.json({ kiosks: await c.var.deps.kiosks.list() }));

  routes.get('/kiosks/forks', requireScope('kiosks:write'), async (c) =>
    c.json({ forks: await c.var.deps.listForks.list() } satisfies ForkList),
  );

  routes.post('/kiosks/invitations', requireScope('kiosks:write'), async (c) => {
    const body = await parseJson(c, NewInvitation, maxJsonBytes);
    if (!body.ok) return body.response;
    const invited = await inviteKiosk(enrolNeeds(c.var.deps), c.var.admin.actor, body.value);
    return invited.ok
      ? c.json(invited.value, 201, { 'Cache-Control': 'no-store' })
      : problem(c, { status: 404, reason: invited.error.reason, title: 'There is no such centre' });
  });

  routes.post('/kiosks/:id/revoke', requireScope('kiosks:write'), async (c) => {
    const kioskId = Id.safeParse(c.req.param('id'));
    const { actor } = c.var.admin;
    const at = c.var.deps.now();
    const revoked =
      kioskId.success &&
      (await c.var.deps.kiosks.revoke(kioskId.data, { at, event: 'kiosk.revoked', actor, object: kioskId.data }));
    return revoked
      ? c.json({ kioskId: kioskId.data })
      : problem(c, { status: 409, reason: 'kiosk_state', title: 'There is no such kiosk, or it is revoked already' });
  });

  routes.post('/operators', requireScope('operators:write'), async (c) => {
    const body = await parseJson(c, NewOperator, maxJsonBytes);
    if (!body.ok) return body.response;
    const { operators, config, random, now } = c.var.deps;
    const { name, role, centreId } = body.value;
    const username = operatorUsername(body.value.username);
    const password = normalisePassword(body.value.password, passwordLimits.alone);
    if (!password.ok) {
      return problem(c, {
        status: 422,
        reason: password.error.reason,
        title: `A password has ${passwordLimits.alone} to ${passwordLimits.most} characters`,
      });
    }
    const own = body.value.number === undefined ? undefined : parseUnifiedNumber(body.value.number);
    if (own && !own.ok)
      return problem(c, { status: 422, reason: own.error.reason, title: 'This is not a unified number' });
    const personHmac = own && (await directoryHmacOf(config.numberSecret, own.value));
    const id = `o_${encodeBase64Url(random(9))}`;
    const hash = await hashPassword(config.passwordPepper, password.value);
    const detail = { role, centre: centreId };
    const entry = { at: now(), event: 'operator.created', actor: c.var.admin.actor, object: id, detail } as const;
    const refused = await operators.add({ id, username, name, role, centreId }, hash, entry, personHmac);
    switch (refused) {
      case undefined:
        return c.json({ id }, 201);
      case 'username_taken':
        return problem(c, { status: 409, reason: refused, title: 'Another operator has this user name' });
      case 'centre_unknown':
        return problem(c, { status: 404, reason: refused, title: 'There is no such centre' });
    }
  });

  routes.post('/operators/:id/suspend', requireScope('operators:write'), async (c) => {
    const operatorId = Id.safeParse(c.req.param('id'));
    const { actor } = c.var.admin;
    const at = c.var.deps.now();
    const suspended =
      operatorId.success &&
      (await c.var.deps.operators.suspend(operatorId.data, {
        at,
        event: 'operator.suspended',
        actor,
        object: operatorId.data,
      }));
    return suspended
      ? c.json({ operatorId: operatorId.data })
      : problem(c, { status: 409, reason: 'operator_state', title: 'There is no such operator on the books' });
  });

  return routes;
}
