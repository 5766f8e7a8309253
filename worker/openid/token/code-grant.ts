// grant_type=authorization_code (RFC 6749 §4.1.3, RFC 7636 §4.6): one call to the login's object, and none to a database.

import { err, ok, type Result } from '../../../shared/base/result.ts';
import { encodeBase64Url } from '../../../shared/bytes/base64url.ts';
import { encodeUtf8 } from '../../../shared/bytes/text.ts';
import { sha256Sync } from '../../../shared/crypto/sha256.ts';
import type { Client } from '../../clients/client.ts';
import { asksForIdentity } from '../../issuer/openid4vci/authorization-details.ts';
import { identityConfiguration } from '../../issuer/openid4vci/configuration.ts';
import type { RedeemError, RefreshStart } from '../../logins/code-rules.ts';
import { formatHandle, hashSecret, parseHandle } from '../../logins/handle.ts';
import { firstRefreshSecret } from '../../logins/refresh-rules.ts';
import { grantOf } from '../grant.ts';
import { type OAuthError, type OAuthErrorCode, oauthError } from '../oauth-error.ts';
import type { Provider } from '../provider.ts';
import { othersThan } from '../resources.ts';
import type { Grantor } from './grantor.ts';
import { makeTokens } from './tokens.ts';

/** What a developer may be told. A code that is unknown, used, or another client's is the same thing to whoever asks. */
const descriptions: Readonly<Record<RedeemError['reason'], string>> = {
  code_unknown: 'the code is not known, was used, or has expired',
  code_used: 'the code is not known, was used, or has expired',
  code_expired: 'the code is not known, was used, or has expired',
  code_of_other_client: 'the code is not known, was used, or has expired',
  login_ended: 'the code is not known, was used, or has expired',
  redirect_uri_differs: 'redirect_uri is not the one of the authorization request',
  verifier_wrong: 'code_verifier does not fit the code_challenge',
  scope_not_granted: 'this login gave no leave to fetch credentials',
  resource_not_granted: 'this resource was not asked for at the authorization endpoint',
  dpop_key_differs: 'the DPoP key is not the one that the code is bound to',
};

const codes: Readonly<Partial<Record<RedeemError['reason'], OAuthErrorCode>>> = {
  scope_not_granted: 'invalid_authorization_details',
  resource_not_granted: 'invalid_target',
};

export const codeGrant: Grantor = async (
  provider,
  { client, params, resources, dpopJkt },
): Promise<Result<Record<string, unknown>, OAuthError>> => {
  const [text, redirectUri] = [params.values.get('code'), params.values.get('redirect_uri')];
  const verifier = params.values.get('code_verifier');
  if (!text) return err(oauthError('invalid_request', 'code is missing'));
  if (verifier !== undefined && !/^[A-Za-z0-9._~-]{43,128}$/.test(verifier))
    return err(oauthError('invalid_grant', 'code_verifier must be 43 to 128 unreserved characters'));
  const details = asksForIdentity(params.values.get('authorization_details'), provider.issuer);
  if (!details.ok) return details;
  const handle = parseHandle(text);
  if (!handle) return err(oauthError('invalid_grant', descriptions.code_unknown));
  const mayRefresh = client.metadata.grant_types.includes('refresh_token');
  const [first, refresh] = mayRefresh ? firstRefresh(provider, client, dpopJkt) : ['', null];
  const redeemed = await provider.objects.login(handle.id).redeem({
    secret: handle.secret,
    clientId: client.id,
    redirectUri: redirectUri ?? '',
    codeChallenge: verifier === undefined ? null : encodeBase64Url(sha256Sync(encodeUtf8(verifier))),
    dpopJkt,
    // RFC 9396 §6: here no more can be asked for than the person said yes to; said before the code is used up.
    narrowing: {
      scopes: details.value ? [identityConfiguration.scope] : [],
      resources: othersThan(provider.issuer, resources),
    },
    refresh,
  });
  if (!redeemed.ok) {
    const { reason } = redeemed.error;
    return err(oauthError(codes[reason] ?? 'invalid_grant', descriptions[reason]));
  }
  const { authentication, refreshable } = redeemed.value;
  const grant = grantOf(redeemed.value.grant);
  const asked = details.value ? { ...grant, details: true as const } : grant;
  const granted = { loginId: handle.id, client, grant: asked, authentication, dpopJkt, resources };
  return ok(await makeTokens(provider, granted, refreshable ? formatHandle({ id: handle.id, secret: first }) : null));
};

/** The first secret of a family of refresh tokens, and what the login's object keeps of it. */
function firstRefresh(provider: Provider, client: Client, dpopJkt: string | null): [string, RefreshStart] {
  const salt = encodeBase64Url(provider.random(12));
  const first = firstRefreshSecret(provider.random(16), salt);
  const { refreshSeconds, refreshIdleSeconds } = client.policy;
  const start = {
    hash: hashSecret(first),
    salt,
    expiresAt: provider.now() + refreshSeconds,
    idleSeconds: refreshIdleSeconds,
    dpopJkt: client.metadata.token_endpoint_auth_method === 'none' ? dpopJkt : null,
  };
  return [first, start];
}
