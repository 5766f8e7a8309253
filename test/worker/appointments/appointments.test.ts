// Appointments over HTTP: hours and slots, booking by the person, the desk and the authority, races for a seat, no-shows.
import { env, exports } from 'cloudflare:workers';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { epochSeconds } from '../../../shared/base/brands.ts';
import {
  type Appointment,
  appointmentPaths,
  type CentreHours,
  CentresAnswer,
  DeskDayAnswer,
  SlotsAnswer,
} from '../../../shared/contract/appointment.ts';
import { kioskPaths } from '../../../shared/contract/kiosk.ts';
import { hoursOverlap, slotPlace, slotsOfDay } from '../../../worker/appointments/slots.ts';
import { standingOf } from '../../../worker/appointments/standing.ts';
import { depsOf } from '../../../worker/deps.ts';
import type { Env } from '../../../worker/env.ts';
import { civilDateAt } from '../../../worker/registry/calendar.ts';
import { type Desk, enrolPerson, newDesk, openSession } from '../activation/desk.ts';
import { admin, setUpKeys } from '../issuer/issuing-edge.ts';
import { ask, newCentre, refusal } from '../kiosks/test-kiosk.ts';
import { numberOf } from '../registry/person-lines.ts';
import { bookFor, openAlways, slotAhead } from './slots.ts';

const deps = depsOf(env as unknown as Env);
let centre: string;
let networks = 0;
let network = '';
// In the middle of a slot time stands: the next one is the same throughout a test.
beforeAll(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: (Math.floor(Date.now() / 900_000) + 0.5) * 900_000 });
  await setUpKeys();
});
afterAll(() => vi.useRealTimers());
beforeEach(async () => {
  centre = await newCentre();
  await openAlways(centre, 2);
  network = `198.51.${networks++}.7`;
});

type Holder = { number: string; birthDate: string; documentSerial: string };

async function newHolder(): Promise<Holder> {
  const number = await enrolPerson();
  const serial = `A${number.slice(2, 9)}`;
  return { number, birthDate: '1990-05-17', documentSerial: serial };
}

function post(path: string, body: object): Promise<Response> {
  return exports.default.fetch(env.ISSUER + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'cf-connecting-ip': network },
    body: JSON.stringify(body),
  });
}

const book = (holder: Holder, startsAt = slotAhead(), centreId = centre) =>
  post(appointmentPaths.book, { ...holder, centreId, startsAt });
const free = async (startsAt: number, centreId = centre) => {
  const path = `${appointmentPaths.slots.replace(':id', centreId)}?date=${civilDateAt(epochSeconds(startsAt))}`;
  const { slots } = SlotsAnswer.parse(await (await exports.default.fetch(env.ISSUER + path)).json());
  return slots.find((slot) => slot.startsAt === startsAt)?.free;
};
const events = async (event: string) =>
  (await env.DIRECTORY.prepare('SELECT * FROM journal WHERE event = ?').bind(event).all()).results;

