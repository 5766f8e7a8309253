// Which claims a scope or the `claims` parameter asks for, and which of them a client may have at all.

import type { Client } from '../clients/client.ts';
import { identityClaims, identityConfiguration } from '../issuer/openid4vci/configuration.ts';
import type { VerifiedRequest } from './verified-claims.ts';

/** Claims that can be released, by the scope that asks for them (OpenID Connect Core §5.4). */
export const claimsByScope: Readonly<Record<string, readonly string[]>> = {
  openid: [],
  profile: ['name', 'name#ar', 'name#en', 'birthdate', 'gender', 'nationalities'],
  age: ['age_over_15', 'age_over_18', 'age_over_21'],
  unified_number: ['unified_number'],
  // A wallet fetches a credential with all of these in it: the person says yes to each by name.
  [identityConfiguration.scope]: identityClaims,
};

export const scopesSupported = [...Object.keys(claimsByScope), 'offline_access'] as const;
export const personClaims: readonly string[] = [...new Set(Object.values(claimsByScope).flat())];

/** Where a claim was asked for: the claims parameter may want it in the ID token (§5.5). */
export type AskedClaims = {
  readonly idToken: readonly string[];
  readonly userinfo: readonly string[];
  readonly verified: { readonly idToken: readonly VerifiedRequest[]; readonly userinfo: readonly VerifiedRequest[] };
  /** Those that the service says it cannot do without (§5.5.1); absent: none. */
  readonly essential?: readonly string[];
};

export const noAskedClaims: AskedClaims = { idToken: [], userinfo: [], verified: { idToken: [], userinfo: [] } };

/** Every claim that is asked for in any way: what consent is about. */
export function namesOf(asked: AskedClaims): string[] {
  const verified = [...asked.verified.idToken, ...asked.verified.userinfo].flatMap(({ claims }) => Object.keys(claims));
  return [...new Set([...asked.userinfo, ...asked.idToken, ...verified.filter((name) => personClaims.includes(name))])];
}

/** The claims that a client may have as its policy stands; the unified number takes the authority's leave, or goes with a credential. */
function mayHave({ policy }: Pick<Client, 'policy'>, scopes: readonly string[]): (name: string) => boolean {
  const { unifiedNumber, claims: only } = policy;
  const withNumber = unifiedNumber || isForCredential({ policy }, scopes);
  return (name) =>
    personClaims.includes(name) &&
    (only === undefined || only.includes(name)) &&
    (name !== 'unified_number' || withNumber);
}

function isForCredential({ policy }: Pick<Client, 'policy'>, scopes: readonly string[]): boolean {
  return policy.wallet && scopes.includes(identityConfiguration.scope);
}

/**
 * Of claims that were let go when a login ended, those that the client may still have: what the authority took back since is in no answer
 * more. `scope`: of the grant.
 */
export function stillAllowed(
  released: Readonly<Record<string, unknown>>,
  scope: string,
  client: Pick<Client, 'policy'>,
): Readonly<Record<string, unknown>> {
  const may = mayHave(client, scope.split(' '));
  const only = (claims: object) => Object.entries(claims).filter(([name]) => may(name));
  const { verified_claims: verified, ...plain } = released;
  if (verified === undefined) return Object.fromEntries(only(plain));
  const left = only((verified as { readonly claims: object }).claims);
  const kept =
    left.length > 0 ? { verified_claims: { ...(verified as object), claims: Object.fromEntries(left) } } : {};
  return { ...Object.fromEntries(only(plain)), ...kept };
}

const claimsOfScope = (scope: string) => (Object.hasOwn(claimsByScope, scope) ? (claimsByScope[scope] ?? []) : []);

/**
 * Of claims that were let go, those that a token of a narrower scope (RFC 6749 §6) still shows: without what the scopes that it lacks ask for,
 * unless one that it has does too. Verified claims are no scope's. `granted`, `held`: space-separated scopes.
 */
export function withinScope(
  released: Readonly<Record<string, unknown>>,
  granted: string,
  held: string,
): Readonly<Record<string, unknown>> {
  const has = held.split(' ');
  const lacks = granted.split(' ').filter((scope) => !has.includes(scope));
  if (lacks.length === 0) return released;
  const shown = new Set(has.flatMap(claimsOfScope));
  const hidden = new Set(lacks.flatMap(claimsOfScope).filter((name) => !shown.has(name)));
  return Object.fromEntries(Object.entries(released).filter(([name]) => !hidden.has(name)));
}

/**
 * Every claim that is asked for and may be had. The unified number needs the authority's leave; what is unknown is left out, not
 * refused (§5.5.1).
 */
export function askedClaims(
  scopes: readonly string[],
  parameter: AskedClaims,
  client: Pick<Client, 'policy'>,
): AskedClaims {
  const allowed = mayHave(client, scopes);
  const known = scopes.filter((scope) => scope !== identityConfiguration.scope || client.policy.wallet);
  const byScope = known.flatMap(claimsOfScope);
  const pick = (names: readonly string[]) => [...new Set(names)].filter(allowed);
  const verified = (requests: readonly VerifiedRequest[]) =>
    requests.map((request) => ({
      ...request,
      claims: Object.fromEntries(Object.entries(request.claims).filter(([name]) => allowed(name))),
    }));
  return {
    idToken: pick(parameter.idToken),
    userinfo: pick([...byScope, ...parameter.userinfo]),
    verified: { idToken: verified(parameter.verified.idToken), userinfo: verified(parameter.verified.userinfo) },
    // A credential has all of its claims or is none.
    essential: [...(parameter.essential ?? []), ...(isForCredential(client, scopes) ? identityClaims : [])],
  };
}
