// At the desk: an operator on duty keeps an appointment at this kiosk's own centre for the person who stands there.
import { type EpochSeconds, epochSeconds, type UnifiedNumber } from '../../shared/base/brands.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import type { Appointment, DeskAct } from '../../shared/contract/appointment.ts';
import { isOnDuty } from '../kiosks/on-duty.ts';
import { type AdmissionReason, operatorTokenHash } from '../kiosks/operator-session.ts';
import type { Appointments } from '../store/appointments.ts';
import type { Kiosks, SignedBy } from '../store/kiosks.ts';
import type { Operators } from '../store/operators.ts';
import type { People } from '../store/people.ts';
import { directoryHmacOf } from '../store/person-index.ts';
import {
  type AppointmentError,
  type AppointmentNeeds,
  arriveAtAppointment,
  bookAppointment,
  cancelAppointment,
  moveAppointment,
  showAppointment,
} from './keep-appointment.ts';

export type DeskNeeds = AppointmentNeeds & {
  readonly kiosks: Pick<Kiosks, 'admit'>;
  readonly operators: Pick<Operators, 'sessionQuery' | 'sessionOf'>;
  readonly people: Pick<People, 'findByNumber'>;
  readonly numberSecret: Uint8Array;
};

type AskedAct = {
  readonly number: UnifiedNumber;
  readonly act: DeskAct;
  readonly centreId?: string | undefined;
  readonly startsAt?: number | undefined;
};

export type ActError = AppointmentError | { readonly reason: 'unknown_person' | 'slot_missing' };

/** The appointment as it stands afterwards; undefined once cancelled. */
export async function actOnAppointment(
  needs: AppointmentNeeds & Pick<DeskNeeds, 'people' | 'numberSecret'>,
  actor: Parameters<typeof bookAppointment>[1]['actor'],
  asked: AskedAct,
): Promise<Result<Appointment | undefined, ActError>> {
  const [person, personHmac] = await Promise.all([
    needs.people.findByNumber(asked.number),
    directoryHmacOf(needs.numberSecret, asked.number),
  ]);
  if (!person) return err({ reason: 'unknown_person' });
  const booker = { subjectId: person.subjectId, personHmac, actor };
  if (asked.act === 'cancel') return cancelAppointment(needs, booker);
  if (asked.act === 'show') return showAppointment(needs, booker);
  const { centreId, startsAt } = asked;
  if (asked.act === 'arrive')
    return centreId === undefined ? err({ reason: 'slot_missing' }) : arriveAtAppointment(needs, booker, centreId);
  if (centreId === undefined || startsAt === undefined) return err({ reason: 'slot_missing' });
  const slot = { centreId, startsAt: epochSeconds(startsAt) };
  return asked.act === 'book' ? bookAppointment(needs, booker, slot) : moveAppointment(needs, booker, slot);
}

/**
 * Three D1 trips at most: this is no hot path. Whoever stands there may be booked at any centre; they arrive at this one.
 * SECURITY: without an operator on duty nothing is said about anybody.
 */
export async function keepDeskAppointment(
  needs: DeskNeeds,
  signed: SignedBy,
  operatorToken: string,
  asked: AskedAct,
): Promise<Result<Appointment | undefined, ActError | DeskError>> {
  const duty = await dutyAt(needs, signed, operatorToken);
  if (!duty.ok) return duty;
  const { centreId, operatorId } = duty.value;
  const wanted = asked.act === 'arrive' ? centreId : (asked.centreId ?? centreId);
  return actOnAppointment(needs, `operator:${operatorId}`, { ...asked, centreId: wanted });
}

/** The centre's day for its own staff. `dayOf`: first and last second of the civil day. */
export async function showDeskDay(
  needs: Pick<DeskNeeds, 'kiosks' | 'operators' | 'now'> & { readonly appointments: Pick<Appointments, 'day'> },
  signed: SignedBy,
  operatorToken: string,
  [from, to]: readonly [EpochSeconds, EpochSeconds],
): Promise<Result<readonly Appointment[], DeskError>> {
  const duty = await dutyAt(needs, signed, operatorToken);
  return duty.ok ? ok(await needs.appointments.day(duty.value.centreId, from, to)) : duty;
}

export type DeskError = { readonly reason: AdmissionReason | 'operator_not_on_duty' };

async function dutyAt(
  needs: Pick<DeskNeeds, 'kiosks' | 'operators' | 'now'>,
  signed: SignedBy,
  operatorToken: string,
): Promise<Result<{ readonly centreId: string; readonly operatorId: string }, DeskError>> {
  const now = needs.now();
  const tokenHash = (await operatorTokenHash(operatorToken)) ?? new Uint8Array();
  const admitted = await needs.kiosks.admit(signed, now, [needs.operators.sessionQuery(tokenHash)]);
  if (!admitted.ok) return admitted;
  const { kiosk, centre, results } = admitted.value;
  const operator = needs.operators.sessionOf(results[0]);
  if (!operator || !isOnDuty(operator, kiosk.id, now)) return err({ reason: 'operator_not_on_duty' });
  return ok({ centreId: centre.id, operatorId: operator.operatorId });
}
