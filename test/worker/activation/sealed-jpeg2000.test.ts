// JPEG 2000 in the edge's own runtime: the decoder that certified readers' sealed images go through, whole and damaged.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCodestream } from '../../../shared/biometric/image/jpeg2000-codestream.ts';
import { jpeg2000By } from '../../../shared/biometric/image/openjpeg.ts';
import { decodeImageRecord } from '../../../shared/biometric/iso-19794-4-2011.ts';
import { jpeg2000 } from '../../../worker/activation/jpeg2000.ts';
import sample from '../../vectors/sbi/records/Right_Middle.iso?url&inline';

const record = decodeImageRecord(Uint8Array.from(atob(sample.slice(sample.indexOf(',') + 1)), (c) => c.charCodeAt(0)));
const codestream = readCodestream(record.ok ? (record.value.images[0]?.image ?? new Uint8Array()) : new Uint8Array());
if (!codestream.ok) throw new Error(codestream.error.reason);
const { bytes, width, height } = codestream.value;

describe('JPEG 2000 at the edge', () => {
  it('gives the picture again and again from one instance, whatever came in between', async () => {
    const first = await jpeg2000(bytes);
    expect([first?.width, first?.height]).toEqual([width, height]);
    expect(new Set(first?.pixels).size).toBeGreaterThan(50);
    expect(await jpeg2000(bytes.subarray(0, 300))).toBeUndefined();
    expect(await jpeg2000(new Uint8Array(500))).toBeUndefined();
    expect(await jpeg2000(bytes)).toEqual(first);
  });

  it('refuses damaged images or gives one of the size that was claimed', async () => {
    const change = fc.record({ at: fc.integer({ min: 100, max: bytes.length - 1 }), to: fc.nat({ max: 255 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 6 }), async (changes) => {
        const damaged = bytes.slice();
        for (const { at, to } of changes) damaged[at] = to;
        const read = readCodestream(damaged);
        const picture = read.ok ? await jpeg2000(read.value.bytes) : undefined;
        return !read.ok || !picture || picture.pixels.length === read.value.width * read.value.height;
      }),
      { numRuns: 15 },
    );
    expect(await jpeg2000(bytes)).toMatchObject({ width, height });
  });

  it('says undefined when the module is not the one that its host was written for', async () => {
    const memory = new WebAssembly.Memory({ initial: 1 });
    const strange = jpeg2000By(() => ({
      F: memory,
      G: () => undefined,
      N: () => 0,
      L: () => undefined,
      I: { get: () => () => 0 },
    }));
    expect(await strange(bytes)).toBeUndefined();
  });
});
