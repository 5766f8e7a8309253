// What a relying party says it needs of a login, in its registration: the verification criteria. The authority's policy is made of them
// and may be stricter; nothing else of the policy can be asked for.

import * as z from 'zod';
import { acrOf, levelOfAcr } from '../../shared/assurance/level.ts';
import { ClientPolicy } from './client.ts';

const text = z.string().min(1).max(200);

/** The member `tawthiq_verification_criteria` of a registration (RFC 7591 §2 leaves room for members of one's own). */
export const VerificationCriteria = z.strictObject({
  /** The least a login must reach, whatever a request asks. */
  minimum_acr: z
    .string()
    .max(100)
    .refine((acr) => levelOfAcr(acr) !== undefined, 'is not an acr of this issuer')
    .optional(),
  /** What people log in for: the wallet says it where a login waits for them. */
  login: z.strictObject({ purpose_ar: text, purpose_en: text }).optional(),
  /** Each claim it will ask for, and why: shown to the person at consent. No other claim is given. */
  claims: z.record(z.string().max(60), z.strictObject({ purpose_ar: text, purpose_en: text })).optional(),
  /** amr values (RFC 8176), one of which a login must have. */
  authenticators: ClientPolicy.shape.authenticators,
  /** The services whose APIs it will call for people, as `resource` of its requests (RFC 8707). */
  resources: ClientPolicy.shape.resources,
  /** Seconds after which a session no longer answers without the person. */
  session_seconds: ClientPolicy.shape.sessionSeconds,
});
export type VerificationCriteria = z.output<typeof VerificationCriteria>;

export function policyOf(criteria: VerificationCriteria): ClientPolicy {
  const { minimum_acr, login, claims, authenticators, resources, session_seconds } = criteria;
  const purposes = Object.entries(claims ?? {}).map(([name, why]) => [
    name,
    { ar: why.purpose_ar, en: why.purpose_en },
  ]);
  return ClientPolicy.parse({
    ...(minimum_acr === undefined ? {} : { minLevel: levelOfAcr(minimum_acr) }),
    ...(login === undefined ? {} : { loginPurpose: { ar: login.purpose_ar, en: login.purpose_en } }),
    ...(claims === undefined ? {} : { claims: Object.keys(claims), purposes: Object.fromEntries(purposes) }),
    ...(authenticators === undefined ? {} : { authenticators }),
    ...(resources === undefined ? {} : { resources }),
    ...(session_seconds === undefined ? {} : { sessionSeconds: session_seconds }),
  });
}

export function criteriaOf(policy: ClientPolicy): VerificationCriteria {
  const why = (name: string) => policy.purposes[name];
  const claims = policy.claims?.map((name) => [
    name,
    { purpose_ar: why(name)?.ar ?? name, purpose_en: why(name)?.en ?? name },
  ]);
  return {
    minimum_acr: acrOf(policy.minLevel),
    ...(policy.loginPurpose
      ? { login: { purpose_ar: policy.loginPurpose.ar, purpose_en: policy.loginPurpose.en } }
      : {}),
    ...(claims ? { claims: Object.fromEntries(claims) } : {}),
    ...(policy.authenticators ? { authenticators: policy.authenticators } : {}),
    ...(policy.resources ? { resources: policy.resources } : {}),
    ...(policy.sessionSeconds === undefined ? {} : { session_seconds: policy.sessionSeconds }),
  };
}
