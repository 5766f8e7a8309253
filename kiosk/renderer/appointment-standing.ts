// What became of an appointment, in the words of a desk: a person who came is no longer expected, whatever is still open.
import type { Appointment } from '../../shared/contract/appointment.ts';

/** `came`: noted at the desk or by an activation, and its time has not passed. */
export function standingOf({ state, arrivedAt }: Appointment): Appointment['state'] | 'came' {
  return state === 'booked' && arrivedAt !== undefined ? 'came' : state;
}
