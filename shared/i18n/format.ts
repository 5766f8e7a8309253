// Numbers, plurals, dates and ages in a locale's own form, by the platform's Intl. Time is handed in.
import { type Locale, languageTags } from './locale.ts';

/** The plural categories each language has (CLDR): leaving one out does not compile. */
type PluralForms = {
  readonly ar: { zero: string; one: string; two: string; few: string; many: string; other: string };
  readonly en: { one: string; other: string };
};

const pluralRules = { ar: new Intl.PluralRules('ar'), en: new Intl.PluralRules('en') };
const numbers = { ar: new Intl.NumberFormat(languageTags.ar), en: new Intl.NumberFormat(languageTags.en) };

/**
 * A formatter is made once for each key, a unit or one of our own few time zones: to make one costs a thousand times as much as to use it (half
 * a millisecond at the edge).
 */
function once<F>(make: (locale: Locale, key: string) => F): (locale: Locale, key?: string) => F {
  const made = new Map<string, F>();
  return (locale, key = '') => {
    const known = made.get(locale + key);
    if (known !== undefined) return known;
    const formatter = make(locale, key);
    made.set(locale + key, formatter);
    return formatter;
  };
}

export function formatNumber(locale: Locale, value: number): string {
  return numbers[locale].format(value);
}

/** The form for `count`; `#` in it becomes the number in the locale's digits. */
export function plural<L extends Locale>(locale: L, count: number, forms: PluralForms[L]): string {
  const form = (forms as Partial<Record<Intl.LDMLPluralRule, string>>)[pluralRules[locale].select(count)];
  return (form ?? (forms as { other: string }).other).replace('#', formatNumber(locale, count));
}

const relative = once((locale) => new Intl.RelativeTimeFormat(languageTags[locale], { numeric: 'always' }));
const durations = once(
  (locale, unit) => new Intl.NumberFormat(languageTags[locale], { style: 'unit', unit, unitDisplay: 'long' }),
);
const days = once(
  (locale) =>
    new Intl.DateTimeFormat(languageTags[locale], {
      weekday: 'short',
      day: 'numeric',
      month: 'short',
      timeZone: 'UTC',
    }),
);
const dates = once((locale) => new Intl.DateTimeFormat(languageTags[locale], { dateStyle: 'long', timeZone: 'UTC' }));
const hijriDates = once(
  () => new Intl.DateTimeFormat('ar-SA-u-ca-islamic-umalqura-nu-arab', { dateStyle: 'long', timeZone: 'UTC' }),
);
/** Which days the Umm al-Qura calendar names: from 1 Muharram 1356, when it became the country's, to the end of 1600, where its tables end. */
const ummAlQura = { from: Date.UTC(1937, 2, 14), to: Date.UTC(2174, 10, 25) } as const;
const inZone = (timeZone: string) => (timeZone === '' ? {} : { timeZone });
const instants = once(
  (locale, zone) =>
    new Intl.DateTimeFormat(languageTags[locale], { dateStyle: 'medium', timeStyle: 'short', ...inZone(zone) }),
);
const times = once(
  (locale, zone) => new Intl.DateTimeFormat(languageTags[locale], { timeStyle: 'short', ...inZone(zone) }),
);
const lists = once((locale) => new Intl.ListFormat(locale, { type: 'conjunction' }));

const steps = [
  { unit: 'day', seconds: 86_400 },
  { unit: 'hour', seconds: 3_600 },
  { unit: 'minute', seconds: 60 },
  { unit: 'second', seconds: 1 },
] as const;

function stepOf(seconds: number): { readonly unit: 'day' | 'hour' | 'minute' | 'second'; readonly seconds: number } {
  return steps.find((step) => seconds >= step.seconds) ?? { unit: 'second', seconds: 1 };
}

/** `3 minutes ago`, `قبل ٣ دقائق`: the largest whole unit. Under five seconds is "now". */
export function formatAge(locale: Locale, ageSeconds: number): string {
  const age = Math.max(0, Math.floor(ageSeconds));
  if (age < 5) return locale === 'ar' ? 'الآن' : 'now';
  const step = stepOf(age);
  return relative(locale).format(-Math.floor(age / step.seconds), step.unit);
}

/** `3 minutes`, `٣ دقائق`: how long something lasts, rounded up to the largest unit that is at least one. */
export function formatDuration(locale: Locale, seconds: number): string {
  const step = stepOf(Math.max(1, seconds));
  return durations(locale, step.unit).format(Math.ceil(seconds / step.seconds));
}

/** Date and time of an instant in epoch seconds, in the device's time zone or the one named. */
export function formatInstant(locale: Locale, at: number, timeZone?: string): string {
  return instants(locale, timeZone).format(at * 1000);
}

/** The time of day of an instant, in the zone named. */
export function formatTime(locale: Locale, at: number, timeZone: string): string {
  return times(locale, timeZone).format(at * 1000);
}

/** A civil day `YYYY-MM-DD` as a short label with its weekday. */
export function formatDay(locale: Locale, date: string): string {
  return days(locale).format(Date.parse(`${date}T00:00:00Z`));
}

/**
 * A calendar date: `YYYY-MM-DD` or Claim 169's `YYYYMMDD`. Text of another form comes back unchanged. In Arabic the Hijri date stands beside
 * it, as on the country's documents; a day that the Umm al-Qura calendar does not name gets none, rather than a guess that a document
 * contradicts.
 */
export function formatDate(locale: Locale, text: string): string {
  const found = /^(\d{4})-?(\d{2})-?(\d{2})$/.exec(text);
  if (!found) return text;
  const at = Date.UTC(Number(found[1]), Number(found[2]) - 1, Number(found[3]));
  const gregorian = dates(locale).format(at);
  if (locale !== 'ar' || at < ummAlQura.from || at > ummAlQura.to) return gregorian;
  return `${gregorian} (${hijriDates(locale).format(at)})`;
}

/** "a, b and c". */
export function formatList(locale: Locale, items: readonly string[]): string {
  return lists(locale).format(items);
}
