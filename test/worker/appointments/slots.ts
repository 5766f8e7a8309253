// Slots of a centre that is open all day, every day: for tests of what depends on an appointment, whatever the clock says.
import { epochSecondsOfMs } from '../../../shared/base/brands.ts';
import type { CentreHours } from '../../../shared/contract/appointment.ts';
import { admin } from '../issuer/issuing-edge.ts';

const slotSeconds = 900;

export async function openAlways(centreId: string, seats = 3): Promise<void> {
  const hours = [0, 1, 2, 3, 4, 5, 6].map((weekday) => ({
    ...{ weekday, opensAt: 0, closesAt: 1440, slotMinutes: 15, seats },
  }));
  const week: CentreHours = { hours, closed: [] };
  const answer = await admin(`/v1/admin/centres/${centreId}/hours`, 'PUT', week);
  if (answer.status !== 200) throw new Error(`hours: ${answer.status} ${await answer.text()}`);
}

/** The start of the slot `ahead` slots from the next one, which begins in a minute or later: not while it is being booked. */
export function slotAhead(ahead = 0): number {
  const inAMinute = epochSecondsOfMs(Date.now()) + 60;
  return (Math.floor(inAMinute / slotSeconds) + 1 + ahead) * slotSeconds;
}

export async function bookFor(number: string, centreId: string, startsAt = slotAhead()): Promise<void> {
  const answer = await admin('/v1/admin/appointments', 'POST', { number, act: 'book', centreId, startsAt });
  if (answer.status !== 201) throw new Error(`book: ${answer.status} ${await answer.text()}`);
}
