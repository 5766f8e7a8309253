// Appointments for whoever stands at the desk, at this kiosk's own centre or another. The edge keeps them; here nothing of them is kept.
import { err, ok, type Result } from '../../../shared/base/result.ts';
import {
  Appointment,
  appointmentPaths,
  CentresAnswer,
  type DeskAct,
  DeskDayAnswer,
  SlotsAnswer,
} from '../../../shared/contract/appointment.ts';
import { kioskPaths } from '../../../shared/contract/kiosk.ts';
import { appointmentReasons } from '../../bridge/reasons.ts';
import type { KioskClock } from '../clock.ts';
import { bridgeErrorOf, type EdgeClient, type EdgeError, type EdgeKey, parseJson } from '../edge/edge-client.ts';
import type { EdgeReason } from '../edge/problems.ts';
import type { OperatorStore } from '../store/operators.ts';

export type AppointmentReason = (typeof appointmentReasons)[number];
type Refusal = { readonly reason: AppointmentReason | EdgeReason };

export type DeskAppointmentNeeds = {
  readonly operators: Pick<OperatorStore, 'onDuty'>;
  readonly clock: Pick<KioskClock, 'now'>;
  readonly edge: () => { readonly client: EdgeClient; readonly key: EdgeKey } | undefined;
};

const timeoutMs = 8_000;

/** The edge's names are ours, but for those of a number and of an operator who is not on duty. */
function reasonOf(error: EdgeError): Refusal {
  if (error.reason !== 'refused') return bridgeErrorOf(error);
  const { problem } = error;
  if (problem === 'operator_not_on_duty') return { reason: 'no_operator' };
  if (problem.startsWith('number_')) return { reason: 'number_malformed' };
  const known = appointmentReasons.find((reason) => reason === problem);
  return { reason: known ?? 'appointment_refused' };
}

export async function keepAppointment(
  needs: DeskAppointmentNeeds,
  asked: {
    readonly number: string;
    readonly act: DeskAct;
    readonly centreId?: string | undefined;
    readonly startsAt?: number | undefined;
  },
): Promise<Result<{ appointment?: Appointment }, Refusal>> {
  const edge = needs.edge();
  if (!edge) return err({ reason: 'not_enrolled' });
  const operator = needs.operators.onDuty(needs.clock.now());
  if (!operator) return err({ reason: 'no_operator' });
  const body = new TextEncoder().encode(JSON.stringify({ operatorToken: operator.operatorToken, ...asked }));
  const request = { method: 'POST', path: kioskPaths.appointments, body, key: edge.key } as const;
  // A lost answer to "book" is asked for with "show": a second try would be told that there is one already.
  const answer = await edge.client.ask({
    ...request,
    timeoutMs,
    maxBytes: 65_536,
    tries: asked.act === 'show' || asked.act === 'arrive' ? 2 : 1,
  });
  if (!answer.ok) return err(reasonOf(answer.error));
  if (answer.value.body.length === 0) return ok({});
  const appointment = parseJson(Appointment, answer.value.body);
  return appointment ? ok({ appointment }) : err({ reason: 'edge_misbehaved' });
}

export async function centreSlots(
  needs: Pick<DeskAppointmentNeeds, 'edge'>,
  centreId: string,
  date: string,
): Promise<Result<SlotsAnswer, Refusal>> {
  const edge = needs.edge();
  if (!edge) return err({ reason: 'not_enrolled' });
  const path = `${appointmentPaths.slots.replace(':id', centreId)}?date=${date}`;
  const answer = await edge.client.askJson(SlotsAnswer, { method: 'GET', path, key: edge.key, timeoutMs, tries: 2 });
  return answer.ok ? ok(answer.value.value) : err(reasonOf(answer.error));
}

/** Where and when something may be booked. The edge lets everybody have it for a minute. */
export async function allCentres(needs: Pick<DeskAppointmentNeeds, 'edge'>): Promise<Result<CentresAnswer, Refusal>> {
  const edge = needs.edge();
  if (!edge) return err({ reason: 'not_enrolled' });
  const ask = { method: 'GET', path: appointmentPaths.centres, key: edge.key, timeoutMs, tries: 2 } as const;
  const answer = await edge.client.askJson(CentresAnswer, ask);
  return answer.ok ? ok(answer.value.value) : err(reasonOf(answer.error));
}

/** The centre's day: ids, times and what became of them. */
export async function centreDay(needs: DeskAppointmentNeeds, date: string): Promise<Result<DeskDayAnswer, Refusal>> {
  const edge = needs.edge();
  if (!edge) return err({ reason: 'not_enrolled' });
  const operator = needs.operators.onDuty(needs.clock.now());
  if (!operator) return err({ reason: 'no_operator' });
  const json = { operatorToken: operator.operatorToken, date };
  const ask = { method: 'POST', path: kioskPaths.appointmentsDay, json, key: edge.key, timeoutMs, tries: 2 } as const;
  const answer = await edge.client.askJson(DeskDayAnswer, ask);
  return answer.ok ? ok(answer.value.value) : err(reasonOf(answer.error));
}
