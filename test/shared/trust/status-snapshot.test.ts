import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeCbor } from '../../../shared/cbor/encode.ts';
import type { CborKey, CborValue } from '../../../shared/cbor/value.ts';
import { signSign1 } from '../../../shared/cose/sign1.ts';
import { decodeGolomb, encodeGolomb, entropyBoundBytes, golombDivisor } from '../../../shared/trust/golomb.ts';
import { StatusBitmap } from '../../../shared/trust/status-bitmap.ts';
import {
  applyDelta,
  DELTA_TYPE,
  MAX_LENGTH,
  type NationalStatus,
  nationalHash,
  SNAPSHOT_TYPE,
  signDelta,
  signSnapshot,
  verifySnapshot,
} from '../../../shared/trust/status-snapshot.ts';
import { nationalStatus } from '../../../shared/trust/status-source.ts';
import { hex, reasonOf, unwrap } from '../bytes/vector.ts';
import { at, authority, DAY, makeWorld, NOW } from '../credential/world.ts';

function decoded(bytes: Uint8Array, count: number, k: number, length: number): number[] {
  const found: number[] = [];
  unwrap(decodeGolomb(bytes, count, k, length, (index) => found.push(index)));
  return found;
}

describe('Golomb coding', () => {
  const sets = fc
    .tuple(fc.constantFrom(10, 1000, 100_000, MAX_LENGTH), fc.array(fc.nat({ max: MAX_LENGTH - 1 }), { maxLength: 60 }))
    .map(([length, items]) => ({
      length,
      indices: [...new Set(items.map((it) => it % length))].sort((a, b) => a - b),
    }));

  it('gives every set back, with any divisor', () => {
    fc.assert(
      fc.property(sets, fc.integer({ min: 1, max: 2 ** 30 }), ({ length, indices }, divisor) => {
        // A long gap in unary would be megabytes: the divisor is near its best in real lists.
        const use = Math.max(divisor % (4 * length), Math.ceil(length / 300));
        expect(decoded(encodeGolomb(indices, use), indices.length, use, length)).toEqual(indices);
      }),
      { numRuns: 3000 },
    );
  });

  it('is within one per cent of the entropy bound for random indices', () => {
    let state = 42;
    const random = () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state / 2 ** 32;
    };
    for (const share of [0.001, 0.01, 0.05]) {
      const length = 2_000_000;
      const indices: number[] = [];
      for (let index = 0; index < length; index++) if (random() < share) indices.push(index);
      const bytes = encodeGolomb(indices, golombDivisor(indices.length, length));
      expect(bytes.length / entropyBoundBytes(indices.length, length)).toBeLessThan(1.008);
      expect(decoded(bytes, indices.length, golombDivisor(indices.length, length), length)).toEqual(indices);
    }
  });

  it('refuses what is cut, too long, outside, or badly ended', () => {
    const bytes = encodeGolomb([3, 900, 950], 60);
    const refusal = (b: Uint8Array, count = 3, k = 60, length = 1000) =>
      reasonOf(decodeGolomb(b, count, k, length, () => {}));
    expect(refusal(bytes.subarray(0, -1))).toBe('golomb_truncated');
    expect(refusal(bytes, 1_000_000)).toBe('golomb_truncated');
    expect(refusal(bytes, 3, 60, 950)).toBe('golomb_out_of_range');
    expect(refusal(bytes, 2)).toBe('golomb_trailing');
    expect(refusal(Uint8Array.of(...bytes, 0))).toBe('golomb_trailing');
    expect(refusal(bytes, 3, 0)).toBe('golomb_divisor');
    expect(refusal(bytes, 3, 1.5)).toBe('golomb_divisor');
    expect(refusal(new Uint8Array(100).fill(255))).toBe('golomb_truncated');
  });

  it('ends on any bytes', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 100 }),
        fc.nat({ max: 900 }),
        fc.integer({ min: 0, max: 2 ** 30 + 1 }),
        (bytes, count, k) => {
          const seen: number[] = [];
          decodeGolomb(bytes, count, k, 5000, (index) => seen.push(index));
          return seen.every((index, i) => index < 5000 && (i === 0 || index > (seen[i - 1] ?? 0)));
        },
      ),
      { numRuns: 10_000 },
    );
  });
});

