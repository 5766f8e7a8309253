// The frame of every login page: language, direction, style, one way to change the language.

import type { Child } from 'hono/jsx';
import { type Locale, texts } from './texts.ts';

export type Frame = {
  readonly locale: Locale;
  /** This page in the other language. */
  readonly otherLanguage: string | null;
  /** How often the page asks again in a browser without scripts; with them it is told (wait.js). */
  readonly refreshSeconds?: number;
  /** A page of lists, not of one question. */
  readonly wide?: boolean;
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
      <body {...(props.frame.wide ? { class: 'wide' } : {})}>
        <header>
          <div class="brand">
            <svg viewBox="0 0 48 48" aria-hidden="true">
              <path d="M24 1l6.7 6.9 9.6-.2-.2 9.6L47 24l-6.9 6.7.2 9.6-9.6-.2L24 47l-6.7-6.9-9.6.2.2-9.6L1 24l6.9-6.7-.2-9.6 9.6.2z" />
              <path class="tick" d="M15 24.5l6.5 6.5L34 18" />
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
