// The operator on duty: logs in at the edge (never offline), keeps the bearer sealed, leaves here at once and at the edge when
// the line allows.
import { err, ok, type Result } from '../../../shared/base/result.ts';
import { kioskPaths, OperatorLoginAnswer } from '../../../shared/contract/kiosk.ts';
import type { Operator } from '../../bridge/contract.ts';
import type { operatorReasons } from '../../bridge/reasons.ts';
import type { KioskClock } from '../clock.ts';
import { bridgeErrorOf, type EdgeClient, type EdgeKey } from '../edge/edge-client.ts';
import type { EdgeReason } from '../edge/problems.ts';
import type { OperatorStore } from '../store/operators.ts';

export type OperatorReason = (typeof operatorReasons)[number];
export type OperatorError = { readonly reason: OperatorReason | EdgeReason; readonly retryAfterSeconds?: number };

export type OperatorNeeds = {
  readonly operators: OperatorStore;
  readonly clock: KioskClock;
  readonly edge: () => { readonly client: EdgeClient; readonly key: EdgeKey } | undefined;
};

const timeoutMs = 15_000;

/** The edge's problems about a login. */
const loginProblems: Readonly<Record<string, OperatorReason>> = {
  wrong_credentials: 'wrong_credentials',
  operator_locked: 'operator_locked',
  operator_not_here: 'operator_not_here',
};

type Edge = { readonly client: EdgeClient; readonly key: EdgeKey };

async function askLogin(
  edge: Edge,
  username: string,
  password: string,
): Promise<Result<OperatorLoginAnswer, OperatorError>> {
  const answer = await edge.client.askJson(OperatorLoginAnswer, {
    method: 'POST',
    path: kioskPaths.operatorLogin,
    json: { username, password },
    key: edge.key,
    timeoutMs,
    // Each try counts towards the lock at the edge: a lost answer is asked for by a person, not by a program.
    tries: 1,
  });
  if (answer.ok) return ok(answer.value.value);
  if (answer.error.reason !== 'refused') return err(bridgeErrorOf(answer.error));
  const { problem, retryAfterSeconds } = answer.error;
  // What this kiosk does not know by name is not a wrong password: nobody should be told to type again what was right.
  const reason = loginProblems[problem] ?? 'edge_misbehaved';
  return err(retryAfterSeconds === undefined ? { reason } : { reason, retryAfterSeconds });
}

async function tellLogout(edge: Edge, operatorToken: string): Promise<void> {
  const body = new TextEncoder().encode(JSON.stringify({ operatorToken }));
  const request = { method: 'POST', path: kioskPaths.operatorLogout, body, key: edge.key } as const;
  await edge.client.ask({ ...request, timeoutMs, maxBytes: 65_536, tries: 2 });
}

export async function logInOperator(
  needs: OperatorNeeds,
  username: string,
  password: string,
): Promise<Result<Operator, OperatorError>> {
  const edge = needs.edge();
  if (!edge) return err({ reason: 'not_enrolled' });
  const answer = await askLogin(edge, username, password);
  if (!answer.ok) return answer;
  needs.operators.begin(answer.value);
  const { operator, expiresAt } = answer.value;
  return ok({ ...operator, expiresAt });
}

/** A second person beside the operator on duty, for one act: the answer is the caller's to keep in memory and to release. */
export function askSupervisor(
  edge: Edge,
  username: string,
  password: string,
): Promise<Result<OperatorLoginAnswer, OperatorError>> {
  return askLogin(edge, username, password);
}

/** Never fails: a session that the edge cannot be told of runs out there. */
export function releaseSupervisor(edge: Edge, token: string): Promise<void> {
  return tellLogout(edge, token).catch(() => undefined);
}

/** Off duty here at once. The edge is told without waiting; if it cannot be, the session runs out there. */
export function logOutOperator(needs: OperatorNeeds): Promise<void> {
  const session = needs.operators.onDuty(needs.clock.now());
  needs.operators.end();
  const edge = needs.edge();
  return session && edge ? tellLogout(edge, session.operatorToken) : Promise.resolve();
}
