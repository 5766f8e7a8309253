// The parts of the tables' arithmetic, each by itself against another one: BigInt, node:crypto, noble. Compiled here from its source, with
// every part's exports; and the module that is committed is what the source makes.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Point } from '@noble/ed25519';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeHex } from '../../../../shared/bytes/hex.ts';

const root = path.resolve(import.meta.dirname, '../../../..');
const room = path.join(root, 'shared/crypto/ed25519-tables');
const compiler = path.join(root, 'node_modules/assemblyscript/bin/asc.js');
const out = mkdtempSync(path.join(tmpdir(), 'tawthiq-tables-'));
afterAll(() => rmSync(out, { recursive: true, force: true }));

const p = 2n ** 255n - 19n;
const order = 2n ** 252n + 27742317777372353535851937790883648493n;

/** Addresses in, addresses out: what the functions of the room take. */
type Parts = {
  memory: WebAssembly.Memory;
  message: WebAssembly.Global;
  key: WebAssembly.Global;
  point: WebAssembly.Global;
  multiply(out: number, f: number, g: number): void;
  add(out: number, f: number, g: number): void;
  subtract(out: number, f: number, g: number): void;
  settle(f: number): void;
  exchange(out: number, f: number): void;
  toBytes(bytes: number, f: number): void;
  fromBytes(out: number, bytes: number): void;
  invertBytes(out: number, bytes: number): void;
  isReduced(bytes: number): number;
  reduce(out: number, bytes: number): void;
  sha512(out: number, message: number, length: number): void;
  sumUp(firstTable: number, firstScalar: number, secondTable: number, secondScalar: number): void;
  encode(bytes: number): void;
  makeTable(): number;
};

let parts: Parts;
/** Five places of 256 bytes each. */
let at: readonly [number, number, number, number, number];

beforeAll(() => {
  const files = ['field', 'invert', 'point', 'scalar', 'sha512', 'verify'].map((name) => `${name}.ts`);
  const file = path.join(out, 'parts.wasm');
  const options = ['-O3', '--noAssert', '--runtime', 'stub', '--enable', 'simd', '--enable', 'bulk-memory'];
  execFileSync(process.execPath, [compiler, ...files, ...options, '-o', file], { cwd: room });
  parts = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(file))).exports as Parts;
  const { value } = parts.message;
  at = [value, value + 256, value + 512, value + 768, value + 1024];
});

const view = (address: number, length: number) => new Uint8Array(parts.memory.buffer, address, length);
const number = (address: number, length = 32) => BigInt(`0x${encodeHex(view(address, length).toReversed())}`);
function put(address: number, value: bigint, length = 32): void {
  for (let i = 0; i < length; i++) view(address, length)[i] = Number((value >> BigInt(8 * i)) & 255n);
}

const starts = Array.from({ length: 10 }, (_, i) => BigInt(Math.ceil(25.5 * i)));
/** A lane's limbs, whatever they are. */
function putLimbs(address: number, lane: 0 | 1, limbs: readonly number[]): void {
  limbs.forEach((limb, i) => {
    new DataView(parts.memory.buffer).setUint32(address + 8 * i + 4 * lane, limb, true);
  });
}
function limbsAt(address: number, lane: 0 | 1): number[] {
  return starts.map((_, i) => new DataView(parts.memory.buffer).getUint32(address + 8 * i + 4 * lane, true));
}
const sumOf = (limbs: readonly number[]) =>
  limbs.reduce((sum, limb, i) => sum + (BigInt(limb) << (starts[i] ?? 0n)), 0n);
const modulo = (value: bigint, of: bigint) => ((value % of) + of) % of;

/** Ten limbs up to `most` times their width: nothing, all, one under and anything between, in every place. */
const limbsUpTo = (most: number) =>
  fc.tuple(
    ...starts.map((_, i) => {
      const largest = Math.floor(most * 2 ** (i % 2 === 0 ? 26 : 25));
      const any = fc.integer({ min: 0, max: largest });
      return fc.oneof(fc.constant(largest), fc.constant(0), fc.constant(largest - 1), any);
    }),
  );

const settled = 1.01;
const isSettled = (limbs: readonly number[]) => limbs.every((limb, i) => limb < settled * 2 ** (i % 2 === 0 ? 26 : 25));

