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
});
afterEach(() => rig.close());

const number = '1234567897';

describe('online', () => {
  test('a person is activated: session, capture, sealed evidence, receipt, credential, setup code', async () => {
    await rig.onDuty();
    const begun = await rig.value('activation.begin', { number });
    expect(begun).toMatchObject({
      mode: 'online',
      maskedName: { en: 'F•••' },
      positions: [2, 7],
      ready: false,
      captures: [],
    });
    const captured = await rig.value('activation.capture', { activationId: begun.activationId, position: 2 });
    expect(captured).toMatchObject({ ready: true, captures: [{ position: 2, quality: 80, goodEnough: true }] });
    const outcome = await rig.value('activation.submit', { activationId: begun.activationId });
    expect(outcome).toMatchObject({ outcome: 'activated', reference: begun.reference });
    if (outcome.outcome !== 'activated') throw new Error('not activated');
    expect(outcome.credential?.text).toMatch(/^[0-9A-Z $%*+\-./:]+$/);
    expect(outcome.setup?.code).toBeDefined();
    const arrived = edge.state.activations.get(begun.activationId);
    expect(arrived?.evidence).toMatchObject({
      number,
      captures: [{ position: 2, extractor: 'secugen', device: { serial: 'S1' } }],
    });
    expect(arrived?.request).toMatchObject({ sessionId: 's1', policyVersion: 3, evidenceKid: edge.evidenceKid });
    // What was issued is good here too, at once and offline.
    rig.line.up = false;
    expect(
      await rig.value('verifier.check', { text: outcome.credential?.text ?? '', context: 'counter' }),
    ).toMatchObject({
      verdict: { outcome: 'accepted' },
      profile: 'S',
      notices: ['copy_compare_face'],
      claims: { nameLatin: 'Sample Person' },
    });
  });

  test('no operator, no activation; and none after the operator’s time is up', async () => {
    await rig.enrol();
    expect(await rig.reason('activation.begin', { number })).toBe('no_operator');
    edge.state.operatorSeconds = 60;
    edge.state.sessionSeconds = 600;
    await rig.value('operator.login', { username: 'op', password: 'right' });
    const id = await rig.captured();
    rig.clock.pass(61_000);
    edge.now.shiftSeconds += 61;
    expect(await rig.reason('activation.submit', { activationId: id })).toBe('no_operator');
    expect(edge.state.arrived).toEqual([]);
  });

  test('the edge’s refusal is told with its reason, once, and again when asked', async () => {
    await rig.onDuty();
    edge.state.refuse = 'no_match';
    const activationId = await rig.captured();
    for (let i = 0; i < 2; i++) {
      expect(await rig.value('activation.submit', { activationId })).toMatchObject({
        outcome: 'refused',
        reason: 'no_match',
      });
    }
    expect(edge.state.arrived).toHaveLength(1);
    expect((await rig.value('state.get', {})).outbox).toEqual({ waiting: 0, activated: 0, refused: 1 });
  });

  test.each([
    ['none', 'none'],
    ['pending', 'none'],
    ['active', 'already_active'],
    ['suspended', 'account_suspended'],
    ['closed', 'account_closed'],
  ] as const)('an account that is %s: the refusal is %s', async (state, reason) => {
    await rig.onDuty();
    edge.state.accountState = state;
    expect(await rig.reason('activation.begin', { number })).toBe(reason);
  });

  test('an age without accounts, one that needs an appointment, an expired document, and a person without enrolled fingers are told before a finger is asked for', async () => {
    await rig.onDuty();
    edge.state.requires = ['none'];
    expect(await rig.reason('activation.begin', { number })).toBe('age_not_allowed');
    edge.state.requires = ['fingerprint', 'appointment', 'guardian_fingerprint'];
    edge.state.appointment = 'missing';
    expect(await rig.reason('activation.begin', { number })).toBe('appointment_missing');
    edge.state.requires = ['fingerprint'];
    edge.state.documentExpired = true;
    expect(await rig.reason('activation.begin', { number })).toBe('document_expired');
    edge.state.documentExpired = false;
    edge.state.mayExcept = false;
    edge.state.positions = [];
    expect(await rig.reason('activation.begin', { number })).toBe('no_enrolled_fingers');
  });

  test.each([
    ['account_locked', 'account_locked'],
    ['unknown_person', 'unknown_person'],
    ['number_check_digit', 'number_malformed'],
    ['number_shape', 'number_malformed'],
    ['operator_not_on_duty', 'no_operator'],
    ['something_new', 'session_refused'],
  ])('a session refused with %s is %s', async (problem, reason) => {
    await rig.onDuty();
    edge.state.meddle = (at, answer) =>
      at === kioskPaths.session
        ? Response.json(
            { type: `urn:tawthiq:problem:${problem}`, title: '', status: 403, reason: problem },
            { status: 403 },
          )
        : answer;
    expect(await rig.reason('activation.begin', { number })).toBe(reason);
  });
});

