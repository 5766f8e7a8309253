// Resource indicators (RFC 8707): which services an access token is for. The provider's own (userinfo, credentials) are one of them, named
// by the issuer, and what a token is for when nothing is said.

import { err, ok, type Result } from '../../shared/base/result.ts';
import type { Client } from '../clients/client.ts';
import { isResource } from '../clients/resource.ts';
import { type Params, wordsOf } from './authorize/request.ts';
import { type OAuthError, oauthError } from './oauth-error.ts';

/** A request names at most this many; a token for many could be passed on by one of them to all others. */
const mostResources = 5;

/** What `resource` names, each once, or `invalid_target` for what is no absolute URI (§2). */
export function resourcesOf(params: Params): Result<readonly string[], OAuthError> {
  const named = [...new Set(wordsOf(params.values.get('resource')))];
  if (named.length > mostResources) return err(oauthError('invalid_target', `name at most ${mostResources} resources`));
  return named.every(isResource)
    ? ok(named)
    : err(oauthError('invalid_target', 'resource must be an absolute URI without fragment'));
}

/** As `resourcesOf`, and each is one that the authority lets this client ask for, or ourselves. */
export function registeredResources(
  params: Params,
  client: Pick<Client, 'policy'> | undefined,
  issuer: string,
): Result<readonly string[], OAuthError> {
  const named = resourcesOf(params);
  if (!named.ok) return named;
  const known = client?.policy.resources ?? [];
  return named.value.every((one) => one === issuer || known.includes(one))
    ? named
    : err(oauthError('invalid_target', 'this client is not registered for this resource'));
}

/** Of what was granted once, that which the authority still lets this client ask for. */
export function stillRegistered(granted: readonly string[], client: Pick<Client, 'policy'>): readonly string[] {
  return granted.filter((one) => client.policy.resources?.includes(one) ?? false);
}

/** What must have been granted before; our own need not have been. */
export function othersThan(issuer: string, named: readonly string[]): readonly string[] {
  return named.filter((one) => one !== issuer);
}

/** `aud` of an access token (RFC 9068 §3): what is asked for now, else all that was granted, else ourselves. */
export function audienceOf(
  issuer: string,
  asked: readonly string[],
  granted: readonly string[],
): string | readonly string[] {
  const many = asked.length > 0 ? asked : granted;
  const [first = issuer] = many;
  return many.length > 1 ? many : first;
}

/** SECURITY: a token for another service is nothing to us: that service could show it here otherwise. */
export function isForUs(issuer: string, aud: unknown): boolean {
  return Array.isArray(aud) ? aud.includes(issuer) : aud === issuer;
}
