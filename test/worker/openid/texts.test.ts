import fc from 'fast-check';
import { it } from 'vitest';
import { openidTextTargets } from '../../fuzz/openid-texts.ts';

it.each(openidTextTargets)('$name: any text is read or refused', ({ property }) => {
  fc.assert(property as fc.IRawProperty<unknown>, { numRuns: 500 });
});
