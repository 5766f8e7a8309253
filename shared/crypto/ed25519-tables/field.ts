// The field of 2^255 − 19, two elements at a time: one in each lane, every function does the same to both (SIMD of WebAssembly).
// An element is ten limbs of 26 and 25 bits in turn (radix 2^25.5), each in 32 bits, none below zero; a pair is 80 bytes, limb by limb.
// Long, since `multiply` is one algorithm with a row for each of its ten columns.
//
// How large limbs may get, in units of 2^26 and 2^25: `multiply` and `settle` leave less than 1.01, a sum of two such is below 2.02, a
// difference (2p is added to it) below 3.02, one from such a sum below 4.03. Of a product, the left factor times the right one stays below
// 16 and the right one below 3.3: then 19 times a limb fits in 32 bits and every column in 63.

/** Bytes of a pair, and of one element alone. */
export const PAIR: i32 = 80;
export const ONE: i32 = 40;

/** out = f · g. `out` may be one of them. */
export function multiply(out: usize, f: usize, g: usize): void {
  const f0 = v128.load64_zero(f);
  const f1 = v128.load64_zero(f, 8);
  const f2 = v128.load64_zero(f, 16);
  const f3 = v128.load64_zero(f, 24);
  const f4 = v128.load64_zero(f, 32);
  const f5 = v128.load64_zero(f, 40);
  const f6 = v128.load64_zero(f, 48);
  const f7 = v128.load64_zero(f, 56);
  const f8 = v128.load64_zero(f, 64);
  const f9 = v128.load64_zero(f, 72);
  const g0 = v128.load64_zero(g);
  const g1 = v128.load64_zero(g, 8);
  const g2 = v128.load64_zero(g, 16);
  const g3 = v128.load64_zero(g, 24);
  const g4 = v128.load64_zero(g, 32);
  const g5 = v128.load64_zero(g, 40);
  const g6 = v128.load64_zero(g, 48);
  const g7 = v128.load64_zero(g, 56);
  const g8 = v128.load64_zero(g, 64);
  const g9 = v128.load64_zero(g, 72);
  const n = i32x4.splat(19);
  const n1 = i32x4.mul(g1, n);
  const n2 = i32x4.mul(g2, n);
  const n3 = i32x4.mul(g3, n);
  const n4 = i32x4.mul(g4, n);
  const n5 = i32x4.mul(g5, n);
  const n6 = i32x4.mul(g6, n);
  const n7 = i32x4.mul(g7, n);
  const n8 = i32x4.mul(g8, n);
  const n9 = i32x4.mul(g9, n);
  // Two odd limbs meet half a bit too low.
  const d1 = i32x4.shl(f1, 1);
  const d3 = i32x4.shl(f3, 1);
  const d5 = i32x4.shl(f5, 1);
  const d7 = i32x4.shl(f7, 1);
  const d9 = i32x4.shl(f9, 1);
  carry(
    out,
    column(f0, g0, d1, n9, f2, n8, d3, n7, f4, n6, d5, n5, f6, n4, d7, n3, f8, n2, d9, n1),
    column(f0, g1, f1, g0, f2, n9, f3, n8, f4, n7, f5, n6, f6, n5, f7, n4, f8, n3, f9, n2),
    column(f0, g2, d1, g1, f2, g0, d3, n9, f4, n8, d5, n7, f6, n6, d7, n5, f8, n4, d9, n3),
    column(f0, g3, f1, g2, f2, g1, f3, g0, f4, n9, f5, n8, f6, n7, f7, n6, f8, n5, f9, n4),
    column(f0, g4, d1, g3, f2, g2, d3, g1, f4, g0, d5, n9, f6, n8, d7, n7, f8, n6, d9, n5),
    column(f0, g5, f1, g4, f2, g3, f3, g2, f4, g1, f5, g0, f6, n9, f7, n8, f8, n7, f9, n6),
    column(f0, g6, d1, g5, f2, g4, d3, g3, f4, g2, d5, g1, f6, g0, d7, n9, f8, n8, d9, n7),
    column(f0, g7, f1, g6, f2, g5, f3, g4, f4, g3, f5, g2, f6, g1, f7, g0, f8, n9, f9, n8),
    column(f0, g8, d1, g7, f2, g6, d3, g5, f4, g4, d5, g3, f6, g2, d7, g1, f8, g0, d9, n9),
    column(f0, g9, f1, g8, f2, g7, f3, g6, f4, g5, f5, g4, f6, g3, f7, g2, f8, g1, f9, g0),
  );
}

