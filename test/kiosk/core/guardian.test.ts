// A minor with a guardian, an activation without a finger, and appointments at the desk, as the kiosk's core does them.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { kioskPaths } from '../../../shared/contract/kiosk.ts';
import { type Fake, fakeEdge } from '../support/fake-edge.ts';
import { newRig, type Rig } from '../support/rig.ts';

let edge: Fake;
let rig: Rig;
beforeEach(async () => {
  edge = await fakeEdge();
  rig = await newRig(edge);
  await rig.onDuty();
});
afterEach(() => rig.close());

const number = '1234567897';
const refuse = (at: string, reason: string, status = 403) => {
  edge.state.meddle = (path, answer) =>
    path === at
      ? Response.json({ type: `urn:tawthiq:problem:${reason}`, title: '', status, reason }, { status })
      : answer;
};

describe('a minor', () => {
  let activationId: string;
  beforeEach(async () => {
    edge.state.requires = ['fingerprint', 'appointment', 'guardian_fingerprint'];
    edge.state.appointment = 'honoured';
    const begun = await rig.value('activation.begin', { number });
    expect(begun).toMatchObject({ appointment: 'honoured', guardians: ['mother'], ready: false });
    activationId = begun.activationId;
  });
  const guardian = () => rig.value('activation.guardian', { activationId, number: edge.state.guardian });

  test('is activated with the guardian’s number and finger in the same evidence, and the fresh session', async () => {
    expect(await guardian()).toMatchObject({
      guardian: { relation: 'mother', positions: [7], captures: [], ready: false },
    });
    const theirs = await rig.value('activation.capture', { activationId, position: 7, who: 'guardian' });
    expect(theirs).toMatchObject({ guardian: { ready: true }, captures: [], ready: false });
    const own = await rig.value('activation.capture', { activationId, position: 2 });
    expect(own.ready).toBe(true);
    expect(await rig.value('activation.submit', { activationId })).toMatchObject({ outcome: 'activated' });
    const arrived = edge.state.activations.get(activationId);
    expect(arrived?.evidence.guardian).toMatchObject({ number: edge.state.guardian, captures: [{ position: 7 }] });
    expect(arrived?.evidence.captures).toMatchObject([{ position: 2 }]);
    expect(arrived?.request.sessionId).toBe('s2');
    expect(rig.reader.templates).toHaveLength(2);
    for (const template of rig.reader.templates) expect(template.every((byte) => byte === 0)).toBe(true);
  });

  test('is not submitted without a guardian, or without the guardian’s finger', async () => {
    await rig.value('activation.capture', { activationId, position: 2 });
    expect(await rig.reason('activation.submit', { activationId })).toBe('guardian_missing');
    expect(await rig.reason('activation.capture', { activationId, position: 2, who: 'guardian' })).toBe(
      'guardian_missing',
    );
    await guardian();
    expect(await rig.reason('activation.submit', { activationId })).toBe('captures_missing');
    expect(edge.state.arrived).toEqual([]);
  });

  test('with a stranger, themselves, or somebody the edge will not have, is told so; another may be named', async () => {
    const name = (who: string) => rig.reason('activation.guardian', { activationId, number: who });
    expect(await name('1000000016')).toBe('guardian_not_related');
    expect(await name(number)).toBe('guardian_is_person');
    refuse(kioskPaths.session, 'guardian_not_eligible');
    expect(await name(edge.state.guardian)).toBe('guardian_not_eligible');
    edge.state.meddle = undefined;
    await guardian();
    await rig.value('activation.capture', { activationId, position: 7, who: 'guardian' });
    const again = await guardian();
    expect(again.guardian).toMatchObject({ captures: [], ready: false });
    expect(rig.reader.templates[0]?.every((byte) => byte === 0)).toBe(true);
    rig.line.up = false;
    expect(await name(edge.state.guardian)).toBe('guardian_needs_line');
  });

  test('whose fingers are read by two readers is refused', async () => {
    await guardian();
    await rig.value('activation.capture', { activationId, position: 7, who: 'guardian' });
    rig.reader.serial = 'S2';
    expect(await rig.reason('activation.capture', { activationId, position: 2 })).toBe('serial_changed');
  });

  test('is not named a guardian in another activation, or where none is needed', async () => {
    expect(await rig.reason('activation.guardian', { activationId: 'A'.repeat(22), number: edge.state.guardian })).toBe(
      'activation_unknown',
    );
    edge.state.requires = ['fingerprint'];
    const adult = await rig.value('activation.begin', { number });
    const asked = { activationId: adult.activationId, number: edge.state.guardian };
    expect(await rig.reason('activation.guardian', asked)).toBe('guardian_not_needed');
  });
});

test.each([
  ['missing', 'appointment_missing'],
  ['elsewhere', 'appointment_elsewhere'],
  ['not_now', 'appointment_not_now'],
] as const)('an appointment that is %s is told before a finger is asked for', async (standing, reason) => {
  edge.state.requires = ['fingerprint', 'appointment', 'guardian_fingerprint'];
  edge.state.appointment = standing;
  expect(await rig.reason('activation.begin', { number })).toBe(reason);
});

