// GET and POST /setup: the page of setup-page.tsx. The code, the user name and the password are in the body, never in the address.
import { type Context, Hono } from 'hono';
import { type Locale, preferredLocale } from '../../shared/i18n/locale.ts';
import type { AppEnv } from '../app.ts';
import { setPassword } from '../authn/use-setup-code.ts';
import { formParams, pageHeaders } from '../openid/http.ts';
import { render } from '../openid/pages/layout.tsx';
import { SetupDonePage, SetupPage, setupPath } from './setup-page.tsx';
import type { SetupReason } from './setup-texts.ts';

function frameOf(c: Context<AppEnv>) {
  const asked = c.req.query('lang');
  const locale: Locale = asked === 'ar' || asked === 'en' ? asked : preferredLocale(c.req.header('accept-language'));
  return { locale, otherLanguage: `${setupPath}?lang=${locale === 'ar' ? 'en' : 'ar'}` } as const;
}

async function form(
  c: Context<AppEnv>,
  status: 200 | 403 | 422,
  refused: SetupReason | null,
  code = '',
  username = '',
) {
  const page = SetupPage({ frame: frameOf(c), typed: { code, username }, refused });
  return c.html(await render(String(await page)), status, pageHeaders("'self'"));
}

export function setupRoutes(): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();
  routes.get(setupPath, (c) => form(c, 200, null));

  routes.post(setupPath, async (c) => {
    const site = c.req.header('sec-fetch-site');
    const origin = c.req.header('origin');
    const ours =
      site === undefined ? origin === undefined || origin === c.var.deps.config.issuer : site === 'same-origin';
    const params = ours ? await formParams(c) : undefined;
    if (!params) return form(c, 403, 'not_ours');
    const setupCode = (params.values.get('code') ?? '').replaceAll(/\s/g, '').slice(0, 64);
    const username = (params.values.get('username') ?? '').slice(0, 64);
    const { authenticators, usernames, config, random, now } = c.var.deps;
    const needs = { authenticators, usernames, random, now: now(), pepper: config.passwordPepper };
    const set = await setPassword(needs, { setupCode, username, password: params.values.get('password') ?? '' });
    if (!set.ok) return form(c, 422, set.error.reason, setupCode, username);
    const page = SetupDonePage({ frame: frameOf(c), alone: set.value.alone });
    return c.html(await render(String(await page)), 200, pageHeaders("'self'"));
  });

  return routes;
}
