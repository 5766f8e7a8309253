// POST /v1/admin/accounts/{suspend,resume,close} (scope accounts:write): the number is in the body, never in the address.

import { Hono } from 'hono';
import * as z from 'zod';
import type { SubjectId } from '../../shared/base/brands.ts';
import { parseJson } from '../http/body.ts';
import { problem } from '../http/problem.ts';
import { type AdminEnv, requireScope } from '../http/require-scope.ts';
import { parseUnifiedNumber } from '../registry/unified-number.ts';
import { moveAccount } from './move-account.ts';

export const MoveAccount = z.strictObject({ number: z.string().max(20), why: z.string().min(3).max(200) });

const refusals = {
  number_malformed: [422, 'This is not a unified number'],
  account_unknown: [404, 'There is no account with this number'],
  account_state_wrong: [409, 'The account is not in a state from which it may move there'],
} as const;

export function moveAccountRoutes(): Hono<AdminEnv> {
  const routes = new Hono<AdminEnv>();
  for (const move of ['suspend', 'resume', 'close'] as const)
    routes.post(`/v1/admin/accounts/${move}`, requireScope('accounts:write'), async (c) => {
      const body = await parseJson(c, MoveAccount, 2048);
      if (!body.ok) return body.response;
      const number = parseUnifiedNumber(body.value.number);
      const { deps } = c.var;
      const later = (work: Promise<unknown>) => c.executionCtx.waitUntil(work);
      const needs = {
        subjects: deps.loginSubjects,
        accounts: deps.accounts,
        objects: deps.loginObjects,
        endPerson: (subject: SubjectId, because: 'account_suspended' | 'account_closed') =>
          deps.endPerson(subject, because, later),
        now: deps.now(),
        actor: c.var.admin.actor,
      };
      const moved = number.ok
        ? await moveAccount(needs, { number: number.value, move, why: body.value.why })
        : ({ ok: false, error: { reason: 'number_malformed' } } as const);
      if (moved.ok) return c.json(moved.value);
      const [status, title] = refusals[moved.error.reason];
      return problem(c, { status, reason: moved.error.reason, title });
    });
  return routes;
}
