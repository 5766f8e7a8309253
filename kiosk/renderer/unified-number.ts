// The form of a unified number, checked while it is typed, so that a slip of a finger is seen before the edge is asked.

export const numberLength = 10;

/** Ten digits from 1 to 7, the last a check digit (Luhn, ISO/IEC 7812-1 annex B). */
export function isUnifiedNumber(digits: string): boolean {
  if (!/^[1-7]\d{9}$/.test(digits)) return false;
  let sum = 0;
  for (let i = 0; i < numberLength; i++) {
    const digit = Number(digits[i]);
    const weighted = i % 2 === 0 ? digit * 2 : digit;
    sum += weighted > 9 ? weighted - 9 : weighted;
  }
  return sum % 10 === 0;
}
