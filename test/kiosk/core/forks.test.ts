// A kiosk that meets two signed lists of one number tells the edge: once, also when the line was cut, and across a restart.
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { kioskPaths } from '../../../shared/contract/kiosk.ts';
import type { Ed25519KeyPair } from '../../../shared/crypto/ed25519.ts';
import { readDetachedHeader } from '../../../shared/trust/detached-header.ts';
import { trustListName } from '../../../shared/trust/trust-list.ts';
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

const base64 = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString('base64url');
const sync = () => rig.reason('sync.now', {});

/** The same version with another content, signed by the same root. */
async function fork() {
  const held = edge.state.trustBytes;
  edge.state.namedCertificate = Uint8Array.of(1);
  await edge.publish();
  return { held, seen: edge.state.trustBytes };
}

describe('two trust lists of one version', () => {
  test('are told to the edge in the same round: hashes, version and who signed, no more', async () => {
    const { held, seen } = await fork();
    expect(await sync()).toBe('trust_list_forked');
    expect(edge.state.forks).toEqual([
      {
        list: 'trust',
        version: 1,
        heldVersion: 1,
        heldHash: base64(trustListName(held)?.hash),
        seenHash: base64(trustListName(seen)?.hash),
        fileHash: createHash('sha256').update(seen).digest('base64url'),
        header: expect.any(String),
        seenAt: expect.any(Number),
      },
    ]);
    const header = readDetachedHeader(Buffer.from(edge.state.forks[0]?.header ?? '', 'base64url'));
    expect(header).toMatchObject({ ok: true, value: { list: 'trust' } });
  });

  test('are told once, however often they are met, and after a restart not again', async () => {
    await fork();
    for (let i = 0; i < 3; i++) expect(await sync()).toBe('trust_list_forked');
    expect((await rig.value('state.get', {})).lists.problem).toBe('trust_list_forked');
    await rig.restart();
    expect(await sync()).toBe('trust_list_forked');
    expect(edge.state.forks).toHaveLength(1);
  });

  test.each([
    ['the line is cut', () => Promise.reject(new TypeError('terminated'))],
    ['the edge is busy', () => new Response('', { status: 503 })],
    [
      'the edge does not know the question',
      () => Response.json({ type: 'about:blank', title: '', status: 404, reason: 'not_found' }, { status: 404 }),
    ],
  ])('are told in the next round that is heard when %s', async (_when, answer) => {
    const { held } = await fork();
    edge.state.meddle = (at, honest) => (at === kioskPaths.forks ? (answer() as Response) : honest);
    expect(await sync()).toBe('trust_list_forked');
    const tried = edge.state.forks.length;
    await rig.restart();
    edge.state.meddle = undefined;
    // The edge is honest again: what was met before is still told, and still shown to the operator.
    edge.state.trustBytes = held;
    expect(await sync()).toBe('none');
    expect((await rig.value('state.get', {})).lists.problem).toBe('trust_list_forked');
    expect(edge.state.forks).toHaveLength(tried + 1);
  });

  test('that the edge refuses to take are not said again', async () => {
    await fork();
    let asked = 0;
    edge.state.meddle = (at, honest) => {
      if (at !== kioskPaths.forks) return honest;
      asked++;
      return Response.json(
        { type: 'urn:tawthiq:problem:not_a_fork', title: '', status: 422, reason: 'not_a_fork' },
        { status: 422 },
      );
    };
    await sync();
    await sync();
    expect(asked).toBe(1);
  });

  test('a next list that does not follow the held one is told with the version it should follow', async () => {
    edge.state.trustVersion = 2;
    edge.state.prevHash = new Uint8Array(32).fill(9);
    await edge.publish();
    expect(await sync()).toBe('trust_list_forked');
    expect(edge.state.forks).toMatchObject([{ list: 'trust', version: 2, heldVersion: 1 }]);
  });

  test('no more than twenty are kept by one kiosk', async () => {
    edge.state.meddle = (at, honest) => (at === kioskPaths.forks ? new Response('', { status: 503 }) : honest);
    for (let i = 0; i < 22; i++) {
      edge.state.namedCertificate = Uint8Array.of(i);
      await edge.publish();
      await sync();
    }
    edge.state.meddle = undefined;
    edge.state.forks = [];
    await sync();
    expect(edge.state.forks).toHaveLength(20);
  });
});

