// The Arabic titles of problem documents, and whom they are for.
import { describe, expect, it } from 'vitest';
import { problemFamilies, problemTitles } from '../../../shared/i18n/ar/problems.ts';
import { arabicProblemTitle, problemLocale } from '../../../shared/i18n/problem-title.ts';

describe('a title in Arabic', () => {
  it('is a sentence of its own for every reason, in Arabic letters and without a stop', () => {
    const all = [...Object.entries(problemTitles), ...Object.entries(problemFamilies)];
    for (const [reason, title] of all) {
      expect(title, reason).toMatch(/^[^a-zA-Z]*\p{Script=Arabic}/u);
      expect(title, reason).not.toMatch(/[.؟!]$|\s\s/);
    }
    expect(Object.keys(problemTitles)).toEqual(Object.keys(problemTitles).sort());
  });

  it('of a codec’s many reasons is that of its family', () => {
    expect(arabicProblemTitle('cbor_too_long')).toBe(problemFamilies.cbor);
    expect(arabicProblemTitle('proof_nonce')).toBe(problemFamilies.proof);
    expect(arabicProblemTitle('proof_count')).toBe(problemTitles.proof_count);
    expect(arabicProblemTitle('trust_list_fork')).toBe(problemTitles.trust_list_fork);
  });
});

it.each([
  [undefined, 'en'],
  ['', 'en'],
  ['*', 'en'],
  ['fr-FR, fr;q=0.9', 'en'],
  ['ar;q=0', 'en'],
  ['ar-SA', 'ar'],
  ['ar, en;q=0.8', 'ar'],
  ['en, ar;q=0.8', 'en'],
  ['fr, ar;q=0.3', 'ar'],
])('who sends Accept-Language: %s is answered in %s', (header, locale) => {
  expect(problemLocale(header)).toBe(locale);
});
