import { describe, expect, it } from 'vitest';
import { faultOfPart } from '../../worker/authn/breached-list.ts';
import { bitsFor, partsOf } from '../../worker/local/import-breached.ts';

async function* lines(...all: string[]): AsyncGenerator<string> {
  yield* all;
}
const hash = (start: string) => start.padEnd(40, '0');

async function read(bits: number, ...all: string[]) {
  const parts: { readonly part: number; readonly entries: number }[] = [];
  for await (const { part, bytes } of partsOf(lines(...all), bits)) {
    expect(faultOfPart(bytes, part, bits)).toBeUndefined();
    parts.push({ part, entries: bytes.length / 8 });
  }
  return parts;
}

describe('a list of breached passwords', () => {
  it('is cut by its first bits, with and without counts, repeated lines once', async () => {
    const all = [`${hash('00')}:3`, hash('0A'), hash('0A'), `${hash('1b')}:10`, '', hash('FF')];
    expect(await read(8, ...all)).toEqual([
      { part: 0, entries: 1 },
      { part: 0x0a, entries: 1 },
      { part: 0x1b, entries: 1 },
      { part: 0xff, entries: 1 },
    ]);
    expect(await read(0, ...all)).toEqual([{ part: 0, entries: 4 }]);
  });

  it('is refused by line when it is not sorted or not a hash, and the line is not shown', async () => {
    await expect(read(0, hash('0B'), hash('0A'))).rejects.toThrow('line 2 is out of order');
    await expect(read(0, hash('0A'), 'hunter2:5')).rejects.toThrow(/^line 2 is not a SHA-1 in 40 hex digits/);
    await expect(read(0, '0'.repeat(32))).rejects.toThrow('line 1');
  });

  it('is cut so that a part stays small, from a hundred lines to a billion', () => {
    expect([bitsFor(100), bitsFor(42 * 16_384), bitsFor(42 * 1_000_000), bitsFor(42e9)]).toEqual([0, 0, 6, 16]);
  });
});
