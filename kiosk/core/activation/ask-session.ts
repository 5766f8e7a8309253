// Asks the edge for a session: who the person is in part, what they need, and whether a guardian is theirs.
import type { z } from 'zod';
import { err, ok, type Result } from '../../../shared/base/result.ts';
import { kioskPaths, SessionAnswer } from '../../../shared/contract/kiosk.ts';
import { bridgeErrorOf, type EdgeClient, type EdgeKey } from '../edge/edge-client.ts';
import type { EdgeReason } from '../edge/problems.ts';
import type { ActivationReason } from './activation.ts';

const timeoutMs = 8_000;

/** What the edge says of a session that cannot be, by its problem's reason. */
const sessionProblems: Readonly<Record<string, ActivationReason>> = {
  unknown_person: 'unknown_person',
  number_malformed: 'number_malformed',
  number_shape: 'number_malformed',
  number_check_digit: 'number_malformed',
  account_locked: 'account_locked',
  operator_not_on_duty: 'no_operator',
  guardian_not_related: 'guardian_not_related',
  guardian_not_eligible: 'guardian_not_eligible',
};

export type SessionAsk = { readonly operatorToken: string; readonly number: string; readonly guardian?: string };
export type SessionRefusal = { readonly reason: ActivationReason | EdgeReason; readonly retryAfterSeconds?: number };

/** Undefined: no line, or an edge that cannot answer now; whether that is a refusal is the caller's to say. */
export async function askSession(
  edge: { readonly client: EdgeClient; readonly key: EdgeKey },
  ask: SessionAsk,
): Promise<Result<z.output<typeof SessionAnswer> | undefined, SessionRefusal>> {
  const asked = await edge.client.askJson(SessionAnswer, {
    ...{ method: 'POST', path: kioskPaths.session, json: ask, key: edge.key, timeoutMs, tries: 2 },
  });
  if (asked.ok) return ok(asked.value.value);
  const { error } = asked;
  if (error.reason === 'line_down' || error.reason === 'edge_busy') return ok(undefined);
  if (error.reason !== 'refused') return err(bridgeErrorOf(error));
  const reason = sessionProblems[error.problem] ?? 'session_refused';
  const { retryAfterSeconds } = error;
  return err(retryAfterSeconds === undefined ? { reason } : { reason, retryAfterSeconds });
}
