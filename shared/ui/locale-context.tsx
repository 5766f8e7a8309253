// The locale of a page: which catalogue, which direction, and how the person changes it. Knows no page.
import { type ComponentChildren, createContext } from 'preact';
import { useContext, useEffect, useState } from 'preact/hooks';
import { type Catalogue, catalogueOf } from '../i18n/catalogue.ts';
import { directions, type Locale } from '../i18n/locale.ts';

type Localised = {
  readonly locale: Locale;
  readonly text: Catalogue;
  readonly setLocale: (locale: Locale) => void;
};

const LocaleContext = createContext<Localised>({ locale: 'ar', text: catalogueOf('ar'), setLocale: () => {} });

export function useLocale(): Localised {
  return useContext(LocaleContext);
}

type Props = {
  readonly initial: Locale;
  /** Keeps the choice; called when the person changes it. */
  readonly remember: (locale: Locale) => void;
  readonly children: ComponentChildren;
};

/** Sets the document's `lang` and `dir` as well, so that the whole page mirrors at once. */
export function LocaleProvider({ initial, remember, children }: Props) {
  const [locale, setLocale] = useState(initial);
  useEffect(() => {
    document.documentElement.lang = locale;
    document.documentElement.dir = directions[locale];
  }, [locale]);
  const choose = (next: Locale) => {
    setLocale(next);
    remember(next);
  };
  return (
    <LocaleContext.Provider value={{ locale, text: catalogueOf(locale), setLocale: choose }}>
      {children}
    </LocaleContext.Provider>
  );
}

/** One button that names the other language in that language. */
export function LanguageSwitch() {
  const { locale, text, setLocale } = useLocale();
  const other = locale === 'ar' ? 'en' : 'ar';
  return (
    <button type="button" class="button quiet" lang={other} onClick={() => setLocale(other)}>
      {text.switchLanguage}
    </button>
  );
}
