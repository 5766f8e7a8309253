// GET or POST /logout, and the button on our own page.

import { type Context, Hono } from 'hono';
import type { AppEnv } from '../../app.ts';
import { localeOf as localeOfTags } from '../authorize/checks.ts';
import { type Params, paramsOf } from '../authorize/request.ts';
import { keptCookiesBack, sendOnFromHere } from '../cross-site-form.ts';
import { paths } from '../discovery.ts';
import { formParams, formTarget, hostCookie, inOtherLanguage, pageHeaders, readHostCookie } from '../http.ts';
import { isFromOurPage, later, localeOf, problemPage, sessionCookieName } from '../interaction/routes.ts';
import { render } from '../pages/layout.tsx';
import { LoggedOutPage, LogoutPage } from '../pages/logout-pages.tsx';
import { type Back, endSession } from './end-session.ts';

export function sessionRoutes(): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();
  routes.get(paths.logout, (c) => answer(c, paramsOf(new URL(c.req.url).searchParams), false));
  routes.post(paths.logout, async (c) => {
    const params = (await formParams(c)) ?? paramsOf(new URLSearchParams());
    return keptCookiesBack(c, params) ? sendOnFromHere(c, paths.logout, params) : answer(c, params, false);
  });
  routes.post(`${paths.logout}/confirm`, async (c) => {
    if (!isFromOurPage(c)) return problemPage(c, 'wrong_origin');
    return answer(c, (await formParams(c)) ?? paramsOf(new URLSearchParams()), true);
  });
  return routes;
}

async function answer(c: Context<AppEnv>, params: Params, confirmed: boolean): Promise<Response> {
  const input = { params, sessionCookie: readHostCookie(c, sessionCookieName), confirmed };
  const logout = await endSession(c.var.deps.provider, input, later(c));
  const locale = localeOf(c, localeOfTags(params.values.get('ui_locales')));
  const frame = { locale, otherLanguage: inOtherLanguage(c, locale) };
  switch (logout.kind) {
    case 'problem':
      return problemPage(c, logout.reason);
    case 'ask': {
      const page = LogoutPage({ frame, back: logout.back });
      return c.html(
        await render(String(await page)),
        200,
        pageHeaders(formTarget(logout.back.redirectUri ?? undefined)),
      );
    }
    case 'done': {
      c.header('Set-Cookie', hostCookie(sessionCookieName, '', 0));
      const to = addressOf(logout.back);
      if (to) return c.redirect(to, 303);
      return c.html(await render(String(await LoggedOutPage({ frame }))), 200, pageHeaders("'none'"));
    }
  }
}

function addressOf({ redirectUri, state }: Back): string | undefined {
  if (redirectUri === null || state === null) return redirectUri ?? undefined;
  return `${redirectUri}${redirectUri.includes('?') ? '&' : '?'}${new URLSearchParams({ state })}`;
}
