// The same properties that `npm run fuzz` runs for long, here shorter.
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { sdJwtTargets } from '../../fuzz/sd-jwt.ts';

/** Three signature checks a case cost more than a reader. */
const runs: Readonly<Record<string, number>> = { 'sd-jwt.presentation': 1000, 'openid4vp.dcql': 3000 };

describe('readers of strangers’ texts', () => {
  it.each(sdJwtTargets.map(({ name, property }) => [name, property] as const))('%s holds', async (name, property) => {
    await fc.assert(property as fc.IAsyncProperty<unknown>, { numRuns: runs[name] ?? 10_000 });
  });
});