describe('captures', () => {
  test('a poor one is thrown away and counts; three in all, two of one finger', async () => {
    await rig.onDuty();
    const { activationId } = await rig.value('activation.begin', { number });
    expect(await rig.reason('activation.submit', { activationId })).toBe('captures_missing');
    rig.reader.quality = 20;
    const poor = await rig.value('activation.capture', { activationId, position: 2 });
    expect(poor).toMatchObject({ ready: false, captures: [{ quality: 20, goodEnough: false }] });
    rig.reader.quality = 80;
    await rig.value('activation.capture', { activationId, position: 2 });
    await rig.value('activation.capture', { activationId, position: 2 });
    expect(await rig.reason('activation.capture', { activationId, position: 7 })).toBe('captures_used_up');
    await rig.value('activation.submit', { activationId });
    expect(edge.state.activations.get(activationId)?.evidence.captures).toHaveLength(2);
  });

  test('a third of the same finger is not read', async () => {
    await rig.onDuty();
    const { activationId } = await rig.value('activation.begin', { number });
    await rig.value('activation.capture', { activationId, position: 2 });
    await rig.value('activation.capture', { activationId, position: 2 });
    expect(await rig.reason('activation.capture', { activationId, position: 2 })).toBe('captures_used_up');
  });

  test('the reader’s reasons come through, and the activation goes on', async () => {
    await rig.onDuty();
    const { activationId } = await rig.value('activation.begin', { number });
    rig.reader.next = { reason: 'finger_unreadable' };
    expect(await rig.reason('activation.capture', { activationId, position: 2 })).toBe('finger_unreadable');
    expect(await rig.value('activation.capture', { activationId, position: 2 })).toMatchObject({ ready: true });
  });

  test('a reader that was plugged in later is found when a finger is asked for', async () => {
    await rig.onDuty();
    const { discover } = rig.reader;
    rig.reader.discover = async () => ({ ok: true, value: [] });
    expect(await rig.value('reader.discover', {})).toEqual({ state: 'absent' });
    rig.reader.discover = discover;
    await rig.captured();
    expect((await rig.value('state.get', {})).reader).toMatchObject({ state: 'ready', serial: 'S1' });
    // And one that is gone is shown as gone.
    const { activationId } = await rig.value('activation.begin', { number });
    rig.reader.next = { reason: 'reader_unplugged' };
    expect(await rig.reason('activation.capture', { activationId, position: 2 })).toBe('reader_unplugged');
    expect((await rig.value('state.get', {})).reader).toEqual({ state: 'absent' });
  });

  test('another reader in the middle of an activation is refused', async () => {
    await rig.onDuty();
    const { activationId } = await rig.value('activation.begin', { number });
    await rig.value('activation.capture', { activationId, position: 2 });
    rig.reader.serial = 'S2';
    expect(await rig.reason('activation.capture', { activationId, position: 2 })).toBe('serial_changed');
  });

  test('while it is being submitted nobody takes it back: it is recorded, and the edge decides', async () => {
    await rig.onDuty();
    const activationId = await rig.captured();
    let answerNow = () => {};
    const held = new Promise<void>((resolve) => {
      answerNow = resolve;
    });
    edge.state.meddle = async (at, answer) => {
      if (at === kioskPaths.activations) await held;
      return answer;
    };
    const submitted = rig.value('activation.submit', { activationId });
    expect(await rig.reason('activation.cancel', { activationId })).toBe('activation_busy');
    await expect.poll(async () => (await rig.value('state.get', {})).outbox).toMatchObject({ waiting: 1 });
    expect(await rig.reason('activation.cancel', { activationId })).toBe('activation_busy');
    answerNow();
    expect(await submitted).toMatchObject({ outcome: 'activated' });
    expect(await rig.reason('activation.cancel', { activationId })).toBe('activation_unknown');
  });

  test('cancelling stops the reader, and a second call meanwhile is told to wait', async () => {
    await rig.onDuty();
    const { activationId } = await rig.value('activation.begin', { number });
    rig.reader.next = 'wait';
    const capture = rig.reason('activation.capture', { activationId, position: 2 });
    expect(await rig.reason('activation.capture', { activationId, position: 2 })).toBe('activation_busy');
    expect(await rig.reason('activation.cancel', { activationId })).toBe('none');
    expect(await capture).toBe('capture_cancelled');
    expect(await rig.reason('activation.cancel', { activationId })).toBe('activation_unknown');
    expect(await rig.reason('activation.capture', { activationId, position: 2 })).toBe('activation_unknown');
    expect(await rig.reason('activation.submit', { activationId })).toBe('activation_unknown');
  });

  test('an activation left on the desk runs out', async () => {
    edge.state.sessionSeconds = 30;
    await rig.onDuty();
    const activationId = await rig.captured();
    rig.clock.pass(31_000);
    expect(await rig.reason('activation.submit', { activationId })).toBe('session_expired');
  });

  test('the screens are told how a capture goes, and of every new state', async () => {
    await rig.onDuty();
    const { activationId } = await rig.value('activation.begin', { number });
    const { seen, stop } = rig.events();
    await rig.value('activation.capture', { activationId, position: 2 });
    await Promise.resolve();
    stop();
    expect(seen.filter((e) => e.type === 'capture').map((e) => e.step)).toEqual([
      'waiting_for_finger',
      'reading',
      'done',
    ]);
    expect(seen.findLast((e) => e.type === 'state')).toMatchObject({
      state: { activation: { activationId, ready: true } },
    });
  });
});

