// Whether an appointment counts at a centre and a moment. Pure: the rows are handed in, cancelled ones left out.
import { type AppointmentState, appointmentWindow } from '../../shared/contract/appointment.ts';
import type { AppointmentStanding } from '../../shared/contract/kiosk.ts';

export type HeldAppointment = {
  readonly id: string;
  readonly centreId: string;
  readonly startsAt: number;
  readonly state: AppointmentState;
};

export function isWithinWindow(startsAt: number, at: number): boolean {
  const { beforeSeconds, afterSeconds } = appointmentWindow;
  return startsAt - beforeSeconds <= at && at <= startsAt + afterSeconds;
}

/**
 * `at`: when the person stood at the desk, which for a request that waited is not now. One that was marked in the meantime still
 * counts: the person was there.
 */
export function standingOf(
  held: readonly HeldAppointment[],
  centreId: string,
  at: number,
): Exclude<AppointmentStanding, 'not_needed'> {
  const live = held.filter(({ state }) => state !== 'cancelled');
  const current = live.filter(({ startsAt }) => isWithinWindow(startsAt, at));
  if (current.some((appointment) => appointment.centreId === centreId)) return 'honoured';
  if (current.length > 0) return 'elsewhere';
  return live.some(({ state }) => state === 'booked') ? 'not_now' : 'missing';
}
