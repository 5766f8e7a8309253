// GET or POST /userinfo (OpenID Connect Core §5.3): what the person let this client see, and nothing that a revoked token could get.

import { checkStepUp } from '../../shared/assurance/step-up.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import type { Redeemed } from '../logins/code-rules.ts';
import { isLoginId } from '../logins/handle.ts';
import { grantOf, openClaims } from './grant.ts';
import { type Claims, signJwt, verifyJwt } from './jwt.ts';
import { type OAuthError, oauthError, stepUpError } from './oauth-error.ts';
import type { Later, Provider } from './provider.ts';
import { isForUs } from './resources.ts';
import { stillAllowed, withinScope } from './scopes.ts';

export type OpenToken = { readonly claims: Claims; readonly loginId: string; readonly redeemed: Redeemed };

/** An access token that is ours, in time and not revoked: one call to its login's object. */
export async function openAccessToken(provider: Provider, token: string): Promise<Result<OpenToken, OAuthError>> {
  const dead = err(oauthError('invalid_token', 'the access token is not valid, has expired, or was revoked'));
  const claims = await verifyJwt(provider.keys, 'at+jwt', token);
  if (!claims || typeof claims['exp'] !== 'number' || claims['exp'] <= provider.now()) return dead;
  if (!isForUs(provider.issuer, claims['aud']))
    return err(oauthError('invalid_token', 'the access token is for another resource'));
  const jti = String(claims['jti']);
  const loginId = jti.slice(0, jti.indexOf('.'));
  if (!isLoginId(loginId)) return dead;
  const redeemed = await provider.objects.login(loginId).checkToken(jti);
  return redeemed.ok ? ok({ claims, loginId, redeemed: redeemed.value }) : dead;
}

export type ShownToken = {
  readonly token: string;
  readonly scheme: 'Bearer' | 'DPoP';
  readonly proof: string | undefined;
  readonly method: string;
};

/** As JSON, or as a signed token for a client that registered `userinfo_signed_response_alg` (§5.3.2). */
export async function userinfo(
  provider: Provider,
  shown: ShownToken,
  later: Later,
): Promise<Result<{ readonly claims: Claims } | { readonly jwt: string }, OAuthError>> {
  const { token } = shown;
  const opened = await openAccessToken(provider, token);
  if (!opened.ok) return opened;
  const { claims, loginId, redeemed } = opened.value;
  const jkt = (claims['cnf'] as { jkt?: string } | undefined)?.jkt;
  // SECURITY: a bound token is of no use as a bearer token, and the other way round (RFC 9449 §7.1).
  if ((jkt !== undefined) !== (shown.scheme === 'DPoP'))
    return err(oauthError('invalid_token', 'the token is for the other scheme'));
  if (jkt !== undefined) {
    const url = `${provider.issuer}/userinfo`;
    const proved = await provider.dpop.verify({ ...shown, url, accessToken: token, requireNonce: false });
    if (!proved.ok) return proved;
    if (proved.value !== jkt) return err(oauthError('invalid_token', 'the token is bound to another key'));
  }
  const scope = String(claims['scope']);
  if (!scope.split(' ').includes('openid'))
    return err(oauthError('insufficient_scope', 'the access token is not for userinfo: ask for scope openid'));
  const grant = grantOf(redeemed.grant);
  const released = await openClaims(provider.vault, loginId, grant);
  const client = await provider.clients.find(String(claims['client_id']), later);
  if (client?.state !== 'active') return err(oauthError('invalid_token', 'the client is not active'));
  // A client whose least level was raised gets nothing more by tokens of before.
  const enough = checkStepUp(claims, { level: client.policy.minLevel }, provider.now());
  if (!enough.ok) return err(stepUpError(enough.error.needed));
  const shownTo = withinScope(released.userinfo, grant.scope, scope);
  const answer = { ...stillAllowed(shownTo, scope, client), sub: grant.sub };
  const alg = client.metadata.userinfo_signed_response_alg;
  if (alg === undefined) return ok({ claims: answer });
  return ok({ jwt: await signJwt(provider.keys, 'JWT', { ...answer, iss: provider.issuer, aud: client.id }, alg) });
}
