// A form that another site's page sent. The browser keeps our cookies back then (SameSite=Lax), so nobody's session would be found, and a
// logout would be told that was none. It is sent on once more, from our own page.

import type { Context } from 'hono';
import type { AppEnv } from '../app.ts';
import { localeOf as localeOfTags } from './authorize/checks.ts';
import type { Params } from './authorize/request.ts';
import { paths } from './discovery.ts';
import { pageHeaders, readHostCookie } from './http.ts';
import { localeOf, sessionCookieName } from './interaction/routes.ts';
import { render } from './pages/layout.tsx';
import { FormPostPage } from './pages/login-pages.tsx';

/** Only a browser says so; whoever repeats a parameter is answered as they are. */
export function keptCookiesBack(c: Context<AppEnv>, params: Params): boolean {
  const crossed = c.req.header('sec-fetch-site') === 'cross-site' && params.repeated.length === 0;
  return crossed && readHostCookie(c, sessionCookieName) === undefined;
}

/** The same form to the same address, which a script presses, or the person. In no address: what was posted stays out of logs. */
export async function sendOnFromHere(
  c: Context<AppEnv>,
  to: typeof paths.authorize | typeof paths.logout,
  { values }: Params,
): Promise<Response> {
  const frame = { locale: localeOf(c, localeOfTags(values.get('ui_locales'))), otherLanguage: null };
  const page = FormPostPage({ frame, to, fields: [...values], onTo: to === paths.logout ? 'logout' : 'login' });
  // What answers it may send the browser on to the service: `form-action` would be held against that too (docs/adr/0026).
  return c.html(await render(String(await page)), 200, pageHeaders('anywhere', true));
}
