// What happens on the login page: a step by the person, and what is shown next. Knows no HTML and no cookie. Long: every way in ends
// in the same two private steps (enter, conclude), which nothing else may reach.

import type { SubjectId } from '../../../shared/base/brands.ts';
import type { Result } from '../../../shared/base/result.ts';
import { err, ok } from '../../../shared/base/result.ts';
import { encodeBase64Url } from '../../../shared/bytes/base64url.ts';
import { authenticatePasskey, type PasskeyLoginNeeds, passkeyRequest } from '../../authn/authenticate-passkey.ts';
import { authenticatePassword, type PasswordNeeds, passwordTries } from '../../authn/authenticate-password.ts';
import type { Authenticated } from '../../authn/authentication.ts';
import { beginNumber, planNumber } from '../../authn/number-login.ts';
import { PasskeyAssertion, parsePasskey, passkeySite, passkeyTimeoutMs } from '../../authn/passkey.ts';
import { type Client, clientName } from '../../clients/client.ts';
import { newLoginId, newSecret } from '../../logins/handle.ts';
import type { HolderError } from '../../logins/interaction-rules.ts';
import type { Authentication, LoginRecord } from '../../logins/login-record.ts';
import { type Reply, replyTo } from '../authorize/authorize.ts';
import { finish } from '../authorize/finish.ts';
import { type AuthorizationRequest, levelToAim, satisfies } from '../authorize/request.ts';
import { oauthError } from '../oauth-error.ts';
import type { Notice } from '../pages/texts.ts';
import type { Later, Provider } from '../provider.ts';
import { askedClaims, namesOf } from '../scopes.ts';
import type { SessionCookie } from '../sealed-cookie.ts';

/** A session may be relied on for half a day, and for an hour unused (SP 800-63B-4 §2.2.3). */
export const sessionSeconds = 12 * 3600;
export const sessionIdleSeconds = 3600;

/** `from`: browser and place, coarse, for the person's own lists. */
export type Held = { readonly loginId: string; readonly holderSecret: string; readonly from: string };
/** A login that is under way, in the browser that began it. */
export type OpenLogin = Held & {
  readonly record: LoginRecord;
  readonly client: Client;
  readonly request: AuthorizationRequest;
};

export type Shown =
  | { readonly kind: 'identify'; readonly notice: { readonly reason: Notice; readonly seconds?: number } | null }
  | { readonly kind: 'number'; readonly number: string }
  /** A code to be scanned; or, once a wallet has, its answer to be waited for. */
  | { readonly kind: 'code' | 'scanned' }
  | {
      readonly kind: 'consent';
      readonly claims: readonly string[];
      readonly offline: boolean;
      readonly session?: SessionCookie;
    }
  | { readonly kind: 'problem'; readonly reason: Notice }
  /** Allowed: the device goes on. */
  | { readonly kind: 'device'; readonly session?: SessionCookie }
  /** Open the page again: something moved on. `session`: one began, its cookie must be set. */
  | { readonly kind: 'moved'; readonly session?: SessionCookie }
  | { readonly kind: 'reply'; readonly reply: Reply; readonly session?: SessionCookie };

export async function openLogin(provider: Provider, held: Held, later: Later): Promise<OpenLogin | HolderError> {
  const viewed = await provider.objects.login(held.loginId).view(held.holderSecret);
  if (!viewed.ok) return viewed.error;
  const record = viewed.value;
  const client = await provider.clients.find(record.clientId, later);
  // A client that was suspended meanwhile gets nothing.
  if (client?.state !== 'active') return { reason: 'login_ended' };
  return { ...held, record, client, request: record.request as unknown as AuthorizationRequest };
}

const problem = (reason: Notice): Shown => ({ kind: 'problem', reason });
const identify = (reason: Notice | null, seconds?: number): Shown => ({
  kind: 'identify',
  notice: reason === null ? null : { reason, ...(seconds === undefined ? {} : { seconds }) },
});

/** What to show when the page is opened or refreshed; a wallet's approval is taken up here. */
export async function look(provider: Provider, login: OpenLogin, later: Later): Promise<Shown> {
  const { record } = login;
  if (record.phase === 'authenticated') return consentOf(login);
  if (record.phase !== 'interacting') return problem('login_out_of_order');
  const { number } = record;
  if (number === null) return record.scan ? { kind: 'code' } : identify(null);
  switch (number.state) {
    case 'waiting':
      if (provider.now() >= number.expiresAt) return identify('number_expired');
      return number.scanned ? { kind: 'scanned' } : { kind: 'number', number: number.value };
    case 'refused':
      return identify('number_refused');
    case 'reported':
      // "Not me": the login is over, and the service is told.
      return kindOf(login) === 'device' ? reportedDevice(provider, login) : cancel(provider, login);
    case 'locked':
      return identify('number_locked');
    case 'approved': {
      const { subject, earned, answeredAt } = number;
      if (subject === null || earned === null) return problem('login_ended');
      const who = { subject: subject as SubjectId, ...earned, authTime: answeredAt };
      const entered = await enter(provider, login, who, null, later);
      // This is the page already: what comes next needs no other request.
      return entered.kind === 'moved' ? { ...entered, ...consentOf(login) } : entered;
    }
  }
}

