// One table of acts: GET and POST /account, which session this browser holds, what was pressed, what to show. Every POST must come from our
// own page; whatever changes something takes a fresh login of the level it says.
import { type Context, Hono } from 'hono';
import { acrOf, type Level, levels } from '../../shared/assurance/level.ts';
import { encodeBase64Url } from '../../shared/bytes/base64url.ts';
import { type Locale, preferredLocale } from '../../shared/i18n/locale.ts';
import type { AppEnv } from '../app.ts';
import { beginTotp } from '../authn/bind-totp.ts';
import { makeRecoveryCodes } from '../authn/recovery-codes.ts';
import { setUserCode } from '../authn/user-code.ts';
import { accountClientId, accountReturnPath } from '../clients/own-client.ts';
import { orderFollower } from '../issuer/routes.ts';
import { parseHandle } from '../logins/handle.ts';
import type { SessionRecord } from '../logins/session-rules.ts';
import type { Params } from '../openid/authorize/request.ts';
import { paths } from '../openid/discovery.ts';
import { formParams, pageHeaders, readHostCookie } from '../openid/http.ts';
import { isFromOurPage, later, sessionCookieName } from '../openid/interaction/routes.ts';
import { render } from '../openid/pages/layout.tsx';
import { findSession } from '../openid/session/find-session.ts';
import type { LoginSubject } from '../store/login-subjects.ts';
import { AccountPage } from './account-page.tsx';
import { accountPath } from './account-parts.tsx';
import { BindWalletPage, FreshPage, NotInPage, PaperCodesPage, RemoveLastPage } from './account-steps.tsx';
import type { AccountNotice } from './account-texts.ts';
import { viewAccount } from './account-view.ts';
import { isAddable, isFresh, nameOf, offerBinding, removeAuthenticator } from './own-authenticators.ts';
import { SetupPage } from './setup-page.tsx';
import { TotpPage } from './totp-pages.tsx';
import { withdrawConsent } from './withdraw-consent.ts';

type Who = { readonly session: SessionRecord; readonly subject: LoginSubject };
type Act = (c: Context<AppEnv>, who: Who, params: Params) => Promise<Response>;

