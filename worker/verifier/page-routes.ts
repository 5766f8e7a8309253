// HTTP of the page /verify and of the files that pages of ours load from /ui: each with the headers it needs.
import { type Context, Hono } from 'hono';
import { preferredLocale } from '../../shared/i18n/locale.ts';
import type { AppEnv } from '../app.ts';
import { problem } from '../http/problem.ts';
import { verifyPageHtml, verifyPagePolicy } from './page.ts';

const pageHeaders = {
  'Content-Security-Policy': verifyPagePolicy,
  'Permissions-Policy': 'camera=(self), microphone=(), geolocation=()',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'Cross-Origin-Opener-Policy': 'same-origin',
} as const;

export function verifyPageRoutes(): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.get('/verify', (c) => {
    const { config } = c.var.deps;
    const locale = preferredLocale(c.req.header('accept-language'));
    const html = verifyPageHtml({ locale, issuer: config.issuer, trustRoots: config.trustRoots });
    return c.html(html, 200, { ...pageHeaders, 'Cache-Control': 'no-cache', Vary: 'Accept-Language' });
  });
  app.get('/verify/', (c) => c.redirect('/verify', 308));
  app.get('/verify/*', (c) => asset(c, { ...pageHeaders, 'Service-Worker-Allowed': '/verify' }));
  app.get('/ui/*', (c) => asset(c, { 'X-Content-Type-Options': 'nosniff' }));
  return app;
}

/** A file of dist/assets, revalidated by its ETag on every load: a new build is seen at once. */
async function asset(c: Context<AppEnv>, headers: Readonly<Record<string, string>>): Promise<Response> {
  const found = await c.env.ASSETS.fetch(c.req.raw);
  if (found.status !== 200 && found.status !== 304) {
    return problem(c, { status: 404, reason: 'not_found', title: 'There is nothing here' });
  }
  const answer = new Response(found.body, found);
  for (const [name, value] of Object.entries(headers)) answer.headers.set(name, value);
  answer.headers.set('Cache-Control', 'no-cache');
  return answer;
}
