// The shell of the page /verify: what is there before its script runs. The script finds issuer and roots in it.
import { encodeBase64Url } from '../../shared/bytes/base64url.ts';
import { catalogueOf } from '../../shared/i18n/catalogue.ts';
import { directions, type Locale } from '../../shared/i18n/locale.ts';
import { contentSecurityPolicy } from '../../shared/ui/page-policy.ts';

export type VerifyPage = {
  readonly locale: Locale;
  readonly issuer: string;
  readonly trustRoots: readonly Uint8Array[];
};

/** WebAssembly for the code reader, the camera, a worker; no form. */
export const verifyPagePolicy = contentSecurityPolicy({ scripts: 'wasm', camera: true, workers: true });

export function verifyPageHtml({ locale, issuer, trustRoots }: VerifyPage): string {
  const text = catalogueOf(locale);
  const roots = trustRoots.map((root) => encodeBase64Url(root)).join(',');
  // Everything that is put in is ours: catalogue texts, base64url, and the origin that configOf checked.
  return `<!doctype html>
<html lang="${locale}" dir="${directions[locale]}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="theme-color" content="#0b5a55">
<title>${text.verifier.title} · ${text.name}</title>
<link rel="icon" href="/ui/mark.svg" type="image/svg+xml">
<link rel="stylesheet" href="/verify/style.css">
<script type="module" src="/verify/app.js"></script>
</head>
<body>
<div id="app" data-issuer="${issuer}" data-roots="${roots}"><main class="page-body"><div class="page-intro stack"><h1>${text.verifier.title}</h1><p class="waiting" role="status">${text.verifier.coming}</p><noscript><p class="notice bad">${text.verifier.noScript}</p></noscript></div></main></div>
</body>
</html>
`;
}