async function reportedDevice(provider: Provider, login: OpenLogin): Promise<Shown> {
  await provider.objects.login(login.loginId).abandon(login.holderSecret, 'access_denied');
  return problem('number_reported');
}

function consentOf(login: OpenLogin): Shown & { readonly kind: 'consent' } {
  const asked = askedClaims(login.request.scopes, login.request.claims, login.client);
  const mayRefresh = login.client.metadata.grant_types.includes('refresh_token');
  return {
    kind: 'consent',
    claims: namesOf(asked),
    offline: mayRefresh && login.request.scopes.includes('offline_access'),
  };
}

export async function byPassword(
  provider: Provider,
  needs: Pick<PasswordNeeds, 'authenticators' | 'people' | 'pepper'>,
  login: OpenLogin,
  input: { readonly username: string; readonly password: string; readonly otp: string; readonly network: string },
  later: Later,
): Promise<Shown> {
  if (login.record.phase !== 'interacting') return problem('login_out_of_order');
  const { subjects, objects } = provider;
  const done = await authenticatePassword({ ...needs, subjects, objects, now: provider.now() }, input);
  if (!done.ok) {
    const { error } = done;
    failed(provider, login, error.reason, later);
    return identify(error.reason, error.reason === 'too_many_tries' ? error.waitSeconds : undefined);
  }
  const { client, request } = login;
  // Said before anything is begun: the other way in may still reach what is asked.
  if (!satisfies(done.value.level, request.wanted, request.essential, client.policy.minLevel))
    return identify('level_too_low');
  return enter(provider, login, done.value, { authenticator: passwordTries, network: input.network }, later);
}

/** Nobody is known yet: the entry names the service, the login and the reason. */
function failed(provider: Provider, login: OpenLogin, reason: string, later: Later): void {
  const { client, loginId } = login;
  const detail = { reason, client: client.id };
  const entry = { at: provider.now(), event: 'login.failed', actor: `client:${client.id}`, object: loginId } as const;
  later(provider.journal.append({ ...entry, detail }));
}

/** What the page's script asks of the device. The challenge stays with the login, for this browser alone. */
export async function askPasskey(
  provider: Provider,
  login: OpenLogin,
): Promise<Result<Awaited<ReturnType<typeof passkeyRequest>>, HolderError>> {
  const challenge = provider.random(32);
  const asked = await provider.objects.login(login.loginId).askPasskey(login.holderSecret, {
    challenge: encodeBase64Url(challenge),
    expiresAt: provider.now() + passkeyTimeoutMs / 1000,
  });
  return asked.ok ? ok(await passkeyRequest(passkeySite(provider.issuer), challenge)) : err(asked.error);
}

/** `response`: what the page's form carries, AuthenticationResponseJSON or nothing. */
export async function byPasskey(
  provider: Provider,
  needs: Pick<PasskeyLoginNeeds, 'authenticators'>,
  login: OpenLogin,
  response: string,
  later: Later,
): Promise<Shown> {
  const taken = await provider.objects.login(login.loginId).takePasskey(login.holderSecret);
  if (!taken.ok) return problem(taken.error.reason);
  const assertion = parsePasskey(PasskeyAssertion, response);
  if (!assertion || taken.value === null) {
    failed(provider, login, assertion ? 'passkey_challenge_unknown' : 'passkey_malformed', later);
    return identify('passkey_failed');
  }
  const site = passkeySite(provider.issuer);
  const done = await authenticatePasskey(
    { ...needs, subjects: provider.subjects, site, now: provider.now() },
    { assertion, challenge: taken.value },
  );
  if (!done.ok) {
    const { reason } = done.error;
    failed(provider, login, reason, later);
    return identify(reason === 'passkey_unknown' || reason === 'passkey_invalid' ? 'passkey_failed' : reason);
  }
  const { client, request } = login;
  if (!satisfies(done.value.level, request.wanted, request.essential, client.policy.minLevel))
    return identify('level_too_low');
  return enter(provider, login, done.value, null, later);
}

