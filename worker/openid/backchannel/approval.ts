// What an approval by wallet gives, when the service comes for it: decided from consents that the person gave before; it gives none.

import { levelOfAcr } from '../../../shared/assurance/level.ts';
import type { SubjectId } from '../../../shared/base/brands.ts';
import { err, ok, type Result } from '../../../shared/base/result.ts';
import { acceptsAmr, type Client } from '../../clients/client.ts';
import type { Authentication, Json, NumberRequest } from '../../logins/login-record.ts';
import { livesUntil, makeGrant } from '../authorize/finish.ts';
import { type AuthorizationRequest, satisfies } from '../authorize/request.ts';
import { jsonOf } from '../grant.ts';
import { type OAuthError, oauthError } from '../oauth-error.ts';
import type { Later, Provider } from '../provider.ts';
import { askedClaims, noAskedClaims } from '../scopes.ts';

export type Approval = {
  readonly client: Client;
  readonly loginId: string;
  readonly number: NumberRequest;
  readonly request: AuthorizationRequest;
};
export type Approved = { readonly authentication: Authentication; readonly grant: Json };

export async function grantOfApproval(
  provider: Provider,
  { client, loginId, number, request }: Approval,
  later: Later,
): Promise<Result<Approved, OAuthError>> {
  const { earned } = number;
  const subject = number.subject as SubjectId | null;
  const level = levelOfAcr(earned?.acr ?? '');
  if (subject === null || earned === null || !level)
    return err(oauthError('invalid_grant', 'this is not known, or was used'));
  if (!satisfies(level, request.wanted, request.essential, client.policy.minLevel))
    return err(oauthError('access_denied', `reached ${earned.acr}, which is less than this client needs`));
  if (!acceptsAmr(client.policy, earned.amr))
    return err(oauthError('access_denied', 'this client takes other authenticators'));
  const authentication: Authentication = {
    subject,
    ...earned,
    authTime: number.answeredAt,
    sessionId: loginId,
    fromSession: false,
  };
  const consent = await provider.consents.find(subject, client.id, provider.now());
  const wanted = askedClaims(request.scopes, request.claims, client);
  const agreed = (names: readonly string[]) => names.filter((name) => consent?.claims.includes(name));
  const asked = { ...noAskedClaims, idToken: agreed(wanted.idToken), userinfo: agreed(wanted.userinfo) };
  const grant = await makeGrant(provider, { loginId, client, request, authentication, asked });
  const detail = { client: client.id, acr: earned.acr };
  const entry = {
    at: provider.now(),
    event: 'login.finished',
    actor: `client:${client.id}`,
    object: loginId,
    detail,
  } as const;
  later(provider.journal.append({ ...entry, subjectId: subject }));
  const person = await provider.objects.person(subject);
  // The person must know of the login before a token is out; an account that was suspended meanwhile gives none.
  if (!(await person.rememberLogin(client.id, loginId, earned.acr, livesUntil(provider.now(), client, grant.scope))))
    return err(oauthError('access_denied', 'the account is not active'));
  return ok({ authentication, grant: jsonOf(grant) });
}
