// authorization_details of type openid_credential (RFC 9396, OpenID4VCI 1.0 §5.1.1, §6.2): asked for at /authorize, /par or /token, and
// answered with identifiers.

import { err, ok, type Result } from '../../../shared/base/result.ts';
import { isJsonObject, type JsonObject } from '../../../shared/sd-jwt/jws.ts';
import { type OAuthError, oauthError } from '../../openid/oauth-error.ts';
import { identityClaims, identityConfiguration } from './configuration.ts';

export const detailType = 'openid_credential';
const mostChars = 4096;

export type GrantedDetail = {
  readonly type: typeof detailType;
  readonly credential_configuration_id: string;
  readonly credential_identifiers: readonly string[];
};

/** What is granted where it was asked so: one configuration, one data set in it. */
export const grantedDetails: readonly GrantedDetail[] = [
  {
    type: detailType,
    credential_configuration_id: identityConfiguration.id,
    credential_identifiers: [identityConfiguration.identifier],
  },
];

const fields = ['type', 'credential_configuration_id', 'locations', 'claims'];

/** RFC 9396 §5: the first that holds says why nothing is granted. */
const refusals: readonly {
  readonly why: string;
  readonly holds: (detail: JsonObject, issuer: string) => boolean;
}[] = [
  { why: `has a type other than ${detailType}`, holds: ({ type }) => type !== detailType },
  {
    why: 'has a field that is not known',
    holds: (detail) => Object.keys(detail).some((name) => !fields.includes(name)),
  },
  {
    why: `names no configuration of ours: the one here is ${identityConfiguration.id}`,
    holds: ({ credential_configuration_id: id }) => id !== identityConfiguration.id,
  },
  {
    why: 'has a location other than this issuer',
    holds: ({ locations = [] }, issuer) => !Array.isArray(locations) || locations.some((one) => one !== issuer),
  },
  {
    why: 'names a claim that is not in the credential',
    holds: ({ claims }) => claims !== undefined && !areOurs(claims),
  },
];

/** Claims descriptions (Appendix B.1): the whole identity is issued whichever are named, so they must be of it. */
function areOurs(claims: unknown): boolean {
  if (!Array.isArray(claims) || claims.length === 0) return false;
  return (claims as readonly unknown[]).every((claim) => {
    const path = isJsonObject(claim) ? claim['path'] : undefined;
    return Array.isArray(path) && (identityClaims as readonly unknown[]).includes(path[0]);
  });
}

/**
 * Whether the parameter asks for the identity; false when it is not there. Anything that cannot be granted whole is refused with
 * `invalid_authorization_details`. `text`: JSON as it came, at most 4096 characters.
 */
export function asksForIdentity(text: string | undefined, issuer: string): Result<boolean, OAuthError> {
  if (text === undefined) return ok(false);
  const refused = (why: string) => err(oauthError('invalid_authorization_details', `authorization_details ${why}`));
  let value: unknown;
  try {
    value = text.length <= mostChars ? (JSON.parse(text) as unknown) : undefined;
  } catch {
    value = undefined;
  }
  if (!Array.isArray(value) || value.length !== 1) return refused('must be a JSON list of one');
  const [detail] = value as readonly unknown[];
  if (!isJsonObject(detail)) return refused('must hold an object');
  const refusal = refusals.find(({ holds }) => holds(detail, issuer));
  return refusal ? refused(refusal.why) : ok(true);
}
