// POST /token: checks in order, then the grant's own act. Speaks OAuth's codes only.

import { err, type Result } from '../../../shared/base/result.ts';
import { preAuthorizedGrant, preAuthorizedGrantType } from '../../issuer/openid4vci/pre-authorized-grant.ts';
import type { Params } from '../authorize/request.ts';
import { type OAuthError, oauthError } from '../oauth-error.ts';
import type { Later, Provider } from '../provider.ts';
import { registeredResources } from '../resources.ts';
import { type ClientRefusal, proveClient, spendAssertion } from './client-authentication.ts';
import { clientCredentialsGrant } from './client-credentials-grant.ts';
import { codeGrant } from './code-grant.ts';
import type { Grantor } from './grantor.ts';
import { cibaGrant, deviceGrant } from './poll-grants.ts';
import { refreshGrant } from './refresh-grant.ts';

/** grant_type → its act. A new grant is a row here and a file beside it. */
export const grants: Readonly<Record<string, Grantor>> = {
  authorization_code: codeGrant,
  refresh_token: refreshGrant,
  client_credentials: clientCredentialsGrant,
  'urn:openid:params:grant-type:ciba': cibaGrant,
  'urn:ietf:params:oauth:grant-type:device_code': deviceGrant,
};

export type TokenInput = {
  readonly params: Params;
  readonly authorization: string | undefined;
  /** The DPoP header. */
  readonly proof: string | undefined;
  /** The Prefer header. */
  readonly prefer: string | undefined;
};
export type TokenRefusal = OAuthError & { readonly challenge?: boolean };

export async function token(
  provider: Provider,
  input: TokenInput,
  later: Later,
): Promise<Result<Readonly<Record<string, unknown>>, TokenRefusal | ClientRefusal>> {
  const { params } = input;
  if (params.repeated.length > 0) return err(oauthError('invalid_request', 'a parameter is repeated'));
  const grantType = params.values.get('grant_type');
  if (!grantType) return err(oauthError('invalid_request', 'grant_type is missing'));
  const endpoint = `${provider.issuer}/token`;
  if (grantType === preAuthorizedGrantType) {
    // Nobody is registered: the offer's code and its transaction code are all that is shown (OpenID4VCI 1.0 §6.1).
    if (input.proof === undefined) return preAuthorizedGrant(provider, params, null);
    const proof = { proof: input.proof, method: 'POST', url: endpoint, requireNonce: false };
    const holder = await provider.dpop.verify(proof);
    return holder.ok ? preAuthorizedGrant(provider, params, holder.value) : holder;
  }
  const proven = await proveClient(provider, { ...input, endpoint }, later);
  if (!proven.ok) return proven;
  const { client } = proven.value;
  const grantor = Object.hasOwn(grants, grantType) ? grants[grantType] : undefined;
  if (!grantor) return err(oauthError('unsupported_grant_type', 'this grant_type is not supported'));
  if (!(client.metadata.grant_types as readonly string[]).includes(grantType))
    return err(oauthError('unauthorized_client', 'this client is not registered for this grant_type'));
  const wait = /(?:^|[,;\s])wait=(\d{1,3})(?:$|[,;\s])/.exec(input.prefer ?? '')?.[1];
  const resources = registeredResources(params, client, provider.issuer);
  if (!resources.ok) return resources;
  const waitSeconds = wait === undefined ? null : Number(wait);
  const request = { client, params, resources: resources.value, waitSeconds, later };
  const mustProve = client.metadata.dpop_bound_access_tokens === true || client.policy.profile === 'fapi2';
  const spend = () => spendAssertion(provider, proven.value);
  if (input.proof === undefined && !mustProve) {
    const spent = await spend();
    return spent.ok ? grantor(provider, { ...request, dpopJkt: null }) : spent;
  }
  const fapi = client.policy.profile === 'fapi2';
  const shown = { proof: input.proof, method: 'POST', url: endpoint, requireNonce: fapi, fapi };
  const proved = await provider.dpop.verify(shown);
  if (!proved.ok) return proved;
  const spent = await spend();
  return spent.ok ? grantor(provider, { ...request, dpopJkt: proved.value }) : spent;
}