/** Σ fᵢ · gⱼ in 64 bits. */
function column(
  f0: v128,
  g0: v128,
  f1: v128,
  g1: v128,
  f2: v128,
  g2: v128,
  f3: v128,
  g3: v128,
  f4: v128,
  g4: v128,
  f5: v128,
  g5: v128,
  f6: v128,
  g6: v128,
  f7: v128,
  g7: v128,
  f8: v128,
  g8: v128,
  f9: v128,
  g9: v128,
): v128 {
  const low = i64x2.add(
    i64x2.add(
      i64x2.add(
        i64x2.add(i64x2.extmul_low_i32x4_u(f0, g0), i64x2.extmul_low_i32x4_u(f1, g1)),
        i64x2.extmul_low_i32x4_u(f2, g2),
      ),
      i64x2.extmul_low_i32x4_u(f3, g3),
    ),
    i64x2.extmul_low_i32x4_u(f4, g4),
  );
  const high = i64x2.add(
    i64x2.add(
      i64x2.add(
        i64x2.add(i64x2.extmul_low_i32x4_u(f5, g5), i64x2.extmul_low_i32x4_u(f6, g6)),
        i64x2.extmul_low_i32x4_u(f7, g7),
      ),
      i64x2.extmul_low_i32x4_u(f8, g8),
    ),
    i64x2.extmul_low_i32x4_u(f9, g9),
  );
  return i64x2.add(low, high);
}

/** Brings limbs of up to 63 bits below 1.01, in two chains side by side, and stores them. */
function carry(
  out: usize,
  h0: v128,
  h1: v128,
  h2: v128,
  h3: v128,
  h4: v128,
  h5: v128,
  h6: v128,
  h7: v128,
  h8: v128,
  h9: v128,
): void {
  const m26 = i64x2.splat(0x3ffffff);
  const m25 = i64x2.splat(0x1ffffff);
  h1 = i64x2.add(h1, i64x2.shr_u(h0, 26));
  h0 = v128.and(h0, m26);
  h5 = i64x2.add(h5, i64x2.shr_u(h4, 26));
  h4 = v128.and(h4, m26);
  h2 = i64x2.add(h2, i64x2.shr_u(h1, 25));
  h1 = v128.and(h1, m25);
  h6 = i64x2.add(h6, i64x2.shr_u(h5, 25));
  h5 = v128.and(h5, m25);
  h3 = i64x2.add(h3, i64x2.shr_u(h2, 26));
  h2 = v128.and(h2, m26);
  h7 = i64x2.add(h7, i64x2.shr_u(h6, 26));
  h6 = v128.and(h6, m26);
  h4 = i64x2.add(h4, i64x2.shr_u(h3, 25));
  h3 = v128.and(h3, m25);
  h8 = i64x2.add(h8, i64x2.shr_u(h7, 25));
  h7 = v128.and(h7, m25);
  h5 = i64x2.add(h5, i64x2.shr_u(h4, 26));
  h4 = v128.and(h4, m26);
  h9 = i64x2.add(h9, i64x2.shr_u(h8, 26));
  h8 = v128.and(h8, m26);
  // What leaves at the top comes back at the bottom 19 times: 16 + 2 + 1.
  const top = i64x2.shr_u(h9, 25);
  h9 = v128.and(h9, m25);
  h0 = i64x2.add(h0, i64x2.add(i64x2.shl(top, 4), i64x2.add(i64x2.shl(top, 1), top)));
  h1 = i64x2.add(h1, i64x2.shr_u(h0, 26));
  h0 = v128.and(h0, m26);
  v128.store(out, narrow(h0, h1));
  v128.store(out, narrow(h2, h3), 16);
  v128.store(out, narrow(h4, h5), 32);
  v128.store(out, narrow(h6, h7), 48);
  v128.store(out, narrow(h8, h9), 64);
}

/** The low halves of two limbs: 32 bits for each lane of each. */
function narrow(low: v128, high: v128): v128 {
  return v128.shuffle<u32>(low, high, 0, 2, 4, 6);
}

/** out = f + g. */
export function add(out: usize, f: usize, g: usize): void {
  v128.store(out, i32x4.add(v128.load(f), v128.load(g)));
  v128.store(out, i32x4.add(v128.load(f, 16), v128.load(g, 16)), 16);
  v128.store(out, i32x4.add(v128.load(f, 32), v128.load(g, 32)), 32);
  v128.store(out, i32x4.add(v128.load(f, 48), v128.load(g, 48)), 48);
  v128.store(out, i32x4.add(v128.load(f, 64), v128.load(g, 64)), 64);
}

