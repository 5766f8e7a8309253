// Which refusals count, for whom, and how long a lock lasts: data and pure rules.
import type { EpochSeconds } from '../../shared/base/brands.ts';
import type { ActivationRefusal } from '../../shared/contract/kiosk.ts';

/** Failed fingerprints in a row before the first lock; each one after doubles it. */
export const activationLock = { afterFailures: 5, firstSeconds: 900, maxSeconds: 86_400 } as const;
/** Refusals that count as a failed try: somebody else's finger, or a finger that is no finger. */
export const failedByFinger: readonly ActivationRefusal[] = [
  'no_match',
  'evidence_replayed',
  'guardian_no_match',
  'finger_of_many',
  'operator_finger',
];
/** Refusals that count against the kiosk: those, and a stranger's finger for a supervisor's. */
export const notedAtKiosk: readonly ActivationRefusal[] = [...failedByFinger, 'supervisor_no_match'];
/** Refusals that are a pattern of fraud, and are journalled as one. */
export const suspicious: readonly ActivationRefusal[] = [
  'finger_of_many',
  'own_account',
  'operator_finger',
  'supervisor_no_match',
];

/** Until when an account is locked after so many failures in a row; 0: not at all. */
export function lockAfter(failures: number, now: EpochSeconds): number {
  const { afterFailures, firstSeconds, maxSeconds } = activationLock;
  if (failures < afterFailures) return 0;
  return now + Math.min(maxSeconds, firstSeconds * 2 ** (failures - afterFailures));
}
