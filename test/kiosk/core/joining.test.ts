import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { parseEdgeAddress } from '../../../kiosk/core/enrolment/enrol-kiosk.ts';
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

const problemAt = (path: string, reason: string, status = 403) => {
  edge.state.meddle = (at, answer) =>
    at === path
      ? Response.json({ type: `urn:tawthiq:problem:${reason}`, title: '', status, reason }, { status })
      : answer;
};

describe('a kiosk joins', () => {
  test('with an invitation: it knows its name and centre, the lists and the time at once', async () => {
    expect((await rig.value('state.get', {})).enrolment).toEqual({ state: 'not_enrolled' });
    await rig.enrol();
    const state = await rig.value('state.get', {});
    expect(state).toMatchObject({
      enrolment: { state: 'enrolled', kioskId: 'k1', centre: { id: 'c1', type: 'post_office' } },
      clock: { knownGood: true },
      line: { state: 'up' },
      lists: {
        trustList: { version: 1, fingerprint: expect.stringMatching(/^[0-9a-f]{8}$/) },
        statusList: {},
      },
    });
  });

  test('and is the same kiosk after a restart', async () => {
    await rig.enrol();
    await rig.restart();
    expect((await rig.value('state.get', {})).enrolment).toMatchObject({ state: 'enrolled', kioskId: 'k1' });
    expect(await rig.reason('sync.now', {})).toBe('none');
  });

  test('once only', async () => {
    await rig.enrol();
    expect(await rig.reason('kiosk.enrol', { invitation: edge.invitation, edge: edge.origin })).toBe(
      'already_enrolled',
    );
  });

  test('again after it was revoked, with a new invitation, even to another edge; what waits goes there', async () => {
    await rig.onDuty();
    rig.line.up = false;
    const activationId = await rig.captured();
    await rig.value('activation.submit', { activationId });
    rig.line.up = true;
    const kiosk = edge.state.kiosks.get('k1');
    if (kiosk) kiosk.state = 'revoked';
    expect(await rig.reason('sync.now', {})).toBe('kiosk_revoked');
    const other = await fakeEdge('https://other.example');
    rig.edge.fetch = other.fetch;
    expect(await rig.reason('kiosk.enrol', { invitation: other.invitation, edge: other.origin })).toBe('none');
    await rig.restart();
    expect(await rig.value('state.get', {})).toMatchObject({
      enrolment: { state: 'enrolled', edge: 'https://other.example' },
      lists: { trustList: { version: 1 } },
    });
    expect((await rig.value('state.get', {})).operator).toBeUndefined();
    expect(other.state.arrived).toContain(activationId);
  });

  test('not with a mistyped, a used or another’s invitation', async () => {
    const enrol = (invitation: string) => rig.reason('kiosk.enrol', { invitation, edge: edge.origin });
    expect(await enrol('TWK-12345')).toBe('invitation_malformed');
    problemAt(kioskPaths.enrol, 'invitation_used');
    expect(await enrol(edge.invitation)).toBe('invitation_refused');
  });

  test('not with an edge whose roots are not those of the invitation', async () => {
    const impostor = await fakeEdge();
    const lured = await newRig(impostor);
    try {
      // The impostor knows the one-time code, but not the roots that are printed with it.
      const code = impostor.invitation.slice(0, 15);
      const roots = edge.invitation.slice(15);
      expect(await lured.reason('kiosk.enrol', { invitation: code + roots, edge: impostor.origin })).toBe(
        'roots_do_not_match',
      );
      expect((await lured.value('state.get', {})).enrolment).toEqual({ state: 'not_enrolled' });
    } finally {
      await lured.close();
    }
  });

  test('with the same key when the answer to the first try was lost, also after a restart', async () => {
    let lost = 0;
    edge.state.meddle = (at, answer) => {
      if (at === kioskPaths.enrol && lost++ === 0) throw new TypeError('terminated');
      return answer;
    };
    expect(await rig.reason('kiosk.enrol', { invitation: edge.invitation, edge: edge.origin })).toBe('line_down');
    await rig.restart();
    expect(await rig.reason('kiosk.enrol', { invitation: edge.invitation, edge: edge.origin })).toBe('none');
  });

  test.each([
    ['http://edge.example', undefined],
    ['https://edge.example/path', undefined],
    ['https://user@edge.example', undefined],
    ['ftp://edge.example', undefined],
    ['edge', undefined],
    [' https://edge.example/ ', 'https://edge.example'],
    ['http://localhost:8787', 'http://localhost:8787'],
  ])('the edge’s address %j is %j', (text, origin) => {
    expect(parseEdgeAddress(text)).toBe(origin);
  });

  test('an address in the clear is refused before anything is sent', async () => {
    expect(await rig.reason('kiosk.enrol', { invitation: edge.invitation, edge: 'http://edge.example' })).toBe(
      'edge_address_not_allowed',
    );
    expect(rig.line.calls).toBe(0);
  });
});

