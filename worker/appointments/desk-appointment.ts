// At the desk: an operator on duty keeps an appointment at this kiosk's own centre for the person who stands there.
import { type EpochSeconds, epochSeconds, type UnifiedNumber } from '../../shared/base/brands.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import type { Appointment } from '../../shared/contract/appointment.ts';
import { isOnDuty } from '../kiosks/on-duty.ts';
import { type AdmissionReason, operatorTokenHash } from '../kiosks/operator-session.ts';
import type { Kiosks, SignedBy } from '../store/kiosks.ts';
import type { Operators } from '../store/operators.ts';
import type { People } from '../store/people.ts';
import { directoryHmacOf } from '../store/person-index.ts';
import {
  type AppointmentError,
  type AppointmentNeeds,
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

type AppointmentAct = 'book' | 'move' | 'cancel' | 'show';
type AskedAct = {
  readonly number: UnifiedNumber;
  readonly act: AppointmentAct;
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
  if (centreId === undefined || startsAt === undefined) return err({ reason: 'slot_missing' });
  const slot = { centreId, startsAt: epochSeconds(startsAt) };
  return asked.act === 'book' ? bookAppointment(needs, booker, slot) : moveAppointment(needs, booker, slot);
}

/** Three D1 trips at most: this is no hot path. SECURITY: without an operator on duty nothing is said about anybody. */
export async function keepDeskAppointment(
  needs: DeskNeeds,
  signed: SignedBy,
  operatorToken: string,
  asked: Omit<AskedAct, 'centreId'>,
): Promise<Result<Appointment | undefined, ActError | { readonly reason: AdmissionReason | 'operator_not_on_duty' }>> {
  const now: EpochSeconds = needs.now();
  const tokenHash = (await operatorTokenHash(operatorToken)) ?? new Uint8Array();
  const admitted = await needs.kiosks.admit(signed, now, [needs.operators.sessionQuery(tokenHash)]);
  if (!admitted.ok) return admitted;
  const { kiosk, centre, results } = admitted.value;
  const operator = needs.operators.sessionOf(results[0]);
  if (!operator || !isOnDuty(operator, kiosk.id, now)) return err({ reason: 'operator_not_on_duty' });
  const done = await actOnAppointment(needs, `operator:${operator.operatorId}`, { ...asked, centreId: centre.id });
  return done.ok ? ok(done.value) : done;
}
