// Numbers modulo the order of the group, L = 2^252 + 27742317777372353535851937790883648493 (RFC 8032 §5.1).

/** −(L − 2^252) in six signed digits of 21 bits: what 2^252 is worth. */
const WORTH = memory.data<i64>([666643, 470296, 654183, -997805, 136657, -683901]);
const L = memory.data<u64>([0x5812631a5cf5d3ed, 0x14def9dea2f79cd6, 0, 0x1000000000000000]);
const DIGITS: i32 = 24;
const LIMB: i64 = 0x1fffff;
const limbs = memory.data(24 * 8, 16);

/** Whether 32 bytes, little endian, are below L. */
export function isReduced(bytes: usize): bool {
  for (let i = 24; i >= 0; i -= 8) {
    const word = load<u64>(bytes + i);
    const most = load<u64>(L + i);
    if (word !== most) return word < most;
  }
  return false;
}

/** From 64 bytes to the 32 of the same number below L, both little endian. */
export function reduce(out: usize, bytes: usize): void {
  for (let i = 0; i < DIGITS; i++) {
    const bit = 21 * i;
    const at = min(bit >> 3, 56);
    const word = load<u64>(bytes + at) >> (bit - 8 * at);
    store<i64>(limbs + 8 * i, i === DIGITS - 1 ? word : word & LIMB);
  }
  fold(23, 18);
  carry(6, 17);
  fold(17, 12);
  carry(0, 12);
  fold(12, 12);
  carry(0, 12);
  // Limb 12 was −1 to 28, and each of it worth one L: what is left is between −2^130 and L − 1. One more L makes a negative one right, and
  // would make 2^252 to L − 1, which have a limb 12 too, wrong.
  if (load<i64>(limbs + 8 * 12) < 0) {
    fold(12, 12);
    carry(0, 12);
  }
  putBytes(out);
}

/** The limbs, none below zero and at most 2^253 in all, as 32 bytes. */
function putBytes(out: usize): void {
  memory.fill(out, 0, 32);
  for (let i = 0; i <= 12; i++) {
    const bit = 21 * i;
    const at = min(bit >> 3, 24);
    store<u64>(out + at, load<u64>(out + at) + (load<u64>(limbs + 8 * i) << (bit - 8 * at)));
  }
}

/** Takes the limbs `from` down to `to` for what they are worth, twelve limbs below. */
function fold(from: i32, to: i32): void {
  for (let i = from; i >= to; i--) {
    const limb = load<i64>(limbs + 8 * i);
    store<i64>(limbs + 8 * i, 0);
    for (let j = 0; j < 6; j++) {
      const at = limbs + 8 * (i - 12 + j);
      store<i64>(at, load<i64>(at) + limb * load<i64>(WORTH + 8 * j));
    }
  }
}

/** Each limb but `last` keeps 21 bits, and none below zero. */
function carry(first: i32, last: i32): void {
  for (let i = first; i < last; i++) {
    const at = limbs + 8 * i;
    const limb = load<i64>(at);
    store<i64>(at, limb & LIMB);
    store<i64>(at, load<i64>(at, 8) + (limb >> 21), 8);
  }
}
