// authorization_details of type openid_credential (RFC 9396, OpenID4VCI 1.0 §5.1.1, §6.2): asked for, and answered with identifiers.

import { err, ok, type Result } from '../../../shared/base/result.ts';
import { isJsonObject } from '../../../shared/sd-jwt/jws.ts';
import { type OAuthError, oauthError } from '../../openid/oauth-error.ts';
import { identityConfiguration } from './configuration.ts';

export type GrantedDetail = {
  readonly type: 'openid_credential';
  readonly credential_configuration_id: string;
  readonly credential_identifiers: readonly string[];
};

/** Undefined when nothing was asked so. Anything that cannot be granted whole is refused. */
export function parseAuthorizationDetails(
  text: string | undefined,
): Result<readonly GrantedDetail[] | undefined, OAuthError> {
  if (text === undefined) return ok(undefined);
  const refused = (why: string) => err(oauthError('invalid_request', `authorization_details ${why}`));
  let value: unknown;
  try {
    value = text.length <= 4096 ? (JSON.parse(text) as unknown) : undefined;
  } catch {
    value = undefined;
  }
  if (!Array.isArray(value) || value.length !== 1) return refused('must be a list of one');
  const [detail] = value as readonly unknown[];
  if (!isJsonObject(detail) || detail['type'] !== 'openid_credential')
    return refused('must be of type openid_credential');
  if (detail['credential_configuration_id'] !== identityConfiguration.id)
    return refused('names no configuration of ours');
  const { id, identifier } = identityConfiguration;
  return ok([{ type: 'openid_credential', credential_configuration_id: id, credential_identifiers: [identifier] }]);
}
