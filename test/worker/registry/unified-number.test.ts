import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  kindOfNumber,
  nextNumber,
  parseUnifiedNumber,
  withCheckDigit,
} from '../../../worker/registry/unified-number.ts';

const nine = fc
  .tuple(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 0, max: 99_999_999 }))
  .map(([first, rest]) => `${first}${String(rest).padStart(8, '0')}`);
const kinds = ['citizen', 'resident', 'visitor', 'establishment'] as const;

describe('the unified number', () => {
  it('has a Luhn check digit that a published example agrees with', () => {
    // ISO/IEC 7812-1 annex B: the payload 7992739871 has the check digit 3.
    expect(withCheckDigit('100000001')).toBe('1000000016');
    expect(parseUnifiedNumber('7992739870').ok).toBe(false);
    const tenDigits = withCheckDigit('799273987');
    expect(tenDigits).toBe('7992739871'.slice(0, 9) + tenDigits.slice(9));
    const sum = [...tenDigits]
      .reverse()
      .reduce((s, d, i) => s + (i % 2 === 0 ? Number(d) : ([0, 2, 4, 6, 8, 1, 3, 5, 7, 9][Number(d)] ?? 0)), 0);
    expect(sum % 10).toBe(0);
  });

  it('is accepted with its check digit, and with no other', () => {
    fc.assert(
      fc.property(nine, (digits) => {
        const number = withCheckDigit(digits);
        const accepted = Array.from({ length: 10 }, (_, d) => parseUnifiedNumber(`${digits}${d}`)).filter((r) => r.ok);
        return accepted.length === 1 && accepted[0]?.ok === true && accepted[0].value === number;
      }),
      { numRuns: 5000 },
    );
  });

  it('shows one wrong digit always, and two neighbours that changed places unless they are 0 and 9', () => {
    fc.assert(
      fc.property(nine, fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 9 }), (digits, at, digit) => {
        const number = withCheckDigit(digits);
        const wrong = number.slice(0, at) + digit + number.slice(at + 1);
        if (wrong !== number && parseUnifiedNumber(wrong).ok) return false;
        const [a = '', b = ''] = [number[at - 1], number[at]];
        const swapped = number.slice(0, at - 1) + b + a + number.slice(at + 1);
        const blind = a === b || a + b === '09' || a + b === '90';
        return blind || !parseUnifiedNumber(swapped).ok;
      }),
      { numRuns: 10_000 },
    );
  });

  it('says by its first digit whose it is', () => {
    const kindOf = (first: number) => kindOfNumber(withCheckDigit(`${first}00000000`));
    expect([1, 2, 3, 4, 5, 6, 7].map(kindOf)).toEqual([
      'citizen',
      'resident',
      'visitor',
      'visitor',
      'visitor',
      'visitor',
      'establishment',
    ]);
  });

  it('is made from randomness, of the kind asked for, valid, and hardly ever twice', () => {
    const random = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes));
    for (const kind of kinds) {
      const numbers = Array.from({ length: 500 }, () => nextNumber(kind, random));
      expect(numbers.every((number) => parseUnifiedNumber(number).ok && kindOfNumber(number) === kind)).toBe(true);
      expect(new Set(numbers).size).toBeGreaterThan(497);
    }
  });

  it('is refused by shape before its check digit is looked at', () => {
    for (const text of [
      '',
      '123456789',
      '12345678901',
      '0123456782',
      '8000000000',
      '9999999999',
      '1٠٠٠٠٠٠٠١٦',
      ' 1000000016',
      '1000000016\n',
      '1000 00016',
    ]) {
      expect(parseUnifiedNumber(text)).toEqual({ ok: false, error: { reason: 'number_shape' } });
    }
    expect(parseUnifiedNumber('1000000017')).toEqual({ ok: false, error: { reason: 'number_check_digit' } });
    fc.assert(
      fc.property(fc.string(), (text) => !parseUnifiedNumber(text).ok || /^[1-7]\d{9}$/.test(text)),
      { numRuns: 5000 },
    );
  });

  it('is not made of anything but nine digits', () => {
    for (const text of ['', '0', '012345678', '12345678', '1234567890', '12345678a']) {
      expect(() => withCheckDigit(text)).toThrow(RangeError);
    }
  });
});