describe('plain templates', () => {
  test.each(['submit', 'cancel', 'operator logs out', 'poor quality'])('are overwritten on %s', async (how) => {
    await rig.onDuty();
    if (how === 'poor quality') rig.reader.quality = 10;
    const activationId = await rig.captured();
    if (how === 'submit') await rig.value('activation.submit', { activationId });
    if (how === 'cancel') await rig.value('activation.cancel', { activationId });
    if (how === 'operator logs out') await rig.value('operator.logout', {});
    expect(rig.reader.templates).toHaveLength(1);
    expect(rig.reader.templates[0]?.every((byte) => byte === 0)).toBe(true);
  });

  test('are not on the disk, and neither are the number, the bearer or the credential', async () => {
    await rig.onDuty();
    const begun = await rig.value('activation.begin', { number });
    const { activationId } = begun;
    await rig.value('activation.capture', { activationId, position: 2 });
    const template = rig.reader.templates[0]?.slice() ?? new Uint8Array();
    rig.line.up = false;
    await rig.value('activation.submit', { activationId });
    rig.line.up = true;
    await rig.value('sync.now', {});
    const token = edge.state.activations.get(activationId)?.request.operatorToken ?? '';
    const opened = await rig.value('outbox.open', { activationId });
    const secrets = [number, token, opened.credential?.text ?? '', opened.setup?.code ?? '', 'FMR\0'].map((text) =>
      Buffer.from(text),
    );
    secrets.push(
      Buffer.from(template.subarray(24, 60)),
      Buffer.from(Buffer.from(template).toString('base64url').slice(32, 80)),
    );
    for (const secret of secrets) expect(secret.length).toBeGreaterThan(3);
    const files = readdirSync(rig.directory);
    expect(files).toContain('kiosk.sqlite-wal');
    for (const file of files) {
      const bytes = readFileSync(path.join(rig.directory, file));
      for (const secret of secrets)
        expect(bytes.includes(secret), `${file} holds ${secret.toString().slice(0, 8)}`).toBe(false);
    }
    expect(JSON.stringify(rig.logs)).not.toContain(number);
  });
});

