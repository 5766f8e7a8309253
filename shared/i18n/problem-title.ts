// The titles of problem documents in Arabic, by reason, and which language a caller of an API is answered in. Apart from the catalogues of
// the screens: no screen carries it along.
import { problemFamilies, problemTitles } from './ar/problems.ts';
import { type Locale, preferredLocale } from './locale.ts';

/** Every reason that a problem document may give. */
export type ProblemReason = keyof typeof problemTitles | `${keyof typeof problemFamilies}_${string}`;

export function arabicProblemTitle(reason: ProblemReason): string {
  if (reason in problemTitles) return problemTitles[reason as keyof typeof problemTitles];
  return problemFamilies[reason.slice(0, reason.indexOf('_')) as keyof typeof problemFamilies];
}

/** Arabic for who asks for it; English for whoever says nothing, or asks for another language: it is software that reads this. */
export function problemLocale(acceptLanguage: string | undefined): Locale {
  return preferredLocale(acceptLanguage, 'en');
}
