import fc from 'fast-check';
import { describe, it } from 'vitest';
import { lineIsAPersonOrAReason, linesDoNotDependOnChunks } from '../../fuzz/import-lines.ts';

describe('the readers of an import', () => {
  it('take any line for a person or refuse it with a reason that says nothing of it', () => {
    fc.assert(lineIsAPersonOrAReason, { numRuns: 10_000 });
  });

  it('find the same lines however the body was cut', async () => {
    await fc.assert(linesDoNotDependOnChunks, { numRuns: 2_000 });
  });
});