describe('until somebody has settled it', () => {
  const good = async () => (await edge.issue(5)).text;
  const check = async (text: string) => (await rig.value('verifier.check', { text, context: 'counter' })).verdict;
  const undecided = { outcome: 'undecided', check: 'lists_agree' };

  test('no code is accepted, after a restart and by an honest edge neither; what is revoked stays revoked', async () => {
    edge.state.revoked = [6];
    await edge.publish();
    expect(await sync()).toBe('none');
    const text = await good();
    expect(await check(text)).toEqual({ outcome: 'accepted' });
    const { held } = await fork();
    await sync();
    expect(await check(text)).toEqual(undecided);
    await rig.restart();
    expect(await check(text)).toEqual(undecided);
    edge.state.trustBytes = held;
    expect(await sync()).toBe('none');
    expect(await check(text)).toEqual(undecided);
    expect(await check((await edge.issue(6)).text)).toEqual({ outcome: 'rejected', check: 'not_revoked' });
  });

  test('a next list that one root signed does not settle it; one that both signed does, for good', async () => {
    const { held } = await fork();
    await sync();
    const text = await good();
    const next = async (
      version: number,
      after: Uint8Array,
      signers = edge.roots.pairs as readonly Ed25519KeyPair[],
    ) => {
      edge.state.trustVersion = version;
      edge.state.prevHash = new Uint8Array(trustListName(after)?.hash ?? []);
      await edge.publish({ signers: [...signers] });
      return edge.state.trustBytes;
    };
    const byOne = await next(2, held, edge.roots.pairs.slice(0, 1));
    expect(await sync()).toBe('none');
    expect(await check(text)).toEqual(undecided);
    await next(3, byOne);
    expect(await sync()).toBe('none');
    expect(await check(text)).toEqual({ outcome: 'accepted' });
    await rig.restart();
    expect(await check(text)).toEqual({ outcome: 'accepted' });
    expect((await rig.value('state.get', {})).lists.problem).toBeUndefined();
  });

  test('who held the false one refuses the next list, and is settled by the one after it', async () => {
    // This kiosk holds what the thief signed; it never sees the honest list of that number.
    const { seen: honest } = await fork();
    const text = await good();
    edge.state.trustVersion = 2;
    edge.state.prevHash = new Uint8Array(trustListName(honest)?.hash ?? []);
    await edge.publish();
    const second = edge.state.trustBytes;
    expect(await sync()).toBe('trust_list_forked');
    expect(await check(text)).toEqual(undecided);
    edge.state.trustVersion = 3;
    edge.state.prevHash = new Uint8Array(trustListName(second)?.hash ?? []);
    await edge.publish();
    expect(await sync()).toBe('none');
    expect(await check(text)).toEqual({ outcome: 'accepted' });
  });

  test('two states of one sequence count as long as the key that signed them is trusted', async () => {
    await edge.publishChain([]);
    await sync();
    const text = await good();
    await edge.publishChain([6], { snapshot: true, sequence: 1 });
    if (edge.state.chain) edge.state.chain.first = 100;
    expect(await sync()).toBe('status_list_forked');
    expect(await check(text)).toEqual(undecided);
    const before = edge.state.trustBytes;
    edge.state.trustVersion = 2;
    edge.state.prevHash = new Uint8Array(trustListName(before)?.hash ?? []);
    await edge.publish();
    // A later state that fits, and a list of both roots that still trusts the key: neither says which state was false.
    await edge.publishChain([6], { snapshot: true, sequence: 2 });
    expect(await sync()).toBe('none');
    expect(await check(text)).toEqual(undecided);
    edge.state.trustVersion = 3;
    edge.state.prevHash = new Uint8Array(trustListName(edge.state.trustBytes)?.hash ?? []);
    await edge.newStatusKey();
    await edge.publishChain([6], { snapshot: true, sequence: 3 });
    expect(await sync()).toBe('none');
    expect(await check(text)).toEqual({ outcome: 'accepted' });
  });
});

test('two states of one sequence of statuses are told too', async () => {
  await edge.publishChain([5]);
  await rig.value('sync.now', {});
  const held = edge.state.chain?.last.hash;
  await edge.publishChain([6], { snapshot: true, sequence: 1 });
  const seen = edge.state.chain?.last.hash;
  if (edge.state.chain) edge.state.chain.first = 100;
  expect(await sync()).toBe('status_list_forked');
  expect(edge.state.forks).toMatchObject([
    { list: 'status', version: 1, heldVersion: 1, heldHash: base64(held), seenHash: base64(seen) },
  ]);
  const header = readDetachedHeader(Buffer.from(edge.state.forks[0]?.header ?? '', 'base64url'));
  expect(header).toMatchObject({
    ok: true,
    value: { list: 'status', kids: [expect.stringMatching(/^[0-9a-f]{16}$/)] },
  });
});