describe('the field', () => {
  it('multiplies both lanes, limbs as large as they may be', () => {
    // Left times right below 16, right below 3.3: the corners of what the head of field.ts allows.
    for (const [left, right] of [
      [4.84, 3.3],
      [1.01, 3.3],
      [15.8, 1.01],
    ] as const) {
      const pairs = fc.tuple(limbsUpTo(left), limbsUpTo(right), limbsUpTo(left), limbsUpTo(right));
      fc.assert(
        fc.property(pairs, ([f0, g0, f1, g1]) => {
          putLimbs(at[0], 0, f0);
          putLimbs(at[0], 1, f1);
          putLimbs(at[1], 0, g0);
          putLimbs(at[1], 1, g1);
          parts.multiply(at[2], at[0], at[1]);
          const [first, second] = [limbsAt(at[2], 0), limbsAt(at[2], 1)];
          expect(isSettled(first) && isSettled(second)).toBe(true);
          expect(modulo(sumOf(first), p)).toBe(modulo(sumOf(f0) * sumOf(g0), p));
          expect(modulo(sumOf(second), p)).toBe(modulo(sumOf(f1) * sumOf(g1), p));
        }),
        { numRuns: 1000 },
      );
    }
  });

  it('adds, subtracts, settles and exchanges lanes', () => {
    const four = fc.tuple(limbsUpTo(1.9), limbsUpTo(1.9), limbsUpTo(1.9), limbsUpTo(1.9));
    fc.assert(
      fc.property(four, ([f0, g0, f1, g1]) => {
        putLimbs(at[0], 0, f0);
        putLimbs(at[0], 1, f1);
        putLimbs(at[1], 0, g0);
        putLimbs(at[1], 1, g1);
        parts.add(at[2], at[0], at[1]);
        expect(limbsAt(at[2], 0)).toEqual(f0.map((limb, i) => limb + (g0[i] ?? 0)));
        parts.subtract(at[2], at[0], at[1]);
        parts.settle(at[2]);
        expect(isSettled(limbsAt(at[2], 0)) && isSettled(limbsAt(at[2], 1))).toBe(true);
        expect(modulo(sumOf(limbsAt(at[2], 0)), p)).toBe(modulo(sumOf(f0) - sumOf(g0), p));
        expect(modulo(sumOf(limbsAt(at[2], 1)), p)).toBe(modulo(sumOf(f1) - sumOf(g1), p));
        parts.exchange(at[3], at[0]);
        expect([limbsAt(at[3], 0), limbsAt(at[3], 1)]).toEqual([f1, f0]);
      }),
      { numRuns: 1000 },
    );
  });

  it('writes one form of every value, also of those that reach p or go beyond 2p', () => {
    const edges = [0n, 1n, 18n, 19n, p - 1n, p, p + 1n, p + 18n, 2n ** 255n - 1n];
    for (const value of edges) {
      put(at[0], value);
      parts.fromBytes(at[1], at[0]);
      expect(sumOf(limbsAt(at[1], 0))).toBe(value);
      expect(limbsAt(at[1], 1)).toEqual(limbsAt(at[1], 0));
      parts.toBytes(at[2], at[1]);
      expect(number(at[2])).toBe(value % p);
    }
    fc.assert(
      fc.property(limbsUpTo(4.1), (limbs) => {
        putLimbs(at[0], 0, limbs);
        parts.toBytes(at[1], at[0]);
        expect(number(at[1])).toBe(sumOf(limbs) % p);
      }),
      { numRuns: 2000 },
    );
  });

  it('inverts', () => {
    const powers = Array.from({ length: 255 }, (_, i) => 2n ** BigInt(i));
    const edges = [1n, 2n, 3n, 19n, p - 1n, p - 2n, p >> 1n, ...powers, ...powers.map((power) => p - power)];
    const check = (z: bigint) => {
      put(at[0], z);
      parts.invertBytes(at[1], at[0]);
      const inverse = number(at[1]);
      expect(inverse < p).toBe(true);
      expect((inverse * z) % p).toBe(1n);
    };
    for (const z of edges) check(z);
    fc.assert(fc.property(fc.bigInt({ min: 1n, max: p - 1n }), check), { numRuns: 5000 });
    put(at[0], 0n);
    parts.invertBytes(at[1], at[0]);
    expect(number(at[1])).toBe(0n);
  });
});

