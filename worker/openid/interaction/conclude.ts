// How a login ends once somebody was authenticated, whichever way in it was: consent if it is needed, then session and code. What to show
// next is the answer. Knows no HTML and no cookie.

import type { SubjectId } from '../../../shared/base/brands.ts';
import type { Authenticated } from '../../authn/authentication.ts';
import type { Authentication } from '../../logins/login-record.ts';
import type { NewSession } from '../../logins/session-rules.ts';
import type { Consent } from '../../store/consents.ts';
import { replyTo } from '../authorize/authorize.ts';
import { issueCode, type Judged, judge } from '../authorize/finish.ts';
import { consentLines, consentUntil, decisionsOf, givenNames } from '../consent.ts';
import { oauthError } from '../oauth-error.ts';
import type { Later, Provider } from '../provider.ts';
import { askedClaims } from '../scopes.ts';
import type { SessionCookie } from '../sealed-cookie.ts';
import { endReplaced, sessionToBegin } from '../session/browser-session.ts';
import { kindOf, type OpenLogin, problem, type Shown } from './open-login.ts';

export type Who = Pick<Authenticated, 'subject' | 'amr'> & { readonly acr: string; readonly authTime: number };

/** A wallet has approved. While the person must still be asked, the page says so and nothing begins: that is for the answer to do. */
export async function approved(provider: Provider, login: OpenLogin, who: Who, later: Later): Promise<Shown> {
  const entering = await enteringOf(provider, login, who, null);
  const judged = await judge(provider, { ...login, authentication: entering.authentication, given: null });
  return judged.kind === 'consent'
    ? consentOf(provider, login, judged.before)
    : conclude(provider, login, entering, judged, later);
}

/** `before`: what the person answered this service earlier. */
export function consentOf(
  provider: Provider,
  login: OpenLogin,
  before: Consent | undefined,
): Shown & { readonly kind: 'consent' } {
  const asked = askedClaims(login.request.scopes, login.request.claims, login.client);
  const mayRefresh = login.client.metadata.grant_types.includes('refresh_token');
  return {
    kind: 'consent',
    claims: consentLines(login.client, asked, before),
    until: consentUntil(provider.now(), login.client),
    offline: mayRefresh && login.request.scopes.includes('offline_access'),
  };
}

type Entering = {
  readonly authentication: Authentication;
  readonly newSession?: NewSession;
  readonly cookie?: SessionCookie;
};

/** A session that shall begin. `tries`: which count of failed tries this success clears. */
async function enteringOf(
  provider: Provider,
  login: OpenLogin,
  who: Who,
  tries: NewSession['tries'],
): Promise<Required<Entering>> {
  const { subject, acr, amr, authTime } = who;
  const proved = { subject, acr, amr, authTime, device: login.from };
  const { cookie, newSession } = await sessionToBegin(provider, login.session, proved, tries);
  const authentication = { subject, acr, amr, authTime, sessionId: cookie.id, fromSession: false };
  return { authentication, newSession, cookie };
}

/** Goes on as if the session had been there. */
export async function enter(
  provider: Provider,
  login: OpenLogin,
  who: Who,
  tries: NewSession['tries'],
  later: Later,
): Promise<Shown> {
  const entering = await enteringOf(provider, login, who, tries);
  const judged = await judge(provider, { ...login, authentication: entering.authentication, given: null });
  return conclude(provider, login, entering, judged, later);
}

async function conclude(
  provider: Provider,
  login: OpenLogin,
  { authentication, newSession, cookie }: Entering,
  judged: Judged,
  later: Later,
): Promise<Shown> {
  const { request } = login;
  const kind = kindOf(login);
  const withSession = cookie ? { session: cookie } : {};
  if (judged.kind === 'agreed') {
    const finishing = { ...login, kind, authentication, given: null, ...(newSession && { newSession }) } as const;
    const issued = await issueCode(provider, finishing, judged, later);
    if (issued.kind === 'lost') return problem('login_out_of_order');
    await endReplaced(provider, login.session, { ...issued.begun, subject: authentication.subject }, later);
    if (issued.kind === 'device') return { kind: 'device', ...withSession };
    return { kind: 'reply', reply: replyTo(request, { code: issued.code }), ...withSession };
  }
  // Whoever proved who they are has done so, whatever becomes of this login.
  if (newSession) {
    const { subject } = newSession.session;
    const begun = await (await provider.objects.person(subject as SubjectId)).startSession(newSession);
    if (!begun) return problem('login_out_of_order');
    await endReplaced(provider, login.session, { ...begun, subject }, later);
  }
  if (judged.kind === 'consent') {
    const kept = await login.object.authenticate(login.holderSecret, authentication);
    return kept.ok ? { kind: 'moved', ...withSession } : problem('login_out_of_order');
  }
  await login.object.abandon(login.holderSecret, judged.error.error);
  if (kind === 'device') return { kind: 'problem', reason: 'login_not_enough' };
  return { kind: 'reply', reply: replyTo(request, judged.error), ...withSession };
}

/** `chosen`: plain names of the claims whose box was ticked; null: the page has no boxes, and the answer is to all of it. */
export type ConsentAnswer = { readonly allowed: boolean; readonly chosen: readonly string[] | null };

export async function consent(
  provider: Provider,
  login: OpenLogin,
  answer: ConsentAnswer,
  later: Later,
): Promise<Shown> {
  const entering = await waitingForConsent(provider, login);
  if (!entering) return problem('login_out_of_order');
  if (!answer.allowed) return cancel(login);
  const { client, request, loginId } = login;
  const { authentication } = entering;
  const now = provider.now();
  const until = consentUntil(now, client);
  const asked = askedClaims(request.scopes, request.claims, client);
  const claims = decisionsOf(client, asked, answer.chosen, { at: now, until });
  const judged = await judge(provider, { client, request, authentication, given: givenNames({ claims }) });
  if (judged.kind !== 'agreed') return conclude(provider, login, entering, judged, later);
  const subject = authentication.subject as SubjectId;
  await provider.consents.grant(
    subject,
    {
      clientId: client.id,
      scopes: request.scopes.filter((scope) => scope === 'openid' || scope === 'offline_access'),
      claims,
      grantedAt: now,
      expiresAt: until,
    },
    {
      at: now,
      event: 'consent.granted',
      actor: `subject:${subject}`,
      subjectId: subject,
      object: client.id,
      detail: { login: loginId },
    },
  );
  return conclude(provider, login, entering, judged, later);
}

/** Whoever the page asked: authenticated before, or by a wallet's approval that waits for this answer. */
async function waitingForConsent(provider: Provider, login: OpenLogin): Promise<Entering | undefined> {
  const { phase, authentication, number } = login.record;
  if (phase === 'authenticated' && authentication) return { authentication };
  if (phase !== 'interacting' || number?.state !== 'approved' || number.subject === null || !number.earned)
    return undefined;
  const who = { subject: number.subject as SubjectId, ...number.earned, authTime: number.answeredAt };
  return enteringOf(provider, login, who, null);
}

/** The person goes back with nothing. */
export async function cancel(login: OpenLogin): Promise<Shown> {
  const ended = await login.object.abandon(login.holderSecret, 'access_denied');
  if (!ended.ok) return problem(ended.error.reason);
  if (kindOf(login) === 'device') return problem('login_ended');
  return { kind: 'reply', reply: replyTo(login.request, oauthError('access_denied', 'the person did not agree')) };
}
