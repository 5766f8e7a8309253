// Claims as rows: the name first and in the page's language, dates and countries in words, and nothing of an unexpected kind.
import { describe, expect, it } from 'vitest';
import { catalogueOf } from '../../../shared/i18n/catalogue.ts';
import { claimRows } from '../../../shared/ui/claim-rows.ts';

const person = {
  nameArabic: 'نورة القحطاني',
  nameLatin: 'Nora Alqahtani',
  id: '1012345672',
  birthDate: '1990-02-03',
  gender: 'female',
  nationality: 'SA',
};
const rows = (claims: Record<string, unknown>, locale: 'ar' | 'en') => claimRows(claims, catalogueOf(locale), locale);

describe('claim rows', () => {
  it('begin with the name in the language of the page', () => {
    expect(rows(person, 'ar').map((row) => row.value)).toEqual([
      'نورة القحطاني',
      'Nora Alqahtani',
      '1012345672',
      '٣ فبراير ١٩٩٠ (٧ رجب ١٤١٠ هـ)',
      'أنثى',
      'المملكة العربية السعودية',
    ]);
    expect(rows(person, 'en')[0]).toEqual({ label: 'Name', value: 'Nora Alqahtani', dir: 'auto' });
  });

  it('a number never mirrors', () => {
    expect(rows(person, 'ar').find((row) => row.value === person.id)?.dir).toBe('ltr');
  });

  it('put a name together from its parts when there is no whole one', () => {
    expect(rows({ firstName: 'Nora', lastName: 'Salem' }, 'en')).toEqual([
      { label: 'Name', value: 'Nora Salem', dir: 'auto' },
    ]);
  });

  it('say an age and nothing else when that is all there is', () => {
    expect(rows({ ageAtLeast: 18 }, 'ar').map((row) => row.value)).toEqual(['١٨ عامًا فأكثر']);
  });

  it('pass over what is not of its kind', () => {
    expect(rows({ nameArabic: 7, birthDate: null, gender: 'x', nationality: ['SA'], ageAtLeast: '18' }, 'en')).toEqual(
      [],
    );
  });
});
