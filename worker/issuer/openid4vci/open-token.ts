// Whose credential a token may fetch: a token of an offer, or of a login with the configuration's scope. DPoP is checked for both.

import { checkStepUp } from '../../../shared/assurance/step-up.ts';
import type { SubjectId } from '../../../shared/base/brands.ts';
import { err, ok, type Result } from '../../../shared/base/result.ts';
import { isLoginId } from '../../logins/handle.ts';
import { grantOf } from '../../openid/grant.ts';
import { type Claims, verifyJwt } from '../../openid/jwt.ts';
import { type OAuthError, oauthError, stepUpError } from '../../openid/oauth-error.ts';
import type { Later, Provider } from '../../openid/provider.ts';
import { isForUs } from '../../openid/resources.ts';
import type { ShownToken } from '../../openid/userinfo.ts';
import { credentialLevel, identityConfiguration, vciPaths } from './configuration.ts';
import type { OfferObject } from './offer.ts';
import { anonymousWallet } from './pre-authorized-grant.ts';

export type TokenNeeds = {
  readonly provider: Provider;
  readonly offers: (id: string) => OfferObject;
};

export type OpenedToken = {
  readonly clientId: string | undefined;
  readonly via: 'offer' | 'login';
  /** Whether identifiers were given with it (OpenID4VCI 1.0 §6.2). */
  readonly hasIdentifiers: boolean;
  /** The person, once `count` credentials were taken off what the token may have. */
  readonly spend: (count: number) => Promise<Result<SubjectId, OAuthError>>;
};

const dead = err(oauthError('invalid_token', 'the access token is not valid, has expired, or was revoked'));

export async function openCredentialToken(
  needs: TokenNeeds,
  shown: ShownToken,
  later: Later,
): Promise<Result<OpenedToken, OAuthError>> {
  const { provider } = needs;
  const claims = await verifyJwt(provider.keys, 'at+jwt', shown.token);
  if (!claims || typeof claims['exp'] !== 'number' || claims['exp'] <= provider.now()) return dead;
  if (!isForUs(provider.issuer, claims['aud'])) return dead;
  const proved = await checkBinding(provider, shown, claims);
  if (!proved.ok) return proved;
  if (!String(claims['scope']).split(' ').includes(identityConfiguration.scope))
    return err(oauthError('insufficient_scope', `the access token is not for ${identityConfiguration.scope}`));
  const jti = String(claims['jti']);
  const id = jti.slice(0, jti.indexOf('.'));
  const hasIdentifiers = claims['authorization_details'] !== undefined;
  if (!isLoginId(id)) return dead;
  if (claims['client_id'] === anonymousWallet) {
    const spend = async (count: number) => {
      const spent = await needs.offers(id).spend(count);
      return spent.ok ? ok(spent.value.subject as SubjectId) : dead;
    };
    return ok({ clientId: undefined, via: 'offer', hasIdentifiers, spend });
  }
  const redeemed = await provider.objects.login(id).checkToken(jti);
  if (!redeemed.ok) return dead;
  const clientId = String(claims['client_id']);
  const client = await provider.clients.find(clientId, later);
  // Suspended meanwhile, or a wallet no more: its tokens of before fetch nothing.
  if (client?.state !== 'active' || !client.policy.wallet) return dead;
  const enough = checkStepUp(claims, { level: credentialLevel }, provider.now());
  if (!enough.ok) return err(stepUpError(enough.error.needed));
  const { subject } = grantOf(redeemed.value.grant);
  return ok({ clientId, via: 'login', hasIdentifiers, spend: async () => ok(subject) });
}

/** SECURITY: a bound token is of no use as a bearer token, and the other way round (RFC 9449 §7.1). */
async function checkBinding(provider: Provider, shown: ShownToken, claims: Claims): Promise<Result<null, OAuthError>> {
  const jkt = (claims['cnf'] as { readonly jkt?: string } | undefined)?.jkt;
  if ((jkt !== undefined) !== (shown.scheme === 'DPoP'))
    return err(oauthError('invalid_token', 'the token is for the other scheme'));
  if (jkt === undefined) return ok(null);
  const url = provider.issuer + vciPaths.credential;
  const proved = await provider.dpop.verify({ ...shown, url, accessToken: shown.token, requireNonce: false });
  if (!proved.ok) return proved;
  return proved.value === jkt ? ok(null) : err(oauthError('invalid_token', 'the token is bound to another key'));
}
