// GET /openapi.json for machines, GET /reference and the first page (/) for people: the same for whoever asks, made once an isolate and a language.
import { type Context, Hono } from 'hono';
import { encodeBase64Url } from '../../shared/bytes/base64url.ts';
import { encodeUtf8 } from '../../shared/bytes/text.ts';
import { sha256Sync } from '../../shared/crypto/sha256.ts';
import { preferredLocale } from '../../shared/i18n/locale.ts';
import type { AppEnv } from '../app.ts';
import { pageHeaders } from '../openid/http.ts';
import { render } from '../openid/pages/layout.tsx';
import type { Locale } from '../openid/pages/texts.ts';
import { openApi } from './document.ts';
import { HomePage, homePath } from './home-page.tsx';
import { ReferencePage, referenceStyle, referenceStylePath } from './page.tsx';

export const openApiPath = '/openapi.json';
export const referencePath = '/reference';
const publicFor = (seconds: number) => ({ 'Cache-Control': `public, max-age=${seconds}` });

type Made = { readonly text: string; readonly etag: string };
const made = new Map<string, Made>();

async function once(key: string, make: () => string | Promise<string>): Promise<Made> {
  const known = made.get(key);
  if (known) return known;
  const text = await make();
  const etag = `"${encodeBase64Url(sha256Sync(encodeUtf8(text)).subarray(0, 12))}"`;
  made.set(key, { text, etag });
  return { text, etag };
}

/** The whole text, or 304 for a caller that has it. */
function answer(c: Context, { text, etag }: Made, headers: Readonly<Record<string, string>>): Response {
  if (c.req.header('if-none-match') === etag) return c.body(null, 304, { ...headers, ETag: etag });
  return c.body(text, 200, { ...headers, ETag: etag });
}

export function referenceRoutes(): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();

  routes.get(openApiPath, async (c) => {
    const { issuer } = c.var.deps.config;
    const document = await once(`json ${issuer}`, () => JSON.stringify(openApi(issuer)));
    return answer(c, document, {
      'Content-Type': 'application/json',
      'Access-Control-Allow-Origin': '*',
      ...publicFor(3600),
    });
  });

  for (const [path, page] of [
    [homePath, HomePage],
    [referencePath, ReferencePage],
  ] as const) {
    routes.get(path, async (c) => {
      const lang = c.req.query('lang');
      const locale: Locale = lang === 'ar' || lang === 'en' ? lang : preferredLocale(c.req.header('accept-language'));
      const text = await once(`page ${path} ${locale}`, async () => render(String(await page({ locale }))));
      return answer(c, text, {
        ...pageHeaders("'none'"),
        'Content-Type': 'text/html; charset=utf-8',
        Vary: 'Accept-Language',
        ...publicFor(3600),
      });
    });
  }

  routes.get(referenceStylePath, (c) =>
    c.body(referenceStyle, 200, { 'Content-Type': 'text/css; charset=utf-8', ...publicFor(3600) }),
  );
  return routes;
}
