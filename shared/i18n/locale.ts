// The languages of the screens, Arabic first, and how one is chosen. Knows no catalogue.

export const locales = ['ar', 'en'] as const;
export type Locale = (typeof locales)[number];

/** BCP 47, with the calendar and digits that the screens use: Gregorian, and Arabic-Indic digits in Arabic prose. */
export const languageTags = { ar: 'ar-SA-u-ca-gregory-nu-arab', en: 'en-GB' } as const satisfies Record<Locale, string>;

export const directions = { ar: 'rtl', en: 'ltr' } as const satisfies Record<Locale, 'rtl' | 'ltr'>;

export function isLocale(text: string): text is Locale {
  return (locales as readonly string[]).includes(text);
}

/**
 * `Accept-Language` (RFC 9110 §12.5.4) → the locale that is liked best; `otherwise` when none of ours is named: Arabic, for a screen. At most
 * 20 ranges are read.
 */
export function preferredLocale(acceptLanguage: string | undefined, otherwise: Locale = 'ar'): Locale {
  let best = otherwise;
  let bestWeight = 0;
  for (const range of (acceptLanguage ?? '').split(',', 20)) {
    const [tag = '', ...parameters] = range.trim().toLowerCase().split(';');
    const locale = tag.split('-', 1)[0] ?? '';
    const quality = parameters.map((text) => text.trim()).find((text) => text.startsWith('q='));
    const weight = quality ? Number(quality.slice(2)) : 1;
    if (isLocale(locale) && weight > bestWeight) {
      best = locale;
      bestWeight = weight;
    }
  }
  return best;
}
