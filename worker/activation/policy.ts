// Who may be activated and with what: data. The kiosk gets the same table by sync; the edge checks it again whatever the kiosk says.
import type { ActivationPolicy } from '../../shared/contract/kiosk.ts';

export type AgeGroup = ActivationPolicy['ageGroups'][number];
export type Requirement = AgeGroup['requires'][number];

export const activationPolicy: ActivationPolicy = {
  version: 1,
  ageGroups: [
    { name: 'child', minAge: 0, belowAge: 10, requires: ['none'] },
    { name: 'minor', minAge: 10, belowAge: 16, requires: ['fingerprint', 'appointment', 'guardian_fingerprint'] },
    { name: 'adult', minAge: 16, requires: ['fingerprint'] },
  ],
  minQuality: 40,
  maxCaptures: 3,
  fingersAtOnce: 2,
  maxEvidenceAgeSeconds: 7 * 86_400,
};

/** Who stands for a minor is of age in the civil sense, which is later than having an account alone. */
export const guardianMinAge = 18;

/**
 * One finger tried for several people: so many others at one kiosk within hours, at a false-match rate far below that of a
 * person's own match, because it is compared with many.
 */
export const oneFingerForMany = { otherPeople: 2, maxFmr: 0.00001, mostCompared: 20 } as const;

/**
 * Whether a finger is that of who works here: asked of everybody who is activated, and answered with an accusation, hence the rate.
 * `maxSamples` of each member of staff are fused: just above the calibration's floor of one in a million a comparison.
 */
export const staffFinger = { maxFmr: 0.000005, maxSamples: 3 } as const;

/** The photo of a document that stood in for a finger: long enough to look into a complaint, and no longer. */
export const documentPhotoKeptSeconds = 180 * 86_400;

/** The group of an age in whole years; undefined only for a table with a gap, or an age below zero. */
export function ageGroupOf(policy: ActivationPolicy, age: number): AgeGroup | undefined {
  return policy.ageGroups.find(
    (group) => age >= group.minAge && (group.belowAge === undefined || age < group.belowAge),
  );
}