describe('a person', () => {
  it('books, sees, moves and cancels; the seat goes and comes back', async () => {
    const holder = await newHolder();
    const [first, second] = [slotAhead(2), slotAhead(5)];
    expect(await free(first)).toBe(2);
    const booked = await book(holder, first);
    expect(booked.status).toBe(201);
    const made = (await booked.json()) as Appointment;
    expect(made).toMatchObject({ centreId: centre, startsAt: first, state: 'booked' });
    expect(await free(first)).toBe(1);
    expect(await refusal(book(holder, second))).toEqual([409, 'already_booked']);
    const moved = await post(appointmentPaths.move, { ...holder, centreId: centre, startsAt: second });
    expect([moved.status, await moved.json()]).toEqual([200, { ...made, startsAt: second }]);
    expect([await free(first), await free(second)]).toEqual([2, 1]);
    expect(await (await post(appointmentPaths.show, holder)).json()).toEqual({ ...made, startsAt: second });
    expect((await post(appointmentPaths.cancel, holder)).status).toBe(204);
    expect(await free(second)).toBe(2);
    for (const path of [appointmentPaths.show, appointmentPaths.cancel])
      expect(await refusal(post(path, holder))).toEqual([404, 'no_appointment']);
    expect(await refusal(post(appointmentPaths.move, { ...holder, centreId: centre, startsAt: first }))).toEqual([
      404,
      'no_appointment',
    ]);
    const dump = JSON.stringify((await env.DIRECTORY.prepare('SELECT * FROM appointments').all()).results);
    expect(dump).not.toContain(holder.number);
    for (const event of ['appointment.booked', 'appointment.moved', 'appointment.cancelled'])
      expect((await events(event)).at(-1)).toMatchObject({ actor: expect.stringMatching(/^subject:/) });
  });

  it('who is unknown, or says one thing wrong, is told the same, and is counted', async () => {
    const holder = await newHolder();
    const told = async (change: Partial<Holder>) => {
      const answer = await book({ ...holder, ...change });
      return [answer.status, await answer.text()];
    };
    const unknown = await told({ number: numberOf(91_111) });
    expect(unknown[0]).toBe(403);
    expect(unknown[1]).toContain('person_not_recognised');
    expect(await told({ birthDate: '1990-05-18' })).toEqual(unknown);
    expect(await told({ documentSerial: 'Z0000000' })).toEqual(unknown);
    expect(await told({ number: '1000000009' })).toEqual(unknown);
    const answers: number[] = [];
    for (let i = 0; i < 12; i++) answers.push((await book({ ...holder, documentSerial: `Z000000${i % 10}` })).status);
    expect(answers.filter((status) => status === 429).length).toBeGreaterThan(0);
    const locked = await book(holder);
    expect(Number(locked.headers.get('retry-after'))).toBeGreaterThan(3000);
    expect(await refusal(locked)).toEqual([429, 'too_many_tries']);
  });

  it('of a network that asks too often must wait; another network need not', async () => {
    const holder = await newHolder();
    for (let i = 0; i < 60; i++) await post(appointmentPaths.show, { ...holder, number: numberOf(92_000 + i) });
    expect(await refusal(book(holder))).toEqual([429, 'too_many_tries']);
    network = `203.0.${networks++}.1`;
    expect((await book(holder)).status).toBe(201);
  });

  it('whose account is active needs none', async () => {
    const holder = await newHolder();
    const desk = await newDesk();
    await (await import('../activation/desk.ts')).activate(desk, holder.number);
    expect(await refusal(book(holder))).toEqual([409, 'account_not_pending']);
  });
});

describe('a slot', () => {
  it('that is full, closed, past, far away, crooked, or of no centre, is refused with its reason', async () => {
    const [a, b, c] = [await newHolder(), await newHolder(), await newHolder()];
    const at = slotAhead(3);
    expect([(await book(a, at)).status, (await book(b, at)).status]).toEqual([201, 201]);
    expect(await refusal(book(c, at))).toEqual([409, 'slot_full']);
    await post(appointmentPaths.cancel, a);
    expect((await book(c, at)).status).toBe(201);
    const d = await newHolder();
    expect((await book(d, slotAhead(4))).status).toBe(201);
    expect(await refusal(post(appointmentPaths.move, { ...d, centreId: centre, startsAt: at }))).toEqual([
      409,
      'slot_full',
    ]);
    const e = await newHolder();
    expect(await refusal(book(e, slotAhead(3) + 60))).toEqual([409, 'slot_closed']);
    expect(await refusal(book(e, slotAhead(3) + 1))).toEqual([409, 'slot_closed']);
    expect(await refusal(book(e, slotAhead(-2)))).toEqual([422, 'slot_past']);
    expect(await refusal(book(e, slotAhead(61 * 96)))).toEqual([422, 'slot_too_far']);
    expect(await refusal(book(e, at, 'nowhere'))).toEqual([404, 'centre_unknown']);
    const shut = await newCentre();
    expect(await refusal(book(e, at, shut))).toEqual([409, 'slot_closed']);
    const closed = [civilDateAt(epochSeconds(at))];
    const week = {
      hours: [{ weekday: slotPlace(epochSeconds(at))?.weekday, opensAt: 0, closesAt: 1440, slotMinutes: 15, seats: 1 }],
    };
    expect((await admin(`/v1/admin/centres/${shut}/hours`, 'PUT', { ...week, closed })).status).toBe(200);
    expect(await refusal(book(e, at, shut))).toEqual([409, 'slot_closed']);
    expect((await admin(`/v1/admin/centres/${shut}/hours`, 'PUT', week)).status).toBe(200);
    expect((await book(e, at, shut)).status).toBe(201);
  });

  it('has exactly as many as it has seats when twenty want it at once; one who asks twenty times has one', async () => {
    const at = slotAhead(6);
    const holders = await Promise.all(Array.from({ length: 20 }, newHolder));
    const answers = await Promise.all(
      holders.map(({ number }) =>
        admin('/v1/admin/appointments', 'POST', { number, act: 'book', centreId: centre, startsAt: at }),
      ),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(2);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(18);
    const again = await newHolder();
    const body = { number: again.number, act: 'book', centreId: centre };
    const many = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        admin('/v1/admin/appointments', 'POST', { ...body, startsAt: slotAhead(7 + i) }),
      ),
    );
    expect(many.filter(({ status }) => status === 201)).toHaveLength(1);
    await Promise.all([...answers, ...many].map((answer) => answer.text()));
  });
});

