// Starts the screens: finds the bridge, the language last chosen here, and shows them.
import { render } from 'preact';
import { catalogueOf } from '../../shared/i18n/catalogue.ts';
import { isLocale } from '../../shared/i18n/locale.ts';
import { LocaleProvider } from '../../shared/ui/locale-context.tsx';
import { Notice } from '../../shared/ui/notice.tsx';
import { App } from './app.tsx';
import { bridgeOfPage } from './bridge.ts';

const root = document.getElementById('app');
if (root === null) throw new Error('the page has no #app');
const localeKey = 'tawthiq.locale';
const kept = localStorage.getItem(localeKey) ?? '';
const initial = isLocale(kept) ? kept : 'ar';
const bridge = bridgeOfPage();

render(
  <LocaleProvider initial={initial} remember={(locale) => localStorage.setItem(localeKey, locale)}>
    {bridge === undefined ? (
      <main class="screen">
        <h1>{catalogueOf(initial).name}</h1>
        <Notice tone="bad" says={catalogueOf(initial).kiosk.start} />
      </main>
    ) : (
      <App bridge={bridge} />
    )}
  </LocaleProvider>,
  root,
);
