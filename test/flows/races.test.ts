// What is good once is given once, however many ask at the same moment. A few rounds here; a thousand by `npm run fuzz -- races`.
import { expect, it } from 'vitest';
import { runRaces } from '../fuzz/races.ts';

it('of fifty at once for one code, refresh token, number or device code one wins; late reuse ends the family', {
  timeout: 120_000,
}, async () => {
  const races = await runRaces({ rounds: 8, log: () => {} });
  expect(races.map(({ name, rounds }) => [name, rounds])).toEqual([
    ['one code', 8],
    ['one refresh token', 8],
    ['one number', 8],
    ['one device code', 8],
    ['late reuse of a refresh token', 8],
  ]);
  expect(races.filter(({ broken }) => broken > 0)).toEqual([]);
});