describe('the desk and the authority', () => {
  let desk: Desk;
  beforeEach(async () => {
    desk = await newDesk('civil_affairs', centre);
  });
  const atDesk = (body: object) =>
    ask(desk.kiosk, 'POST', kioskPaths.appointments, { operatorToken: desk.operatorToken, ...body });

  it('keep appointments for whoever stands there, in the operator’s or the administrator’s name', async () => {
    const { number } = await newHolder();
    // The one before midnight for a quarter of an hour a day, the other after it.
    const [startsAt, movedTo] = [slotAhead(1), slotAhead(2)];
    expect((await atDesk({ number, act: 'book', startsAt })).status).toBe(201);
    expect(((await (await atDesk({ number, act: 'show' })).json()) as Appointment).startsAt).toBe(startsAt);
    expect((await atDesk({ number, act: 'move', startsAt: movedTo })).status).toBe(200);
    expect((await events('appointment.moved')).at(-1)).toMatchObject({ actor: expect.stringMatching(/^operator:/) });
    const day = `/v1/admin/centres/${centre}/appointments?date=${civilDateAt(epochSeconds(movedTo))}`;
    const { appointments } = (await (await admin(day)).json()) as { appointments: Appointment[] };
    expect(appointments).toHaveLength(1);
    expect(Object.keys(appointments[0] ?? {}).sort()).toEqual(['centreId', 'id', 'startsAt', 'state']);
    expect((await atDesk({ number, act: 'cancel' })).status).toBe(204);
    expect((await admin('/v1/admin/appointments', 'POST', { number, act: 'show' })).status).toBe(404);
    expect(await refusal(admin('/v1/admin/appointments', 'POST', { number, act: 'book' }))).toEqual([
      422,
      'slot_missing',
    ]);
  });

  it('note that a person came, only here and only in time, once, and show the centre its day', async () => {
    const other = await newCentre();
    await openAlways(other);
    const { number } = await newHolder();
    expect(await refusal(atDesk({ number, act: 'arrive' }))).toEqual([404, 'no_appointment']);
    await atDesk({ number, act: 'book', startsAt: slotAhead(8) });
    expect(await refusal(atDesk({ number, act: 'arrive' }))).toEqual([409, 'appointment_not_now']);
    const moved = await atDesk({ number, act: 'move', startsAt: slotAhead(), centreId: other });
    expect(await moved.json()).toMatchObject({ centreId: other });
    expect(await refusal(atDesk({ number, act: 'arrive' }))).toEqual([409, 'appointment_elsewhere']);
    expect(await refusal(atDesk({ number, act: 'move', startsAt: slotAhead(), centreId: 'nowhere' }))).toEqual([
      404,
      'centre_unknown',
    ]);
    const startsAt = slotAhead();
    await atDesk({ number, act: 'move', startsAt });
    const before = (await events('appointment.arrived')).length;
    for (let i = 0; i < 2; i++)
      expect(await (await atDesk({ number, act: 'arrive' })).json()).toMatchObject({ arrivedAt: expect.any(Number) });
    expect(await events('appointment.arrived')).toHaveLength(before + 1);
    const asked = { operatorToken: desk.operatorToken, date: civilDateAt(epochSeconds(startsAt)) };
    const day = await ask(desk.kiosk, 'POST', kioskPaths.appointmentsDay, asked);
    const { appointments } = DeskDayAnswer.parse(await day.json());
    expect(appointments).toMatchObject([{ centreId: centre, startsAt, arrivedAt: expect.any(Number) }]);
    const nobody = { ...asked, operatorToken: 'A'.repeat(43) };
    expect(await refusal(ask(desk.kiosk, 'POST', kioskPaths.appointmentsDay, nobody))).toEqual([
      403,
      'operator_not_on_duty',
    ]);
    expect((await atDesk({ number, act: 'cancel' })).status).toBe(204);
  });

  it('find every centre with its week, and days off that are still to come', async () => {
    const range = { weekday: 1, opensAt: 480, closesAt: 960, slotMinutes: 30, seats: 4 };
    await admin(`/v1/admin/centres/${centre}/hours`, 'PUT', { hours: [range], closed: ['2020-01-01', '2099-01-01'] });
    const answer = await exports.default.fetch(env.ISSUER + appointmentPaths.centres);
    const { centres } = CentresAnswer.parse(await answer.json());
    expect(centres.find(({ id }) => id === centre)).toMatchObject({
      type: 'civil_affairs',
      hours: [range],
      closed: ['2099-01-01'],
    });
  });

  it('say no to a stranger, a wrong number, nobody on duty, a kiosk that is revoked', async () => {
    const { number } = await newHolder();
    expect(await refusal(atDesk({ number: numberOf(93_333), act: 'show' }))).toEqual([404, 'unknown_person']);
    expect(await refusal(atDesk({ number: '1000000009', act: 'show' }))).toEqual([422, 'number_check_digit']);
    expect(await refusal(atDesk({ number, act: 'show', operatorToken: 'A'.repeat(43) }))).toEqual([
      403,
      'operator_not_on_duty',
    ]);
    await admin(`/v1/admin/kiosks/${desk.kiosk.id}/revoke`, 'POST');
    expect(await refusal(atDesk({ number, act: 'show' }))).toEqual([403, 'kiosk_revoked']);
  });

  it('refuse hours that overlap, that fit no slot, or of no centre', async () => {
    const range = { weekday: 1, opensAt: 480, closesAt: 960, slotMinutes: 30, seats: 4 };
    const put = (hours: object[], id = centre) => admin(`/v1/admin/centres/${id}/hours`, 'PUT', { hours });
    expect(await refusal(put([range, { ...range, opensAt: 900, closesAt: 990 }]))).toEqual([422, 'hours_overlap']);
    expect(await refusal(put([{ ...range, closesAt: 500 }]))).toEqual([422, 'bad_input']);
    expect(await refusal(put([range], 'nowhere'))).toEqual([404, 'centre_unknown']);
    expect((await put([range, { ...range, weekday: 2 }])).status).toBe(200);
  });
});

