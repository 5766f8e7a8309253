// What is good once is given once, however many ask at the same moment. A few rounds here; a thousand by `npm run fuzz -- races`.
import { expect, it } from 'vitest';
import { runRaces } from '../fuzz/races.ts';

it('of fifty at once for one code, refresh token, number or device code one wins; late reuse ends the family', {
  timeout: 600_000,
}, async () => {
  const races = await runRaces({ rounds: 6, log: () => {} });
  expect(races.map(({ name, rounds }) => [name, rounds])).toEqual([
    ['one code', 6],
    ['one refresh token', 6],
    ['one number', 6],
    ['one device code', 6],
    ['late reuse of a refresh token', 6],
  ]);
  expect(races.filter(({ broken }) => broken > 0)).toEqual([]);
});
