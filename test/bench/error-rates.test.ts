import { expect, it } from 'vitest';
import { calibrationPoints, errorRates, quantile } from './error-rates.ts';

it('finds the equal error rate and the operating points of a hand-made distribution', () => {
  const mated = [1, 5, 6, 7, 8, 9, 10, 11, 12, 13];
  const nonMated = [0, 1, 1, 2, 2, 3, 3, 4, 4, 6];
  const rates = errorRates({ mated, nonMated });
  // at threshold 5 one mated pair of ten is missed and one non-mated pair of ten passes
  expect(rates.eer).toBeCloseTo(0.1);
  expect(rates).toMatchObject({ eerThreshold: 5, mated: 10, nonMated: 10 });
  // no false match is allowed among ten: the threshold must pass 6
  expect(rates).toMatchObject({ fnmrAt1: 0.3, thresholdAt1: 7, fnmrAt01: 0.3 });
});

it('says 50 per cent when scores tell nothing, and nothing when they tell everything', () => {
  expect(errorRates({ mated: [1, 1], nonMated: [1, 1] }).eer).toBe(0.5);
  expect(errorRates({ mated: [2, 3], nonMated: [0, 1] }).eer).toBe(0);
});

it('reads thresholds off the impostor scores', () => {
  const scores = Array.from({ length: 1_000 }, (_, i) => i);
  expect(calibrationPoints(scores, [-1, -2])).toEqual([
    { score: 899, log10Fmr: -1 },
    { score: 989, log10Fmr: -2 },
  ]);
  expect(quantile(scores, 0.5)).toBe(500);
});
