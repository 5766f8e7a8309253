// Whether an operator's session counts at a kiosk and a moment. Pure.
import { kioskSignatureMaxSkewSeconds } from '../../shared/contract/kiosk.ts';
import type { OperatorSession } from '../store/operators.ts';

/** On duty at this kiosk at `at`, and still one of ours now. Clocks may differ as far as a signature's may. */
export function wasOnDutyAt(
  session: OperatorSession | undefined,
  kioskId: string,
  at: number,
): session is OperatorSession {
  const skew = kioskSignatureMaxSkewSeconds;
  if (!session || session.kioskId !== kioskId || session.operatorState !== 'active') return false;
  const ended = Math.min(session.expiresAt, session.endedAt ?? session.expiresAt);
  return session.startedAt - skew <= at && at <= ended + skew;
}

/** On duty now: a session that was ended does not count, however short ago. */
export function isOnDuty(session: OperatorSession | undefined, kioskId: string, now: number): boolean {
  return wasOnDutyAt(session, kioskId, now) && session.endedAt === undefined;
}
