// Every target of `npm run fuzz`, ten thousand cases each, and none of them slow.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { targets } from './targets.ts';
import { timed } from './timed.ts';

/** A picture of JPEG 2000 takes milliseconds to decode: fewer here, as many as the others in a long run. */
const fewer: Readonly<Record<string, number>> = {
  'jpeg2000: damaged images are refused or decode to the size they claim': 500,
};

describe('any input', () => {
  it.each(targets.map((target) => [target.name, target] as const))('%s', async (name, { property }) => {
    await fc.assert(timed(property) as fc.IAsyncProperty<unknown>, { numRuns: fewer[name] ?? 10_000 });
  });

  it('is told apart by what it is called', () => {
    const names = targets.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(Object.keys(fewer).every((name) => names.includes(name))).toBe(true);
  });
});

describe('the rule of fifty milliseconds', () => {
  it('fails a property that is slow twice, and not one that is slow once', async () => {
    const busy = (ms: number) => {
      const until = process.threadCpuUsage().user / 1000 + ms;
      while (process.threadCpuUsage().user / 1000 < until);
      return true;
    };
    let slow = 2;
    const property = (times: number) => {
      slow = times;
      return timed(fc.property(fc.nat(), () => busy(slow-- > 0 ? 80 : 0)) as fc.IRawProperty<unknown, boolean>);
    };
    const failed = async (times: number) =>
      (await fc.check(property(times) as fc.IAsyncProperty<unknown>, { numRuns: 3, endOnFailure: true })).failed;
    expect(await failed(2)).toBe(true);
    expect(await failed(1)).toBe(false);
  });
});
