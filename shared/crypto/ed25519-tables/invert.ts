// 1 / z modulo 2^255 − 19 by the division steps of Bernstein and Yang (2019, §11): f and g go down to ±1 and 0, thirty steps at a time that
// look at their lowest bits only; d and e follow so that d · z = f and e · z = g hold modulo p. In an eighth of the time of z^(p − 2).
// The time depends on z, which is no secret here. A row of the matrix adds up to 2^30 at most: every sum below fits in 62 bits.

const LIMBS: i32 = 9;
const BITS: i32 = 30;
const MASK: i64 = 0x3fffffff;
/** 1 / p modulo 2^30. */
const P_INVERSE: i64 = 0x179435e5;

// Nine limbs of thirty bits, the sign in the last one.
const P = memory.data<i64>([
  0x3fffffed, 0x3fffffff, 0x3fffffff, 0x3fffffff, 0x3fffffff, 0x3fffffff, 0x3fffffff, 0x3fffffff, 0x7fff,
]);
const D = memory.data(72, 16);
const E = memory.data(72, 16);
const F = memory.data(72, 16);
const G = memory.data(72, 16);

// What thirty steps do: f ← (u f + v g) / 2^30, g ← (q f + r g) / 2^30.
let u: i64;
let v: i64;
let q: i64;
let r: i64;

/** Thirty division steps on the lowest limbs; answers the new `eta`, which is −δ. */
function steps(eta: i32): i32 {
  let f = load<i64>(F);
  let g = load<i64>(G);
  let u0: i64 = 1;
  let v0: i64 = 0;
  let q0: i64 = 0;
  let r0: i64 = 1;
  for (let left = BITS; ; ) {
    // As many halvings as g is even, and no more than are left.
    const zeros = i32(ctz(g | (i64(-1) << left)));
    g >>= zeros;
    u0 <<= zeros;
    v0 <<= zeros;
    eta -= zeros;
    left -= zeros;
    if (left === 0) break;
    if (eta < 0) {
      eta = -eta;
      let old = f;
      f = g;
      g = -old;
      old = u0;
      u0 = q0;
      q0 = -old;
      old = v0;
      v0 = r0;
      r0 = -old;
    }
    // Cancels up to six bits of g at once: f · (f² − 2) is −1 / f modulo 64.
    const bits = min(min(eta + 1, left), 6);
    const w = (g * f * (f * f - 2)) & ((1 << bits) - 1);
    g += f * w;
    q0 += u0 * w;
    r0 += v0 * w;
  }
  u = u0;
  v = v0;
  q = q0;
  r = r0;
  return eta;
}

/** f and g by the matrix: the thirty bits that leave are nought. Whether g is nought. */
function stepFG(): bool {
  let f = (u * load<i64>(F) + v * load<i64>(G)) >> BITS;
  let g = (q * load<i64>(F) + r * load<i64>(G)) >> BITS;
  let any: i64 = 0;
  for (let i = 8; i < 8 * LIMBS; i += 8) {
    f += u * load<i64>(F + i) + v * load<i64>(G + i);
    g += q * load<i64>(F + i) + r * load<i64>(G + i);
    store<i64>(F + i - 8, f & MASK);
    store<i64>(G + i - 8, g & MASK);
    any |= g & MASK;
    f >>= BITS;
    g >>= BITS;
  }
  store<i64>(F + 64, f);
  store<i64>(G + 64, g);
  return (any | g) === 0;
}

/** d and e by the matrix modulo p: as many p are added as make the thirty bits that leave nought. Both stay between −2p and p. */
function stepDE(): void {
  const d0 = load<i64>(D);
  const e0 = load<i64>(E);
  const dSign = load<i64>(D + 64) >> 63;
  const eSign = load<i64>(E + 64) >> 63;
  let dTimes = (u & dSign) + (v & eSign);
  let eTimes = (q & dSign) + (r & eSign);
  let d = u * d0 + v * e0;
  let e = q * d0 + r * e0;
  dTimes -= (P_INVERSE * (d & MASK) + dTimes) & MASK;
  eTimes -= (P_INVERSE * (e & MASK) + eTimes) & MASK;
  d = (d + load<i64>(P) * dTimes) >> BITS;
  e = (e + load<i64>(P) * eTimes) >> BITS;
  for (let i = 8; i < 8 * LIMBS; i += 8) {
    const di = load<i64>(D + i);
    const ei = load<i64>(E + i);
    d += u * di + v * ei + load<i64>(P + i) * dTimes;
    e += q * di + r * ei + load<i64>(P + i) * eTimes;
    store<i64>(D + i - 8, d & MASK);
    store<i64>(E + i - 8, e & MASK);
    d >>= BITS;
    e >>= BITS;
  }
  store<i64>(D + 64, d);
  store<i64>(E + 64, e);
}

/** From 32 bytes to 32 bytes, little endian, both below p; nought to nought. `out` may be `bytes`. */
export function invertBytes(out: usize, bytes: usize): void {
  memory.fill(D, 0, 72);
  memory.fill(E, 0, 72);
  store<i64>(E, 1);
  memory.copy(F, P, 72);
  for (let i = 0; i < LIMBS; i++) {
    const at = min((BITS * i) >> 3, 24);
    store<i64>(G + 8 * i, (load<u64>(bytes + at) >> (BITS * i - 8 * at)) & MASK);
  }
  let eta = -1;
  do {
    eta = steps(eta);
    stepDE();
  } while (!stepFG());
  // f is 1 or −1 now, and d · z = f (of nought: f is p, and d nought): d is brought between 0 and p.
  if (load<i64>(F + 64) < 0) negate();
  while (load<i64>(D + 64) < 0) addP(1);
  addP(-1);
  if (load<i64>(D + 64) < 0) addP(1);
  memory.fill(out, 0, 32);
  for (let i = 0; i < LIMBS; i++) {
    const at = min((BITS * i) >> 3, 24);
    store<u64>(out + at, load<u64>(out + at) | (load<u64>(D + 8 * i) << (BITS * i - 8 * at)));
  }
}

function negate(): void {
  let over: i64 = 0;
  for (let i = 0; i < 64; i += 8) {
    over -= load<i64>(D + i);
    store<i64>(D + i, over & MASK);
    over >>= BITS;
  }
  store<i64>(D + 64, over - load<i64>(D + 64));
}

function addP(times: i64): void {
  let over: i64 = 0;
  for (let i = 0; i < 64; i += 8) {
    over += load<i64>(D + i) + times * load<i64>(P + i);
    store<i64>(D + i, over & MASK);
    over >>= BITS;
  }
  store<i64>(D + 64, over + load<i64>(D + 64) + times * load<i64>(P + 64));
}
