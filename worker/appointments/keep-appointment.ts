// The acts on an appointment, whoever asks: book, move, cancel, show. The person is known by now; seats are the store's to give.
import type { EpochSeconds, SubjectId } from '../../shared/base/brands.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import { encodeBase64Url } from '../../shared/bytes/base64url.ts';
import type { Appointment } from '../../shared/contract/appointment.ts';
import type { Actor, JournalEntry } from '../journal/entry.ts';
import type { JournalEvent } from '../journal/events.ts';
import type { Appointments, BookRefusal } from '../store/appointments.ts';
import { bookingHorizonSeconds, type SlotPlace, slotPlace } from './slots.ts';

export type AppointmentNeeds = {
  readonly appointments: Pick<Appointments, 'book' | 'move' | 'cancel' | 'open' | 'arrive'>;
  readonly random: (bytes: number) => Uint8Array;
  readonly now: () => EpochSeconds;
};

/** Who the appointment is for, and who asks. */
export type Booker = { readonly subjectId: SubjectId; readonly personHmac: Uint8Array; readonly actor: Actor };
type WantedSlot = { readonly centreId: string; readonly startsAt: EpochSeconds };

export type AppointmentError = {
  readonly reason:
    | BookRefusal
    | 'no_appointment'
    | 'slot_past'
    | 'slot_too_far'
    | 'appointment_elsewhere'
    | 'appointment_not_now';
};

function placeOf(startsAt: EpochSeconds, now: EpochSeconds): Result<SlotPlace, AppointmentError> {
  if (startsAt <= now) return err({ reason: 'slot_past' });
  if (startsAt > now + bookingHorizonSeconds) return err({ reason: 'slot_too_far' });
  const place = slotPlace(startsAt);
  return place ? ok(place) : err({ reason: 'slot_closed' });
}

function entryOf(booker: Booker, event: JournalEvent, at: EpochSeconds, centre?: string): JournalEntry {
  const { subjectId, actor } = booker;
  return { at, event, actor, subjectId, ...(centre === undefined ? {} : { object: centre }) };
}

export async function bookAppointment(
  needs: AppointmentNeeds,
  booker: Booker,
  slot: WantedSlot,
): Promise<Result<Appointment, AppointmentError>> {
  const now = needs.now();
  const place = placeOf(slot.startsAt, now);
  if (!place.ok) return place;
  const id = `a_${encodeBase64Url(needs.random(12))}`;
  const { subjectId, personHmac } = booker;
  const reason = await needs.appointments.book(
    { id, subjectId, personHmac, ...slot, place: place.value },
    entryOf(booker, 'appointment.booked', now, slot.centreId),
  );
  return reason ? err({ reason }) : ok({ id, ...slot, state: 'booked' });
}

/** Also to another centre. What has begun is not moved. */
export async function moveAppointment(
  needs: AppointmentNeeds,
  booker: Booker,
  slot: WantedSlot,
): Promise<Result<Appointment, AppointmentError>> {
  const now = needs.now();
  const place = placeOf(slot.startsAt, now);
  if (!place.ok) return place;
  const reason = await needs.appointments.move(
    { personHmac: booker.personHmac, ...slot, place: place.value },
    entryOf(booker, 'appointment.moved', now, slot.centreId),
  );
  if (reason) return err({ reason });
  return showAppointment(needs, booker);
}

export async function cancelAppointment(
  needs: AppointmentNeeds,
  booker: Booker,
): Promise<Result<undefined, AppointmentError>> {
  const entry = entryOf(booker, 'appointment.cancelled', needs.now());
  return (await needs.appointments.cancel(booker.personHmac, entry))
    ? ok(undefined)
    : err({ reason: 'no_appointment' });
}

/** At the desk of `centreId`, within the window; said a second time it changes nothing. */
export async function arriveAtAppointment(
  needs: AppointmentNeeds,
  booker: Booker,
  centreId: string,
): Promise<Result<Appointment, AppointmentError>> {
  const entry = entryOf(booker, 'appointment.arrived', needs.now(), centreId);
  const reason = await needs.appointments.arrive(booker.personHmac, centreId, entry);
  return reason ? err({ reason }) : showAppointment(needs, booker);
}

export async function showAppointment(
  needs: Pick<AppointmentNeeds, 'appointments'>,
  booker: Pick<Booker, 'personHmac'>,
): Promise<Result<Appointment, AppointmentError>> {
  const open = await needs.appointments.open(booker.personHmac);
  return open ? ok(open) : err({ reason: 'no_appointment' });
}