const world = await makeWorld();
const { signer } = world.issuer;
const expected = {
  trust: world.trust,
  ed25519: world.inputs.ed25519,
  now: NOW,
  baseUri: 'https://id.example/s/',
  bits: 2,
} as const;
const LENGTH = 50_000;

async function state(sequence: number, statuses: readonly (readonly [number, number])[]): Promise<NationalStatus> {
  const bitmap = StatusBitmap.empty(2, LENGTH);
  for (const [index, status] of statuses) bitmap.set(index, status);
  const made = {
    baseUri: expected.baseUri,
    sequence,
    issuedAt: at(-100 + sequence),
    expiresAt: at(DAY),
    bitmap,
    length: LENGTH,
  };
  return { ...made, hash: await nationalHash(made) };
}

const first = await state(1, [
  [0, 1],
  [77, 2],
  [49_999, 1],
]);
// One newly revoked, the suspended one valid again, one revoked that was valid.
const second = await state(2, [
  [0, 1],
  [49_999, 1],
  [500, 1],
  [501, 2],
]);
const third = await state(3, [[49_999, 1]]);

describe('snapshots and deltas', () => {
  it('come back exactly, step by step', async () => {
    let held = unwrap(await verifySnapshot(await signSnapshot(first, signer), expected));
    expect(held).toEqual(first);
    held = unwrap(await applyDelta(held, await signDelta(first, second, signer), expected));
    expect(held).toEqual(second);
    held = unwrap(await applyDelta(held, await signDelta(second, third, signer), expected));
    expect(held).toEqual(third);
    expect(nationalStatus(held).find('https://id.example/s/0', 49_999)?.status).toBe(1);
    expect(nationalStatus(held).find('https://id.example/s/0', 500)?.status).toBe(0);
  });

  it('cannot go back, skip, or be put on another state', async () => {
    const delta12 = await signDelta(first, second, signer);
    const delta23 = await signDelta(second, third, signer);
    expect(reasonOf(await applyDelta(second, delta12, expected))).toBe('snapshot_rollback');
    expect(reasonOf(await applyDelta(first, delta23, expected))).toBe('delta_not_next');
    const otherFirst = await state(1, [[5, 1]]);
    expect(reasonOf(await applyDelta(otherFirst, delta12, expected))).toBe('snapshot_hash');
    const elsewhere = { ...first, baseUri: 'https://other.example/s/' };
    const moved = { ...elsewhere, hash: await nationalHash(elsewhere) };
    expect(reasonOf(await applyDelta(moved, delta12, expected))).toBe('snapshot_hash');
    const old = await verifySnapshot(await signSnapshot(first, signer), { ...expected, current: second });
    expect(reasonOf(old)).toBe('snapshot_rollback');
    expect((await verifySnapshot(await signSnapshot(second, signer), { ...expected, current: second })).ok).toBe(true);
    const fork = await signSnapshot(await state(2, [[5, 1]]), signer);
    expect(reasonOf(await verifySnapshot(fork, { ...expected, current: second }))).toBe('snapshot_fork');
    await expect(signDelta(first, third, signer)).rejects.toThrow(RangeError);
  });

  it('leave the state alone when a delta is refused', async () => {
    const delta = await signDelta(first, second, signer);
    // One bit of the memory has turned: what comes out is not what was signed.
    const turned = { ...first, bitmap: first.bitmap.copy() };
    turned.bitmap.set(4321, 1);
    const before = turned.bitmap.copy();
    expect(reasonOf(await applyDelta(turned, delta, expected))).toBe('snapshot_hash');
    expect(turned.bitmap).toEqual(before);
  });

  it('are refused by strangers, of other kinds, addresses and times', async () => {
    const snapshot = await signSnapshot(first, signer);
    expect(reasonOf(await verifySnapshot(await signSnapshot(first, (await authority()).signer), expected))).toBe(
      'snapshot_issuer_unknown',
    );
    const forged = { ...(await authority()).signer, kid: signer.kid };
    expect(reasonOf(await verifySnapshot(await signSnapshot(first, forged), expected))).toBe('snapshot_signature');
    expect(reasonOf(await verifySnapshot(snapshot, { ...expected, baseUri: 'https://x/' }))).toBe('snapshot_uri');
    expect(reasonOf(await verifySnapshot(snapshot, { ...expected, now: at(-500) }))).toBe('snapshot_from_future');
    expect(reasonOf(await applyDelta(first, snapshot, expected))).toBe('snapshot_type');
    expect(reasonOf(await verifySnapshot(await signDelta(first, second, signer), expected))).toBe('snapshot_type');
  });

  it('are refused when a signed list does not make the bitmap it names, or cannot be read', async () => {
    const made = (typ: string, statuses: CborValue, sub = expected.baseUri) => {
      const claims = new Map<CborKey, CborValue>([
        [2, sub],
        [4, at(DAY)],
        [6, at(-5)],
        [-65550, statuses],
      ]);
      return signSign1(encodeCbor(claims), signer, { typ });
    };
    const snapshot = async (statuses: CborValue) =>
      reasonOf(await verifySnapshot(await made(SNAPSHOT_TYPE, statuses), expected));
    const delta = async (parts: CborValue) =>
      reasonOf(await applyDelta(first, await signSign1(encodeCbor(parts), signer, { typ: DELTA_TYPE }), expected));
    const gaps = encodeGolomb([4], 5);
    const set = (status: number, ...parts: CborValue[]) => new Map<number, CborValue>([[status, parts]]);
    const zero = new Uint8Array(32);
    expect(await snapshot([1, zero, set(1, 1, 5, gaps), 100])).toBe('snapshot_hash');
    expect(await snapshot([1, zero, set(3, 1, 5, gaps), 100])).toBe('snapshot_shape');
    expect(await snapshot([1, zero, set(0, 1, 5, gaps), 100])).toBe('snapshot_shape');
    expect(await snapshot([1, zero, set(1, 1, 5), 100])).toBe('snapshot_shape');
    expect(await snapshot([1, zero, set(1, 101, 5, gaps), 100])).toBe('snapshot_shape');
    expect(await snapshot([1, zero, set(1, 50, 5, gaps), 100])).toBe('golomb_truncated');
    expect(await snapshot([1, zero, set(1, 1, 5, gaps), 4])).toBe('golomb_out_of_range');
    expect(await snapshot([1, zero, set(1, 1, 5, gaps), MAX_LENGTH + 1])).toBe('snapshot_shape');
    expect(await snapshot([1, zero, new Map()])).toBe('snapshot_shape');
    expect(await snapshot([-1, zero, new Map(), 100])).toBe('snapshot_shape');
    expect(await snapshot([1, hex('00'), new Map(), 100])).toBe('snapshot_shape');
    const short = zero.slice(0, 16);
    expect(await delta([2, at(-5), DAY, short, set(1, 1, 5, gaps)])).toBe('snapshot_hash');
    expect(await delta([2, at(-5), DAY, zero, new Map()])).toBe('snapshot_shape');
    expect(await delta([2, at(-5), -1, short, new Map()])).toBe('snapshot_shape');
    expect(await delta([2, at(-5), Number.MAX_SAFE_INTEGER, short, new Map()])).toBe('snapshot_shape');
    expect(await delta([2, at(-5), short, new Map()])).toBe('snapshot_shape');
    expect(await delta(new Map([[6, at(-5)]]))).toBe('snapshot_shape');
  });

  it('never survive a change of one byte, or being cut', async () => {
    const [snapshot, delta] = [await signSnapshot(first, signer), await signDelta(first, second, signer)];
    for (let i = 0; i < snapshot.length; i++) {
      expect(
        (
          await verifySnapshot(
            snapshot.map((b, j) => (j === i ? b ^ 4 : b)),
            expected,
          )
        ).ok,
      ).toBe(false);
    }
    for (let i = 0; i < delta.length; i++) {
      expect(
        (
          await applyDelta(
            first,
            delta.map((b, j) => (j === i ? b ^ 4 : b)),
            expected,
          )
        ).ok,
      ).toBe(false);
      expect((await applyDelta(first, delta.subarray(0, i), expected)).ok).toBe(false);
    }
  });

  it('cannot say suspended in one bit', async () => {
    const refused = await verifySnapshot(await signSnapshot(first, signer), { ...expected, bits: 1 });
    expect(reasonOf(refused)).toBe('snapshot_shape');
  });
});
