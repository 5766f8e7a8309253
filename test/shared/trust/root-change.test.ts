// A holder of old roots on its way to those that hold now: what it takes, and what nobody can make it take.
import { describe, expect, it } from 'vitest';
import { nodeEd25519 } from '../../../kiosk/core/verifier/node-ed25519.ts';
import { unsettled } from '../../../shared/trust/fork.ts';
import { followTrustList, maxRootChanges, rootsId } from '../../../shared/trust/root-change.ts';
import {
  signTrustList,
  type TrustList,
  type TrustListContent,
  verifyTrustList,
} from '../../../shared/trust/trust-list.ts';
import { unwrap } from '../bytes/vector.ts';
import { type Authority, at, authority, content, listedKey, NOW } from '../credential/world.ts';

type Roots = readonly [Authority, Authority];
const pair = async (): Promise<Roots> => [await authority(), await authority()];
const [zero, one, two, evil] = await Promise.all([pair(), pair(), pair(), pair()]);
const issuer = await authority();
const keysOf = (roots: Roots) => roots.map(({ key }) => key);

const sign = (roots: Roots, changes: Partial<TrustListContent>, by: readonly Authority[]) =>
  signTrustList(
    content({ roots }, { keys: [listedKey(issuer.key)], ...changes }),
    by.map(({ signer }) => signer),
  );
const open = async (bytes: Uint8Array, roots: Roots): Promise<TrustList> =>
  unwrap(await verifyTrustList(bytes, { roots: keysOf(roots), now: NOW, ed25519: nodeEd25519 }));

// Version 3 of the first roots, 5 changes to the second, 8 to the third, which sign 9.
const held = await open(await sign(zero, { version: 3 }, [zero[0]]), zero);
const toOne = await sign(one, { version: 5 }, [...zero, ...one]);
const toTwo = await sign(two, { version: 8 }, [...one, ...two]);
const newest = await sign(two, { version: 9, prevHash: (await open(toTwo, two)).hash }, [two[1]]);
const kept = new Map([
  [rootsId(keysOf(zero)), toOne],
  [rootsId(keysOf(one)), toTwo],
]);

type Served = ReadonlyMap<string, Uint8Array>;
async function follow(served: Served, bytes = newest, current: TrustList | undefined = held, roots = zero) {
  const asked: string[] = [];
  const expected = { roots: keysOf(roots), current, now: NOW, ed25519: nodeEd25519 };
  const { taken, refused } = await followTrustList(bytes, expected, async (id) => {
    asked.push(id);
    return served.get(id);
  });
  return { taken: taken.map(({ list }) => list.version), refused, asked: asked.length, last: taken.at(-1)?.list };
}

describe('roots that changed', () => {
  it('while nobody looked are followed, change by change, to the newest list', async () => {
    expect(await follow(kept)).toMatchObject({ taken: [5, 8, 9], refused: undefined, asked: 2 });
    expect(await follow(kept, newest, undefined)).toMatchObject({ taken: [5, 8, 9] });
    // Whoever was told of the second ones begins there, whatever came before.
    expect(await follow(kept, newest, undefined, one)).toMatchObject({ taken: [8, 9] });
    expect(await follow(kept, newest, undefined, two)).toMatchObject({ taken: [9], asked: 0 });
    expect(await follow(kept, toTwo)).toMatchObject({ taken: [5, 8], refused: undefined });
  });

  it('are asked for by the roots, in whatever order they are held', () => {
    expect(rootsId(keysOf(zero))).toMatch(/^[0-9a-f]{32}$/);
    expect(rootsId([...keysOf(zero)].reverse())).toBe(rootsId(keysOf(zero)));
    expect(rootsId(keysOf(one))).not.toBe(rootsId(keysOf(zero)));
  });

  it('are followed as far as the way is known, and no list of unknown ones is taken', async () => {
    const half = new Map([[rootsId(keysOf(zero)), toOne]]);
    expect(await follow(half)).toMatchObject({ taken: [5], refused: 'trust_list_signature' });
    expect(await follow(new Map())).toMatchObject({ taken: [], refused: 'trust_list_signature', asked: 1 });
  });

  it('are not changed by one that was stolen, by strangers, or by new ones that nobody holds', async () => {
    for (const by of [[zero[0], ...evil], [...evil], [zero[0], zero[0], ...evil], [...zero], [...zero, evil[0]]]) {
      const forged = new Map([[rootsId(keysOf(zero)), await sign(evil, { version: 5 }, by)]]);
      const byEvil = await sign(evil, { version: 9 }, [evil[0]]);
      expect(await follow(forged, byEvil)).toMatchObject({ taken: [], refused: 'trust_list_signature', asked: 1 });
    }
  });

  it('are no way back: a routine list in the place of a change is refused, and an older one stays older', async () => {
    const older = await sign(zero, { version: 2 }, [...zero]);
    const first = rootsId(keysOf(zero));
    expect(await follow(new Map([[first, older]]), older)).toMatchObject({ taken: [], refused: 'trust_list_rollback' });
    expect(await follow(new Map([[first, older]]))).toMatchObject({ taken: [], refused: 'trust_list_signature' });
    const fork = await sign(zero, { version: 3, issuedAt: at(-77) }, [...zero]);
    expect(await follow(new Map(), fork)).toMatchObject({ taken: [], refused: 'trust_list_fork' });
    // Who is past a change is not led through it again.
    const now = await open(newest, two);
    expect(await follow(kept, toOne, now, two)).toMatchObject({ taken: [], refused: 'trust_list_signature' });
    expect(await follow(kept, toTwo, now, two)).toMatchObject({ taken: [], refused: 'trust_list_rollback' });
  });

  it('free whoever was given a list by one stolen root, however high its number, and settle what it disputed', async () => {
    const stolen = await open(await sign(zero, { version: 1_000_000 }, [zero[0]]), zero);
    const freed = await follow(kept, newest, stolen);
    expect(freed).toMatchObject({ taken: [5, 8, 9], refused: undefined });
    const fork = { list: 'trust', version: 1_000_000 } as const;
    const change = await open(toOne, zero);
    expect(unsettled([fork], change)).toEqual([]);
    expect(unsettled([fork], await open(toOne, one))).toEqual([fork]);
  });

  it('in the future are not taken before their time', async () => {
    const future = await sign(one, { version: 5, issuedAt: at(301) }, [...zero, ...one]);
    const served = new Map([[rootsId(keysOf(zero)), future]]);
    expect(await follow(served, await sign(one, { version: 6 }, [one[0]]))).toMatchObject({ taken: [] });
  });

  it(`are followed over ${maxRootChanges} changes at a time, whatever is served`, async () => {
    const there = await sign(one, { version: 5 }, [...zero, ...one]);
    const back = await sign(zero, { version: 6 }, [...zero, ...one]);
    const circle = new Map([
      [rootsId(keysOf(zero)), there],
      [rootsId(keysOf(one)), back],
    ]);
    const walked = await follow(circle);
    expect([walked.taken.length, walked.asked, walked.refused]).toEqual([
      maxRootChanges,
      maxRootChanges,
      'trust_list_signature',
    ]);
  });
});
