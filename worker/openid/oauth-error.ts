// Errors as OAuth 2.0 spells them (RFC 6749 §4.1.2.1, §5.2; OpenID Connect Core §3.1.2.6; CIBA Core §13; RFC 8628 §3.5).

import type { NeededLogin } from '../../shared/assurance/step-up.ts';

export type OAuthErrorCode =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_grant'
  | 'invalid_scope'
  | 'invalid_target'
  | 'invalid_authorization_details'
  | 'invalid_token'
  | 'insufficient_scope'
  | 'insufficient_user_authentication'
  | 'unauthorized_client'
  | 'unsupported_grant_type'
  | 'unsupported_response_type'
  | 'access_denied'
  | 'server_error'
  | 'temporarily_unavailable'
  | 'login_required'
  | 'consent_required'
  | 'interaction_required'
  | 'account_selection_required'
  | 'unmet_authentication_requirements'
  | 'invalid_request_object'
  | 'invalid_request_uri'
  | 'request_not_supported'
  | 'request_uri_not_supported'
  | 'registration_not_supported'
  | 'invalid_dpop_proof'
  | 'use_dpop_nonce'
  | 'authorization_pending'
  | 'slow_down'
  | 'expired_token'
  | 'unknown_user_id'
  | 'missing_user_code'
  | 'invalid_user_code'
  | 'invalid_binding_message'
  | 'invalid_redirect_uri'
  | 'invalid_client_metadata'
  | 'unsupported_token_type';

/** `description`: ASCII for the developer of the relying party; says what to change, names no person. */
export type OAuthError = {
  readonly error: OAuthErrorCode;
  readonly description: string;
  /** With insufficient_user_authentication: the login that would do (RFC 9470). */
  readonly needed?: NeededLogin;
};

/** With how long to wait: 429 (RFC 9126 §2.3). */
export type BusyError = OAuthError & { readonly waitSeconds: number };

export function networkIsBusy(waitSeconds: number): BusyError {
  return {
    ...oauthError('temporarily_unavailable', `too many logins were begun from this network: wait ${waitSeconds} s`),
    waitSeconds,
  };
}

export function oauthError(error: OAuthErrorCode, description: string): OAuthError {
  return { error, description };
}

/** RFC 9470: whoever was asked is not sure enough, or was asked too long ago. */
export function stepUpError(needed: NeededLogin): OAuthError {
  const description = 'the person must log in again, as acr_values and max_age say';
  return { error: 'insufficient_user_authentication', description, needed };
}
