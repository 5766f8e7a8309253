// Civil dates and ages in the registry's country: days begin at midnight in Riyadh (UTC+3, no summer time), dates are Gregorian.
// Hijri dates are the Umm al-Qura calendar's, by the platform's own tables (ECMA-402, calendar `islamic-umalqura`).
import { type EpochSeconds, epochSeconds } from '../../shared/base/brands.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';

const secondsPerDay = 86_400;
/** Asia/Riyadh has been UTC+3 without a change since 1947 (IANA tz). */
const riyadhOffsetSeconds = 3 * 3600;

/** `YYYY-MM-DD` in Riyadh at this instant. */
export function civilDateAt(at: EpochSeconds): string {
  return new Date((at + riyadhOffsetSeconds) * 1000).toISOString().slice(0, 10);
}

type Civil = { readonly year: number; readonly month: number; readonly day: number };

function civilOf(date: string): Civil {
  const [year = 0, month = 0, day = 0] = date.split('-').map(Number);
  return { year, month, day };
}

/** Whole years on the civil day of `at`; who was born on 29 February grows older on 1 March of common years. Negative before birth. */
export function ageAt(birthDate: string, at: EpochSeconds): number {
  const born = civilOf(birthDate);
  const today = civilOf(civilDateAt(at));
  const hadBirthday = today.month > born.month || (today.month === born.month && today.day >= born.day);
  return today.year - born.year - (hadBirthday ? 0 : 1);
}

/** Whether a document that expires on this civil day still holds at `at`: it holds until the day's end. */
export function isExpired(expiresOn: string, at: EpochSeconds): boolean {
  return civilDateAt(at) > expiresOn;
}

/** The last second of a civil day in Riyadh: until when what expires on it holds. */
export function endOfCivilDay(date: string): EpochSeconds {
  return epochSeconds(Date.parse(`${date}T00:00:00Z`) / 1000 + secondsPerDay - riyadhOffsetSeconds - 1);
}

export type HijriError = { readonly reason: 'hijri_shape' | 'hijri_out_of_range' | 'hijri_no_such_day' };

const hijriFormat = new Intl.DateTimeFormat('en-u-ca-islamic-umalqura-nu-latn', {
  timeZone: 'UTC',
  year: 'numeric',
  month: 'numeric',
  day: 'numeric',
});

/** The Hijri date of a day, counted from 1970-01-01. */
function hijriOfDay(epochDay: number): Civil {
  const parts: Record<string, number> = {};
  for (const { type, value } of hijriFormat.formatToParts(epochDay * secondsPerDay * 1000)) parts[type] = Number(value);
  return { year: parts['year'] ?? 0, month: parts['month'] ?? 0, day: parts['day'] ?? 0 };
}

/** Years the Umm al-Qura tables cover. */
const firstHijriYear = 1300;
const lastHijriYear = 1600;
/** 1 Muharram 1300, 12 November 1882. */
const firstHijriDay = -31_826;
const meanHijriYearDays = 354.367;

/** `YYYY-MM-DD` Hijri (Umm al-Qura, years 1300 to 1600) as the Gregorian date `YYYY-MM-DD`. */
export function hijriToGregorian(text: string): Result<string, HijriError> {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return err({ reason: 'hijri_shape' });
  const wanted = civilOf(text);
  if (wanted.year < firstHijriYear || wanted.year > lastHijriYear) return err({ reason: 'hijri_out_of_range' });
  if (wanted.month < 1 || wanted.month > 12 || wanted.day < 1 || wanted.day > 30)
    return err({ reason: 'hijri_no_such_day' });
  const guess =
    firstHijriDay +
    Math.round((wanted.year - firstHijriYear) * meanHijriYearDays + (wanted.month - 1) * 29.53 + wanted.day - 1);
  // The tables differ from the mean by a few days at most.
  for (let step = 0; step <= 8; step++) {
    for (const day of step === 0 ? [guess] : [guess - step, guess + step]) {
      const found = hijriOfDay(day);
      if (found.year === wanted.year && found.month === wanted.month && found.day === wanted.day) {
        return ok(new Date(day * secondsPerDay * 1000).toISOString().slice(0, 10));
      }
    }
  }
  return err({ reason: 'hijri_no_such_day' });
}

/** `YYYY-MM-DD` Gregorian as the Hijri date `YYYY-MM-DD` (Umm al-Qura). */
export function gregorianToHijri(date: string): string {
  const hijri = hijriOfDay(Date.parse(`${date}T00:00:00Z`) / 1000 / secondsPerDay);
  return `${hijri.year}-${String(hijri.month).padStart(2, '0')}-${String(hijri.day).padStart(2, '0')}`;
}
