// Before each test file: fast-check draws the same cases on every run, so that a red run means a change of the code.
// Other cases are `npm run fuzz`'s, or `FUZZ_SEED=7 npm test`.
import fc from 'fast-check';
import { inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    fuzzSeed: number;
    /** Requests to each route; `npm run fuzz -- routes` sends more. */
    routeCases: number;
  }
}

fc.configureGlobal({ seed: inject('fuzzSeed') });
