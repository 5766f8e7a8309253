// A person who lost what they log in with, at this kiosk: the same desk with another purpose, over a real socket.
import type { Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Fake, fakeEdge, serve } from '../support/fake-edge.ts';
import { newRig, type Rig } from '../support/rig.ts';

let edge: Fake;
let rig: Rig;
let line: { port: number; server: Server };
beforeEach(async () => {
  edge = await fakeEdge();
  edge.state.accountState = 'active';
  line = await serve(edge);
  rig = await newRig(edge, { fetch, via: `http://127.0.0.1:${line.port}` });
  await rig.onDuty();
});
afterEach(async () => {
  await rig.close();
  await cut();
});

async function cut() {
  line.server.closeAllConnections();
  await new Promise((resolve) => line.server.close(resolve));
}

const number = '1234567897';
const begin = () => rig.value('activation.begin', { number, purpose: 'recover' });
async function read(activationId: string) {
  await rig.value('activation.capture', { activationId, position: 2 });
}

describe('recovery at the desk', () => {
  test('an active account gets a new setup code for its finger, and the request says what it is for', async () => {
    const begun = await begin();
    expect(begun).toMatchObject({ purpose: 'recover', mode: 'online', positions: [2, 7], mayExcept: false });
    const { activationId, reference } = begun;
    await read(activationId);
    const outcome = await rig.value('activation.submit', { activationId });
    expect(outcome).toMatchObject({ outcome: 'activated', purpose: 'recover', reference });
    if (outcome.outcome !== 'activated') throw new Error('not recovered');
    expect(outcome.setup?.code).toBeDefined();
    expect(edge.state.activations.get(activationId)?.request.purpose).toBe('recover');
    expect(await rig.value('outbox.list', { limit: 1 })).toMatchObject({
      items: [{ activationId, purpose: 'recover', state: 'activated' }],
    });
    expect(await rig.value('outbox.open', { activationId })).toMatchObject({
      purpose: 'recover',
      setup: outcome.setup,
    });
  });

  test.each([
    ['none', 'nothing_to_recover'],
    ['pending', 'nothing_to_recover'],
    ['active', 'none'],
    ['suspended', 'account_suspended'],
    ['closed', 'account_closed'],
  ] as const)('of an account that is %s: the refusal is %s', async (state, reason) => {
    edge.state.accountState = state;
    expect(await rig.reason('activation.begin', { number, purpose: 'recover' })).toBe(reason);
  });

  test('what is asked of the person is asked here too: an age, an appointment, a finger that is enrolled', async () => {
    const reason = () => rig.reason('activation.begin', { number, purpose: 'recover' });
    edge.state.requires = ['none'];
    expect(await reason()).toBe('age_not_allowed');
    edge.state.requires = ['fingerprint', 'appointment', 'guardian_fingerprint'];
    edge.state.appointment = 'elsewhere';
    expect(await reason()).toBe('appointment_elsewhere');
    edge.state.requires = ['fingerprint'];
    edge.state.positions = [];
    // A supervisor of this centre may approve an activation without a finger; a recovery never.
    expect(edge.state.mayExcept).toBe(true);
    expect(await reason()).toBe('no_enrolled_fingers');
  });

  test('is never given on a supervisor’s word', async () => {
    const { activationId } = await begin();
    const asked = { activationId, reason: 'missing', documentChecked: true, username: 'supervisor' } as const;
    expect(await rig.reason('activation.except', { ...asked, password: 'right' })).toBe('exception_not_allowed');
  });

  test('the edge’s refusal is told as one of a recovery', async () => {
    edge.state.refuse = 'no_match';
    const { activationId } = await begin();
    await read(activationId);
    expect(await rig.value('activation.submit', { activationId })).toMatchObject({
      ...{ outcome: 'refused', purpose: 'recover', reason: 'no_match' },
    });
  });

  test('with the line down it is recorded, is still a recovery after a restart, and arrives once', async () => {
    await cut();
    const begun = await begin();
    expect(begun).toMatchObject({ purpose: 'recover', mode: 'offline' });
    const { activationId } = begun;
    await read(activationId);
    const recorded = await rig.value('activation.submit', { activationId });
    expect(recorded).toMatchObject({ outcome: 'recorded', purpose: 'recover', reference: begun.reference });
    await rig.restart();
    expect(edge.state.arrived).toEqual([]);
    line = await serve(edge, line.port);
    expect(await rig.value('sync.now', {})).toMatchObject({ sent: 1, waiting: 0 });
    expect(edge.state.arrived).toEqual([activationId]);
    expect(edge.state.activations.get(activationId)?.request.purpose).toBe('recover');
    expect((await rig.value('outbox.open', { activationId })).setup?.code).toBeDefined();
  });

  test('a finger of it is overwritten like any other', async () => {
    const { activationId } = await begin();
    await read(activationId);
    await rig.value('activation.cancel', { activationId });
    expect(rig.reader.templates.every((template) => template.every((byte) => byte === 0))).toBe(true);
    expect(rig.reader.templates).toHaveLength(1);
  });
});
