// POST /device_authorization for devices, /device for people.

import { type Context, Hono } from 'hono';
import type { AppEnv } from '../../app.ts';
import { clientForm, clientRefusal, onlyPost, preflight, secretJson } from '../answers.ts';
import { loginLifetimeSeconds } from '../authorize/authorize.ts';
import { paths } from '../discovery.ts';
import { formParams, hostCookie, pageHeaders } from '../http.ts';
import { isFromOurPage, later, localeOf, loginCookie, problemPage } from '../interaction/routes.ts';
import { seenFrom } from '../interaction/seen-from.ts';
import { render } from '../pages/layout.tsx';
import { DeviceCodePage } from '../pages/logout-pages.tsx';
import { beginDevice, type TakeUpRefusal, takeUpUserCode } from './device.ts';

export function deviceRoutes(): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();
  routes.options(paths.device, preflight);
  routes.post(paths.device, async (c) => {
    const form = await clientForm(c);
    if ('response' in form) return form.response;
    const { provider, config } = c.var.deps;
    const { network } = seenFrom(c.req.raw, config.clientAddressHeader);
    const authorization = c.req.header('authorization');
    const input = { ...form, authorization, codeSecret: config.cookieSecret, network };
    const begun = await beginDevice(provider, input, later(c));
    return begun.ok ? secretJson(c, begun.value) : clientRefusal(c, begun.error);
  });
  routes.all(paths.device, onlyPost);

  routes.get(paths.devicePage, (c) => codePage(c, (c.req.query('user_code') ?? '').slice(0, 20), null));
  routes.post(paths.devicePage, async (c) => {
    if (!isFromOurPage(c)) return problemPage(c, 'wrong_origin');
    const text = (await formParams(c))?.values.get('user_code') ?? '';
    const { provider, config } = c.var.deps;
    const { network } = seenFrom(c.req.raw, config.clientAddressHeader);
    const taken = await takeUpUserCode(provider, { text, codeSecret: config.cookieSecret, network });
    if (!taken.ok) return codePage(c, text.slice(0, 20), taken.error);
    const { loginId, holderSecret } = taken.value;
    c.header('Set-Cookie', hostCookie(loginCookie(loginId), holderSecret, loginLifetimeSeconds));
    return c.redirect(`/login/${loginId}?lang=${localeOf(c, null)}`, 303);
  });
  return routes;
}

async function codePage(c: Context<AppEnv>, code: string, refused: TakeUpRefusal | null): Promise<Response> {
  const locale = localeOf(c, null);
  const waits = refused?.reason === 'too_many_tries' ? refused.waitSeconds : null;
  const page = DeviceCodePage({
    frame: { locale, otherLanguage: `/device?lang=${locale === 'ar' ? 'en' : 'ar'}` },
    code,
    refused: refused && { waitSeconds: waits },
  });
  const html = await render(String(await page));
  if (waits === null) return c.html(html, 200, pageHeaders("'self'"));
  return c.html(html, 429, { ...pageHeaders("'self'"), 'Retry-After': String(waits) });
}