describe('the line is down', () => {
  test('the same request waits sealed, is recorded and not active, and arrives when the line is back', async () => {
    await rig.onDuty();
    rig.line.up = false;
    const begun = await rig.value('activation.begin', { number });
    expect(begun).toMatchObject({ mode: 'offline', requires: ['fingerprint'] });
    expect(begun.positions).toHaveLength(10);
    const { activationId } = begun;
    await rig.value('activation.capture', { activationId, position: 2 });
    const recorded = await rig.value('activation.submit', { activationId });
    expect(recorded).toMatchObject({ outcome: 'recorded', reference: begun.reference });
    expect(await rig.value('state.get', {})).toMatchObject({ line: { state: 'down' }, outbox: { waiting: 1 } });
    expect(await rig.reason('sync.now', {})).toBe('line_down');
    rig.line.up = true;
    expect(await rig.value('sync.now', {})).toMatchObject({ sent: 1, waiting: 0 });
    expect(edge.state.decidedNumbers.get(number)).toBe(1);
    expect(edge.state.activations.get(activationId)?.evidence.nonce).toBeUndefined();
    expect(await rig.value('outbox.list', { limit: 10 })).toMatchObject({
      items: [{ activationId, state: 'activated', attempts: 2 }],
    });
    expect((await rig.value('outbox.open', { activationId })).setup?.code).toBeDefined();
    await rig.value('operator.logout', {});
    expect(await rig.reason('outbox.open', { activationId })).toBe('no_operator');
  });

  test('a centre that may not record offline says so before a finger is read', async () => {
    edge.state.meddle = async (at, answer) =>
      at === kioskPaths.sync
        ? Response.json({ ...((await answer.json()) as object), mayRecordOffline: false })
        : answer;
    await rig.onDuty();
    rig.line.up = false;
    expect(await rig.reason('activation.begin', { number })).toBe('offline_not_allowed');
    rig.line.up = true;
    expect(await rig.reason('activation.begin', { number })).toBe('none');
  });

  test('an answer that was lost is asked for again, and the person is activated once', async () => {
    await rig.onDuty();
    const activationId = await rig.captured();
    let lost = 0;
    edge.state.meddle = (at, answer) => {
      if (at !== kioskPaths.activations || lost++ >= 3) return answer;
      throw new TypeError('terminated');
    };
    expect(await rig.value('activation.submit', { activationId })).toMatchObject({ outcome: 'recorded' });
    await rig.call('sync.now', {});
    expect(await rig.value('activation.submit', { activationId })).toMatchObject({ outcome: 'activated' });
    expect(edge.state.arrived.length).toBeGreaterThan(2);
    expect(edge.state.decidedNumbers.get(number)).toBe(1);
  });

  test('submitting twice at the same time sends one request', async () => {
    await rig.onDuty();
    const activationId = await rig.captured();
    const both = await Promise.all([
      rig.call('activation.submit', { activationId }),
      rig.call('activation.submit', { activationId }),
    ]);
    expect(both.filter((answer) => answer.ok).length).toBeGreaterThan(0);
    expect(edge.state.decidedNumbers.get(number)).toBe(1);
    expect(edge.state.arrived).toHaveLength(1);
  });

  test('a kiosk that never heard of the policy or the keys records nothing', async () => {
    await rig.value('kiosk.enrol', { invitation: edge.invitation, edge: edge.origin });
    await rig.value('operator.login', { username: 'op', password: 'right' });
    const bare = await newRig(edge);
    try {
      edge.state.codeKey = undefined;
      edge.state.meddle = (at, answer) => (at === kioskPaths.sync ? new Response('', { status: 503 }) : answer);
      await bare.value('kiosk.enrol', { invitation: edge.invitation, edge: edge.origin });
      await bare.value('operator.login', { username: 'op', password: 'right' });
      expect(await bare.reason('activation.begin', { number })).toBe('never_synced');
    } finally {
      await bare.close();
    }
  });

  test('what waits survives a restart, and a screen that comes back finds the outbox', async () => {
    await rig.onDuty();
    rig.line.up = false;
    const activationId = await rig.captured();
    await rig.value('activation.submit', { activationId });
    await rig.restart();
    expect((await rig.value('state.get', {})).outbox.waiting).toBe(1);
    rig.line.up = true;
    expect(await rig.value('activation.submit', { activationId })).toMatchObject({ outcome: 'activated' });
  });

  test('is sent by itself after a restart, when the kiosk may sync on its own', async () => {
    await rig.onDuty();
    rig.line.up = false;
    const activationId = await rig.captured();
    await rig.value('activation.submit', { activationId });
    await rig.kiosk.close();
    const alone = await newRig(edge, { directory: rig.directory, syncEverySeconds: 3600 });
    try {
      await expect.poll(() => edge.state.decidedNumbers.get(number)).toBe(1);
      await expect.poll(async () => (await alone.value('state.get', {})).outbox.waiting).toBe(0);
    } finally {
      await alone.close();
    }
  });

  test('a busy edge is given the time it asks for, unless an operator asks', async () => {
    await rig.onDuty();
    const activationId = await rig.captured();
    const busy = () => new Response('', { status: 503, headers: { 'retry-after': '40' } });
    edge.state.meddle = (at, answer) => (at === kioskPaths.activations ? busy() : answer);
    await rig.value('activation.submit', { activationId });
    expect(await rig.value('outbox.list', { limit: 1 })).toMatchObject({
      items: [{ attempts: 1, lastProblem: 'edge_busy' }],
    });
    edge.state.meddle = undefined;
    const arrived = edge.state.arrived.length;
    await rig.kiosk.close();
    const alone = await newRig(edge, { directory: rig.directory, syncEverySeconds: 3600 });
    try {
      await expect.poll(() => alone.line.calls).toBeGreaterThanOrEqual(4);
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(edge.state.arrived).toHaveLength(arrived);
      expect(await alone.value('sync.now', {})).toMatchObject({ waiting: 0 });
      expect(edge.state.arrived).toHaveLength(arrived + 1);
    } finally {
      await alone.close();
    }
  });
});

