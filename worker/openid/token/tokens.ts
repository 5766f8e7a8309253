// The tokens themselves: ID token (OpenID Connect Core §2), access token (RFC 9068). Five minutes each.

import { encodeBase64Url } from '../../../shared/bytes/base64url.ts';
import type { Client } from '../../clients/client.ts';
import { type GrantedDetail, grantedDetails } from '../../issuer/openid4vci/authorization-details.ts';
import { identityConfiguration } from '../../issuer/openid4vci/configuration.ts';
import type { Authentication } from '../../logins/login-record.ts';
import { type Grant, openClaims } from '../grant.ts';
import { halfHash, signJwt } from '../jwt.ts';
import type { Provider } from '../provider.ts';
import { audienceOf, stillRegistered } from '../resources.ts';
import { stillAllowed } from '../scopes.ts';
import { subjectHintClaim } from '../subject-hint.ts';

export const accessTokenSeconds = 300;
export const idTokenSeconds = 300;

export type TokenAnswer = {
  readonly access_token: string;
  readonly token_type: 'Bearer' | 'DPoP';
  readonly expires_in: number;
  readonly scope: string;
  readonly authorization_details?: readonly GrantedDetail[];
  readonly id_token?: string;
  readonly refresh_token?: string;
};

export type Granted = {
  readonly loginId: string;
  readonly client: Client;
  readonly grant: Grant;
  readonly authentication: Authentication;
  readonly dpopJkt: string | null;
  /** Asked for now; empty: all that was granted. */
  readonly resources: readonly string[];
};

export async function makeTokens(
  provider: Provider,
  granted: Granted,
  refreshToken: string | null,
): Promise<TokenAnswer> {
  const { loginId, client, grant, authentication, dpopJkt } = granted;
  const now = provider.now();
  const shared = {
    iss: provider.issuer,
    sub: grant.sub,
    iat: now,
    acr: authentication.acr,
    auth_time: authentication.authTime,
  };
  const details = grant.details && grant.scope.split(' ').includes(identityConfiguration.scope);
  const detailed = details ? { authorization_details: grantedDetails } : {};
  const accessToken = await signJwt(provider.keys, 'at+jwt', {
    ...shared,
    aud: audienceOf(provider.issuer, granted.resources, stillRegistered(grant.resources ?? [], client)),
    client_id: client.id,
    exp: now + accessTokenSeconds,
    // Names the login, so that whoever checks the token finds the one object that knows whether it was revoked.
    jti: `${loginId}.${encodeBase64Url(provider.random(12))}`,
    scope: grant.scope,
    ...detailed,
    ...(dpopJkt === null ? {} : { cnf: { jkt: dpopJkt } }),
  });
  const released = grant.idTokenHasClaims ? (await openClaims(provider.vault, loginId, grant)).idToken : {};
  const claims = {
    ...stillAllowed(released, grant.scope, client),
    ...shared,
    aud: client.id,
    exp: now + idTokenSeconds,
    amr: authentication.amr,
    sid: grant.sid,
    ...(client.metadata.grant_types.includes('urn:openid:params:grant-type:ciba')
      ? { [subjectHintClaim]: await provider.hints.seal(grant.subject, client.id) }
      : {}),
    at_hash: await halfHash(accessToken, client.metadata.id_token_signed_response_alg),
    ...(grant.nonce === null ? {} : { nonce: grant.nonce }),
  };
  const idToken = await signJwt(provider.keys, 'JWT', claims, client.metadata.id_token_signed_response_alg);
  return {
    access_token: accessToken,
    token_type: dpopJkt === null ? 'Bearer' : 'DPoP',
    expires_in: accessTokenSeconds,
    scope: grant.scope,
    ...detailed,
    id_token: idToken,
    ...(refreshToken === null ? {} : { refresh_token: refreshToken }),
  };
}
