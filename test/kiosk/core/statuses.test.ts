// The nation's statuses at a kiosk: a snapshot once, deltas after it, and what happens when the chain breaks.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { kioskPaths } from '../../../shared/contract/kiosk.ts';
import { type Fake, fakeEdge } from '../support/fake-edge.ts';
import { newRig, type Rig } from '../support/rig.ts';

let edge: Fake;
let rig: Rig;
let asked: string[];
beforeEach(async () => {
  edge = await fakeEdge();
  await edge.publishChain([]);
  rig = await newRig(edge);
  asked = [];
  edge.state.meddle = (at, answer) => {
    if (at === kioskPaths.statusSnapshot || at === kioskPaths.statusDeltas || at === kioskPaths.statusList) {
      asked.push(`${at} ${answer.status}`);
    }
    return answer;
  };
  await rig.enrol();
});
afterEach(() => rig.close());

const check = async (text: string) => (await rig.value('verifier.check', { text, context: 'counter' })).verdict;
const revoked = { outcome: 'rejected', check: 'not_revoked' };
const shown = async () => (await rig.value('state.get', {})).lists.statusList;

describe('the nation’s statuses', () => {
  test('the snapshot is fetched once, then deltas; what was followed stays after a restart without a line', async () => {
    const { text } = await edge.issue(5);
    expect(await check(text)).toEqual({ outcome: 'accepted' });
    await edge.publishChain([5]);
    await edge.publishChain([5, 6]);
    expect(await rig.value('sync.now', {})).toMatchObject({ listsChanged: true });
    expect(await check(text)).toEqual(revoked);
    expect(await rig.value('sync.now', {})).toMatchObject({ listsChanged: false });
    expect(asked.filter((line) => line.startsWith(kioskPaths.statusSnapshot))).toEqual([
      `${kioskPaths.statusSnapshot} 200`,
    ]);
    expect(asked.some((line) => line.startsWith(`${kioskPaths.statusList} `))).toBe(false);
    const before = await shown();
    expect(before?.version).toBe(3);
    rig.line.up = false;
    await rig.restart();
    expect(await check(text)).toEqual(revoked);
    expect(await shown()).toMatchObject({ version: 3, fingerprint: before?.fingerprint });
  });

  test('a credential that comes back to good is good after the next delta', async () => {
    await edge.publishChain([5]);
    await rig.value('sync.now', {});
    const { text } = await edge.issue(5);
    expect(await check(text)).toEqual(revoked);
    await edge.publishChain([]);
    await rig.value('sync.now', {});
    expect(await check(text)).toEqual({ outcome: 'accepted' });
  });

  test('a chain that went on without it sends it to the snapshot', async () => {
    await edge.publishChain([5], { snapshot: true, sequence: 40 });
    await edge.publishChain([5, 7]);
    expect(await rig.value('sync.now', {})).toMatchObject({ listsChanged: true });
    expect(await shown()).toMatchObject({ version: 41 });
    expect(await check((await edge.issue(7)).text)).toEqual(revoked);
  });

  test('a space that grew is followed by its snapshot: what was issued before keeps its meaning, and so does a larger index', async () => {
    await edge.publishChain([5]);
    await rig.value('sync.now', {});
    const [former, good, later] = [await edge.issue(5), await edge.issue(6), await edge.issue(3000)];
    expect(await check(later.text)).toEqual({ outcome: 'undecided', check: 'status_list_at_hand' });
    await edge.publishChain([5, 3001], { snapshot: true, length: 4096 });
    expect(await rig.value('sync.now', {})).toMatchObject({ listsChanged: true });
    expect(await check(former.text)).toEqual(revoked);
    expect(await check(good.text)).toEqual({ outcome: 'accepted' });
    expect(await check(later.text)).toEqual({ outcome: 'accepted' });
    await edge.publishChain([5, 3000, 3001]);
    await rig.value('sync.now', {});
    expect(await check(later.text)).toEqual(revoked);
    rig.line.up = false;
    await rig.restart();
    expect(await check(later.text)).toEqual(revoked);
  });

  test('a delta that does not fit changes nothing; the next snapshot heals it', async () => {
    await edge.publishChain([5]);
    const { chain } = edge.state;
    const delta = chain?.deltas[0];
    if (!chain || !delta) throw new Error('no delta');
    const cut = delta.slice();
    cut[cut.length - 80] = (cut[cut.length - 80] ?? 0) ^ 1;
    chain.deltas[0] = cut;
    expect(await rig.reason('sync.now', {})).toBe('status_list_refused');
    expect(await check((await edge.issue(5)).text)).toEqual({ outcome: 'accepted' });
    await edge.publishChain([5], { snapshot: true, sequence: 3 });
    await rig.value('sync.now', {});
    expect(await check((await edge.issue(5)).text)).toEqual(revoked);
  });

  test('an earlier chain is refused, also after a restart', async () => {
    const old = structuredClone(edge.state.chain);
    await edge.publishChain([5]);
    await rig.value('sync.now', {});
    edge.state.chain = old;
    expect(await rig.reason('sync.now', {})).toBe('status_list_rolled_back');
    await rig.restart();
    expect(await rig.reason('sync.now', {})).toBe('status_list_rolled_back');
    expect(await check((await edge.issue(5)).text)).toEqual(revoked);
  });

  test('another state of the same sequence is refused and named for what it is', async () => {
    await edge.publishChain([5], { snapshot: true, sequence: 7 });
    await rig.value('sync.now', {});
    // The deltas that led there are gone, so the kiosk asks for a snapshot: it has the number it holds and says something else.
    await edge.publishChain([6], { snapshot: true, sequence: 7 });
    if (edge.state.chain) edge.state.chain.first = 100;
    expect(await rig.reason('sync.now', {})).toBe('status_list_forked');
    expect(await check((await edge.issue(5)).text)).toEqual(revoked);
  });

  test('statuses past their policy make a verdict undecided', async () => {
    const { text } = await edge.issue(5);
    await edge.publishChain([], { snapshot: true, sequence: 2, lifeSeconds: -3 * 86_400 });
    await rig.value('sync.now', {});
    expect(await check(text)).toEqual({ outcome: 'undecided', check: 'status_list_fresh' });
  });
});
