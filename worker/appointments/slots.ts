// When a centre's slots begin: pure rules over civil days in the registry's country. Knows no store and no person.
import { type EpochSeconds, epochSeconds } from '../../shared/base/brands.ts';
import type { CentreHours } from '../../shared/contract/appointment.ts';
import { civilDateAt, endOfCivilDay } from '../registry/calendar.ts';

const daySeconds = 86_400;

/** How far ahead people may book. */
export const bookingHorizonSeconds = 60 * daySeconds;

/** The civil day, weekday (0 Sunday) and minute of the day at which a slot would begin; undefined off a whole minute. */
export type SlotPlace = { readonly date: string; readonly weekday: number; readonly minute: number };

export function slotPlace(startsAt: EpochSeconds): SlotPlace | undefined {
  if (startsAt % 60 !== 0) return undefined;
  const date = civilDateAt(startsAt);
  const midnight = endOfCivilDay(date) + 1 - daySeconds;
  return { date, weekday: weekdayOf(date), minute: (startsAt - midnight) / 60 };
}

function weekdayOf(date: string): number {
  return new Date(`${date}T00:00:00Z`).getUTCDay();
}

export type Slot = { readonly startsAt: EpochSeconds; readonly seats: number };

/** The slots of one civil day, in order; none on a day off. */
export function slotsOfDay({ hours, closed }: CentreHours, date: string): Slot[] {
  if (closed.includes(date)) return [];
  const midnight = endOfCivilDay(date) + 1 - daySeconds;
  const slots: Slot[] = [];
  for (const { weekday, opensAt, closesAt, slotMinutes, seats } of hours) {
    if (weekday !== weekdayOf(date)) continue;
    for (let minute = opensAt; minute + slotMinutes <= closesAt; minute += slotMinutes)
      slots.push({ startsAt: epochSeconds(midnight + minute * 60), seats });
  }
  return slots.sort((a, b) => a.startsAt - b.startsAt);
}

/** Two ranges of one weekday that overlap would give one moment two capacities. */
export function hoursOverlap(hours: CentreHours['hours']): boolean {
  return hours.some((a, i) =>
    hours.some((b, j) => i < j && a.weekday === b.weekday && a.opensAt < b.closesAt && b.opensAt < a.closesAt),
  );
}
