// The catalogues, and how a reason code becomes a sentence. English is the shape; Arabic must have the same keys.
import { arabic } from './ar/catalogue.ts';
import { english } from './en/catalogue.ts';
import type { Locale } from './locale.ts';

export type Catalogue = typeof english;

/** What happened, and what to do now. */
export type ReasonText = { readonly what: string; readonly next: string };

const catalogues: Record<Locale, Catalogue> = { ar: arabic, en: english };

export function catalogueOf(locale: Locale): Catalogue {
  return catalogues[locale];
}

export type ReasonFamily = keyof Catalogue['reasons'];

/**
 * The sentence for `code`, looked for in the families given, in that order. A code that none of them knows gets the
 * sentence "unknown", with the code in it, so that it can be reported.
 */
export function reasonText(catalogue: Catalogue, code: string, ...families: readonly ReasonFamily[]): ReasonText {
  for (const family of families) {
    const texts = catalogue.reasons[family] as Readonly<Record<string, ReasonText>>;
    if (Object.hasOwn(texts, code)) return texts[code] as ReasonText;
  }
  return { what: catalogue.unknownReason.what(code), next: catalogue.unknownReason.next };
}
