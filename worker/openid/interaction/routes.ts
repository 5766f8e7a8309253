// The login page's HTTP: which login this browser holds, what was sent, what to show. Every POST must come from our own page.
// Long: one table of what forms send, one of what is shown for it.

import { type Context, Hono } from 'hono';
import { epochSeconds } from '../../../shared/base/brands.ts';
import { frameStep, loginFrameSeconds, loginFrameText } from '../../../shared/contract/login-frame.ts';
import { qrCode, qrSvg } from '../../../shared/credential/qr.ts';
import { toAsciiDigits } from '../../../shared/i18n/digits.ts';
import type { AppEnv } from '../../app.ts';
import { networkOf } from '../../http/network.ts';
import { problem } from '../../http/problem.ts';
import { hashSecret, isLoginId } from '../../logins/handle.ts';
import { civilDateAt } from '../../registry/calendar.ts';
import type { Reply } from '../authorize/authorize.ts';
import type { Params } from '../authorize/request.ts';
import { openWays } from '../authorize/ways.ts';
import {
  formParams,
  formTarget,
  hostCookie,
  inOtherLanguage,
  pageHeaders,
  passkeyNotAsked,
  readHostCookie,
  redirectTo,
  replyFields,
} from '../http.ts';
import { render, stylePath } from '../pages/layout.tsx';
import {
  CodePage,
  ConsentPage,
  claimBox,
  FormPostPage,
  IdentifyPage,
  NumberPage,
  ProblemPage,
  ScannedPage,
} from '../pages/login-pages.tsx';
import { DeviceDonePage } from '../pages/logout-pages.tsx';
import { style } from '../pages/style.ts';
import type { Locale, Notice } from '../pages/texts.ts';
import type { SessionCookie } from '../sealed-cookie.ts';
import { sessionSeconds } from '../session/browser-session.ts';
import { type ConsentAnswer, cancel, consent } from './conclude.ts';
import { askPasskey, byNumber, byPasskey, byPassword, byScan, look } from './interaction.ts';
import { identify, type OpenLogin, openLogin, type Shown } from './open-login.ts';
import { seenFrom } from './seen-from.ts';

const refreshSeconds = 3;

export const loginCookie = (loginId: string) => `login-${loginId}`;
export const sessionCookieName = 'session';