describe('an appointment that passed', () => {
  const past = () =>
    env.DIRECTORY.prepare(`UPDATE appointments SET starts_at = starts_at - 14400 WHERE state = 'booked'`).run();
  const stateOf = async (number: string) => {
    const booked = await admin('/v1/admin/appointments', 'POST', { number, act: 'show' });
    return booked.status === 200 ? ((await booked.json()) as Appointment).state : 'none open';
  };

  it('is a no-show, or kept if a kiosk of that centre had asked for the person; both are in the journal', async () => {
    const desk = await newDesk('civil_affairs', centre);
    const [came, stayed] = [await newHolder(), await newHolder()];
    await bookFor(came.number, centre);
    await bookFor(stayed.number, centre);
    await openSession(desk, came.number);
    await deps.appointments.endPassed(deps.now());
    expect(await stateOf(came.number)).toBe('booked');
    await past();
    await deps.appointments.endPassed(deps.now());
    await deps.appointments.endPassed(deps.now());
    expect([await stateOf(came.number), await stateOf(stayed.number)]).toEqual(['none open', 'none open']);
    expect(await events('appointment.kept')).toHaveLength(1);
    const missed = (await events('appointment.no_show')).filter(({ object }) => object !== null);
    expect(missed.length).toBeGreaterThanOrEqual(1);
    expect((await book(stayed)).status).toBe(201);
  });

  it('does not stand in the way of the next one, also before the cron has looked', async () => {
    const holder = await newHolder();
    await bookFor(holder.number, centre);
    await past();
    expect((await book(holder, slotAhead(1))).status).toBe(201);
  });

  it('is not noted as kept by a kiosk of another centre, or without an operator on duty', async () => {
    const elsewhere = await newDesk();
    const holder = await newHolder();
    await bookFor(holder.number, centre);
    await openSession(elsewhere, holder.number);
    await ask(elsewhere.kiosk, 'POST', kioskPaths.session, { operatorToken: 'A'.repeat(43), number: holder.number });
    const rows = await env.DIRECTORY.prepare(`SELECT arrived_at FROM appointments WHERE centre_id = ?`)
      .bind(centre)
      .all();
    expect(rows.results).toEqual([{ arrived_at: null }]);
  });
});

