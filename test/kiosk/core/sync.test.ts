import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { IdentityStore } from '../../../kiosk/core/store/identity.ts';
import { epochSeconds } from '../../../shared/base/brands.ts';
import { kioskPaths } from '../../../shared/contract/kiosk.ts';
import { type Fake, fakeEdge } from '../support/fake-edge.ts';
import { newRig, type Rig } from '../support/rig.ts';

let edge: Fake;
let rig: Rig;
beforeEach(async () => {
  edge = await fakeEdge();
  rig = await newRig(edge);
  await rig.enrol();
});
afterEach(() => rig.close());

const check = async (text: string) => (await rig.value('verifier.check', { text, context: 'counter' })).verdict;

/** The next list stands on new roots, and the edge's later ones are theirs. */
async function changeRoots(version: number, by?: Fake['roots']['pairs']): Promise<void> {
  const fresh = [await edge.newPair(), await edge.newPair()] as Fake['roots']['pairs'];
  edge.state.trustVersion = version;
  await edge.publish({ roots: fresh, ...(by && { signers: [...by, ...fresh] }) });
  edge.roots.pairs = fresh;
}

describe('lists', () => {
  test('a revoked credential is rejected after the next sync, and stays so after a restart without a line', async () => {
    const { text } = await edge.issue(5);
    expect(await check(text)).toEqual({ outcome: 'accepted' });
    edge.state.revoked.push(5);
    edge.state.statusIssuedAt = epochSeconds(edge.now.at() + 1);
    await edge.publish();
    expect(await check(text)).toEqual({ outcome: 'accepted' });
    expect(await rig.value('sync.now', {})).toMatchObject({ listsChanged: true });
    expect(await check(text)).toEqual({ outcome: 'rejected', check: 'not_revoked' });
    rig.line.up = false;
    await rig.restart();
    expect(await check(text)).toEqual({ outcome: 'rejected', check: 'not_revoked' });
  });

  test.each([false, true])(
    'are as old on the page of status as in a verdict: since they were signed (chain: %s)',
    async (chain) => {
      if (chain) await edge.publishChain([7]);
      await rig.value('sync.now', {});
      const { text } = await edge.issue(5);
      // Both count in whole seconds of one clock: a second may pass between the two.
      const { trustListSeconds, statusListSeconds } = (await rig.value('verifier.check', { text, context: 'counter' }))
        .ages;
      const { trustList, statusList } = (await rig.value('state.get', {})).lists;
      expect(trustListSeconds).toBeGreaterThanOrEqual(10);
      expect([0, 1]).toContain((trustList?.ageSeconds ?? -1) - (trustListSeconds ?? 0));
      expect([0, 1]).toContain((statusList?.ageSeconds ?? -1) - (statusListSeconds ?? 0));
    },
  );

  test('are not sent again when nothing changed', async () => {
    const statuses: number[] = [];
    edge.state.meddle = (at, answer) => {
      if (at === kioskPaths.trustList || at === kioskPaths.statusList) statuses.push(answer.status);
      return answer;
    };
    expect(await rig.value('sync.now', {})).toMatchObject({ listsChanged: false });
    expect(statuses).toEqual([304, 304]);
  });

  test('an older status list is refused and the newer one stays', async () => {
    const old = edge.state.statusBytes;
    edge.state.revoked.push(5);
    edge.state.statusIssuedAt = epochSeconds(edge.now.at() + 1);
    await edge.publish();
    await rig.value('sync.now', {});
    edge.state.statusBytes = old;
    expect(await rig.reason('sync.now', {})).toBe('status_list_rolled_back');
    await rig.restart();
    expect(await rig.reason('sync.now', {})).toBe('status_list_rolled_back');
    expect(await check((await edge.issue(5)).text)).toEqual({ outcome: 'rejected', check: 'not_revoked' });
  });

  test('an older trust list is refused, also after a restart', async () => {
    const old = edge.state.trustBytes;
    edge.state.trustVersion = 3;
    await edge.publish();
    await rig.value('sync.now', {});
    edge.state.trustBytes = old;
    expect(await rig.reason('sync.now', {})).toBe('trust_list_rolled_back');
    await rig.restart();
    expect(await rig.reason('sync.now', {})).toBe('trust_list_rolled_back');
    expect((await rig.value('state.get', {})).lists.trustList?.version).toBe(3);
  });

  test('another trust list of the same number is refused and named for what it is', async () => {
    edge.state.trustVersion = 3;
    await edge.publish();
    await rig.value('sync.now', {});
    const held = edge.state.trustBytes;
    // Signed by the same roots, of the same version, with another certificate in it.
    edge.state.namedCertificate = Uint8Array.of(1);
    await edge.publish();
    expect(edge.state.trustBytes).not.toEqual(held);
    expect(await rig.reason('sync.now', {})).toBe('trust_list_forked');
    edge.state.trustBytes = held;
    await rig.value('sync.now', {});
  });

  test('a trust list that the roots did not sign is refused', async () => {
    edge.state.trustVersion = 2;
    await edge.publish({ signers: [await edge.newPair()] });
    expect(await rig.reason('sync.now', {})).toBe('trust_list_refused');
  });

  test('a status list that nobody may sign, or of another place, is refused', async () => {
    edge.state.meddle = (at, answer) =>
      at === kioskPaths.statusList ? new Response(edge.state.trustBytes as Uint8Array<ArrayBuffer>) : answer;
    expect(await rig.reason('sync.now', {})).toBe('status_list_refused');
  });

  test('new roots are taken when both old ones signed, and the kiosk lives on with them after a restart', async () => {
    const fresh = [await edge.newPair(), await edge.newPair()] as [
      Awaited<ReturnType<Fake['newPair']>>,
      Awaited<ReturnType<Fake['newPair']>>,
    ];
    edge.state.trustVersion = 3;
    const [one] = edge.roots.pairs;
    await edge.publish({ roots: fresh, signers: [one] });
    expect(await rig.reason('sync.now', {})).toBe('trust_list_refused');
    await edge.publish({ roots: fresh, signers: edge.roots.pairs });
    expect(await rig.reason('sync.now', {})).toBe('trust_list_refused');
    await edge.publish({ roots: fresh });
    await rig.value('sync.now', {});
    edge.roots.pairs = fresh;
    edge.state.trustVersion = 5;
    await edge.publish();
    await rig.value('sync.now', {});
    await rig.restart();
    expect(await rig.value('sync.now', {})).toMatchObject({ listsChanged: false });
    expect((await rig.value('state.get', {})).lists.trustList?.version).toBe(5);
  });

  test('over two changes of roots that a kiosk slept through lead to the newest, also after a restart', async () => {
    await changeRoots(3);
    await changeRoots(5);
    edge.state.trustVersion = 7;
    edge.state.revoked.push(5);
    edge.state.statusIssuedAt = epochSeconds(edge.now.at() + 1);
    await edge.publish();
    expect(await rig.value('sync.now', {})).toMatchObject({ listsChanged: true });
    expect(await check((await edge.issue(5)).text)).toEqual({ outcome: 'rejected', check: 'not_revoked' });
    rig.line.up = false;
    await rig.restart();
    expect((await rig.value('state.get', {})).lists.trustList?.version).toBe(7);
    expect(await check((await edge.issue(5)).text)).toEqual({ outcome: 'rejected', check: 'not_revoked' });
    rig.line.up = true;
    expect(await rig.value('sync.now', {})).toMatchObject({ listsChanged: false });
  });

  test('over roots that somebody without the former ones put in place lead nowhere', async () => {
    const [one] = edge.roots.pairs;
    await changeRoots(3, [one, await edge.newPair()]);
    edge.state.trustVersion = 5;
    await edge.publish();
    expect(await rig.reason('sync.now', {})).toBe('trust_list_refused');
    expect((await rig.value('state.get', {})).lists).toMatchObject({
      trustList: { version: 1 },
      problem: 'trust_list_refused',
    });
  });

  test('on the way over changed roots are kept as far as the line held', async () => {
    await changeRoots(3);
    await changeRoots(5);
    edge.state.trustVersion = 7;
    await edge.publish();
    let asked = 0;
    edge.state.meddle = (at, answer) =>
      at.startsWith(kioskPaths.rootChange) && ++asked > 1 ? new Response('', { status: 503 }) : answer;
    expect(await rig.reason('sync.now', {})).toBe('edge_busy');
    const { lists } = await rig.value('state.get', {});
    expect(lists).toMatchObject({ trustList: { version: 3 } });
    expect(lists.problem).toBeUndefined();
    edge.state.meddle = undefined;
    await rig.value('sync.now', {});
    expect((await rig.value('state.get', {})).lists.trustList?.version).toBe(7);
  });

  test('of one stolen root, of whatever number, are left behind when both roots are changed', async () => {
    const { trustVersion } = edge.state;
    const [one, two] = edge.roots.pairs;
    edge.state.trustVersion = 1_000_000;
    await edge.publish({ signers: [one] });
    await rig.value('sync.now', {});
    edge.state.trustVersion = trustVersion + 1;
    await edge.publish({ signers: [two] });
    expect(await rig.reason('sync.now', {})).toBe('trust_list_rolled_back');
    await changeRoots(trustVersion + 2);
    edge.state.trustVersion = trustVersion + 4;
    await edge.publish();
    await rig.value('sync.now', {});
    await rig.restart();
    expect((await rig.value('state.get', {})).lists.trustList?.version).toBe(trustVersion + 4);
  });

  test('that changed the roots are followed by a kiosk that lost its power before it had noted them', async () => {
    await changeRoots(3);
    const noted = vi.spyOn(IdentityStore.prototype, 'keepRoots').mockImplementationOnce(() => {
      throw new Error('the power is gone');
    });
    try {
      expect((await rig.call('sync.now', {})).ok).toBe(false);
    } finally {
      noted.mockRestore();
    }
    await rig.restart();
    edge.state.trustVersion = 5;
    edge.state.rootChanges.clear();
    await edge.publish();
    await rig.value('sync.now', {});
    expect((await rig.value('state.get', {})).lists.trustList?.version).toBe(5);
  });

  test.each([
    ['the next trust list', 0],
    ['one that a change of roots led to, before the line was cut', 2],
  ])('of statuses end with their signer: %s', async (_what, changes) => {
    const { text } = await edge.issue(5);
    expect(await check(text)).toEqual({ outcome: 'accepted' });
    edge.state.trustVersion = 3;
    await edge.newStatusKey();
    for (let i = 0; i < changes; i++) await changeRoots(5 + 2 * i);
    let asked = 0;
    edge.state.meddle = (at, answer) =>
      at === kioskPaths.statusList || (at.startsWith(kioskPaths.rootChange) && ++asked === changes)
        ? new Response('', { status: 503 })
        : answer;
    if (changes > 0) {
      edge.state.trustVersion = 9;
      await edge.publish();
    }
    expect(await rig.reason('sync.now', {})).toBe('edge_busy');
    expect(await check(text)).toEqual({ outcome: 'undecided', check: 'status_list_at_hand' });
    edge.state.meddle = undefined;
    // The next one's are dated before what the former had signed.
    edge.state.statusIssuedAt = epochSeconds(edge.state.statusIssuedAt - 5);
    await edge.publish();
    await rig.value('sync.now', {});
    expect(await check(text)).toEqual({ outcome: 'accepted' });
    rig.line.up = false;
    await rig.restart();
    expect(await check(text)).toEqual({ outcome: 'accepted' });
  });

  test('evidence is never sealed to a key that the roots do not vouch for', async () => {
    edge.state.meddle = async (at, answer) => {
      if (at !== kioskPaths.sync) return answer;
      const sync = (await answer.json()) as { evidenceKey: object };
      return Response.json({
        ...sync,
        evidenceKey: { ...sync.evidenceKey, publicKey: Buffer.alloc(32, 9).toString('base64url') },
      });
    };
    expect(await rig.reason('sync.now', {})).toBe('trust_list_refused');
  });

  test('an edge that has published nothing yet leaves a kiosk undecided, not broken', async () => {
    const young = await fakeEdge();
    young.state.meddle = (at, answer) =>
      at === kioskPaths.trustList || at === kioskPaths.statusList
        ? Response.json(
            { type: 'urn:tawthiq:problem:not_published', title: '', status: 404, reason: 'not_published' },
            { status: 404 },
          )
        : answer;
    const bare = await newRig(young);
    try {
      await bare.enrol();
      const { text } = await edge.issue(1);
      const answer = await bare.value('verifier.check', { text, context: 'counter' });
      expect(answer).toMatchObject({ verdict: { outcome: 'undecided', check: 'issuer_in_fresh_list' }, ages: {} });
      expect(answer.claims).toBeUndefined();
    } finally {
      await bare.close();
    }
  });
});

