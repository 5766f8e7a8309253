// verified_claims (OpenID Connect for Identity Assurance 1.0): claims with how their identity was verified. Says what the account's
// activation was, not how this login was done: that is acr's business.

import * as z from 'zod';
import { acrOf } from '../../shared/assurance/level.ts';
import type { PersonRecord } from '../../shared/contract/registry.ts';
import type { IdentityLevel } from '../store/people.ts';
import { claimsOf } from './claims.ts';

export const trustFramework = 'tawthiq';

const constraint = z.union([
  z.null(),
  z.looseObject({ value: z.unknown().optional(), values: z.array(z.unknown()).max(20).optional() }),
]);
/** One request; a list of them is tried in order (§7.7). An empty `claims` asks for nothing and is an error (§6.3). */
const VerifiedRequest = z.looseObject({
  verification: z.looseObject({ trust_framework: constraint, assurance_level: constraint.optional() }),
  claims: z
    .record(z.string().max(100), constraint)
    .refine((claims) => Object.keys(claims).length > 0, 'names no claim'),
});
export const VerifiedRequests = z.union([
  VerifiedRequest.transform((one) => [one]),
  z.array(VerifiedRequest).min(1).max(5),
]);
export type VerifiedRequest = z.output<typeof VerifiedRequest>;

export type Identity = { readonly level: IdentityLevel; readonly activatedAt: number | null };

/** Does what we have satisfy `value` or `values`? null asks for anything. */
function fits(asked: z.output<typeof constraint> | undefined, have: unknown): boolean {
  if (asked === null || asked === undefined) return true;
  if ('value' in asked && asked.value !== undefined) return JSON.stringify(asked.value) === JSON.stringify(have);
  return asked.values === undefined || asked.values.some((one) => JSON.stringify(one) === JSON.stringify(have));
}

/** The first request that can be met; a claim that is unknown or has another value is left out, and nothing at all with none left (§6). */
export function verifiedClaims(
  requests: readonly VerifiedRequest[],
  allowed: readonly string[],
  record: PersonRecord,
  identity: Identity,
  setting: { readonly today: string; readonly locale: 'ar' | 'en' },
): Readonly<Record<string, unknown>> | undefined {
  if (identity.level === 'none') return undefined;
  const level = acrOf(identity.level);
  for (const { verification, claims } of requests) {
    if (!fits(verification.trust_framework, trustFramework) || !fits(verification.assurance_level, level)) continue;
    const all = claimsOf(
      record,
      Object.keys(claims).filter((name) => allowed.includes(name)),
      setting,
    );
    const fitting = Object.entries(all).filter(([name, value]) => fits(claims[name], value));
    if (fitting.length === 0) continue;
    return {
      verification: {
        trust_framework: trustFramework,
        assurance_level: level,
        // High: a fingerprint matched in person. Substantial: a supervisor and a document in place of a finger.
        assurance_process: {
          policy: 'in_person_activation',
          procedure: identity.level === 'high' ? 'fingerprint' : 'supervised_document',
        },
        ...(identity.activatedAt === null ? {} : { time: new Date(identity.activatedAt * 1000).toISOString() }),
      },
      claims: Object.fromEntries(fitting),
    };
  }
  return undefined;
}