describe('without a finger', () => {
  const approval = { documentChecked: true, username: 'supervisor', password: 'right' } as const;

  test('a supervisor approves here, the request carries their token, and their session ends after', async () => {
    const { activationId } = await rig.value('activation.begin', { number });
    const approved = await rig.value('activation.except', { activationId, reason: 'missing', ...approval });
    expect(approved).toMatchObject({ ready: true, exception: { reason: 'missing' } });
    expect(await rig.value('activation.submit', { activationId })).toMatchObject({ outcome: 'activated' });
    const arrived = edge.state.activations.get(activationId);
    expect(arrived?.evidence).toMatchObject({
      captures: [],
      exception: { reason: 'missing', tries: 0, documentChecked: true },
    });
    expect(arrived?.request.supervisorToken).toMatch(/^[\w-]{43}$/);
    expect(arrived?.request.supervisorToken).not.toBe(arrived?.request.operatorToken);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(edge.state.loggedOut).toBe(1);
    const disk = readdirSync(rig.directory).map((file) => readFileSync(path.join(rig.directory, file)));
    const token = arrived?.request.supervisorToken ?? '-';
    for (const bytes of disk) expect(bytes.includes(token)).toBe(false);
  });

  test('an operator cannot, a wrong password cannot, and the operator stays on duty', async () => {
    const { activationId } = await rig.value('activation.begin', { number });
    const except = (change: object) =>
      rig.reason('activation.except', { activationId, reason: 'bandaged', ...approval, ...change });
    expect(await except({ username: 'op' })).toBe('not_a_supervisor');
    expect(await except({ password: 'wrong' })).toBe('wrong_credentials');
    expect(await except({ documentChecked: false })).toBe('bad_input');
    rig.line.up = false;
    expect(await except({})).toBe('line_down');
    rig.line.up = true;
    expect((await rig.value('state.get', {})).operator).toMatchObject({ id: 'o1' });
    expect(await rig.reason('activation.submit', { activationId })).toBe('captures_missing');
  });

  test('"cannot be read" comes after every try, and a finger that was read needs no exception', async () => {
    const { activationId } = await rig.value('activation.begin', { number });
    const unreadable = { activationId, reason: 'unreadable', ...approval } as const;
    rig.reader.quality = 10;
    for (let i = 0; i < 3; i++) {
      expect(await rig.reason('activation.except', unreadable)).toBe('exception_too_early');
      await rig.value('activation.capture', { activationId, position: 2 });
    }
    expect(await rig.value('activation.except', unreadable)).toMatchObject({ exception: { reason: 'unreadable' } });
    rig.reader.quality = 80;
    const other = await rig.captured();
    expect(await rig.reason('activation.except', { ...unreadable, activationId: other })).toBe('exception_not_allowed');
  });

  test('a centre that may not, and a person without enrolled fingers there', async () => {
    edge.state.mayExcept = false;
    const { activationId } = await rig.value('activation.begin', { number });
    expect(await rig.reason('activation.except', { activationId, reason: 'missing', ...approval })).toBe(
      'exception_not_allowed',
    );
    edge.state.positions = [];
    expect(await rig.reason('activation.begin', { number })).toBe('no_enrolled_fingers');
    edge.state.mayExcept = true;
    expect((await rig.value('activation.begin', { number })).mayExcept).toBe(true);
  });
});

test('a kiosk that the edge holds says so, and what waits is sent once it is released', async () => {
  const activationId = await rig.captured();
  refuse(kioskPaths.activations, 'kiosk_held');
  expect(await rig.reason('activation.submit', { activationId })).toBe('kiosk_held');
  expect((await rig.value('state.get', {})).outbox).toMatchObject({ waiting: 1 });
  edge.state.meddle = undefined;
  await rig.value('sync.now', {});
  expect((await rig.value('state.get', {})).outbox).toMatchObject({ waiting: 0, activated: 1 });
});

describe('appointments at the desk', () => {
  test('are kept by the edge for this centre', async () => {
    expect(await rig.value('appointment.slots', { date: '2026-11-22' })).toEqual({
      slots: [{ startsAt: 900, free: 2 }],
    });
    const booked = await rig.value('appointment.keep', { number, act: 'book', startsAt: 900 });
    expect(booked.appointment).toMatchObject({ startsAt: 900, state: 'booked' });
    expect(await rig.value('appointment.keep', { number, act: 'cancel' })).toEqual({});
    const elsewhere = await rig.value('appointment.keep', { number, act: 'move', startsAt: 900, centreId: 'c2' });
    expect(elsewhere.appointment).toMatchObject({ centreId: 'c2' });
    const came = await rig.value('appointment.keep', { number, act: 'arrive' });
    expect(came.appointment?.arrivedAt).toBeGreaterThan(0);
    expect((await rig.value('appointment.centres', {})).centres).toMatchObject([{ id: 'c1', type: 'post_office' }]);
    expect((await rig.value('appointment.day', { date: '2026-11-22' })).appointments).toMatchObject([
      { id: 'a_1', state: 'no_show' },
    ]);
  });

  test.each([
    ['slot_full', 'slot_full'],
    ['already_booked', 'already_booked'],
    ['appointment_not_now', 'appointment_not_now'],
    ['appointment_elsewhere', 'appointment_elsewhere'],
    ['centre_unknown', 'centre_unknown'],
    ['number_check_digit', 'number_malformed'],
    ['operator_not_on_duty', 'no_operator'],
    ['something_new', 'appointment_refused'],
    ['kiosk_revoked', 'kiosk_revoked'],
  ])('refused with %s is %s', async (problem, reason) => {
    refuse(kioskPaths.appointments, problem, 409);
    expect(await rig.reason('appointment.keep', { number, act: 'book', startsAt: 900 })).toBe(reason);
  });

  test('need an operator and the line', async () => {
    rig.line.up = false;
    expect(await rig.reason('appointment.keep', { number, act: 'show' })).toBe('line_down');
    expect(await rig.reason('appointment.centres', {})).toBe('line_down');
    expect(await rig.reason('appointment.day', { date: '2026-11-22' })).toBe('line_down');
    await rig.value('operator.logout', {});
    expect(await rig.reason('appointment.keep', { number, act: 'show' })).toBe('no_operator');
    expect(await rig.reason('appointment.day', { date: '2026-11-22' })).toBe('no_operator');
  });
});