describe('checking a code', () => {
  test('what is not a code of ours is rejected with its check; nothing of it is kept but the verdict', async () => {
    expect(await check('hello')).toMatchObject({ outcome: 'rejected' });
    const { text } = await edge.issue(1);
    const tampered = text.slice(0, 40) + (text[40] === 'A' ? 'B' : 'A') + text.slice(41);
    expect((await check(tampered)).outcome).toBe('rejected');
    expect(await check(text)).toEqual({ outcome: 'accepted' });
    const { checks } = await rig.value('verifier.recent', { limit: 10 });
    expect(checks.map((c) => c.outcome)).toEqual(['accepted', 'rejected', 'rejected']);
    expect(checks[0]).toEqual({ at: expect.any(Number), context: 'counter', outcome: 'accepted', profile: 'S' });
  });
  test('never for a border', async () => {
    const { text } = await edge.issue(1);
    expect(await rig.value('verifier.check', { text, context: 'border' })).toMatchObject({
      verdict: { outcome: 'rejected', check: 'usable_in_context' },
      notices: ['not_for_border'],
    });
  });
  test('asks no network', async () => {
    const before = rig.line.calls;
    await check((await edge.issue(1)).text);
    expect(rig.line.calls).toBe(before);
  });
});

describe('the clock', () => {
  const judge = async () => (await rig.value('state.get', {})).clock;
  const number = '1234567897';
  beforeEach(() => rig.value('operator.login', { username: 'op', password: 'right' }));

  test.each([
    ['the wall clock is put back', () => (rig.clock.wallShiftMs -= 3_600_000), 'jumped'],
    ['the wall clock is put forward by five seconds', () => (rig.clock.wallShiftMs += 5_000), 'jumped'],
    ['the machine was started anew', () => (rig.clock.bootId = 'boot-2'), 'never_checked'],
    ['the edge was not heard for eight days', () => rig.clock.pass(8 * 86_400_000), 'too_old'],
  ])('is not known good when %s, and nothing is recorded', async (_what, change, reason) => {
    edge.state.operatorSeconds = 30 * 86_400;
    await rig.value('operator.login', { username: 'op', password: 'right' });
    change();
    rig.line.up = false;
    expect(await judge()).toMatchObject({ knownGood: false, reason });
    expect(await rig.reason('activation.begin', { number })).toBe('clock_not_known_good');
  });

  test('that the edge finds wrong is told to be wrong', async () => {
    edge.now.shiftSeconds = 300;
    expect(await rig.reason('sync.now', {})).toBe('clock_rejected');
    expect(await judge()).toMatchObject({ knownGood: false, reason: 'differs', checkedAt: edge.now.at() });
  });

  test('that differs from the time the edge tells is not known good', async () => {
    edge.state.meddle = async (at, answer) =>
      at === kioskPaths.sync
        ? Response.json({ ...((await answer.json()) as object), time: edge.now.at() + 200 })
        : answer;
    await rig.call('sync.now', {});
    expect(await judge()).toMatchObject({ knownGood: false, reason: 'differs' });
  });

  test('that jumps between begin and submit records nothing', async () => {
    rig.line.up = false;
    const id = await rig.captured();
    rig.clock.wallShiftMs += 60_000;
    expect(await rig.reason('activation.submit', { activationId: id })).toBe('clock_not_known_good');
    expect((await rig.value('state.get', {})).outbox.waiting).toBe(0);
  });

  test('is known good again after the next word from the edge, and begin asks for it', async () => {
    rig.clock.bootId = 'boot-2';
    expect(await judge()).toMatchObject({ knownGood: false });
    expect(await rig.value('activation.begin', { number })).toMatchObject({ mode: 'online' });
    expect(await judge()).toMatchObject({ knownGood: true });
  });

  test('stays known good over a restart of the process while the machine runs', async () => {
    rig.line.up = false;
    await rig.restart();
    expect(await judge()).toMatchObject({ knownGood: true });
  });

  test('may be steered slowly', async () => {
    rig.clock.pass(3_600_000);
    rig.clock.wallShiftMs += 1_500;
    expect(await judge()).toMatchObject({ knownGood: true });
  });
});
