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

/** `id_token` is there if the scope has openid. */
export async function makeTokens(
  provider: Provider,
  granted: Granted,
  refreshToken: string | null,
): Promise<TokenAnswer> {
  const { loginId, client, grant, dpopJkt } = granted;
  const shared = sharedClaims(provider, granted);
  const scopes = grant.scope.split(' ');
  const details = grant.details && scopes.includes(identityConfiguration.scope);
  const detailed = details ? { authorization_details: grantedDetails } : {};
  const accessToken = await signJwt(provider.keys, 'at+jwt', {
    ...shared,
    aud: audienceOf(provider.issuer, granted.resources, stillRegistered(grant.resources ?? [], client)),
    client_id: client.id,
    exp: shared.iat + accessTokenSeconds,
    // Names the login, so that whoever checks the token finds the one object that knows whether it was revoked.
    jti: `${loginId}.${encodeBase64Url(provider.random(12))}`,
    scope: grant.scope,
    ...detailed,
    ...(dpopJkt === null ? {} : { cnf: { jkt: dpopJkt } }),
  });
  // An ID token is for a scope with openid (OpenID Connect Core §3.1.2.1, §12.2): not for a narrower one, nor for a wallet's credential alone.
  const idToken = scopes.includes('openid')
    ? { id_token: await idTokenFor(provider, granted, shared, accessToken) }
    : {};
  return {
    access_token: accessToken,
    token_type: dpopJkt === null ? 'Bearer' : 'DPoP',
    expires_in: accessTokenSeconds,
    scope: grant.scope,
    ...detailed,
    ...idToken,
    ...(refreshToken === null ? {} : { refresh_token: refreshToken }),
  };
}

function sharedClaims(provider: Provider, { grant, authentication }: Granted) {
  const { acr, authTime } = authentication;
  return { iss: provider.issuer, sub: grant.sub, iat: provider.now(), acr, auth_time: authTime };
}

/** `shared`: what both tokens say. */
async function idTokenFor(
  provider: Provider,
  granted: Granted,
  shared: ReturnType<typeof sharedClaims>,
  accessToken: string,
): Promise<string> {
  const { loginId, client, grant, authentication } = granted;
  const released = grant.idTokenHasClaims ? (await openClaims(provider.vault, loginId, grant)).idToken : {};
  const claims = {
    ...stillAllowed(released, grant.scope, client),
    ...shared,
    aud: client.id,
    exp: shared.iat + idTokenSeconds,
    amr: authentication.amr,
    sid: grant.sid,
    ...(client.metadata.grant_types.includes('urn:openid:params:grant-type:ciba')
      ? { [subjectHintClaim]: await provider.hints.seal(grant.subject, client.id) }
      : {}),
    at_hash: await halfHash(accessToken, client.metadata.id_token_signed_response_alg),
    ...(grant.nonce === null ? {} : { nonce: grant.nonce }),
  };
  return signJwt(provider.keys, 'JWT', claims, client.metadata.id_token_signed_response_alg);
}