describe('scalars', () => {
  const largest = 2n ** 512n - 1n;

  it('are reduced to the one below the order', () => {
    const check = (value: bigint) => {
      put(at[0], value, 64);
      parts.reduce(at[1], at[0]);
      expect(number(at[1])).toBe(value % order);
    };
    const around = (value: bigint) => [value - 1n, value, value + 1n].filter((it) => it >= 0n && it <= largest);
    const multiples = [0n, 1n, 2n, 15n, 16n, 17n, 2n ** 128n, largest / order].map((times) => times * order);
    for (const value of [...multiples, 2n ** 252n, 2n ** 256n, 2n ** 504n, largest].flatMap(around)) check(value);
    for (let bit = 0n; bit < 512n; bit++) check(2n ** bit);
    fc.assert(fc.property(fc.bigInt({ min: 0n, max: largest }), check), { numRuns: 5000 });
    const nearMultiple = fc.tuple(fc.bigInt({ min: 0n, max: largest / order - 1n }), fc.bigInt({ min: -9n, max: 9n }));
    fc.assert(
      fc.property(nearMultiple, ([times, off]) => check(times * order + 9n + off)),
      { numRuns: 2000 },
    );
  });

  it('are taken below the order only', () => {
    for (const off of [-2n, -1n, 0n, 1n, 2n ** 64n, -(2n ** 64n), 2n ** 128n, 2n ** 192n]) {
      put(at[0], order + off);
      expect(parts.isReduced(at[0])).toBe(off < 0n ? 1 : 0);
    }
    put(at[0], 0n);
    expect(parts.isReduced(at[0])).toBe(1);
    put(at[0], 2n ** 256n - 1n);
    expect(parts.isReduced(at[0])).toBe(0);
  });
});

it('hashes as node:crypto does, at every length around a block', () => {
  for (const length of [...Array.from({ length: 400 }, (_, i) => i), 4096, 6000]) {
    const message = Uint8Array.from({ length }, (_, i) => (i * 37 + length) & 255);
    view(at[2], length).set(message);
    parts.sha512(at[0], at[2], length);
    expect(encodeHex(view(at[0], 64)), `${length} bytes`).toBe(createHash('sha512').update(message).digest('hex'));
  }
});

describe('sums of two tables', () => {
  const secret = 0x0123_4567_89ab_cdefn ** 4n % order;
  const other = Point.BASE.multiply(secret);
  let tables: readonly [number, number];

  beforeAll(() => {
    const make = (point: Point) => {
      const { x, y } = point.toAffine();
      put(parts.point.value, x);
      put(parts.point.value + 32, y);
      return parts.makeTable() + 64;
    };
    tables = [make(Point.BASE), make(other)];
  });

  const sum = (s: bigint, k: bigint) => {
    put(at[0], s);
    put(at[1], k);
    parts.sumUp(tables[0], at[0], tables[1], at[1]);
    parts.encode(at[2]);
    return encodeHex(view(at[2], 32));
  };
  // By one multiplication, which the tables know nothing of: (s + k · secret) · B.
  const expected = (s: bigint, k: bigint) => {
    const scalar = (s + k * secret) % order;
    return (scalar === 0n ? Point.ZERO : Point.BASE.multiply(scalar)).toHex();
  };

  it('is that of noble for every row and every digit at its edges', () => {
    const repeated = (byte: number) => BigInt(`0x${byte.toString(16).padStart(2, '0').repeat(32)}`) % 2n ** 252n;
    const edges = [0n, 1n, 127n, 128n, 129n, 255n, 256n, order - 1n, ...[0x7f, 0x80, 0x81, 0xff].map(repeated)];
    for (const s of edges) for (const k of edges) expect(sum(s, k), `${s} ${k}`).toBe(expected(s, k));
    for (let row = 0n; row < 31n; row++) {
      for (const digit of [1n, 127n, 128n, 129n, 255n]) {
        const s = digit << (8n * row);
        expect(sum(s, 0n)).toBe(expected(s, 0n));
        expect(sum(0n, s)).toBe(expected(0n, s));
      }
    }
  });

  it('is that of noble where the two cancel, are equal, or are anything', () => {
    for (const k of [1n, 2n, 12345n, order - 1n, 2n ** 251n]) {
      const same = (k * secret) % order;
      expect(sum(order - same, k)).toBe(Point.ZERO.toHex());
      expect(sum(same, k)).toBe(expected(same, k));
    }
    const scalar = fc.bigInt({ min: 0n, max: order - 1n });
    fc.assert(
      fc.property(scalar, scalar, (s, k) => {
        expect(sum(s, k)).toBe(expected(s, k));
      }),
      { numRuns: 300 },
    );
  });
});

it('is what the committed module was made of', () => {
  const file = path.join(out, 'again.wasm');
  const config = 'shared/crypto/ed25519-tables/asconfig.json';
  execFileSync(process.execPath, [compiler, '--config', config, '--target', 'release', '-o', file], { cwd: root });
  expect(readFileSync(file).equals(readFileSync(path.join(room, 'ed25519-tables.wasm')))).toBe(true);
});