describe('an edge that is not ours', () => {
  test.each(['forged', 'other kiosk’s', 'other outcome'])(
    'an answer with a receipt that is %s decides nothing',
    async (kind) => {
      await rig.onDuty();
      const activationId = await rig.captured();
      if (kind === 'forged') edge.state.forgeReceipts = true;
      else {
        edge.state.meddle = async (at, answer) => {
          if (at !== kioskPaths.activations) return answer;
          const body = (await answer.json()) as Record<string, unknown>;
          return Response.json(
            kind === 'other outcome' ? { ...body, outcome: 'refused', reason: 'no_match' } : { ...body, decidedAt: 1 },
          );
        };
      }
      const submitted = await rig.value('activation.submit', { activationId });
      expect(submitted).toMatchObject({ outcome: 'recorded', problem: 'edge_misbehaved' });
      expect(await rig.value('outbox.list', { limit: 1 })).toMatchObject({
        items: [{ state: 'waiting', lastProblem: expect.stringMatching(/^receipt_/) }],
      });
      edge.state.forgeReceipts = false;
      edge.state.meddle = undefined;
      expect(await rig.value('activation.submit', { activationId })).toMatchObject({ outcome: 'activated' });
    },
  );

  test('another activation’s answer decides nothing', async () => {
    await rig.onDuty();
    const activationId = await rig.captured();
    edge.state.meddle = async (at, answer) =>
      at === kioskPaths.activations
        ? Response.json({ ...((await answer.json()) as object), activationId: 'A'.repeat(22) })
        : answer;
    const submitted = await rig.value('activation.submit', { activationId });
    expect(submitted).toMatchObject({ outcome: 'recorded', problem: 'edge_misbehaved' });
  });

  test('a revoked kiosk is told so, and its state says it', async () => {
    await rig.onDuty();
    const kiosk = edge.state.kiosks.get('k1');
    if (kiosk) kiosk.state = 'revoked';
    expect(await rig.reason('sync.now', {})).toBe('kiosk_revoked');
    expect((await rig.value('state.get', {})).enrolment).toMatchObject({ state: 'revoked' });
  });
});