const eventHeaders = { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' } as const;
/** Asks the login's own page for news; the answer itself is the page. A code is asked for again as often as it changes. */
const waitScript = `const events = new EventSource(location.pathname + '/events');
events.addEventListener('moved', () => { events.close(); location.reload(); });
const code = document.getElementById('code-frame');
if (code) setInterval(() => { if (!document.hidden) code.src = location.pathname + '/code.svg?' + Date.now(); }, ${loginFrameSeconds * 1000});`;

type Act = (c: Context<AppEnv>, login: OpenLogin, params: Params) => Promise<Shown>;

/** What a form of the page may send, by the last part of its address. */
const acts: Readonly<Record<string, Act>> = {
  number: (c, login, params) => {
    const number = digitsOf(params.values.get('number') ?? '');
    const locale = localeOf(c, login.request.locale);
    const input = { number, locale, ...seenFrom(c.req.raw, c.var.deps.config.clientAddressHeader) };
    return byNumber(c.var.deps.provider, login, input, later(c));
  },
  password: (c, login, params) => {
    const { provider, authenticators, people, config } = c.var.deps;
    const typed = (name: string) => params.values.get(name) ?? '';
    const { network } = seenFrom(c.req.raw, c.var.deps.config.clientAddressHeader);
    const otp = typed('otp').slice(0, 64).trim();
    const input = { username: typed('username'), password: typed('password'), otp, network };
    return byPassword(provider, { authenticators, people, pepper: config.passwordPepper }, login, input, later(c));
  },
  passkey: (c, login, params) => {
    const { provider, authenticators } = c.var.deps;
    return byPasskey(provider, { authenticators }, login, params.values.get('response') ?? '', later(c));
  },
  consent: (c, login, params) => consent(c.var.deps.provider, login, consentAnswerOf(params), later(c)),
  cancel: (_c, login) => cancel(login),
  scan: (c, login) => byScan(login, localeOf(c, login.request.locale)),
  again: async () => ({ kind: 'identify', notice: null }),
};

/** Acts that make the object of a login which nobody has touched, whoever the person is. */
const begins: ReadonlySet<string> = new Set(['number', 'passkey', 'scan', 'cancel']);

/** Seconds; 0 for a login that has its object already. */
async function waitToBegin(c: Context<AppEnv>, login: OpenLogin): Promise<number> {
  if (!login.start) return 0;
  const { provider, config } = c.var.deps;
  return provider.networks.logins.take(networkOf(c.req.raw, config.clientAddressHeader), 1, later(c));
}

/** A box that is not ticked sends nothing: `boxes` says that the page had some. */
function consentAnswerOf({ values }: Params): ConsentAnswer {
  const boxes = [...values.keys()].filter((name) => name.startsWith(claimBox));
  return {
    allowed: values.get('decision') === 'allow',
    chosen: values.has('boxes') ? boxes.map((name) => name.slice(claimBox.length)) : null,
  };
}

export function interactionRoutes(): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();

  routes.get(stylePath, (c) =>
    c.body(style, 200, { 'Content-Type': 'text/css; charset=utf-8', 'Cache-Control': 'public, max-age=3600' }),
  );
  routes.get('/login/form-post.js', (c) =>
    c.body("document.getElementById('form-post').submit();", 200, {
      'Content-Type': 'text/javascript; charset=utf-8',
      'Cache-Control': 'public, max-age=3600',
    }),
  );

  routes.get('/login/wait.js', (c) =>
    c.body(waitScript, 200, {
      'Content-Type': 'text/javascript; charset=utf-8',
      'Cache-Control': 'public, max-age=3600',
    }),
  );

  // Server-sent events: one, when the wallet has answered or the number has expired; then the browser opens the page again.
  routes.get('/login/:id/events', async (c) => {
    const loginId = c.req.param('id');
    const holderSecret = holderSecretOf(c, loginId);
    // Whoever holds no such login is told to look at once, and sees so on the page.
    if (!holderSecret) return c.body('event: moved\ndata:\n\n', 200, eventHeaders);
    const moved = await c.var.deps.loginObjects.login(loginId).waitForAnswer(holderSecret, 20_000);
    return c.body(`retry: 500\n\n${moved ? 'event: moved\ndata:' : ': still waiting'}\n\n`, 200, eventHeaders);
  });

  // The code as it is now. No look-up: only whoever holds the login's cookie can make a frame that its object takes.
  routes.get('/login/:id/code.svg', (c) => {
    const loginId = c.req.param('id');
    const holderSecret = holderSecretOf(c, loginId);
    if (!holderSecret) return c.notFound();
    const text = loginFrameText(hashSecret(holderSecret), loginId, frameStep(c.var.deps.now()));
    return c.body(qrSvg(qrCode(text, 'L'), 'Tawthiq'), 200, {
      'Content-Type': 'image/svg+xml',
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      'Content-Security-Policy': "default-src 'none'",
    });
  });

  routes.get('/login/:id', async (c) => {
    const login = await held(c);
    if ('reason' in login) return problemPage(c, login.reason);
    return show(c, login, await look(c.var.deps.provider, login, later(c)));
  });

  // What the script of the passkey button asks for; a refusal needs no words, as the form that follows is answered with them.
  routes.post('/login/:id/passkey-options', async (c) => {
    const login = isFromOurPage(c) ? await held(c) : undefined;
    const mayAsk = login && !('reason' in login) && (await waitToBegin(c, login)) === 0;
    const asked = mayAsk ? await askPasskey(c.var.deps.provider, login) : undefined;
    c.header('Cache-Control', 'no-store');
    return asked?.ok ? c.json(asked.value) : problem(c, passkeyNotAsked);
  });

  routes.post('/login/:id/:act', async (c) => {
    const act = acts[c.req.param('act')];
    if (!act || !Object.hasOwn(acts, c.req.param('act'))) return c.notFound();
    if (!isFromOurPage(c)) return problemPage(c, 'wrong_origin');
    const params = await formParams(c);
    if (!params) return problemPage(c, 'login_unknown');
    const login = await held(c);
    if ('reason' in login) return problemPage(c, login.reason);
    const waitSeconds = begins.has(c.req.param('act')) ? await waitToBegin(c, login) : 0;
    return show(
      c,
      login,
      waitSeconds > 0 ? identify('network_begins_often', waitSeconds) : await act(c, login, params),
    );
  });

  return routes;
}

/** SECURITY: SameSite=Lax keeps the cookie from a stranger's form; this keeps out a browser that does not know SameSite. */
export function isFromOurPage(c: Context<AppEnv>): boolean {
  const site = c.req.header('sec-fetch-site');
  if (site !== undefined) return site === 'same-origin';
  const origin = c.req.header('origin');
  return origin === undefined || origin === c.var.deps.config.issuer;
}

async function held(c: Context<AppEnv>) {
  const loginId = c.req.param('id') ?? '';
  const cookie = isLoginId(loginId) ? readHostCookie(c, loginCookie(loginId)) : undefined;
  if (!cookie) return { reason: 'login_unknown' } as const;
  const { provider } = c.var.deps;
  const login = await provider.unbegun.heldBy(loginId, cookie);
  const sealed = readHostCookie(c, sessionCookieName);
  const session = sealed === undefined ? undefined : await provider.cookies.open(sealed);
  return openLogin(
    provider,
    { ...login, session, from: seenFrom(c.req.raw, c.var.deps.config.clientAddressHeader).from },
    later(c),
  );
}

/** The part of the cookie that its object knows. */
function holderSecretOf(c: Context<AppEnv>, loginId: string): string | undefined {
  return isLoginId(loginId) ? readHostCookie(c, loginCookie(loginId))?.split('.', 1)[0] : undefined;
}

/** Arabic-Indic digits are digits; spaces and dashes that people type between them are not. The page's own pattern lets them by. */
function digitsOf(text: string): string {
  return toAsciiDigits(text.slice(0, 64).replace(/[\s\u200e\u200f-]/g, ''));
}