describe('the rules by themselves', () => {
  const week = (hours: CentreHours['hours'], closed: string[] = []): CentreHours => ({ hours, closed });
  const morning = { weekday: 0, opensAt: 480, closesAt: 550, slotMinutes: 20, seats: 2 };

  it('a day’s slots begin at the civil day’s minutes, fit before closing, and are none on a day off', () => {
    const sunday = '2026-11-22';
    const slots = slotsOfDay(week([morning]), sunday);
    expect(slots.map(({ startsAt }) => new Date(startsAt * 1000).toISOString().slice(11, 16))).toEqual([
      '05:00',
      '05:20',
      '05:40',
    ]);
    expect(slotsOfDay(week([morning]), '2026-11-23')).toEqual([]);
    expect(slotsOfDay(week([morning], [sunday]), sunday)).toEqual([]);
    expect(hoursOverlap([morning, { ...morning, weekday: 1 }, { ...morning, opensAt: 550, closesAt: 600 }])).toBe(
      false,
    );
  });

  it('every slot of a day is at a place of that day and weekday', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1_600_000_000, max: 1_900_000_000 }),
        fc.integer({ min: 5, max: 240 }),
        (at, slotMinutes) => {
          const date = civilDateAt(epochSeconds(at));
          const weekday = new Date(`${date}T00:00:00Z`).getUTCDay();
          for (const { startsAt } of slotsOfDay(
            week([{ weekday, opensAt: 0, closesAt: 1440, slotMinutes, seats: 1 }]),
            date,
          )) {
            const place = slotPlace(startsAt);
            expect([place?.date, place?.weekday]).toEqual([date, weekday]);
            expect((place?.minute ?? -1) % slotMinutes).toBe(0);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it('one counts from half an hour before to an hour after, at its own centre', () => {
    const held = [{ id: 'a', centreId: 'c', startsAt: 10_000, state: 'booked' as const }];
    const at = (time: number, centreId = 'c') => standingOf(held, centreId, time);
    expect([10_000 - 1800, 10_000, 13_600].map((time) => at(time))).toEqual(['honoured', 'honoured', 'honoured']);
    expect([10_000 - 1801, 13_601].map((time) => at(time))).toEqual(['not_now', 'not_now']);
    expect(at(10_000, 'd')).toBe('elsewhere');
    expect(standingOf([], 'c', 10_000)).toBe('missing');
    expect(standingOf([{ ...held[0], state: 'cancelled' } as never], 'c', 10_000)).toBe('missing');
    expect(standingOf([{ ...held[0], state: 'no_show' } as never], 'c', 90_000)).toBe('missing');
  });
});
