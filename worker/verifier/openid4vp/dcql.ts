// The part of DCQL (OpenID4VP 1.0 §6, §7) that is understood: SD-JWT VC by `vct_values`, claims by path and value, claim_sets,
// credential_sets, trusted_authorities by key identifier. A query is written by a business and read here before it is signed; an answer is held against it.

import * as z from 'zod';
import { err, ok, type Result } from '../../../shared/base/result.ts';
import { isJsonObject, type JsonObject } from '../../../shared/sd-jwt/jws.ts';
import { TrustedAuthorities } from './trusted-authorities.ts';

const id = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/);
const path = z
  .array(z.union([z.string().min(1).max(100), z.int().min(0).max(1000), z.null()]))
  .min(1)
  .max(8);
const value = z.union([z.string().max(200), z.int(), z.boolean()]);

const ClaimsQuery = z.strictObject({ id: id.optional(), path, values: z.array(value).min(1).max(20).optional() });
const CredentialQuery = z.strictObject({
  id,
  format: z.literal('dc+sd-jwt'),
  meta: z.strictObject({ vct_values: z.array(z.string().max(200)).min(1).max(5) }),
  claims: z.array(ClaimsQuery).min(1).max(30).optional(),
  claim_sets: z.array(z.array(id).min(1).max(30)).min(1).max(10).optional(),
  trusted_authorities: TrustedAuthorities.optional(),
  multiple: z.literal(false).optional(),
  require_cryptographic_holder_binding: z.literal(true).optional(),
});
const CredentialSet = z.strictObject({
  options: z.array(z.array(id).min(1).max(4)).min(1).max(10),
  required: z.boolean().optional(),
});

export const DcqlQuery = z
  .strictObject({
    credentials: z.array(CredentialQuery).min(1).max(4),
    credential_sets: z.array(CredentialSet).min(1).max(4).optional(),
  })
  .superRefine((query, check) => {
    const issue = (message: string) => check.addIssue({ code: 'custom', message });
    const ids = query.credentials.map((credential) => credential.id);
    if (new Set(ids).size < ids.length) issue('two credentials bear one id');
    for (const set of query.credential_sets ?? [])
      if (!set.options.flat().every((name) => ids.includes(name))) issue('a set names a credential that is not there');
    for (const { claims = [], claim_sets: sets } of query.credentials) {
      const claimIds = claims.flatMap((claim) => claim.id ?? []);
      if (new Set(claimIds).size < claimIds.length) issue('two claims bear one id');
      if (sets && !sets.flat().every((name) => claimIds.includes(name))) issue('a set names a claim that is not there');
    }
  });
export type DcqlQuery = z.infer<typeof DcqlQuery>;
export type CredentialQuery = z.infer<typeof CredentialQuery>;

/** What a request in short stands for. */
export function queryOf(claims: readonly string[], type: string): DcqlQuery {
  return {
    credentials: [
      {
        id: 'identity',
        format: 'dc+sd-jwt',
        meta: { vct_values: [type] },
        claims: claims.map((name) => ({ path: [name] })),
      },
    ],
  };
}

/** Top-level claims that any part of the query could bring to light. */
export function claimsAsked(query: DcqlQuery): string[] {
  return [...new Set(query.credentials.flatMap(({ claims = [] }) => claims.map((claim) => String(claim.path[0]))))];
}

/** Whether the credentials that were shown (by query id) are enough (§6.4.2). Without sets, all of them are needed. */
export function isEnough(query: DcqlQuery, shown: readonly string[]): boolean {
  const has = (ids: readonly string[]) => ids.every((name) => shown.includes(name));
  if (!query.credential_sets) return has(query.credentials.map((credential) => credential.id));
  return query.credential_sets.every((set) => set.required === false || set.options.some(has));
}

/**
 * What was asked for, out of what was shown, by the path's parts joined with dots; the rest is left out (§14.2 data minimisation).
 * With claim_sets, the first set that is whole (§6.4.1).
 */
export function claimsFor(
  query: CredentialQuery,
  shown: JsonObject,
): Result<JsonObject, { readonly reason: 'claims_missing' }> {
  const { claims = [], claim_sets: sets } = query;
  const found = claims.map((claim) => ({ claim, values: valuesAt(shown, claim.path) }));
  const good = found.filter(({ claim, values }) => {
    const { values: allowed } = claim;
    return values.length > 0 && (!allowed || values.some((one) => allowed.includes(one as never)));
  });
  const wanted = sets
    ? sets
        .map((set) => good.filter(({ claim }) => set.includes(claim.id ?? '')))
        .find((some, i) => some.length === sets[i]?.length)
    : good.length === claims.length
      ? good
      : undefined;
  if (!wanted) return err({ reason: 'claims_missing' });
  return ok(
    Object.fromEntries(
      wanted.map(({ claim, values }) => [
        claim.path.map((part) => part ?? '*').join('.'),
        claim.path.includes(null) ? values : values[0],
      ]),
    ),
  );
}

/** §7: the values that a path points at, none if it leads nowhere. */
function valuesAt(root: unknown, steps: readonly (string | number | null)[]): unknown[] {
  let at: unknown[] = [root];
  for (const step of steps) {
    at = at.flatMap((value) => {
      if (typeof step === 'string') return isJsonObject(value) && Object.hasOwn(value, step) ? [value[step]] : [];
      if (!Array.isArray(value)) return [];
      return step === null ? (value as unknown[]) : step < value.length ? [value[step] as unknown] : [];
    });
  }
  return at;
}