/** Shown with 429. */
const busyNotices: ReadonlySet<Notice> = new Set(['network_asks_often', 'network_begins_often']);

async function show(c: Context<AppEnv>, login: OpenLogin, shown: Shown): Promise<Response> {
  const locale = localeOf(c, login.request.locale);
  const { loginId, client, request } = login;
  const other = locale === 'ar' ? 'en' : 'ar';
  const frame = { locale, otherLanguage: `/login/${loginId}?lang=${other}` };
  const common = { frame, loginId, client };
  const headers = pageHeaders(formTarget(request.redirectUri));
  switch (shown.kind) {
    case 'identify': {
      const hint = await c.var.deps.provider.loginHints.open(request.loginHint, client.id);
      // A POST that failed shows the form again; its address in the other language is the page itself.
      const page = IdentifyPage({ ...common, notice: shown.notice, hint, ways: openWays(client, request) });
      const headers = pageHeaders(formTarget(request.redirectUri), true);
      if (!shown.notice || !busyNotices.has(shown.notice.reason))
        return c.html(await render(String(await page)), 200, headers);
      const after = { 'Retry-After': String(shown.notice.seconds) };
      return c.html(await render(String(await page)), 429, { ...headers, ...after });
    }
    case 'number': {
      const page = NumberPage({ ...common, frame: { ...frame, refreshSeconds }, number: shown.number });
      return c.html(await render(String(await page)), 200, pageHeaders(formTarget(request.redirectUri), true));
    }
    case 'code':
    case 'scanned': {
      const waits = { ...common, frame: { ...frame, refreshSeconds } };
      const page = shown.kind === 'code' ? CodePage(waits) : ScannedPage(waits);
      return c.html(await render(String(await page)), 200, pageHeaders(formTarget(request.redirectUri), true));
    }
    case 'consent': {
      const { claims, until, offline } = shown;
      const page = ConsentPage({ ...common, claims, offline, untilDay: civilDateAt(epochSeconds(until)) });
      return c.html(await render(String(await page)), 200, headers);
    }
    case 'problem':
      return problemPage(c, shown.reason);
    case 'device': {
      await setSession(c, shown.session);
      c.header('Set-Cookie', hostCookie(loginCookie(loginId), '', 0), { append: true });
      return c.html(
        await render(String(await DeviceDonePage({ frame: { locale, otherLanguage: null } }))),
        200,
        headers,
      );
    }
    case 'moved':
      await setSession(c, shown.session);
      // Somebody has acted: from here on the login's object knows what was asked.
      if (login.start) setLogin(c, login);
      return c.redirect(`/login/${loginId}?lang=${locale}`, 303);
    case 'reply':
      await setSession(c, shown.session);
      c.header('Set-Cookie', hostCookie(loginCookie(loginId), '', 0), { append: true });
      return sendReply(c, shown.reply, locale);
  }
}

function setLogin(c: Context<AppEnv>, { loginId, holderSecret, start }: OpenLogin): void {
  const left = Math.max(0, (start?.expiresAt ?? 0) - c.var.deps.now());
  c.header('Set-Cookie', hostCookie(loginCookie(loginId), holderSecret, left), { append: true });
}

async function setSession(c: Context<AppEnv>, session: SessionCookie | undefined): Promise<void> {
  if (!session) return;
  const sealed = await c.var.deps.provider.cookies.seal(session);
  c.header('Set-Cookie', hostCookie(sessionCookieName, sealed, sessionSeconds), { append: true });
}

export async function sendReply(c: Context<AppEnv>, reply: Reply, locale: Locale): Promise<Response> {
  const { issuer } = c.var.deps.config;
  if (reply.responseMode !== 'form_post') {
    c.header('Cache-Control', 'no-store');
    c.header('Referrer-Policy', 'no-referrer');
    return c.redirect(redirectTo(reply, issuer), 303);
  }
  const page = FormPostPage({
    frame: { locale, otherLanguage: null },
    to: reply.redirectUri,
    fields: replyFields(reply, issuer),
    onTo: 'service',
  });
  return c.html(await render(String(await page)), 200, pageHeaders(formTarget(reply.redirectUri), true));
}

export async function problemPage(c: Context<AppEnv>, reason: Notice): Promise<Response> {
  const locale = localeOf(c, null);
  const page = ProblemPage({ frame: { locale, otherLanguage: inOtherLanguage(c, locale) }, reason });
  return c.html(await render(String(await page)), 400, pageHeaders("'none'"));
}

/** The address says it; then the service (ui_locales); then the browser; Arabic otherwise. */
export function localeOf(c: Context, asked: Locale | null): Locale {
  const lang = c.req.query('lang');
  if (lang === 'ar' || lang === 'en') return lang;
  if (asked) return asked;
  const first = (c.req.header('accept-language') ?? '').trim().slice(0, 2).toLowerCase();
  return first === 'en' ? 'en' : 'ar';
}

export function later(c: Context) {
  return (work: Promise<unknown>) => c.executionCtx.waitUntil(work);
}
