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
/** The smallest bytes that are a JPEG of 8 × 8 to whoever reads its markers. */
const documentJpeg = Buffer.from([
  ...[0xff, 0xd8, 0xff, 0xe0, 0, 16, 74, 70, 73, 70, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0],
  ...[0xff, 0xc0, 0, 11, 8, 0, 8, 0, 8, 1, 1, 0x11, 0],
  ...[0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0, ...Buffer.alloc(40, 0x55), 0xff, 0xd9],
]);
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
  });

  test('is recorded with the guardian when the line breaks: the edge decides about them later, once', async () => {
    rig.line.up = false;
    expect((await guardian()).guardian).toEqual({ positions: expect.any(Array), captures: [], ready: false });
    await rig.value('activation.capture', { activationId, position: 7, who: 'guardian' });
    await rig.value('activation.capture', { activationId, position: 2 });
    expect(await rig.value('activation.submit', { activationId })).toMatchObject({ outcome: 'recorded' });
    rig.line.up = true;
    await rig.value('sync.now', {});
    await rig.value('sync.now', {});
    const arrived = edge.state.activations.get(activationId);
    expect(arrived?.evidence.guardian).toMatchObject({ number: edge.state.guardian, captures: [{ position: 7 }] });
    expect(arrived?.request.sessionId).toBe('s1');
    expect(edge.state.arrived).toEqual([activationId]);
  });

  test('of whom the line tells nothing is recorded with a guardian if the operator says so', async () => {
    await rig.value('activation.cancel', { activationId });
    rig.line.up = false;
    const begun = await rig.value('activation.begin', { number });
    expect(begun).toMatchObject({ mode: 'offline', requires: ['fingerprint'] });
    ({ activationId } = begun);
    expect((await guardian()).requires).toEqual(['fingerprint', 'guardian_fingerprint']);
    await rig.value('activation.capture', { activationId, position: 2 });
    expect(await rig.reason('activation.submit', { activationId })).toBe('captures_missing');
    await rig.value('activation.capture', { activationId, position: 7, who: 'guardian' });
    expect(await rig.value('activation.submit', { activationId })).toMatchObject({ outcome: 'recorded' });
    edge.state.refuse = 'appointment_missing';
    rig.line.up = true;
    await rig.value('sync.now', {});
    const [item] = (await rig.value('outbox.list', { limit: 1 })).items;
    expect(item).toMatchObject({ activationId, state: 'refused', reason: 'appointment_missing' });
    const arrived = edge.state.activations.get(activationId);
    expect(arrived?.evidence).toMatchObject({ guardian: { captures: [{ position: 7 }] }, captures: [{ position: 2 }] });
    expect(arrived?.request.sessionId).toBeUndefined();
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
  const approval = { username: 'supervisor', password: 'right', documentChecked: true } as const;
  const document = async (activationId: string) =>
    rig.value('activation.document', { activationId, jpeg: documentJpeg.toString('base64url') });

  test('a supervisor approves by password and finger, the photo goes along, and their session ends after', async () => {
    const { activationId } = await rig.value('activation.begin', { number });
    expect(await document(activationId)).toMatchObject({ documentPhoto: true, ready: false });
    const asked = await rig.value('activation.except', { activationId, reason: 'missing', ...approval });
    expect(asked).toMatchObject({
      ready: false,
      exception: { reason: 'missing', supervisor: { positions: [2], captures: [], ready: false } },
    });
    expect(await rig.reason('activation.submit', { activationId })).toBe('approval_missing');
    const approved = await rig.value('activation.capture', { activationId, position: 2, who: 'supervisor' });
    expect(approved).toMatchObject({ ready: true, captures: [], exception: { supervisor: { ready: true } } });
    expect(await rig.value('activation.submit', { activationId })).toMatchObject({ outcome: 'activated' });
    const arrived = edge.state.activations.get(activationId);
    expect(arrived?.evidence).toMatchObject({
      captures: [],
      exception: {
        ...{ reason: 'missing', tries: 0, documentChecked: true },
        supervisor: { captures: [{ position: 2 }] },
        document: { jpeg: documentJpeg.toString('base64url') },
      },
    });
    expect(arrived?.request.supervisorToken).toMatch(/^[\w-]{43}$/);
    expect(arrived?.request.supervisorToken).not.toBe(arrived?.request.operatorToken);
    await expect.poll(() => edge.state.loggedOut).toBe(1);
    expect(rig.reader.templates[0]?.every((byte) => byte === 0)).toBe(true);
    const disk = readdirSync(rig.directory).map((file) => readFileSync(path.join(rig.directory, file)));
    const token = arrived?.request.supervisorToken ?? '-';
    for (const bytes of disk) {
      expect(bytes.includes(token)).toBe(false);
      expect(bytes.includes(documentJpeg.subarray(0, 30))).toBe(false);
    }
  });

  test('a document is a picture, is asked for, and may be taken again; an approval too', async () => {
    const { activationId } = await rig.value('activation.begin', { number });
    const text = Buffer.alloc(300, 'A').toString('base64url');
    expect(await rig.reason('activation.document', { activationId, jpeg: text })).toBe('photo_unreadable');
    expect(await rig.reason('activation.document', { activationId, jpeg: 'A'.repeat(300_000) })).toBe('bad_input');
    expect(await rig.reason('activation.capture', { activationId, position: 2, who: 'supervisor' })).toBe(
      'approval_missing',
    );
    await rig.value('activation.except', { activationId, reason: 'missing', ...approval });
    await rig.value('activation.capture', { activationId, position: 2, who: 'supervisor' });
    expect(await rig.reason('activation.submit', { activationId })).toBe('document_missing');
    await document(activationId);
    await document(activationId);
    const again = await rig.value('activation.except', { activationId, reason: 'bandaged', ...approval });
    expect(again.exception).toMatchObject({ reason: 'bandaged', supervisor: { captures: [], ready: false } });
    expect(rig.reader.templates[0]?.every((byte) => byte === 0)).toBe(true);
    await expect.poll(() => edge.state.loggedOut).toBe(1);
    await rig.value('activation.cancel', { activationId });
    expect(await rig.reason('activation.document', { activationId, jpeg: documentJpeg.toString('base64url') })).toBe(
      'activation_unknown',
    );
  });

  test('an operator cannot, a wrong password cannot, nor a supervisor who enrolled no finger; the operator stays', async () => {
    const { activationId } = await rig.value('activation.begin', { number });
    const except = (change: object) =>
      rig.reason('activation.except', { activationId, reason: 'bandaged', ...approval, ...change });
    expect(await except({ username: 'op' })).toBe('not_a_supervisor');
    expect(await except({ password: 'wrong' })).toBe('wrong_credentials');
    expect(await except({ documentChecked: false })).toBe('bad_input');
    edge.state.operatorFingers = [];
    expect(await except({})).toBe('supervisor_not_enrolled');
    expect(edge.state.loggedOut).toBe(2);
    rig.line.up = false;
    expect(await except({})).toBe('line_down');
    await rig.value('activation.cancel', { activationId });
    const offline = await rig.value('activation.begin', { number });
    expect(offline.mayExcept).toBe(false);
    expect(await except({ activationId: offline.activationId })).toBe('exception_needs_line');
    rig.line.up = true;
    expect((await rig.value('state.get', {})).operator).toMatchObject({ id: 'o1' });
    expect(await rig.reason('activation.submit', { activationId: offline.activationId })).toBe('captures_missing');
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

describe('an operator’s own finger', () => {
  const capture = (enrolmentId: string, position = 6) => rig.value('finger.capture', { enrolmentId, position });

  test('is read three times, sealed with the code as it was typed, forgotten here, and known at once', async () => {
    edge.state.operatorFingers = [];
    const { enrolmentId, needed } = await rig.value('finger.begin', {});
    expect(needed).toBe(3);
    rig.reader.quality = 10;
    expect(await capture(enrolmentId)).toMatchObject({ ready: false, left: 8 });
    rig.reader.quality = 80;
    await capture(enrolmentId);
    expect(await rig.reason('finger.capture', { enrolmentId, position: 2 })).toBe('fingers_differ');
    await capture(enrolmentId);
    expect(await rig.reason('finger.submit', { enrolmentId, code: 'ABCDEFGH23' })).toBe('captures_missing');
    expect(await capture(enrolmentId)).toMatchObject({ ready: true, position: 6 });
    expect(await rig.reason('finger.capture', { enrolmentId, position: 6 })).toBe('captures_used_up');
    expect(await rig.reason('finger.submit', { enrolmentId, code: 'nonsense!' })).toBe('finger_code_refused');
    expect(await rig.reason('finger.submit', { enrolmentId, code: 'ABCDEFGH24' })).toBe('finger_code_refused');
    expect(await rig.value('finger.submit', { enrolmentId, code: 'abcde-fgh23' })).toEqual({ position: 6 });
    expect(edge.state.enrolled).toMatchObject([{ captures: [{ position: 6 }, { position: 6 }, { position: 6 }] }]);
    for (const template of rig.reader.templates) expect(template.every((byte) => byte === 0)).toBe(true);
    expect((await rig.value('state.get', {})).operator?.fingers).toEqual([6]);
    expect(await rig.reason('finger.capture', { enrolmentId, position: 6 })).toBe('enrolment_unknown');
  });

  test.each([
    ['finger_of_colleague', 'finger_of_colleague'],
    ['evidence_replayed', 'evidence_replayed'],
    ['evidence_stale', 'evidence_stale'],
    ['evidence_unreadable', 'evidence_unreadable'],
    ['operator_not_on_duty', 'no_operator'],
    ['something_new', 'finger_refused'],
    ['kiosk_revoked', 'kiosk_revoked'],
  ])('that the edge refuses with %s is %s, and nothing of it is left', async (problem, reason) => {
    const { enrolmentId } = await rig.value('finger.begin', {});
    for (let i = 0; i < 3; i++) await capture(enrolmentId);
    refuse(kioskPaths.operatorFingers, problem);
    expect(await rig.reason('finger.submit', { enrolmentId, code: 'ABCDEFGH23' })).toBe(reason);
    await rig.value('finger.cancel', {});
    for (const template of rig.reader.templates) expect(template.every((byte) => byte === 0)).toBe(true);
  });

  test('needs an operator, and ends when they leave', async () => {
    const { enrolmentId } = await rig.value('finger.begin', {});
    await capture(enrolmentId);
    await rig.value('operator.logout', {});
    expect(rig.reader.templates[0]?.every((byte) => byte === 0)).toBe(true);
    expect(await rig.reason('finger.capture', { enrolmentId, position: 6 })).toBe('enrolment_unknown');
    expect(await rig.reason('finger.begin', {})).toBe('no_operator');
  });
});

test('a kiosk that the edge holds says so, and what waits is sent once it is released', async () => {
  const activationId = await rig.captured();
  refuse(kioskPaths.activations, 'kiosk_held');
  const submitted = await rig.value('activation.submit', { activationId });
  expect(submitted).toMatchObject({ outcome: 'recorded', problem: 'kiosk_held', reference: expect.any(String) });
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
