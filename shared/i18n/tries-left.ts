// How many tries are left: beside a refusal, and in Arabic on a kiosk's screens too (in English they have a whole sentence).
import { plural } from './format.ts';
import type { Locale } from './locale.ts';

const said: Readonly<Record<Locale, (count: number) => string>> = {
  ar: (count) =>
    plural('ar', count, {
      zero: 'لم تبق محاولة',
      one: 'بقيت محاولة واحدة',
      two: 'بقيت محاولتان',
      few: 'بقيت # محاولات',
      many: 'بقيت # محاولة',
      other: 'بقيت # محاولة',
    }),
  en: (count) => plural('en', count, { one: '# try left', other: '# tries left' }),
};

export function triesLeft(locale: Locale, count: number): string {
  return said[locale](count);
}
