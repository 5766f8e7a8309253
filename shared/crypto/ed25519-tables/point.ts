// Points of edwards25519, two sums in the making, one in each lane: extended coordinates (X : Y : Z : T), x = X/Z, y = Y/Z, xy = T/Z.
// The formulas are the unified ones of Hisil, Wong, Carter and Dawson (2008) for a = −1: complete on this curve, no case is special.
import { add, alone, exchange, fromBytes, multiply, ONE, PAIR, pair, settle, subtract, toBytes } from './field.ts';
import { invertBytes } from './invert.ts';

/** What is added to a sum: y + x, y − x and 2dxy of an affine point, 40 bytes each, settled. Two lines of a cache. */
const ADDEND: i32 = 128;
const ROW: i32 = 128;
const ROWS: i32 = 32;
/** Bytes of a table: row i holds 1 … 128 times 256^i of its point. */
export const TABLE: i32 = ROWS * ROW * ADDEND;

const X = memory.data(80, 16);
const Y = memory.data(80, 16);
const Z = memory.data(80, 16);
const T = memory.data(80, 16);
const A = memory.data(80, 16);
const B = memory.data(80, 16);
const C = memory.data(80, 16);
const D = memory.data(80, 16);
const BYTES = memory.data(32, 16);

const UNITY = memory.data<u32>([1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
/** The neutral point: y + x = y − x = 1. */
const NEUTRAL = memory.data<u32>([
  1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
]);
/** 2d = −2 · 121665 / 121666, little endian. */
const D2_BYTES = memory.data<u64>([0xebd69b9426b2f159, 0x00e0149a8283b156, 0x198e80f2eef3d130, 0x2406d9dc56dffce7]);
const D2 = memory.data(80, 16);

/** Both sums begin at the neutral point. */
function clear(): void {
  memory.fill(X, 0, PAIR);
  memory.copy(Y, UNITY, PAIR);
  memory.copy(Z, UNITY, PAIR);
  memory.fill(T, 0, PAIR);
}

/**
 * Adds to each sum a multiple of a row: `times` from −127 to 128 times the row's point. Of a negative point x changes its sign: y + x and
 * y − x change places, and 2dxy is taken from 2p.
 */
function accumulate(firstRow: usize, firstTimes: i32, secondRow: usize, secondTimes: i32): void {
  const one = addendOf(firstRow, firstTimes);
  const two = addendOf(secondRow, secondTimes);
  const oneSwapped = firstTimes < 0 ? ONE : 0;
  const twoSwapped = secondTimes < 0 ? ONE : 0;
  subtract(A, Y, X); // 3.02
  pair(C, one + ONE - oneSwapped, two + ONE - twoSwapped);
  multiply(A, A, C);
  add(B, Y, X); // 2.02
  pair(C, one + oneSwapped, two + twoSwapped);
  multiply(B, B, C);
  pair(C, one + 2 * ONE, two + 2 * ONE);
  negateWhere(C, i32(firstTimes < 0), i32(secondTimes < 0)); // 2
  multiply(C, T, C);
  add(D, Z, Z); // 2.02
  close();
}

function addendOf(row: usize, times: i32): usize {
  return times === 0 ? NEUTRAL : row + (abs(times) - 1) * ADDEND;
}

/** f ← 2p − f in the lanes that are named. `f` is settled. */
function negateWhere(f: usize, one: i32, two: i32): void {
  const where = i32x4(-one, -two, -one, -two);
  for (let i = 0; i < PAIR; i += 16) {
    const even = i === 0 ? 0x7ffffda : 0x7fffffe;
    const limbs = v128.load(f + i);
    v128.store(f + i, v128.bitselect(i32x4.sub(i32x4(even, even, 0x3fffffe, 0x3fffffe), limbs), limbs, where));
  }
}

/** Adds each lane's sum to the other's: both lanes hold their total. */
function total(): void {
  subtract(A, Y, X);
  exchange(C, A);
  multiply(A, A, C);
  add(B, Y, X);
  exchange(C, B);
  multiply(B, B, C);
  exchange(D, Z);
  multiply(D, D, Z);
  add(D, D, D);
  exchange(C, T);
  multiply(C, C, T);
  multiply(C, C, D2);
  close();
}

/** The second half of an addition: E = B − A, F = D − C, G = D + C, H = B + A; X = EF, Y = GH, Z = FG, T = EH. */
function close(): void {
  subtract(X, B, A); // E, 3.02
  add(Y, B, A); // H, 2.02
  subtract(A, D, C); // F, 4.04
  add(B, D, C); // G, 3.03
  multiply(T, X, Y);
  multiply(X, A, X);
  multiply(Y, B, Y);
  multiply(Z, A, B);
}

/**
 * The sum of both tables' points, each times its scalar: 32 bytes, little endian, below the group's order, so that no digit is left over at
 * the end. Both lanes hold it.
 */
export function sumUp(firstTable: usize, firstScalar: usize, secondTable: usize, secondScalar: usize): void {
  clear();
  let firstCarry = 0;
  let secondCarry = 0;
  for (let i = 0; i < ROWS; i++) {
    // A digit from −127 to 128 for each row.
    let one = i32(load<u8>(firstScalar + i)) + firstCarry;
    let two = i32(load<u8>(secondScalar + i)) + secondCarry;
    firstCarry = i32(one > ROW);
    secondCarry = i32(two > ROW);
    one -= firstCarry << 8;
    two -= secondCarry << 8;
    const row = i * ROW * ADDEND;
    accumulate(firstTable + row, one, secondTable + row, two);
  }
  total();
}

/** The first sum as RFC 8032 §5.1.2 encodes it: 32 bytes. */
export function encode(bytes: usize): void {
  invert(A, Z);
  multiply(B, X, A);
  toBytes(bytes, B);
  const sign = load<u8>(bytes) << 7;
  multiply(B, Y, A);
  toBytes(bytes, B);
  store<u8>(bytes, load<u8>(bytes, 31) | sign, 31);
}

/** Of the first lane. */
function invert(out: usize, f: usize): void {
  toBytes(BYTES, f);
  invertBytes(BYTES, BYTES);
  fromBytes(out, BYTES);
}

// X, Y, Z of the multiples in a row, and the product of all Z up to each.
const PENDING = memory.data(128 * 320, 16);

/**
 * Fills the table of a point. `x` and `y`: 32 bytes each, little endian, of a point on the curve.
 * One inversion brings all multiples of a row to Z = 1.
 */
export function fillTable(table: usize, x: usize, y: usize): void {
  fromBytes(D2, D2_BYTES);
  fromBytes(X, x);
  fromBytes(Y, y);
  for (let row = 0; row < ROWS; row++) {
    const begin = table + row * ROW * ADDEND;
    putAddend(begin, X, Y);
    clear();
    for (let i = 0; i < ROW; i++) {
      accumulate(begin, 1, begin, 1);
      const at = PENDING + i * 320;
      memory.copy(at, X, PAIR);
      memory.copy(at + 80, Y, PAIR);
      memory.copy(at + 160, Z, PAIR);
      if (i === 0) memory.copy(at + 240, Z, PAIR);
      else multiply(at + 240, at - 80, Z);
    }
    invert(D, PENDING + (ROW - 1) * 320 + 240);
    for (let i = ROW - 1; i > 0; i--) {
      const at = PENDING + i * 320;
      // D = 1 / (Z₀ … Zᵢ): times what was before it is 1 / Zᵢ, and times Zᵢ it is the next D.
      multiply(C, D, at - 80);
      multiply(D, D, at + 160);
      multiply(X, at, C);
      multiply(Y, at + 80, C);
      putAddend(begin + i * ADDEND, X, Y);
    }
    // 256 times a point is twice 128 times it.
    clear();
    accumulate(begin, 128, begin, 128);
    accumulate(begin, 128, begin, 128);
    invert(D, Z);
    multiply(X, X, D);
    multiply(Y, Y, D);
  }
}

/** The addend of x and y, which stand in the first lane. */
function putAddend(at: usize, x: usize, y: usize): void {
  add(A, y, x);
  settle(A);
  alone(at, A);
  subtract(A, y, x);
  settle(A);
  alone(at + ONE, A);
  multiply(A, x, y);
  multiply(A, A, D2);
  alone(at + 2 * ONE, A);
}
