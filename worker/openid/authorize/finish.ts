// The end of an authorization, whoever answered: level reached? right person? consent? then a code. One path for the page, for an
// existing session and for a wallet's approval.

import { levelOfAcr } from '../../../shared/assurance/level.ts';
import type { SubjectId } from '../../../shared/base/brands.ts';
import { acceptsAmr, type Client } from '../../clients/client.ts';
import { identityConfiguration } from '../../issuer/openid4vci/configuration.ts';
import { formatHandle, hashSecret, newSecret } from '../../logins/handle.ts';
import type { Authentication } from '../../logins/login-record.ts';
import type { LoginObject } from '../../logins/one-login.ts';
import type { BegunSession, NewSession } from '../../logins/session-rules.ts';
import { civilDateAt } from '../../registry/calendar.ts';
import type { Consent } from '../../store/consents.ts';
import { claimsOf } from '../claims.ts';
import { agreedUntil, consentUntil, givenBefore, limitTo } from '../consent.ts';
import { type Grant, jsonOf, sealClaims } from '../grant.ts';
import { type OAuthError, oauthError } from '../oauth-error.ts';
import type { Later, Provider } from '../provider.ts';
import { type AskedClaims, askedClaims, namesOf } from '../scopes.ts';
import { type Identity, type VerifiedRequest, verifiedClaims } from '../verified-claims.ts';
import { type AuthorizationRequest, satisfies } from './request.ts';

/** Seconds a code may wait: a browser's redirect, no more (RFC 6749 §4.1.2). */
export const codeLifetimeSeconds = 60;

export type Finishing = {
  readonly loginId: string;
  readonly holderSecret: string;
  readonly object: Pick<LoginObject, 'issue'>;
  readonly client: Client;
  readonly request: AuthorizationRequest;
  readonly authentication: Authentication;
  readonly kind: 'code' | 'device';
  /** The claims that the person has just let go for this very request; null: nobody was asked yet. */
  readonly given: readonly string[] | null;
  /** A session that begins with this login. */
  readonly newSession?: NewSession;
};

export type Judged =
  | { readonly kind: 'refused'; readonly error: OAuthError }
  /** The person must be asked; `before`: what they answered earlier. */
  | { readonly kind: 'consent'; readonly before: Consent | undefined }
  | Agreed;
/** `asked`: less what was kept back. `until`: epoch seconds, to when it was agreed to; null: nobody had to agree. */
export type Agreed = { readonly kind: 'agreed'; readonly asked: AskedClaims; readonly until: number | null };

/** Whether this authentication may end this login; nothing changes. */
export async function judge(
  provider: Provider,
  input: Pick<Finishing, 'client' | 'request' | 'authentication' | 'given'>,
): Promise<Judged> {
  const { client, request, authentication } = input;
  const subject = authentication.subject as SubjectId;
  const refused = (error: OAuthError): Judged => ({ kind: 'refused', error });
  const level = levelOfAcr(authentication.acr);
  if (!level || !satisfies(level, request.wanted, request.essential, client.policy.minLevel))
    return refused(oauthError('unmet_authentication_requirements', `reached ${authentication.acr}`));
  if (!acceptsAmr(client.policy, authentication.amr))
    return refused(oauthError('unmet_authentication_requirements', 'this client takes other authenticators'));
  const sub = await provider.pairwise.sub(client, subject);
  if (request.hintedSub !== null && request.hintedSub !== sub)
    return refused(oauthError('login_required', 'another person than the one hinted at is logged in'));

  const asked = askedClaims(request.scopes, request.claims, client);
  const now = provider.now();
  if (client.own) return { kind: 'agreed', asked, until: null };
  if (input.given) return { kind: 'agreed', asked: limitTo(asked, input.given), until: consentUntil(now, client) };
  const before = await provider.consents.find(subject, client.id, now);
  const given = request.prompt.includes('consent') ? undefined : givenBefore(before, client, request.scopes, asked);
  if (given && before) return { kind: 'agreed', asked: limitTo(asked, given), until: agreedUntil(before, given) };
  if (request.prompt.includes('none')) return refused(oauthError('consent_required', 'the person has not consented'));
  return { kind: 'consent', before };
}

export type GrantInput = Pick<Finishing, 'loginId' | 'client' | 'request' | 'authentication'> & {
  /** Claims that are asked for and agreed to. */
  readonly asked: AskedClaims;
};

