import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EpochSeconds } from '../../../shared/base/brands.ts';
import {
  ageAt,
  civilDateAt,
  gregorianToHijri,
  hijriToGregorian,
  isExpired,
} from '../../../worker/registry/calendar.ts';

const instant = (iso: string) => (Date.parse(iso) / 1000) as EpochSeconds;

describe('civil dates in Riyadh', () => {
  it('begin three hours before those of Greenwich', () => {
    expect(civilDateAt(instant('2026-11-21T20:59:59Z'))).toBe('2026-11-21');
    expect(civilDateAt(instant('2026-11-21T21:00:00Z'))).toBe('2026-11-22');
  });

  it('agree with the platform’s time zone tables', () => {
    const format = new Intl.DateTimeFormat('en-CA', { timeZone: 'Asia/Riyadh', dateStyle: 'short' });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_000_000_000 }), (at) => {
        const [year, month, day] = civilDateAt(at as EpochSeconds)
          .split('-')
          .map(Number);
        const parts = Object.fromEntries(
          format.formatToParts(at * 1000).map(({ type, value }) => [type, Number(value)]),
        );
        return parts['year'] === year && parts['month'] === month && parts['day'] === day;
      }),
      { numRuns: 300 },
    );
  });
});

describe('an age', () => {
  it('grows at midnight in Riyadh on the birthday', () => {
    expect(ageAt('2016-11-22', instant('2026-11-21T20:59:59Z'))).toBe(9);
    expect(ageAt('2016-11-22', instant('2026-11-21T21:00:00Z'))).toBe(10);
    expect(ageAt('2016-11-23', instant('2026-11-21T21:00:00Z'))).toBe(9);
    expect(ageAt('2010-01-01', instant('2026-11-21T12:00:00Z'))).toBe(16);
  });

  it('grows on 1 March for who was born on 29 February, in common years', () => {
    expect(ageAt('2008-02-29', instant('2026-02-28T12:00:00Z'))).toBe(17);
    expect(ageAt('2008-02-29', instant('2026-03-01T12:00:00Z'))).toBe(18);
    expect(ageAt('2008-02-29', instant('2028-02-29T12:00:00Z'))).toBe(20);
  });

  it('is negative before birth', () => {
    expect(ageAt('2027-01-01', instant('2026-11-21T12:00:00Z'))).toBeLessThan(0);
  });
});

describe('a document', () => {
  it('holds until the end of its last day in Riyadh', () => {
    expect(isExpired('2026-11-21', instant('2026-11-21T20:59:59Z'))).toBe(false);
    expect(isExpired('2026-11-21', instant('2026-11-21T21:00:00Z'))).toBe(true);
  });
});

describe('Hijri dates of the Umm al-Qura calendar', () => {
  it('are known for published days', () => {
    // 1 Muharram 1445 and 1 Ramadan 1445 as announced; the founding decree of the kingdom.
    expect(hijriToGregorian('1445-01-01')).toEqual({ ok: true, value: '2023-07-19' });
    expect(hijriToGregorian('1445-09-01')).toEqual({ ok: true, value: '2024-03-11' });
    expect(hijriToGregorian('1351-05-21')).toEqual({ ok: true, value: '1932-09-22' });
    expect(gregorianToHijri('2023-07-19')).toBe('1445-01-01');
  });

  it('come back from every Gregorian day', () => {
    fc.assert(
      fc.property(fc.integer({ min: -31_000, max: 60_000 }), (day) => {
        const date = new Date(day * 86_400_000).toISOString().slice(0, 10);
        const back = hijriToGregorian(gregorianToHijri(date));
        return back.ok && back.value === date;
      }),
      { numRuns: 400 },
    );
  });

  it('are refused where the calendar has no such day', () => {
    const reasonOf = (text: string) => {
      const date = hijriToGregorian(text);
      return date.ok ? undefined : date.error.reason;
    };
    expect(reasonOf('1445/01/01')).toBe('hijri_shape');
    expect(reasonOf('١٤٤٥-٠١-٠١')).toBe('hijri_shape');
    expect(reasonOf('1299-01-01')).toBe('hijri_out_of_range');
    expect(reasonOf('1601-01-01')).toBe('hijri_out_of_range');
    expect(reasonOf('1445-13-01')).toBe('hijri_no_such_day');
    expect(reasonOf('1445-00-10')).toBe('hijri_no_such_day');
    expect(reasonOf('1445-02-31')).toBe('hijri_no_such_day');
    // A month of 29 days.
    const shortMonths = Array.from({ length: 12 }, (_, m) => reasonOf(`1445-${String(m + 1).padStart(2, '0')}-30`));
    expect(shortMonths.filter((reason) => reason === 'hijri_no_such_day').length).toBeGreaterThan(4);
  });
});
