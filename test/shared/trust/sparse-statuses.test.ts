import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inLittleMemory } from '../../../shared/trust/sparse-statuses.ts';
import { StatusBitmap, type StatusBits } from '../../../shared/trust/status-bitmap.ts';

const lists = fc
  .record({
    bits: fc.constantFrom<StatusBits>(1, 2, 4, 8),
    length: fc.integer({ min: 8, max: 40_000 }).map((length) => length - (length % 8)),
    set: fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), { maxLength: 300 }),
    // Where a list begins in its buffer decides how it is read.
    offset: fc.nat({ max: 7 }),
  })
  .map(({ bits, length, set, offset }) => {
    const bytes = new Uint8Array(new ArrayBuffer(offset + (length * bits) / 8), offset);
    const bitmap = new StatusBitmap(bits, bytes);
    for (const [at, status] of set) bitmap.set(at % length, status & ((1 << bits) - 1));
    return bitmap;
  });

describe('a list in little memory', () => {
  it('answers for every index what the bitmap answers, and nothing outside it', () => {
    fc.assert(
      fc.property(lists, (bitmap) => {
        const held = inLittleMemory(bitmap);
        expect(held.length).toBe(bitmap.length);
        for (let index = 0; index < bitmap.length; index++) {
          if (held.get(index) !== bitmap.get(index))
            expect([index, held.get(index)]).toEqual([index, bitmap.get(index)]);
        }
        expect([held.get(bitmap.length), held.get(-1)]).toEqual([undefined, undefined]);
      }),
      { numRuns: 60 },
    );
  });

  it('is another form where few are not valid, and the bitmap itself where many are', () => {
    const few = StatusBitmap.empty(2, 1 << 16);
    few.set(40_000, 2);
    expect(inLittleMemory(few)).not.toBeInstanceOf(StatusBitmap);
    const many = new StatusBitmap(2, new Uint8Array(1 << 14).fill(0b0101_0101));
    expect(inLittleMemory(many)).toBe(many);
  });
});
