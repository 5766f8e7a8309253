// Properties of what holders of lists keep of forks: what was kept is read back, anything else is read or refused, never a crash.
import fc from 'fast-check';
import { type Fork, forksOf, withFork } from '../../shared/trust/fork.ts';

const fork: fc.Arbitrary<Fork> = fc.oneof(
  fc.record({ list: fc.constant('trust' as const), version: fc.nat() }),
  fc.record({ list: fc.constant('status' as const), signers: fc.tuple(fc.string(), fc.string()) }),
);
const again = (value: unknown) => JSON.stringify(forksOf(JSON.parse(JSON.stringify(value))));

const keptHold = fc.property(fc.array(fork, { maxLength: 40 }), (met) => {
  const known = met.reduce(withFork, [] as readonly Fork[]);
  // What was met is known, and what is known is read back.
  return known.length > 0 === met.length > 0 && known.length <= 20 && again(known) === JSON.stringify(known);
});
const anythingHolds = fc.property(fc.jsonValue(), (value) => {
  const read = forksOf(value);
  return read === undefined || (Array.isArray(value) && read.length === value.length);
});

export const forkTargets = [
  { name: 'forks.kept', property: keptHold },
  { name: 'forks.anything', property: anythingHolds },
] as const;