describe('an operator', () => {
  test('comes on duty and leaves; the edge hears of it', async () => {
    await rig.onDuty();
    expect((await rig.value('state.get', {})).operator).toMatchObject({ id: 'o1', role: 'operator' });
    await rig.restart();
    expect((await rig.value('state.get', {})).operator).toMatchObject({ id: 'o1' });
    await rig.value('operator.logout', {});
    expect((await rig.value('state.get', {})).operator).toBeUndefined();
    await expect.poll(() => edge.state.loggedOut).toBe(1);
  });
  test('leaves also when the line is down', async () => {
    await rig.onDuty();
    rig.line.up = false;
    await rig.value('operator.logout', {});
    expect((await rig.value('state.get', {})).operator).toBeUndefined();
  });
  test('is refused with a wrong password, when locked out, at another centre', async () => {
    await rig.enrol();
    const login = (username: string, password: string) => rig.reason('operator.login', { username, password });
    expect(await login('op', 'wrong')).toBe('wrong_credentials');
    problemAt(kioskPaths.operatorLogin, 'operator_locked');
    expect(await login('op', 'right')).toBe('operator_locked');
    problemAt(kioskPaths.operatorLogin, 'operator_not_here');
    expect(await login('op', 'right')).toBe('operator_not_here');
  });
  test('who does nothing is off duty after a while, and what lay on the desk is gone', async () => {
    await rig.onDuty();
    await rig.kiosk.close();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const left = await newRig(edge, { directory: rig.directory, operatorIdleSeconds: 60 });
    try {
      await left.captured();
      vi.advanceTimersByTime(59_000);
      expect((await left.value('state.get', {})).operator).toMatchObject({ id: 'o1' });
      vi.advanceTimersByTime(2_000);
      await expect.poll(async () => (await left.value('state.get', {})).operator).toBeUndefined();
      expect((await left.value('state.get', {})).activation).toBeUndefined();
      expect(left.reader.templates[0]?.every((byte) => byte === 0)).toBe(true);
      await expect.poll(() => edge.state.loggedOut).toBe(1);
    } finally {
      vi.useRealTimers();
      await left.close();
    }
  });
  test('cannot log in without the edge, and is not tried twice', async () => {
    expect(await rig.reason('operator.login', { username: 'op', password: 'right' })).toBe('not_enrolled');
    await rig.enrol();
    rig.line.up = false;
    const before = rig.line.calls;
    expect(await rig.reason('operator.login', { username: 'op', password: 'right' })).toBe('line_down');
    expect(rig.line.calls).toBe(before + 1);
  });
});

describe('what the edge may answer', () => {
  test.each([
    [429, 'edge_busy'],
    [503, 'edge_busy'],
    [500, 'edge_busy'],
  ])('status %i is %s', async (status, reason) => {
    await rig.enrol();
    edge.state.meddle = () => new Response('', { status });
    expect(await rig.reason('sync.now', {})).toBe(reason);
  });
  test.each([
    ['kiosk_revoked', 'kiosk_revoked'],
    ['kiosk_unknown', 'kiosk_unknown'],
    ['key_unknown', 'kiosk_unknown'],
    ['created_out_of_window', 'clock_rejected'],
    ['brand_new', 'edge_misbehaved'],
  ])('the problem %s is %s', async (problem, reason) => {
    await rig.enrol();
    problemAt(kioskPaths.sync, problem, 401);
    expect(await rig.reason('sync.now', {})).toBe(reason);
  });
  test.each([
    ['a page of a captive portal', () => new Response('<html>', { status: 200 })],
    ['an answer without end', () => new Response(new Uint8Array(400_000))],
    ['a redirect’s target', () => new Response('', { status: 418 })],
  ])('%s is edge_misbehaved', async (_what, answer) => {
    await rig.enrol();
    edge.state.meddle = answer;
    expect(await rig.reason('sync.now', {})).toBe('edge_misbehaved');
  });
  test('a busy edge is asked again after a while, an act only as often as is safe', async () => {
    await rig.enrol();
    let asked = 0;
    edge.state.meddle = (at, answer) =>
      at === kioskPaths.sync && ++asked === 1 ? new Response('', { status: 503 }) : answer;
    expect(await rig.reason('sync.now', {})).toBe('none');
    expect(asked).toBe(2);
  });
});
