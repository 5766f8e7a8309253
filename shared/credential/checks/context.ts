// What the verifier asks for: the profiles it takes, the readable claims, the age.

import { ageOn, claimsOf, type IdentityClaims } from '../claims.ts';
import type { VerifyContext } from '../verdict.ts';
import type { Work } from './work.ts';

export function profileTaken(work: Work): boolean {
  return work.inputs.policy.profiles.includes(work.profile);
}

export function claimsReadable(work: Work): boolean {
  const claims = claimsOf(work.decoded.payload.identity);
  if (claims.ok) work.claims = claims.value;
  return claims.ok;
}

/** Only in the context `age`: an age pass says it, of any other credential it is reckoned. */
export function oldEnough(work: Work): boolean {
  return work.inputs.context !== 'age' || isOldEnough(work);
}

function isOldEnough(work: Work): boolean {
  const { policy, now } = work.inputs;
  const { ageAtLeast, birthDate } = work.claims ?? {};
  if (ageAtLeast !== undefined && ageAtLeast >= policy.minimumAge) return true;
  if (birthDate === undefined) return false;
  const today = new Date((now + policy.utcOffsetMinutes * 60) * 1000).toISOString().slice(0, 10);
  return ageOn(birthDate, today) >= policy.minimumAge;
}

/** The least each context needs. A counter sees all that the credential says, a gate a name and a face, an age check one bit. */
export function claimsFor(
  context: VerifyContext,
  claims: IdentityClaims,
  minimumAge: number,
): IdentityClaims | undefined {
  switch (context) {
    case 'counter':
      return claims;
    case 'gate': {
      const { nameArabic, nameLatin, face } = claims;
      return {
        ...(nameArabic !== undefined && { nameArabic }),
        ...(nameLatin !== undefined && { nameLatin }),
        ...(face !== undefined && { face }),
      };
    }
    case 'age':
      return { ageAtLeast: minimumAge };
    case 'border':
      return undefined;
  }
}
