// When a kiosk is held until a supervisor logs in at it: data and a pure rule over its last failures.
import type { ActivationRefusal } from '../../shared/contract/kiosk.ts';

/** So many failures by finger within so long hold a kiosk; rows, and the sealed captures in them, are forgotten after `keptSeconds`. */
export const kioskHold = { failures: 12, withinSeconds: 3600, keptSeconds: 4 * 3600 } as const;

export type KioskStanding = { readonly held: 'many_failures' | 'finger_of_many' | undefined };

/** Failures before the last release do not count. One finger tried for several people holds at once. */
export function standingOfKiosk(
  failures: readonly { readonly reason: ActivationRefusal; readonly at: number }[],
  releasedAt: number,
  now: number,
): KioskStanding {
  const counted = failures.filter(({ at }) => at > releasedAt && at > now - kioskHold.withinSeconds);
  if (counted.some(({ reason }) => reason === 'finger_of_many')) return { held: 'finger_of_many' };
  return { held: counted.length >= kioskHold.failures ? 'many_failures' : undefined };
}
