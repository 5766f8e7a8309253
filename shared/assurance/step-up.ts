// Step-up authentication (RFC 9470): whether the login behind an access token is enough for what is asked now, and what a service says
// if it is not. For our own endpoints and for any service's API; knows no HTTP but the text of one header.

import { err, ok, type Result } from '../base/result.ts';
import { acrOf, type Level, levelOfAcr, reaches } from './level.ts';

/** What an act needs of the login. `maxAgeSeconds`: how long ago the person may have been asked. */
export type NeededLogin = { readonly level?: Level | undefined; readonly maxAgeSeconds?: number | undefined };

export type StepUpRefusal = {
  readonly reason: 'level_too_low' | 'login_too_old';
  /** All that is needed, not only what was missed: a login anew for one must not fail for the other. */
  readonly needed: NeededLogin;
};

/** Clocks of two machines may differ by this much. */
const skewSeconds = 10;

/**
 * `claims`: `acr` and `auth_time` as introspection (RFC 7662) or the access token itself (RFC 9068 §2.2.1) tells them; what is missing
 * or not ours is as if nobody had logged in. `now`: epoch seconds. Reasons: level_too_low, login_too_old.
 */
export function checkStepUp(
  claims: { readonly acr?: unknown; readonly auth_time?: unknown },
  needed: NeededLogin,
  now: number,
): Result<null, StepUpRefusal> {
  const level = typeof claims.acr === 'string' ? levelOfAcr(claims.acr) : undefined;
  if (needed.level !== undefined && !(level && reaches(level, needed.level)))
    return err({ reason: 'level_too_low', needed });
  const since = typeof claims.auth_time === 'number' ? now - claims.auth_time : Number.POSITIVE_INFINITY;
  if (needed.maxAgeSeconds !== undefined && !(since >= -skewSeconds && since <= needed.maxAgeSeconds + skewSeconds))
    return err({ reason: 'login_too_old', needed });
  return ok(null);
}

/** The value of `WWW-Authenticate` that goes with 401 (RFC 9470 §3). */
export function stepUpChallenge(needed: NeededLogin, scheme: 'Bearer' | 'DPoP' = 'Bearer'): string {
  const parts = [
    'error="insufficient_user_authentication"',
    'error_description="The person must log in again, as acr_values and max_age say"',
    ...(needed.level === undefined ? [] : [`acr_values="${acrOf(needed.level)}"`]),
    ...(needed.maxAgeSeconds === undefined ? [] : [`max_age="${needed.maxAgeSeconds}"`]),
  ];
  return `${scheme} ${parts.join(', ')}`;
}

/** For the client: the parameters to send to the authorization endpoint (§4), or undefined if the header is no such challenge. */
export function parametersOfChallenge(
  header: string,
): { readonly acr_values?: string; readonly max_age?: string } | undefined {
  if (header.length > 4096 || !/[ ,]error="insufficient_user_authentication"/.test(header)) return undefined;
  const acr = /[ ,]acr_values="([^"\\]{1,500})"/.exec(header)?.[1];
  const maxAge = /[ ,]max_age="?(\d{1,9})"?/.exec(header)?.[1];
  return { ...(acr === undefined ? {} : { acr_values: acr }), ...(maxAge === undefined ? {} : { max_age: maxAge }) };
}
