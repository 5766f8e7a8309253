// Which fingers a reader may be asked for in one capture: those that lie on a glass together, four of a hand or both thumbs.

/** ISO/IEC 19794-2: 1 to 5 right thumb to little, 6 to 10 left thumb to little, 0 any finger. */
export type Finger = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10;

const sets: readonly (readonly Finger[])[] = [
  [2, 3, 4, 5],
  [7, 8, 9, 10],
  [1, 6],
];

function setOf(finger: Finger): readonly Finger[] {
  return sets.find((set) => set.includes(finger)) ?? [finger];
}

/** The best of `positions` and, of those that lie beside it, as many as go at once; "any finger" where none is known. */
export function suggestedFingers(positions: readonly number[], atOnce: number): readonly Finger[] {
  const [best, ...others] = positions as readonly Finger[];
  if (best === undefined) return [0];
  const beside = others.filter((finger) => setOf(best).includes(finger));
  return [best, ...beside].slice(0, atOnce);
}

/** Another finger is added where it lies beside the others, else takes their place; one that is chosen goes, unless it is the last. */
export function toggledFinger(chosen: readonly Finger[], finger: Finger, atOnce: number): readonly Finger[] {
  if (chosen.includes(finger)) return chosen.length > 1 ? chosen.filter((other) => other !== finger) : chosen;
  const beside = chosen.filter((other) => setOf(finger).includes(other));
  return [...beside, finger].slice(-atOnce);
}
