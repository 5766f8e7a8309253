// What an approval by wallet gives, when the service comes for it: decided from consents that the person gave before; it gives none.

import { levelOfAcr } from '../../../shared/assurance/level.ts';
import type { SubjectId } from '../../../shared/base/brands.ts';
import { err, ok, type Result } from '../../../shared/base/result.ts';
import { acceptsAmr, type Client } from '../../clients/client.ts';
import { identityClaims, identityConfiguration } from '../../issuer/openid4vci/configuration.ts';
import type { Authentication, Json, NumberRequest } from '../../logins/login-record.ts';
import type { Consent } from '../../store/consents.ts';
import { livesUntil, makeGrant } from '../authorize/finish.ts';
import { type AuthorizationRequest, satisfies } from '../authorize/request.ts';
import { agreedUntil, isGiven } from '../consent.ts';
import { jsonOf } from '../grant.ts';
import { type OAuthError, oauthError } from '../oauth-error.ts';
import type { Later, Provider } from '../provider.ts';
import { askedClaims, namesOf, noAskedClaims } from '../scopes.ts';

export type Approval = {
  readonly client: Client;
  readonly loginId: string;
  readonly number: NumberRequest;
  readonly request: AuthorizationRequest;
};
/** `refreshUntil`: the end of the consent that lets tokens live on. */
export type Approved = {
  readonly authentication: Authentication;
  readonly grant: Json;
  readonly refreshUntil: number;
};

/** Whether the approval is enough for this client; nothing is read and nothing changes. */
export function judgeApproval({ client, loginId, number, request }: Approval): Result<Authentication, OAuthError> {
  const { earned, subject } = number;
  const level = levelOfAcr(earned?.acr ?? '');
  if (subject === null || earned === null || !level)
    return err(oauthError('invalid_grant', 'this is not known, or was used'));
  if (!satisfies(level, request.wanted, request.essential, client.policy.minLevel))
    return err(oauthError('access_denied', `reached ${earned.acr}, which is less than this client needs`));
  if (!acceptsAmr(client.policy, earned.amr))
    return err(oauthError('access_denied', 'this client takes other authenticators'));
  return ok({ subject, ...earned, authTime: number.answeredAt, sessionId: loginId, fromSession: false });
}

/** The person knows of the login from here on, and can end it; that it came to something is told by {@link finished}. */
export async function grantOfApproval(provider: Provider, approval: Approval): Promise<Result<Approved, OAuthError>> {
  const { client, loginId, request } = approval;
  const judged = judgeApproval(approval);
  if (!judged.ok) return judged;
  const authentication = judged.value;
  const subject = authentication.subject as SubjectId;
  const consent = await provider.consents.find(subject, client.id, provider.now());
  const scopes = request.scopes.filter((scope) => isAgreed(scope, consent, client));
  const wanted = askedClaims(scopes, request.claims, client);
  const agreed = (names: readonly string[]) => names.filter((name) => isGiven(consent, client, name));
  const asked = { ...noAskedClaims, idToken: agreed(wanted.idToken), userinfo: agreed(wanted.userinfo) };
  const grant = await makeGrant(provider, { loginId, client, request: { ...request, scopes }, authentication, asked });
  const person = await provider.objects.person(subject);
  // The person must know of the login before a token is out; an account that was suspended meanwhile gives none.
  if (!(await person.rememberLogin(client.id, loginId, livesUntil(provider.now(), client, grant.scope))))
    return err(oauthError('access_denied', 'the account is not active'));
  return ok({ authentication, grant: jsonOf(grant), refreshUntil: consent ? agreedUntil(consent, namesOf(asked)) : 0 });
}

/**
 * SECURITY: nobody is asked on this path, so a scope that goes beyond the login itself (tokens that live on, a credential with everything in
 * it) stands only where the person said yes to it on a page: then it is in their list of consents, and taking that back ends it.
 */
function isAgreed(scope: string, consent: Consent | undefined, client: Client): boolean {
  if (scope === 'offline_access') return consent?.scopes.includes(scope) ?? false;
  if (scope === identityConfiguration.scope) return identityClaims.every((name) => isGiven(consent, client, name));
  return true;
}

/** Once tokens are out, and only then: the journal says so, and the person's own list of logins. */
export async function finished(
  provider: Provider,
  { client, loginId }: Pick<Approval, 'client' | 'loginId'>,
  authentication: Authentication,
  later: Later,
): Promise<void> {
  const subject = authentication.subject as SubjectId;
  const { acr } = authentication;
  const detail = { client: client.id, acr };
  const of = { actor: `client:${client.id}`, subjectId: subject, object: loginId, detail } as const;
  later(provider.journal.append({ at: provider.now(), event: 'login.finished', ...of }));
  const person = await provider.objects.person(subject);
  later(person.noteLogin(client.id, acr));
}