/** Changes that protect need no fresh login; changes that open need one. */
const acts: Readonly<Record<string, Act>> = {
  'end-session': async (c, who, params) => {
    const { loginObjects, endSession, notifications, now } = c.var.deps;
    const { subjectId } = who.subject;
    const person = await loginObjects.person(subjectId);
    const session = (await person.sessions()).find(({ id }) => id === objectOf(params));
    if (!session) return account(c, who, 'session_unknown');
    await endSession(session, later(c));
    await notifications.add({ subjectId, at: now(), kind: 'session.ended' });
    return moved(c, who, 'session_ended');
  },
  withdraw: async (c, who, params) => {
    const { consents, loginObjects, now } = c.var.deps;
    const needs = { consents, objects: loginObjects, now: now() };
    const done = await withdrawConsent(needs, who.subject.subjectId, objectOf(params));
    return done ? moved(c, who, 'consent_withdrawn') : account(c, who, 'consent_unknown');
  },
  // The service, a space, the claim's plain name.
  'withdraw-claim': async (c, who, params) => {
    const { consents, loginObjects, now } = c.var.deps;
    const needs = { consents, objects: loginObjects, now: now() };
    const [clientId = '', claim = ''] = objectOf(params).split(' ');
    const done = await withdrawConsent(needs, who.subject.subjectId, clientId, claim);
    return done ? moved(c, who, 'claim_withdrawn') : account(c, who, 'consent_unknown');
  },
  remove: async (c, who, params) => {
    const input = { id: objectOf(params), confirmed: params.values.get('confirmed') === 'yes' };
    const done = await removeAuthenticator(ownNeeds(c), who, input);
    if (done.ok) {
      // A phone that is lost shows nothing that holds: its credential is revoked, and the lists say so.
      later(c)(orderFollower(c.var.deps)(who.subject.subjectId));
      return moved(c, who, 'removed');
    }
    const { error } = done;
    switch (error.reason) {
      case 'fresh_login_needed':
        return fresh(c, error.level, error.codeIsEnough);
      case 'last_for_level':
        return page(c, RemoveLastPage({ frame: frameOf(c), id: input.id, levels: error.levels }), 200);
      case 'authenticator_unknown':
        return account(c, who, 'authenticator_unknown');
    }
  },
  rename: async (c, who, params) => {
    const name = nameOf(params.values.get('name') ?? '');
    if (name === undefined) return account(c, who, 'name_malformed');
    const { authenticators, now } = c.var.deps;
    const done = await authenticators.rename(who.subject.subjectId, objectOf(params), name, now());
    return done ? moved(c, who, 'renamed') : account(c, who, 'authenticator_unknown');
  },
  add: async (c, who, params) => {
    const use = objectOf(params);
    if (!isAddable(use)) return c.notFound();
    const offered = await offerBinding(ownNeeds(c), who, use);
    if (!offered.ok) return fresh(c, offered.error.level);
    later(c)(c.var.deps.notifications.handOnOf(who.subject.subjectId));
    const { setupCode } = offered.value;
    const frame = frameOf(c);
    if (use === 'wallet') return page(c, BindWalletPage({ frame, code: setupCode }), 200);
    if (use === 'totp') {
      const { people, config, authenticators, random, now } = c.var.deps;
      const begun = await beginTotp(
        { people, authenticators, random, now: now(), pepper: config.passwordPepper },
        setupCode,
      );
      if (!begun.ok) throw new Error('a code that was just made is not good');
      return page(c, TotpPage({ frame, code: setupCode, secret: begun.value, wrong: false }), 200);
    }
    const typed = { code: setupCode, username: '' };
    return page(c, SetupPage({ frame, typed, refused: null, only: [use], lead: '' }), 200, true);
  },
  'recovery-codes': async (c, who) => {
    const { authenticators, random, now, notifications } = c.var.deps;
    if (!isFresh(who.session, 'substantial', now())) return fresh(c, 'substantial');
    const { subjectId } = who.subject;
    const codes = await makeRecoveryCodes({ authenticators, random, now: now() }, subjectId);
    later(c)(notifications.handOnOf(subjectId));
    return page(c, PaperCodesPage({ frame: frameOf(c), codes }), 200);
  },
  'user-code': async (c, who, params) => {
    if (!isFresh(who.session, 'low', c.var.deps.now())) return fresh(c, 'low');
    const set = await setUserCode(userCodeNeeds(c), who.subject.subjectId, params.values.get('code') ?? '');
    return set.ok ? moved(c, who, 'code_set') : account(c, who, 'user_code_malformed');
  },
  'remove-user-code': async (c, who) => {
    if (!isFresh(who.session, 'low', c.var.deps.now())) return fresh(c, 'low');
    await setUserCode(userCodeNeeds(c), who.subject.subjectId, null);
    return moved(c, who, 'code_removed');
  },
};

/** What a notice in the address may say: only what is good news, so that a link cannot frighten anybody. */
const goodNotices: readonly AccountNotice[] = [
  'removed',
  'renamed',
  'session_ended',
  'consent_withdrawn',
  'claim_withdrawn',
  'code_set',
  'code_removed',
  'proven',
];

export function ownAccountRoutes(): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();

  routes.get(accountPath, async (c) => {
    const who = await whoIs(c);
    if (!who) return toLogin(c, null);
    const said = goodNotices.find((notice) => notice === c.req.query('said')) ?? null;
    return account(c, who, said, true);
  });

  // A fresh login of the level asked for, then back.
  routes.get(`${accountPath}/login`, (c) => {
    const level = levels.find((one) => one === c.req.query('level'));
    return toLogin(c, level ?? 'low');
  });

  // The session was set on the way; the code is worth nothing, and is ended.
  routes.get(accountReturnPath, async (c) => {
    const handle = parseHandle(c.req.query('code') ?? '');
    if (handle) {
      const { id, secret } = handle;
      later(c)(c.var.deps.loginObjects.login(id).giveBack({ secret, clientId: accountClientId }));
    }
    const who = await whoIs(c);
    const said = c.req.query('state')?.endsWith('.change') ? '&said=proven' : '';
    if (handle && who) return c.redirect(`${accountPath}?lang=${localeOf(c)}${said}`, 303);
    if (who) return account(c, who, 'not_reached');
    return page(c, NotInPage({ frame: frameOf(c) }), 200);
  });

  routes.post(`${accountPath}/:act`, async (c) => {
    const name = c.req.param('act');
    const act = Object.hasOwn(acts, name) ? acts[name] : undefined;
    if (!act) return c.notFound();
    const who = await whoIs(c);
    if (!who) return toLogin(c, null);
    const params = isFromOurPage(c) ? await formParams(c) : undefined;
    return params ? act(c, who, params) : account(c, who, 'not_ours');
  });

  return routes;
}