/** What the login gives: claims are taken from the registry now and sealed to the login. One D1 read at most. */
export async function makeGrant(provider: Provider, input: GrantInput): Promise<Grant> {
  const { loginId, client, request, authentication, asked } = input;
  const subject = authentication.subject as SubjectId;
  const now = provider.now();
  const known = namesOf(asked).length > 0 ? await provider.people.find(subject) : undefined;
  const needsIdentity = asked.verified.idToken.length + asked.verified.userinfo.length > 0;
  const account = known && needsIdentity ? (await provider.subjects.find(subject))?.account : undefined;
  const identity: Identity = { level: account?.identityLevel ?? 'none', activatedAt: account?.activatedAt ?? null };
  const setting = { today: civilDateAt(now), locale: request.locale ?? 'ar' } as const;
  const verified = (requests: readonly VerifiedRequest[]) => {
    const found = known && verifiedClaims(requests, namesOf(asked), known.record, identity, setting);
    return found ? { verified_claims: found } : {};
  };
  return {
    subject,
    sub: await provider.pairwise.sub(client, subject),
    scope: grantedScopes(request.scopes, client).join(' '),
    ...(request.resources.length > 0 ? { resources: request.resources } : {}),
    ...(request.details ? { details: request.details } : {}),
    nonce: request.nonce,
    sid: await provider.pairwise.sid(client, authentication.sessionId),
    claims: known
      ? await sealClaims(provider.vault, loginId, {
          idToken: { ...claimsOf(known.record, asked.idToken, setting), ...verified(asked.verified.idToken) },
          userinfo: { ...claimsOf(known.record, asked.userinfo, setting), ...verified(asked.verified.userinfo) },
        })
      : null,
    idTokenHasClaims: asked.idToken.length + asked.verified.idToken.length > 0,
    issuedAt: now,
  };
}

/** What ends a login well. The device that asked collects it; lost: the login moved on without us (a second tab, a late click). */
export type Issued =
  | { readonly kind: 'code'; readonly code: string; readonly begun: BegunSession }
  | { readonly kind: 'device'; readonly begun: BegunSession }
  | { readonly kind: 'lost' };

/** Only for what {@link judge} agreed to. */
export async function issueCode(
  provider: Provider,
  input: Finishing,
  { asked, until }: Agreed,
  later: Later,
): Promise<Issued> {
  const { loginId, client, request, authentication } = input;
  const subject = authentication.subject as SubjectId;
  const now = provider.now();
  const grant = await makeGrant(provider, { ...input, asked });
  const secret = newSecret(provider.random);
  const binding = {
    clientId: client.id,
    redirectUri: request.redirectUri,
    codeChallenge: request.codeChallenge,
    dpopJkt: request.dpopJkt,
  };
  const person = await provider.objects.person(subject);
  // The session must know of the login before a token is out, or a logout in between would miss it.
  const joined = { clientId: client.id, login: loginId, livesUntil: livesUntil(now, client, grant.scope) };
  const { newSession = null } = input;
  const begun = await person.joinSession(authentication.sessionId, joined, newSession);
  if (!begun) return { kind: 'lost' };
  const issued = await input.object.issue(input.holderSecret, {
    authentication,
    grant: jsonOf(grant),
    refreshUntil: until,
    // A device has no redirect: it collects what it polls for.
    code:
      input.kind === 'device'
        ? null
        : {
            hash: hashSecret(secret),
            binding,
            expiresAt: now + codeLifetimeSeconds,
            refreshable: grant.scope.split(' ').includes('offline_access'),
          },
  });
  if (!issued.ok) {
    // Nobody would hold the session that began with it.
    if (newSession && newSession.continues === undefined) {
      await person.endSession(newSession.session.id);
      await person.forgetEnded(newSession.session.id);
    }
    return { kind: 'lost' };
  }
  const detail = { client: client.id, acr: authentication.acr, session: authentication.fromSession };
  const entry = {
    at: now,
    event: 'login.finished',
    actor: `subject:${subject}`,
    subjectId: subject,
    object: loginId,
  } as const;
  later(provider.journal.append({ ...entry, detail }));
  if (input.kind === 'device') return { kind: 'device', begun };
  return { kind: 'code', code: formatHandle({ id: loginId, secret }), begun };
}

/** When the last token of a login can be over: what may refresh lives on. A quarter of an hour to come for the first ones. */
export function livesUntil(now: number, client: Client, scope: string): number {
  const refreshes = scope.split(' ').includes('offline_access');
  return now + 1800 + (refreshes ? client.policy.refreshSeconds : 0);
}

/** Unknown scopes are left out, not refused (OpenID Connect Core §3.1.2.1); offline_access needs the refresh grant. */
function grantedScopes(asked: readonly string[], client: Client): readonly string[] {
  const mayRefresh = client.metadata.grant_types.includes('refresh_token');
  const { wallet } = client.policy;
  const more = [...(mayRefresh ? ['offline_access'] : []), ...(wallet ? [identityConfiguration.scope] : [])];
  const known = ['openid', 'profile', 'age', 'unified_number', ...more];
  return asked.filter((scope) => known.includes(scope) && (scope !== 'unified_number' || client.policy.unifiedNumber));
}
