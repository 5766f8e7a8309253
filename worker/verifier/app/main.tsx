// Starts the page: reads what the shell says (issuer, roots), chooses the crypto, shows the page, and asks to be kept for later.
import { render } from 'preact';
import { decodeBase64Url } from '../../../shared/bytes/base64url.ts';
import type { CoseKey } from '../../../shared/cose/key.ts';
import { isLocale, type Locale } from '../../../shared/i18n/locale.ts';
import { type Fork, forksOf } from '../../../shared/trust/fork.ts';
import { LocaleProvider } from '../../../shared/ui/locale-context.tsx';
import { chooseEd25519, now } from './check-code.ts';
import { EdgeLists } from './edge-lists.ts';
import { html5QrcodeEngine } from './html5-qrcode-engine.ts';
import { VerifierPage } from './verifier-page.tsx';

const root = document.getElementById('app');
if (root === null) throw new Error('the shell has no #app');
const { issuer = location.origin, roots = '' } = root.dataset;

const rootKeys: CoseKey[] = [];
for (const text of roots.split(',')) {
  const x = decodeBase64Url(text);
  if (x.ok && x.value.length === 32) rootKeys.push({ curve: 'Ed25519', x: x.value });
}

const localeKey = 'tawthiq.locale';

function remembered(): Locale {
  const kept = localStorage.getItem(localeKey) ?? '';
  if (isLocale(kept)) return kept;
  return isLocale(document.documentElement.lang) ? document.documentElement.lang : 'ar';
}

const forksKey = 'tawthiq.forks';

function keptForks(): readonly Fork[] {
  try {
    return forksOf(JSON.parse(localStorage.getItem(forksKey) ?? '[]')) ?? [];
  } catch {
    return [];
  }
}

const forks = {
  load: keptForks,
  keep(known: readonly Fork[]): void {
    try {
      localStorage.setItem(forksKey, JSON.stringify(known));
    } catch {
      // A browser that keeps nothing: it holds until the page is left.
    }
  },
};
const ed25519 = await chooseEd25519();
const lists = new EdgeLists({ issuer, roots: rootKeys, ed25519, now, forks });
const engine = html5QrcodeEngine('/verify/zxing_reader.wasm');

root.replaceChildren();
render(
  <LocaleProvider initial={remembered()} remember={(locale) => localStorage.setItem(localeKey, locale)}>
    <VerifierPage lists={lists} ed25519={ed25519} engine={engine} />
  </LocaleProvider>,
  root,
);

// Without it the page works as well, but not after a reload without a network.
navigator.serviceWorker?.register('/verify/service-worker.js', { scope: '/verify', type: 'module' }).catch(() => {});
