// The `claims` parameter (OpenID Connect Core §5.5): which claims where, and which acr must be reached.

import * as z from 'zod';
import { err, ok, type Result } from '../../../shared/base/result.ts';
import { type AskedClaims, noAskedClaims } from '../scopes.ts';
import { VerifiedRequests } from '../verified-claims.ts';

const member = z
  .union([
    z.null(),
    z.looseObject({
      essential: z.boolean().optional(),
      value: z.unknown().optional(),
      values: z.array(z.unknown()).max(20).optional(),
    }),
  ])
  .optional();
const section = z.looseObject({ verified_claims: VerifiedRequests.optional() }).catchall(member).optional();
const ClaimsParameter = z.looseObject({ userinfo: section, id_token: section });

export type ParsedClaims = {
  readonly asked: AskedClaims;
  readonly acr: readonly string[];
  readonly acrEssential: boolean;
  readonly sub: string | null;
};

export const noClaims: ParsedClaims = { asked: noAskedClaims, acr: [], acrEssential: false, sub: null };

/** At most 8 kB of JSON. Members that nobody knows are left out; a wrong shape is an error. */
export function parseClaims(text: string): Result<ParsedClaims, { readonly reason: 'claims_malformed' }> {
  if (text.length > 8192) return err({ reason: 'claims_malformed' });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return err({ reason: 'claims_malformed' });
  }
  const parsed = ClaimsParameter.safeParse(json);
  if (!parsed.success) return err({ reason: 'claims_malformed' });
  const { verified_claims: verifiedUserinfo = [], ...userinfo } = parsed.data.userinfo ?? {};
  const { verified_claims: verifiedIdToken = [], ...idToken } = parsed.data.id_token ?? {};
  const acr = idToken['acr'] ?? null;
  const names = [acr?.value, ...(acr?.values ?? [])].filter((name) => typeof name === 'string');
  const sub = (idToken['sub'] ?? userinfo['sub'] ?? null)?.value;
  return ok({
    asked: {
      idToken: Object.keys(idToken),
      userinfo: Object.keys(userinfo),
      verified: { idToken: verifiedIdToken, userinfo: verifiedUserinfo },
      essential: essentialOf(
        idToken,
        userinfo,
        ...[...verifiedIdToken, ...verifiedUserinfo].map(({ claims }) => claims),
      ),
    },
    acr: names,
    acrEssential: acr?.essential === true && names.length > 0,
    sub: typeof sub === 'string' ? sub : null,
  });
}

function essentialOf(...sections: readonly Readonly<Record<string, unknown>>[]): string[] {
  const isEssential = (asked: unknown) => (asked as { essential?: unknown } | null)?.essential === true;
  return [...new Set(sections.flatMap((one) => Object.keys(one).filter((name) => isEssential(one[name]))))];
}
