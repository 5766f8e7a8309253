// A person's record as claims (OpenID Connect Core §5.1). Only what was asked for and consented to leaves this file.

import type { PersonRecord } from '../../shared/contract/registry.ts';

export type PersonClaims = Readonly<Record<string, unknown>>;

/** Whole years between two calendar dates, `YYYY-MM-DD`: a birthday counts on its day; 29 February counts on 1 March. */
export function ageOn(birthDate: string, today: string): number {
  const years = Number(today.slice(0, 4)) - Number(birthDate.slice(0, 4));
  return today.slice(5) < birthDate.slice(5) ? years - 1 : years;
}

const makers: Readonly<Record<string, (record: PersonRecord, today: string, locale: 'ar' | 'en') => unknown>> = {
  name: (record, _, locale) => record.name[locale],
  'name#ar': (record) => record.name.ar,
  'name#en': (record) => record.name.en,
  birthdate: (record) => record.birthDate,
  gender: (record) => record.sex,
  nationalities: (record) => [record.nationality],
  age_over_15: (record, today) => ageOn(record.birthDate, today) >= 15,
  age_over_18: (record, today) => ageOn(record.birthDate, today) >= 18,
  age_over_21: (record, today) => ageOn(record.birthDate, today) >= 21,
  unified_number: (record) => record.number,
};

/** `today`: `YYYY-MM-DD`. */
export function claimsOf(
  record: PersonRecord,
  names: readonly string[],
  setting: { readonly today: string; readonly locale: 'ar' | 'en' },
): PersonClaims {
  const claims: Record<string, unknown> = {};
  for (const name of names) {
    const make = Object.hasOwn(makers, name) ? makers[name] : undefined;
    if (make) claims[name] = make(record, setting.today, setting.locale);
  }
  return claims;
}