/** Starts a session, then goes on as if it had been there. `tries`: which count of failed tries this success clears. */
async function enter(
  provider: Provider,
  login: OpenLogin,
  who: Pick<Authenticated, 'subject' | 'amr'> & { readonly acr: string; readonly authTime: number },
  tries: { readonly authenticator: string; readonly network: string } | null,
  later: Later,
): Promise<Shown> {
  const now = provider.now();
  const session: SessionCookie = {
    subject: who.subject,
    id: newLoginId(provider.random),
    secret: newSecret(provider.random),
  };
  const person = await provider.objects.person(who.subject);
  const { acr, amr, authTime } = who;
  const { id, secret, subject } = session;
  const lifetime = { expiresAt: now + sessionSeconds, idleSeconds: sessionIdleSeconds };
  await person.startSession({ id, secret, subject, acr, amr, authTime, device: login.from, ...lifetime }, tries);
  const authentication: Authentication = { subject, acr, amr, authTime, sessionId: id, fromSession: false };
  return conclude(provider, login, authentication, false, session, later);
}

async function conclude(
  provider: Provider,
  login: OpenLogin,
  authentication: Authentication,
  consented: boolean,
  session: SessionCookie | undefined,
  later: Later,
): Promise<Shown> {
  const { loginId, holderSecret, client, request } = login;
  const finished = await finish(
    provider,
    { loginId, holderSecret, client, request, authentication, kind: kindOf(login), consented },
    later,
  );
  const withSession = session ? { session } : {};
  switch (finished.kind) {
    case 'code':
      return { kind: 'reply', reply: replyTo(request, { code: finished.code }), ...withSession };
    case 'refused':
      await provider.objects.login(loginId).abandon(holderSecret, finished.error.error);
      if (kindOf(login) === 'device') return { kind: 'problem', reason: 'level_too_low' };
      return { kind: 'reply', reply: replyTo(request, finished.error), ...withSession };
    case 'device':
      return { kind: 'device', ...withSession };
    case 'consent':
      return { kind: 'moved', ...withSession };
    case 'lost':
      return problem('login_out_of_order');
  }
}

function kindOf(login: OpenLogin): 'code' | 'device' {
  return login.record.kind === 'device' ? 'device' : 'code';
}

export async function byNumber(
  provider: Provider,
  login: OpenLogin,
  input: { readonly number: string; readonly from: string; readonly network: string },
): Promise<Shown> {
  const { loginId, holderSecret, client, request, record } = login;
  if (record.phase !== 'interacting') return problem('login_out_of_order');
  const aim = levelToAim(request.wanted, client.policy.minLevel);
  const begun = await beginNumber(
    { subjects: provider.subjects, objects: provider.objects, now: provider.now() },
    {
      loginId,
      holderSecret,
      number: input.number,
      client: { id: client.id, name: clientName(client.metadata) },
      purpose: 'login',
      from: input.from,
      network: input.network,
      plan: planNumber(aim === 'high' ? 'substantial' : aim, client.policy.twoDigitsEarn),
    },
  );
  if (begun.ok) return { kind: 'moved' };
  return begun.error.reason === 'number_malformed' ? identify('number_malformed') : problem(begun.error.reason);
}

/** The page shows a code that changes; a wallet that reads it says whose login this is. */
export async function byScan(provider: Provider, login: OpenLogin): Promise<Shown> {
  const offered = await provider.objects.login(login.loginId).offerScan(login.holderSecret, login.from);
  return offered.ok ? { kind: 'moved' } : problem(offered.error.reason);
}

export async function consent(provider: Provider, login: OpenLogin, allowed: boolean, later: Later): Promise<Shown> {
  const { record, client, request, loginId } = login;
  const { authentication } = record;
  if (record.phase !== 'authenticated' || !authentication) return problem('login_out_of_order');
  const subject = authentication.subject as SubjectId;
  const now = provider.now();
  if (!allowed) return cancel(provider, login);
  const asked = askedClaims(request.scopes, request.claims, client);
  await provider.consents.grant(
    subject,
    {
      clientId: client.id,
      scopes: request.scopes.filter((scope) => scope === 'openid' || scope === 'offline_access'),
      claims: namesOf(asked),
      grantedAt: now,
      expiresAt: now + client.policy.consentDays * 86_400,
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
  return conclude(provider, login, authentication, true, undefined, later);
}

/** The person goes back with nothing. */
export async function cancel(provider: Provider, login: OpenLogin): Promise<Shown> {
  const ended = await provider.objects.login(login.loginId).abandon(login.holderSecret, 'access_denied');
  if (!ended.ok) return problem(ended.error.reason);
  if (kindOf(login) === 'device') return problem('login_ended');
  return { kind: 'reply', reply: replyTo(login.request, oauthError('access_denied', 'the person did not agree')) };
}
