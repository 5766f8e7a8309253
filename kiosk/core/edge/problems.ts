// What the edge's problem documents (RFC 9457) mean to a kiosk, whichever act they answer.
import type { edgeReasons } from '../../bridge/reasons.ts';

export type EdgeReason = (typeof edgeReasons)[number];

/** Reasons that are about the kiosk itself. All others belong to the act and are the caller's to know. */
const kioskProblems: Readonly<Record<string, EdgeReason>> = {
  kiosk_revoked: 'kiosk_revoked',
  kiosk_unknown: 'kiosk_unknown',
  key_unknown: 'kiosk_unknown',
  created_out_of_window: 'clock_rejected',
  kiosk_held: 'kiosk_held',
};

export function edgeReasonOf(problem: string): EdgeReason | undefined {
  return kioskProblems[problem];
}
