// Appointments over HTTP: by the person, at a kiosk's desk, by the authority; and which slots are free, for everybody.
import { type Context, Hono } from 'hono';
import * as z from 'zod';
import { type EpochSeconds, epochSeconds } from '../../shared/base/brands.ts';
import type { Result } from '../../shared/base/result.ts';
import {
  AdminAppointmentRequest,
  type Appointment,
  appointmentPaths,
  BookRequest,
  CentreHours,
  type CentresAnswer,
  DeskAppointmentRequest,
  type DeskDayAnswer,
  DeskDayRequest,
  DocumentHolder,
  type SlotsAnswer,
} from '../../shared/contract/appointment.ts';
import { kioskPaths } from '../../shared/contract/kiosk.ts';
import { CalendarDate } from '../../shared/contract/registry.ts';
import type { AppEnv } from '../app.ts';
import type { Deps } from '../deps.ts';
import { parseJson, parseJsonBytes } from '../http/body.ts';
import { networkOf } from '../http/network.ts';
import { problem } from '../http/problem.ts';
import { type AdminEnv, requireScope } from '../http/require-scope.ts';
import { admissionProblem, type KioskEnv, kioskSignature } from '../http/signed-kiosk.ts';
import { civilDateAt, endOfCivilDay } from '../registry/calendar.ts';
import { parseUnifiedNumber } from '../registry/unified-number.ts';
import {
  type ActError,
  actOnAppointment,
  type DeskError,
  keepDeskAppointment,
  showDeskDay,
} from './desk-appointment.ts';
import {
  type AppointmentError,
  type AppointmentNeeds,
  type Booker,
  bookAppointment,
  cancelAppointment,
  moveAppointment,
  showAppointment,
} from './keep-appointment.ts';
import { type HolderError, knowHolder } from './know-holder.ts';
import { hoursOverlap, slotsOfDay } from './slots.ts';

const maxBytes = 1024;
const maxHoursBytes = 16_384;
const CentreId = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/);

function needsOf({ appointments, random, now }: Deps): AppointmentNeeds {
  return { appointments, random, now };
}

const refusals = {
  unknown_person: [404, 'The registry knows nobody with this number'],
  centre_unknown: [404, 'There is no such centre'],
  no_appointment: [404, 'There is no open appointment'],
  already_booked: [409, 'There is an open appointment: move it or cancel it'],
  slot_full: [409, 'Every seat of this slot is taken'],
  slot_closed: [409, 'The centre has no slot then'],
  slot_past: [422, 'This moment has passed'],
  slot_too_far: [422, 'This is too far ahead'],
  slot_missing: [422, 'Say when'],
  appointment_elsewhere: [409, 'The appointment is at another centre'],
  appointment_not_now: [409, 'The appointment is not now'],
  person_not_recognised: [403, 'Number, birth date and document do not belong together'],
  account_not_pending: [409, 'This account needs no appointment'],
  operator_not_on_duty: [403, 'No operator is on duty at this kiosk'],
  too_many_tries: [429, 'Too many tries: wait'],
} as const;

type Refused = (ActError | AppointmentError | HolderError | { readonly reason: 'operator_not_on_duty' }) & {
  readonly retryAfterSeconds?: number;
};

function refused(c: Context, { reason, retryAfterSeconds }: Refused): Response {
  const [status, title] = refusals[reason];
  const headers = retryAfterSeconds === undefined ? {} : { headers: { 'Retry-After': String(retryAfterSeconds) } };
  return problem(c, { status, reason, title, ...headers });
}

function answered(c: Context, done: Result<Appointment | undefined, Refused>, status: 200 | 201 = 200): Response {
  if (!done.ok) return refused(c, done.error);
  const headers = { 'Cache-Control': 'no-store' };
  return done.value ? c.json(done.value, status, headers) : c.body(null, 204, headers);
}

export function appointmentRoutes(): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();

  async function holderOf(c: Context<AppEnv>, holder: DocumentHolder): Promise<Result<Booker, HolderError>> {
    const { people, loginObjects, config } = c.var.deps;
    const counter = (name: Uint8Array) => loginObjects.nobody(name);
    return knowHolder(
      { people, counter, numberSecret: config.numberSecret },
      holder,
      networkOf(c.req.raw, config.clientAddressHeader),
    );
  }

  for (const [path, act] of [
    [appointmentPaths.book, bookAppointment],
    [appointmentPaths.move, moveAppointment],
  ] as const) {
    routes.post(path, async (c) => {
      const body = await parseJson(c, BookRequest, maxBytes);
      if (!body.ok) return body.response;
      const holder = await holderOf(c, body.value);
      if (!holder.ok) return refused(c, holder.error);
      const slot = { centreId: body.value.centreId, startsAt: epochSeconds(body.value.startsAt) };
      return answered(c, await act(needsOf(c.var.deps), holder.value, slot), act === bookAppointment ? 201 : 200);
    });
  }

  for (const [path, act] of [
    [appointmentPaths.cancel, cancelAppointment],
    [appointmentPaths.show, showAppointment],
  ] as const) {
    routes.post(path, async (c) => {
      const body = await parseJson(c, DocumentHolder, maxBytes);
      if (!body.ok) return body.response;
      const holder = await holderOf(c, body.value);
      return holder.ok ? answered(c, await act(needsOf(c.var.deps), holder.value)) : refused(c, holder.error);
    });
  }

  routes.get(appointmentPaths.slots, async (c) => {
    const centreId = CentreId.safeParse(c.req.param('id'));
    const date = CalendarDate.safeParse(c.req.query('date'));
    if (!date.success) return problem(c, { status: 422, reason: 'bad_input', title: '"date" is YYYY-MM-DD' });
    const { appointments, now } = c.var.deps;
    const [from, to] = dayOf(date.data);
    const week = centreId.success ? await appointments.week(centreId.data, from, to) : undefined;
    if (!week) return refused(c, { reason: 'centre_unknown' });
    const slots = slotsOfDay(week.hours, date.data)
      .filter(({ startsAt }) => startsAt > now())
      .map(({ startsAt, seats }) => ({ startsAt, free: Math.max(0, seats - (week.taken.get(startsAt) ?? 0)) }));
    return c.json({ slots } satisfies SlotsAnswer, 200, { 'Cache-Control': 'no-store' });
  });

  routes.get(appointmentPaths.centres, async (c) => {
    const { appointments, now } = c.var.deps;
    const centres = await appointments.centres(civilDateAt(now()));
    return c.json({ centres } satisfies CentresAnswer, 200, { 'Cache-Control': 'public, max-age=60' });
  });

  routes.route('/', deskRoutes());
  routes.route('/v1/admin', adminRoutes());
  return routes;
}

