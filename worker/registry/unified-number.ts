// The unified number: ten digits, the first tells the kind, the last is a Luhn check digit over the ten. Knows no person.
import type { UnifiedNumber } from '../../shared/base/brands.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';

export type NumberKind = 'citizen' | 'resident' | 'visitor' | 'establishment';

/** First digits of a kind; a new number of the kind begins with one of them. */
const firstDigits: Readonly<Record<NumberKind, readonly number[]>> = {
  citizen: [1],
  resident: [2],
  visitor: [3, 4, 5, 6],
  establishment: [7],
};

export type NumberError = { readonly reason: 'number_shape' | 'number_check_digit' };

/**
 * Exactly ten ASCII digits, the first 1 to 7, whose Luhn sum (ISO/IEC 7812-1 annex B) is a multiple of ten. One wrong digit
 * is always found, two neighbours that changed places nearly always (0 and 9 are not).
 */
export function parseUnifiedNumber(text: string): Result<UnifiedNumber, NumberError> {
  if (!/^[1-7][0-9]{9}$/.test(text)) return err({ reason: 'number_shape' });
  if (luhnSum(text) % 10 !== 0) return err({ reason: 'number_check_digit' });
  return ok(text as UnifiedNumber);
}

export function kindOfNumber(number: UnifiedNumber): NumberKind {
  const first = number.charCodeAt(0) - 48;
  if (first === 1) return 'citizen';
  if (first === 2) return 'resident';
  return first === 7 ? 'establishment' : 'visitor';
}

/**
 * A number of the kind, from randomness: `random(n)` gives n bytes. Numbers are drawn, not counted, so that one tells nothing
 * of when or where it was given; the registry's uniqueness constraint refuses one that is taken, and the caller draws again.
 */
export function nextNumber(kind: NumberKind, random: (bytes: number) => Uint8Array): UnifiedNumber {
  const firsts = firstDigits[kind];
  // 8 digits from 48 bits, and the first digit from 16: the bias is below 10^-6.
  const bytes = random(8);
  let word = 0;
  for (const byte of bytes.subarray(0, 6)) word = word * 256 + byte;
  const pick = ((bytes[6] ?? 0) * 256 + (bytes[7] ?? 0)) % firsts.length;
  return withCheckDigit(`${firsts[pick] ?? firsts[0]}${String(word % 100_000_000).padStart(8, '0')}`);
}

/** Nine digits and their check digit. Throws for anything but nine digits, the first 1 to 7. */
export function withCheckDigit(nine: string): UnifiedNumber {
  if (!/^[1-7][0-9]{8}$/.test(nine)) throw new RangeError('nine digits, the first 1 to 7');
  return `${nine}${(10 - (luhnSum(`${nine}0`) % 10)) % 10}` as UnifiedNumber;
}

/** From the right, every second digit doubled; a double above 9 counts as its digits' sum. */
function luhnSum(digits: string): number {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = digits.charCodeAt(digits.length - 1 - i) - 48;
    sum += i % 2 === 0 ? digit : digit < 5 ? digit * 2 : digit * 2 - 9;
  }
  return sum;
}
