// The provider's metadata (OpenID Connect Discovery §3, RFC 8414), serialised once an isolate.

import { acrValuesSupported } from '../../shared/assurance/level.ts';
import { idTokenAlgs } from '../issuer/id-token-algs.ts';
import { detailType } from '../issuer/openid4vci/authorization-details.ts';
import { preAuthorizedGrantType } from '../issuer/openid4vci/pre-authorized-grant.ts';
import { responseModes } from './authorize/request.ts';
import { requestObjectAlgs } from './authorize/request-object.ts';
import { personClaims, scopesSupported } from './scopes.ts';
import { assertionAlgs } from './token/client-assertion.ts';
import { dpopAlgs } from './token/dpop.ts';
import { grants } from './token/token.ts';
import { trustFramework } from './verified-claims.ts';

/** Where each endpoint is, under the issuer. */
export const paths = {
  discovery: '/.well-known/openid-configuration',
  oauthMetadata: '/.well-known/oauth-authorization-server',
  jwks: '/jwks',
  authorize: '/authorize',
  token: '/token',
  userinfo: '/userinfo',
  par: '/par',
  introspect: '/introspect',
  revoke: '/revoke',
  logout: '/logout',
  device: '/device_authorization',
  devicePage: '/device',
  backchannel: '/bc-authorize',
} as const;

function metadata(issuer: string) {
  return {
    issuer,
    authorization_endpoint: issuer + paths.authorize,
    token_endpoint: issuer + paths.token,
    userinfo_endpoint: issuer + paths.userinfo,
    jwks_uri: issuer + paths.jwks,
    registration_endpoint: `${issuer}/register`,
    service_documentation: `${issuer}/reference`,
    response_types_supported: ['code'],
    response_modes_supported: responseModes,
    grant_types_supported: [...Object.keys(grants), preAuthorizedGrantType],
    subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: idTokenAlgs,
    userinfo_signing_alg_values_supported: idTokenAlgs,
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'],
    token_endpoint_auth_signing_alg_values_supported: assertionAlgs,
    code_challenge_methods_supported: ['S256'],
    scopes_supported: scopesSupported,
    authorization_details_types_supported: [detailType],
    claims_supported: [
      'sub',
      'iss',
      'aud',
      'exp',
      'iat',
      'auth_time',
      'nonce',
      'acr',
      'amr',
      'sid',
      'at_hash',
      ...personClaims,
    ],
    claim_types_supported: ['normal'],
    claims_parameter_supported: true,
    verified_claims_supported: true,
    trust_frameworks_supported: [trustFramework],
    claims_in_verified_claims_supported: personClaims,
    evidence_supported: [],
    pushed_authorization_request_endpoint: issuer + paths.par,
    require_pushed_authorization_requests: false,
    introspection_endpoint: issuer + paths.introspect,
    introspection_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'private_key_jwt'],
    introspection_endpoint_auth_signing_alg_values_supported: assertionAlgs,
    introspection_signing_alg_values_supported: ['ES256'],
    revocation_endpoint: issuer + paths.revoke,
    revocation_endpoint_auth_methods_supported: [
      'client_secret_basic',
      'client_secret_post',
      'private_key_jwt',
      'none',
    ],
    revocation_endpoint_auth_signing_alg_values_supported: assertionAlgs,
    end_session_endpoint: issuer + paths.logout,
    backchannel_logout_supported: true,
    backchannel_logout_session_supported: true,
    device_authorization_endpoint: issuer + paths.device,
    backchannel_authentication_endpoint: issuer + paths.backchannel,
    backchannel_token_delivery_modes_supported: ['poll', 'ping'],
    backchannel_authentication_request_signing_alg_values_supported: ['ES256', 'EdDSA', 'Ed25519', 'PS256'],
    backchannel_user_code_parameter_supported: true,
    dpop_signing_alg_values_supported: dpopAlgs,
    request_object_signing_alg_values_supported: requestObjectAlgs,
    request_parameter_supported: true,
    request_uri_parameter_supported: false,
    acr_values_supported: acrValuesSupported,
    prompt_values_supported: ['none', 'login', 'consent', 'select_account'],
    display_values_supported: ['page', 'popup', 'touch', 'wap'],
    ui_locales_supported: ['ar', 'en'],
    claims_locales_supported: ['ar', 'en'],
    authorization_response_iss_parameter_supported: true,
    'pre-authorized_grant_anonymous_access_supported': true,
  };
}

const serialised = new Map<string, string>();

export function discoveryText(issuer: string): string {
  const known = serialised.get(issuer);
  if (known !== undefined) return known;
  const text = JSON.stringify(metadata(issuer));
  serialised.set(issuer, text);
  return text;
}
