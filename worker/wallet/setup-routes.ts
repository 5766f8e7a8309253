// GET and POST /setup: the page of setup-page.tsx, and its passkey. The code, the user name and the password are in the body, never in the address.

import { type Context, Hono } from 'hono';
import { setupPath } from '../../shared/contract/public-paths.ts';
import { type Locale, preferredLocale } from '../../shared/i18n/locale.ts';
import type { AppEnv } from '../app.ts';
import { passwordTries } from '../authn/authenticate-password.ts';
import { beginPasskey, bindPasskey, type PasskeyNeeds } from '../authn/bind-passkey.ts';
import { beginTotp, bindTotp } from '../authn/bind-totp.ts';
import { PasskeyCreation, parsePasskey, passkeySite } from '../authn/passkey.ts';
import { openSetupCode, setPassword } from '../authn/use-setup-code.ts';
import { problem } from '../http/problem.ts';
import type { Params } from '../openid/authorize/request.ts';
import { formParams, pageHeaders, passkeyNotAsked } from '../openid/http.ts';
import { isFromOurPage } from '../openid/interaction/routes.ts';
import { render } from '../openid/pages/layout.tsx';
import { texts } from '../openid/pages/texts.ts';
import { PasskeyDonePage, SetupDonePage, SetupPage } from './setup-page.tsx';
import type { SetupReason } from './setup-texts.ts';
import { TotpDonePage, TotpPage, totpPath } from './totp-pages.tsx';

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
  return c.html(await render(String(await page)), status, pageHeaders("'self'", true));
}

export function setupRoutes(): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();
  routes.get(setupPath, (c) => form(c, 200, null));

  routes.post(setupPath, async (c) => {
    const params = isFromOurPage(c) ? await formParams(c) : undefined;
    if (!params) return form(c, 403, 'not_ours');
    const setupCode = codeIn(params);
    const username = (params.values.get('username') ?? '').slice(0, 64);
    const { authenticators, usernames, breachedFiles, config, random, now } = c.var.deps;
    const secrets = { breached: breachedFiles, pepper: config.passwordPepper };
    const needs = { authenticators, usernames, random, now: now(), ...secrets };
    const set = await setPassword(needs, { setupCode, username, password: params.values.get('password') ?? '' });
    if (!set.ok) return form(c, 422, set.error.reason, setupCode, username);
    // A new password is a new authenticator: what was tried on the one before does not count.
    await (await c.var.deps.loginObjects.person(set.value.subjectId)).clearTries(passwordTries);
    const page = SetupDonePage({ frame: frameOf(c), alone: set.value.alone });
    return c.html(await render(String(await page)), 200, pageHeaders("'self'"));
  });

  // For the script of the passkey button. A refusal needs no words: the form that follows is answered with them.
  routes.post(`${setupPath}/passkey-options`, async (c) => {
    const params = isFromOurPage(c) ? await formParams(c) : undefined;
    const shownName = texts[frameOf(c).locale].title;
    const begun = params && (await beginPasskey(passkeyNeeds(c), { setupCode: codeIn(params), shownName }));
    c.header('Cache-Control', 'no-store');
    return begun?.ok ? c.json(begun.value) : problem(c, passkeyNotAsked);
  });

  routes.post(`${setupPath}/passkey`, async (c) => {
    const params = isFromOurPage(c) ? await formParams(c) : undefined;
    if (!params) return form(c, 403, 'not_ours');
    const setupCode = codeIn(params);
    const creation = parsePasskey(PasskeyCreation, params.values.get('response') ?? '');
    // A code that is no good is said first: the script sends the form empty when it was given no options.
    const bound = creation
      ? await bindPasskey(passkeyNeeds(c), { setupCode, creation })
      : await openSetupCode(passkeyNeeds(c), setupCode, 'passkey');
    if (!bound.ok) {
      const { reason } = bound.error;
      return form(c, 422, reason === 'passkey_invalid' ? 'passkey_failed' : reason, setupCode);
    }
    if (!('deviceBound' in bound.value)) return form(c, 422, 'passkey_failed', setupCode);
    const page = PasskeyDonePage({ frame: frameOf(c), ...bound.value, high: bound.value.level === 'high' });
    return c.html(await render(String(await page)), 200, pageHeaders("'self'"));
  });

  // Twice: with the code alone, which shows the secret; then with the app's first code, which binds it.
  routes.post(totpPath, async (c) => {
    const params = isFromOurPage(c) ? await formParams(c) : undefined;
    if (!params) return form(c, 403, 'not_ours');
    const [setupCode, otp] = [codeIn(params), params.values.get('otp')?.slice(0, 16)];
    const { people, config } = c.var.deps;
    const needs = { ...passkeyNeeds(c), people, pepper: config.passwordPepper };
    const bound = otp === undefined ? undefined : await bindTotp(needs, { setupCode, otp });
    if (bound?.ok) {
      const page = TotpDonePage({ frame: frameOf(c), codes: bound.value });
      return c.html(await render(String(await page)), 200, pageHeaders("'self'"));
    }
    const begun = await beginTotp(needs, setupCode);
    if (!begun.ok) return form(c, 422, begun.error.reason, setupCode);
    const wrong = bound !== undefined;
    const page = TotpPage({ frame: frameOf(c), code: setupCode, secret: begun.value, wrong });
    return c.html(await render(String(await page)), wrong ? 422 : 200, pageHeaders("'self'"));
  });

  return routes;
}

function codeIn(params: Params): string {
  return (params.values.get('code') ?? '').replaceAll(/\s/g, '').slice(0, 64);
}

function passkeyNeeds(c: Context<AppEnv>): PasskeyNeeds {
  const { authenticators, config, random, now } = c.var.deps;
  return { authenticators, random, now: now(), site: passkeySite(config.issuer) };
}
