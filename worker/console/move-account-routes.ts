// POST /v1/admin/accounts/{suspend,resume,close,lost-phone} (scope accounts:write): the number is in the body, never in the address.

import { type Context, Hono } from 'hono';
import * as z from 'zod';
import type { SubjectId } from '../../shared/base/brands.ts';
import { parseJson } from '../http/body.ts';
import { problem } from '../http/problem.ts';
import { type AdminEnv, requireScope } from '../http/require-scope.ts';
import { orderFollower } from '../issuer/routes.ts';
import { parseUnifiedNumber } from '../registry/unified-number.ts';
import { moveAccount } from './move-account.ts';
import { removeWallets } from './remove-wallets.ts';

/** Of the other acts, too: whose account, and why. */
export const MoveAccount = z.strictObject({ number: z.string().max(20), why: z.string().min(3).max(200) });
/** `deceased`: the credentials are revoked for that reason. */
export const CloseAccount = MoveAccount.extend({ deceased: z.boolean().optional() });

const maxBytes = 2048;

const refusals = {
  number_malformed: [422, 'This is not a unified number'],
  account_unknown: [404, 'There is no account with this number'],
  account_state_wrong: [409, 'The account is not in a state from which it may move there'],
} as const;

function refuse(c: Context<AdminEnv>, reason: keyof typeof refusals): Response {
  const [status, title] = refusals[reason];
  return problem(c, { status, reason, title });
}

export function moveAccountRoutes(): Hono<AdminEnv> {
  const routes = new Hono<AdminEnv>();
  for (const move of ['suspend', 'resume', 'close'] as const)
    routes.post(`/v1/admin/accounts/${move}`, requireScope('accounts:write'), async (c) => {
      const body = await parseJson(c, move === 'close' ? CloseAccount : MoveAccount, maxBytes);
      if (!body.ok) return body.response;
      const number = parseUnifiedNumber(body.value.number);
      if (!number.ok) return refuse(c, 'number_malformed');
      const { deps } = c.var;
      const later = (work: Promise<unknown>) => c.executionCtx.waitUntil(work);
      const needs = {
        ...sharedNeeds(c),
        accounts: deps.accounts,
        objects: deps.loginObjects,
        endPerson: (subject: SubjectId, because: 'account_suspended' | 'account_closed') =>
          deps.endPerson(subject, because, later),
      };
      const moved = await moveAccount(needs, { ...body.value, number: number.value, move });
      if (!moved.ok) return refuse(c, moved.error.reason);
      later(deps.notifications.handOnOf(moved.value.subjectId));
      return c.json({ state: moved.value.state });
    });

  routes.post('/v1/admin/accounts/lost-phone', requireScope('accounts:write'), async (c) => {
    const body = await parseJson(c, MoveAccount, maxBytes);
    if (!body.ok) return body.response;
    const number = parseUnifiedNumber(body.value.number);
    if (!number.ok) return refuse(c, 'number_malformed');
    const { authenticators, notifications } = c.var.deps;
    const done = await removeWallets(
      { ...sharedNeeds(c), authenticators },
      { number: number.value, why: body.value.why },
    );
    if (!done.ok) return refuse(c, done.error.reason);
    c.executionCtx.waitUntil(notifications.handOnOf(done.value.subjectId));
    return c.json({ removed: done.value.removed });
  });
  return routes;
}

function sharedNeeds(c: Context<AdminEnv>) {
  const { loginSubjects: subjects, now } = c.var.deps;
  return { subjects, followOrders: orderFollower(c.var.deps), now: now(), actor: c.var.admin.actor };
}
