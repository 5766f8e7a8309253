// A grant may be narrowed at every exchange and never grows (RFC 6749 §6, RFC 8707 §2.2). Decided before anything is used up, so that a
// client's mistake costs it nothing. Pure.

import type { Json } from './login-record.ts';

/** What an exchange asks for; empty: all that was granted. */
export type Narrowing = { readonly scopes: readonly string[]; readonly resources: readonly string[] };
export const asGranted: Narrowing = { scopes: [], resources: [] };

export type GrowthError = { readonly reason: 'scope_not_granted' | 'resource_not_granted' };

const scopesOf = (grant: Json) => ((grant ?? {}) as { readonly scope?: string }).scope?.split(' ') ?? [];

/** Whether it was granted to outlive the session that it was allowed in (OpenID Connect Core §11): only then it may be refreshed. */
export function outlivesSession(grant: Json): boolean {
  return scopesOf(grant).includes('offline_access');
}

/** `grant`: as the provider keeps it; of it only `scope` (a text of words) and `resources` are looked at. */
export function growthOf(grant: Json, asked: Narrowing): GrowthError | undefined {
  const { resources = [] } = (grant ?? {}) as { readonly resources?: readonly string[] };
  const scopes = scopesOf(grant);
  if (!asked.scopes.every((one) => scopes.includes(one))) return { reason: 'scope_not_granted' };
  return asked.resources.every((one) => resources.includes(one)) ? undefined : { reason: 'resource_not_granted' };
}
