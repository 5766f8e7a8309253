// What the verifier asks for: the profiles it takes, the readable claims, the age.

import { ageOn, claimsOf, type IdentityClaims } from '../claims.ts';
import type { Profile, VerifyContext } from '../verdict.ts';
import type { Work } from './work.ts';

export function profileTaken(work: Work): boolean {
  return work.inputs.policy.profiles.includes(work.profile);
}

/** An age pass names nobody and has no status: it answers an age, and opens no gate and no counter. */
export function passForAge(work: Work): boolean {
  return work.profile !== 'A' || work.inputs.context === 'age';
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

/**
 * Only in the context `age`, where a face is all that ties a copy to who holds it: without one that the verifier sees, a copy says the
 * age of somebody, perhaps of the one it was taken from.
 */
export function copyHasFace(work: Work): boolean {
  if (work.profile !== 'S' || work.inputs.context !== 'age') return true;
  return work.inputs.policy.faceSeen && work.claims?.face !== undefined;
}

/**
 * The least each context needs. A counter sees all that the credential says, a gate a name and a face, an age check one bit; of a copy
 * the face as well, since anybody can carry one.
 */
export function claimsFor(
  context: VerifyContext,
  profile: Profile,
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
      // SECURITY: a copy without its face would be as good in the hands of a child as in its owner's.
      return profile === 'S' && claims.face !== undefined
        ? { ageAtLeast: minimumAge, face: claims.face }
        : { ageAtLeast: minimumAge };
    case 'border':
      return undefined;
  }
}
