// Finger positions as ISO/IEC 19794 names and codes them (19794-2:2005 table 2). Knows nothing of templates or of people.

/** The index in this list is the code on the wire: 0 unknown, 1 to 5 right thumb to little, 6 to 10 left thumb to little. */
export const fingerPositions = [
  'unknown',
  'right_thumb',
  'right_index',
  'right_middle',
  'right_ring',
  'right_little',
  'left_thumb',
  'left_index',
  'left_middle',
  'left_ring',
  'left_little',
] as const;

export type FingerPosition = (typeof fingerPositions)[number];

/** The name of an ISO code, or undefined for a code that is not one finger (slaps, palms, reserved). */
export function positionOfCode(code: number): FingerPosition | undefined {
  return fingerPositions[code];
}

export function codeOfPosition(position: FingerPosition): number {
  return fingerPositions.indexOf(position);
}

/** Whether two captures may be of one finger: equal names, or one of them was captured as "any finger". */
export function positionsAgree(a: FingerPosition, b: FingerPosition): boolean {
  return a === b || a === 'unknown' || b === 'unknown';
}
