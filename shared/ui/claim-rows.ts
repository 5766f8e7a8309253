// A person's claims as rows to show: label, value, direction. Takes what a page or a bridge hands over and trusts none of its types.
import type { Catalogue } from '../i18n/catalogue.ts';
import { formatDate, formatNumber } from '../i18n/format.ts';
import type { Locale } from '../i18n/locale.ts';

export type ClaimRow = { readonly label: string; readonly value: string; readonly dir: 'auto' | 'ltr' };

/** In reading order, the name first in the page's language. Claims that are not there, or not of their kind, leave no row. */
export function claimRows(claims: Readonly<Record<string, unknown>>, text: Catalogue, locale: Locale): ClaimRow[] {
  const labels = text.verdict.claims;
  const rows: ClaimRow[] = [];
  const add = (label: string, value: string | undefined, dir: 'auto' | 'ltr' = 'auto') => {
    if (value !== undefined && value !== '') rows.push({ label, value, dir });
  };
  const textOf = (name: string) => (typeof claims[name] === 'string' ? (claims[name] as string) : undefined);
  const arabic = () => add(labels.name, textOf('nameArabic'));
  const latin = () => add(textOf('nameArabic') === undefined ? labels.name : labels.nameLatin, textOf('nameLatin'));
  if (locale === 'ar') {
    arabic();
    latin();
  } else {
    add(labels.name, textOf('nameLatin') ?? textOf('nameArabic'));
    if (textOf('nameLatin') !== undefined) add(labels.nameArabic, textOf('nameArabic'));
  }
  if (textOf('nameArabic') === undefined && textOf('nameLatin') === undefined) {
    const parts = ['firstName', 'middleName', 'lastName'].map(textOf).filter((part) => part !== undefined);
    add(labels.name, parts.join(' '));
  }
  const { ageAtLeast } = claims;
  if (typeof ageAtLeast === 'number') add(labels.ageAtLeast, text.verdict.years(formatNumber(locale, ageAtLeast)));
  add(labels.number, textOf('id'), 'ltr');
  const birthDate = textOf('birthDate');
  add(labels.birthDate, birthDate && formatDate(locale, birthDate));
  const gender = textOf('gender');
  if (gender === 'male' || gender === 'female' || gender === 'other') add(labels.sex, text.verdict.sexes[gender]);
  add(labels.nationality, nationality(textOf('nationality'), locale), 'auto');
  const documentEnd = textOf('documentExpiresOn');
  add(labels.documentUntil, documentEnd && formatDate(locale, documentEnd));
  return rows;
}

/** ISO 3166-1 alpha-2 as the country's name; other codes as they are. */
function nationality(code: string | undefined, locale: Locale): string | undefined {
  if (code === undefined || !/^[A-Z]{2}$/.test(code)) return code;
  return new Intl.DisplayNames(locale, { type: 'region' }).of(code) ?? code;
}