/** out = f − g + 2p. `g` must be below 1.9: then no limb goes below zero. */
export function subtract(out: usize, f: usize, g: usize): void {
  const lowest = i32x4(0x7ffffda, 0x7ffffda, 0x3fffffe, 0x3fffffe);
  const p2 = i32x4(0x7fffffe, 0x7fffffe, 0x3fffffe, 0x3fffffe);
  v128.store(out, i32x4.add(v128.load(f), i32x4.sub(lowest, v128.load(g))));
  v128.store(out, i32x4.add(v128.load(f, 16), i32x4.sub(p2, v128.load(g, 16))), 16);
  v128.store(out, i32x4.add(v128.load(f, 32), i32x4.sub(p2, v128.load(g, 32))), 32);
  v128.store(out, i32x4.add(v128.load(f, 48), i32x4.sub(p2, v128.load(g, 48))), 48);
  v128.store(out, i32x4.add(v128.load(f, 64), i32x4.sub(p2, v128.load(g, 64))), 64);
}

/** The same value with limbs below 1.01. */
export function settle(f: usize): void {
  const none = i32x4.splat(0);
  carry(
    f,
    v128.shuffle<u32>(v128.load64_zero(f), none, 0, 4, 1, 5),
    v128.shuffle<u32>(v128.load64_zero(f, 8), none, 0, 4, 1, 5),
    v128.shuffle<u32>(v128.load64_zero(f, 16), none, 0, 4, 1, 5),
    v128.shuffle<u32>(v128.load64_zero(f, 24), none, 0, 4, 1, 5),
    v128.shuffle<u32>(v128.load64_zero(f, 32), none, 0, 4, 1, 5),
    v128.shuffle<u32>(v128.load64_zero(f, 40), none, 0, 4, 1, 5),
    v128.shuffle<u32>(v128.load64_zero(f, 48), none, 0, 4, 1, 5),
    v128.shuffle<u32>(v128.load64_zero(f, 56), none, 0, 4, 1, 5),
    v128.shuffle<u32>(v128.load64_zero(f, 64), none, 0, 4, 1, 5),
    v128.shuffle<u32>(v128.load64_zero(f, 72), none, 0, 4, 1, 5),
  );
}

/** out = f with its lanes exchanged. */
export function exchange(out: usize, f: usize): void {
  for (let i = 0; i < PAIR; i += 16) {
    const limbs = v128.load(f + i);
    v128.store(out + i, v128.shuffle<u32>(limbs, limbs, 1, 0, 3, 2));
  }
}

/** A pair of two elements that stand alone, 40 bytes each. */
export function pair(out: usize, first: usize, second: usize): void {
  for (let i = 0; i < 32; i += 16) {
    const a = v128.load(first + i);
    const b = v128.load(second + i);
    v128.store(out + 2 * i, v128.shuffle<u32>(a, b, 0, 4, 1, 5));
    v128.store(out + 2 * i, v128.shuffle<u32>(a, b, 2, 6, 3, 7), 16);
  }
  v128.store(out + 64, v128.shuffle<u32>(v128.load64_zero(first, 32), v128.load64_zero(second, 32), 0, 4, 1, 5));
}

/** The first of a pair, alone. */
export function alone(out: usize, f: usize): void {
  for (let i = 0; i < 10; i++) store<u32>(out + 4 * i, load<u32>(f + 8 * i));
}

/** Limb `i` begins at this bit, and has so many. */
const bitOf = (i: i32): i32 => (51 * i + 1) >> 1;
const widthOf = (i: i32): i32 => 26 - (i & 1);

/** Both elements from 32 bytes, little endian, below 2^255. */
export function fromBytes(out: usize, bytes: usize): void {
  for (let i = 0; i < 10; i++) {
    const at = min(bitOf(i) >> 3, 24);
    const limb = u32(load<u64>(bytes + at) >> (bitOf(i) - 8 * at)) & ((1 << widthOf(i)) - 1);
    store<u32>(out + 8 * i, limb);
    store<u32>(out + 8 * i, limb, 4);
  }
}

/** The first element as RFC 8032 §5.1.2 writes it: 32 bytes, little endian, below p. Settles `f`. */
export function toBytes(bytes: usize, f: usize): void {
  settle(f);
  settle(f);
  // Below 2p now; at least p if 19 more reach 2^255.
  let over: u64 = 19;
  for (let i = 0; i < 10; i++) over = (load<u32>(f + 8 * i) + over) >> widthOf(i);
  over *= 19;
  memory.fill(bytes, 0, 32);
  for (let i = 0; i < 10; i++) {
    over += load<u32>(f + 8 * i);
    const at = min(bitOf(i) >> 3, 24);
    const limb = over & ((1 << widthOf(i)) - 1);
    store<u64>(bytes + at, load<u64>(bytes + at) | (limb << (bitOf(i) - 8 * at)));
    over >>= widthOf(i);
  }
}
