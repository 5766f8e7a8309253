// When a kiosk is held until a supervisor logs in at it: data and a pure rule over its last failures.
import type { ActivationRefusal } from '../../shared/contract/kiosk.ts';

/** So many failures by finger within so long hold a kiosk; rows, and the sealed captures in them, are forgotten after `keptSeconds`. */
export const kioskHold = { failures: 12, withinSeconds: 3600, keptSeconds: 4 * 3600 } as const;

/** One finger tried for several people, and that of who works here, hold at once. */
const atOnce = ['finger_of_many', 'operator_finger'] as const satisfies readonly ActivationRefusal[];
type AtOnce = (typeof atOnce)[number];

export function holdsAtOnce(reason: ActivationRefusal): reason is AtOnce {
  return (atOnce as readonly ActivationRefusal[]).includes(reason);
}

export type KioskStanding = { readonly held: 'many_failures' | AtOnce | undefined };

/** Failures before the last release do not count. */
export function standingOfKiosk(
  failures: readonly { readonly reason: ActivationRefusal; readonly at: number }[],
  releasedAt: number,
  now: number,
): KioskStanding {
  const counted = failures.filter(({ at }) => at > releasedAt && at > now - kioskHold.withinSeconds);
  const grave = counted.map(({ reason }) => reason).find(holdsAtOnce);
  if (grave) return { held: grave };
  return { held: counted.length >= kioskHold.failures ? 'many_failures' : undefined };
}