function dayOf(date: string): readonly [EpochSeconds, EpochSeconds] {
  const end = endOfCivilDay(date);
  return [epochSeconds(end - 86_399), end];
}

function deskRoutes(): Hono<KioskEnv> {
  const routes = new Hono<KioskEnv>();
  routes.post(kioskPaths.appointments, kioskSignature(maxBytes), async (c) => {
    const body = parseJsonBytes(c, DeskAppointmentRequest, c.var.body);
    if (!body.ok) return body.response;
    const number = parseUnifiedNumber(body.value.number);
    if (!number.ok)
      return problem(c, { status: 422, reason: number.error.reason, title: 'This is not a unified number' });
    const { kiosks, operators, people, config } = c.var.deps;
    const needs = { ...needsOf(c.var.deps), kiosks, operators, people, numberSecret: config.numberSecret };
    const { operatorToken, act, startsAt, centreId } = body.value;
    const asked = { number: number.value, act, startsAt, centreId };
    const done = await keepDeskAppointment(needs, c.var.signed, operatorToken, asked);
    if (done.ok) return answered(c, done, act === 'book' ? 201 : 200);
    return deskRefused(c, done.error);
  });

  routes.post(kioskPaths.appointmentsDay, kioskSignature(maxBytes), async (c) => {
    const body = parseJsonBytes(c, DeskDayRequest, c.var.body);
    if (!body.ok) return body.response;
    const { operatorToken, date } = body.value;
    const day = await showDeskDay(c.var.deps, c.var.signed, operatorToken, dayOf(date));
    if (!day.ok) return deskRefused(c, day.error);
    return c.json({ appointments: [...day.value] } satisfies DeskDayAnswer, 200, { 'Cache-Control': 'no-store' });
  });
  return routes;
}

function deskRefused(c: Context<KioskEnv>, { reason }: ActError | DeskError): Response {
  switch (reason) {
    case 'nonce_replayed':
    case 'kiosk_revoked':
    case 'kiosk_unknown':
      return admissionProblem(c, reason);
    default:
      return refused(c, { reason });
  }
}

function adminRoutes(): Hono<AdminEnv> {
  const routes = new Hono<AdminEnv>();

  routes.put('/centres/:id/hours', requireScope('centres:write'), async (c) => {
    const centreId = CentreId.safeParse(c.req.param('id'));
    const body = await parseJson(c, CentreHours, maxHoursBytes);
    if (!body.ok) return body.response;
    if (hoursOverlap(body.value.hours))
      return problem(c, { status: 422, reason: 'hours_overlap', title: 'Two ranges of one weekday overlap' });
    if (!centreId.success) return refused(c, { reason: 'centre_unknown' });
    const { appointments, now } = c.var.deps;
    const { actor } = c.var.admin;
    const detail = { ranges: body.value.hours.length, daysOff: body.value.closed.length };
    const entry = { at: now(), event: 'centre.hours_set', actor, object: centreId.data, detail } as const;
    return (await appointments.setHours(centreId.data, body.value, entry))
      ? c.json({ id: centreId.data })
      : refused(c, { reason: 'centre_unknown' });
  });

  routes.get('/centres/:id/appointments', requireScope('appointments:write'), async (c) => {
    const centreId = CentreId.safeParse(c.req.param('id'));
    const date = CalendarDate.safeParse(c.req.query('date'));
    if (!date.success) return problem(c, { status: 422, reason: 'bad_input', title: '"date" is YYYY-MM-DD' });
    if (!centreId.success) return refused(c, { reason: 'centre_unknown' });
    const [from, to] = dayOf(date.data);
    return c.json({ appointments: await c.var.deps.appointments.day(centreId.data, from, to) });
  });

  routes.post('/appointments', requireScope('appointments:write'), async (c) => {
    const body = await parseJson(c, AdminAppointmentRequest, maxBytes);
    if (!body.ok) return body.response;
    const number = parseUnifiedNumber(body.value.number);
    if (!number.ok)
      return problem(c, { status: 422, reason: number.error.reason, title: 'This is not a unified number' });
    const { people, config } = c.var.deps;
    const needs = { ...needsOf(c.var.deps), people, numberSecret: config.numberSecret };
    const asked = { ...body.value, number: number.value };
    return answered(c, await actOnAppointment(needs, c.var.admin.actor, asked), asked.act === 'book' ? 201 : 200);
  });

  return routes;
}
