// The frame of every login page: language, direction, style, one way to change the language.

import type { Child } from 'hono/jsx';
import { type Locale, texts } from './texts.ts';

export type Frame = {
  readonly locale: Locale;
  /** This page in the other language. */
  readonly otherLanguage: string | null;
  /** How often the page asks again in a browser without scripts; with them it is told (wait.js). */
  readonly refreshSeconds?: number;
};

export const stylePath = '/login/style.css';

export function Layout(props: { readonly frame: Frame; readonly heading: string; readonly children: Child }) {
  const { locale, otherLanguage, refreshSeconds } = props.frame;
  const t = texts[locale];
  return (
    <html lang={locale} dir={locale === 'ar' ? 'rtl' : 'ltr'}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        {refreshSeconds === undefined ? null : (
          <noscript>
            <meta http-equiv="refresh" content={String(refreshSeconds)} />
          </noscript>
        )}
        <title>{`${props.heading} · ${t.title}`}</title>
        <link rel="stylesheet" href={stylePath} />
        <link rel="icon" href="data:," />
      </head>
      <body>
        <header>
          <div class="brand">
            <svg width="36" height="36" viewBox="0 0 36 36" aria-hidden="true">
              <rect width="36" height="36" rx="9" fill="#0b6b4a" />
              <path
                d="M10 19l6 6 11-14"
                fill="none"
                stroke="#fff"
                stroke-width="4"
                stroke-linecap="round"
                stroke-linejoin="round"
              />
            </svg>
            <div>
              {t.title}
              <small>{t.tagline}</small>
            </div>
          </div>
          {otherLanguage === null ? null : (
            <a href={otherLanguage} lang={locale === 'ar' ? 'en' : 'ar'} hreflang={locale === 'ar' ? 'en' : 'ar'}>
              {t.language}
            </a>
          )}
        </header>
        <main>{props.children}</main>
      </body>
    </html>
  );
}

/** The whole document as text. */
export async function render(page: string | Promise<string>): Promise<string> {
  return `<!doctype html>${await page}`;
}
