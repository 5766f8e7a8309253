import { describe, expect, it } from 'vitest';
import { suggestedFingers, toggledFinger } from '../../../kiosk/renderer/finger-sets.ts';

describe('the fingers of one capture', () => {
  it.each([
    [[2, 7, 3], 1, [2]],
    [[2, 7, 3], 2, [2, 3]],
    [[7, 2, 3], 2, [7]],
    [[2, 3, 4, 5], 3, [2, 3, 4]],
    [[6, 2, 1], 4, [6, 1]],
    [[], 2, [0]],
  ])('of %j, %i at once, are %j', (positions, atOnce, fingers) => {
    expect(suggestedFingers(positions, atOnce)).toEqual(fingers);
  });

  it.each([
    ['one beside the chosen is added', [2], 3, [2, 3]],
    ['one of the other hand takes their place', [2, 3], 7, [7]],
    ['a thumb does not lie beside a finger of its hand', [2], 1, [1]],
    ['thumbs lie beside each other', [1], 6, [1, 6]],
    ['one too many puts the earliest out', [2, 3], 4, [3, 4]],
    ['a chosen one goes', [2, 3], 2, [3]],
    ['but not the last', [3], 3, [3]],
    ['"any finger" gives way', [0], 2, [2]],
  ] as const)('%s', (_what, chosen, finger, then) => {
    expect(toggledFinger(chosen, finger, 2)).toEqual(then);
  });
});