function objectOf(params: Params): string {
  return (params.values.get('object') ?? '').slice(0, 160);
}

/** Whose session this browser holds, if the account may still log in. */
async function whoIs(c: Context<AppEnv>): Promise<Who | undefined> {
  const { provider, loginSubjects } = c.var.deps;
  const session = await findSession(provider, readHostCookie(c, sessionCookieName));
  if (!session) return undefined;
  const subject = await loginSubjects.find(session.subject as LoginSubject['subjectId']);
  return subject?.account.state === 'active' ? { session, subject } : undefined;
}

function localeOf(c: Context): Locale {
  // On the way back from a login the language comes as the state that we sent.
  const asked = c.req.query('lang') ?? c.req.query('state')?.slice(0, 2);
  return asked === 'ar' || asked === 'en' ? asked : preferredLocale(c.req.header('accept-language'));
}

export function frameOf(c: Context, path: string = accountPath) {
  const locale = localeOf(c);
  return { locale, otherLanguage: `${path}?lang=${locale === 'ar' ? 'en' : 'ar'}` } as const;
}

export async function page(
  c: Context<AppEnv>,
  content: string | Promise<string> | { toString(): string } | Promise<{ toString(): string }>,
  status: 200 | 403 | 422,
  script = false,
): Promise<Response> {
  return c.html(await render(String(await content)), status, pageHeaders("'self'", script));
}

async function account(c: Context<AppEnv>, who: Who, notice: AccountNotice | null, good = false): Promise<Response> {
  const { loginObjects, consents, clientCache, showings, verifiers, notifications, now } = c.var.deps;
  const needs = { objects: loginObjects, consents, clients: clientCache, showings, verifiers, notifications };
  const view = await viewAccount({ ...needs, later: later(c), now: now() }, who.subject, who.session);
  return page(c, AccountPage({ frame: frameOf(c), view, notice, good }), good || notice === null ? 200 : 422);
}

/** After a change: the page again, by its address, so that a reload repeats nothing. The gateway hears of it behind the answer. */
function moved(c: Context<AppEnv>, who: Who, notice: AccountNotice): Response {
  later(c)(c.var.deps.notifications.handOnOf(who.subject.subjectId));
  return c.redirect(`${accountPath}?lang=${localeOf(c)}&said=${notice}`, 303);
}

function fresh(c: Context<AppEnv>, level: Level, codeIsEnough = false): Promise<Response> {
  return page(c, FreshPage({ frame: frameOf(c), level, codeIsEnough }), 403);
}

/**
 * Off to the edge's own login. The challenge is random and its verifier is nobody's: the code that comes back cannot be exchanged.
 * `level`: log in anew, and reach this.
 */
function toLogin(c: Context<AppEnv>, level: Level | null): Response {
  const { config, random } = c.var.deps;
  const query = new URLSearchParams({
    client_id: accountClientId,
    redirect_uri: config.issuer + accountReturnPath,
    response_type: 'code',
    scope: 'openid',
    code_challenge: encodeBase64Url(random(32)),
    code_challenge_method: 'S256',
    ui_locales: localeOf(c),
    // The language, and whether this was for a change: nothing else comes back.
    state: level === null ? localeOf(c) : `${localeOf(c)}.change`,
  });
  if (level !== null) {
    query.set('prompt', 'login');
    query.set('claims', JSON.stringify({ id_token: { acr: { essential: true, value: acrOf(level) } } }));
  }
  c.header('Cache-Control', 'no-store');
  return c.redirect(`${paths.authorize}?${query}`, 303);
}

function ownNeeds(c: Context<AppEnv>) {
  const { authenticators, random, now } = c.var.deps;
  return { authenticators, random, now: now() };
}

function userCodeNeeds(c: Context<AppEnv>) {
  const { userCodes } = c.var.deps.provider;
  return { ...ownNeeds(c), userCodes };
}
