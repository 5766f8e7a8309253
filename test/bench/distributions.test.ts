import { expect, it } from 'vitest';
import { chanceOfLarger, kolmogorovSmirnov, kolmogorovSmirnovBound } from './distributions.ts';

const even = Array.from({ length: 200 }, (_, i) => i);

it('samples of one distribution are near, shifted ones are far', () => {
  const [odds, evens] = [even.filter((i) => i % 2 === 1), even.filter((i) => i % 2 === 0)];
  expect(kolmogorovSmirnov(odds, evens)).toBeLessThan(0.02);
  expect(kolmogorovSmirnov([1, 2], [3, 4])).toBe(1);
  const shifted = evens.map((i) => i + 80);
  expect(kolmogorovSmirnov(evens, shifted)).toBeGreaterThan(kolmogorovSmirnovBound(100, 100));
});

it('the chance of being larger is a half for equals, ties shared', () => {
  expect(chanceOfLarger([5, 5], [5, 5])).toBe(0.5);
  expect(chanceOfLarger([3, 4], [1, 2])).toBe(1);
  expect(chanceOfLarger([1], [1, 2, 3])).toBeCloseTo(1 / 6);
});
