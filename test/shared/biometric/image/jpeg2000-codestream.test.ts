import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCodestream } from '../../../../shared/biometric/image/jpeg2000-codestream.ts';
import { decodeImageRecord } from '../../../../shared/biometric/iso-19794-4-2011.ts';
import { jpeg2000Targets } from '../../../fuzz/jpeg2000.ts';
import { vectorBytes } from '../finger-files.ts';

function jp2Of(name: string): Uint8Array {
  const record = decodeImageRecord(vectorBytes(`../sbi/records/${name}.iso`));
  const image = record.ok ? record.value.images[0] : undefined;
  if (!image) throw new Error(name);
  return image.image;
}
const file = jp2Of('Right_Index');
const bare = () => {
  const read = readCodestream(file);
  if (!read.ok) throw new Error(read.error.reason);
  return Uint8Array.from(read.value.bytes);
};
/** The codestream with one number of its headers another. */
function changed(at: number, bytes: 1 | 2 | 4, value: number): Uint8Array {
  const stream = bare();
  const view = new DataView(stream.buffer);
  if (bytes === 1) view.setUint8(at, value);
  else if (bytes === 2) view.setUint16(at, value);
  else view.setUint32(at, value);
  return stream;
}
const find = (marker: number) => {
  const stream = bare();
  for (let at = 2; at < 200; at++) if (stream[at] === 0xff && stream[at + 1] === marker) return at;
  throw new Error('no such marker');
};
const reasonOf = (bytes: Uint8Array) => {
  const read = readCodestream(bytes);
  return read.ok ? 'read' : read.error.reason;
};

describe('readCodestream', () => {
  it('finds the size and the codestream in a file, and in a bare codestream', () => {
    expect(readCodestream(file)).toMatchObject({ value: { width: 308, height: 413 } });
    expect(bare().subarray(0, 4)).toEqual(Uint8Array.of(0xff, 0x4f, 0xff, 0x51));
    expect(readCodestream(bare())).toEqual({ ok: true, value: { bytes: bare(), width: 308, height: 413 } });
  });

  it('refuses what is no image, or stops within its headers', () => {
    for (const bytes of [new Uint8Array(0), new Uint8Array(900), file.subarray(0, 100), bare().subarray(0, 90)]) {
      expect(reasonOf(bytes)).toBe('bad_jpeg2000');
    }
    expect(reasonOf(changed(24, 4, 0))).toBe('bad_jpeg2000');
  });

  it('refuses sizes that a finger does not have before anything is allocated for them', () => {
    expect(reasonOf(changed(8, 4, 0xffff_ffff))).toBe('image_too_large');
    expect(reasonOf(changed(12, 4, 2_001))).toBe('image_too_large');
    expect(reasonOf(changed(8, 4, 63))).toBe('image_too_small');
    expect(reasonOf(changed(16, 4, 300))).toBe('image_too_small');
  });

  it('refuses colours, other depths and thinned components', () => {
    expect(reasonOf(changed(40, 2, 3))).toBe('unsupported_depth');
    expect(reasonOf(changed(42, 1, 15))).toBe('unsupported_depth');
    expect(reasonOf(changed(43, 1, 2))).toBe('unsupported_depth');
  });

  it('refuses coding styles that make a small file expensive: tiles, layers, levels, precincts', () => {
    expect(reasonOf(changed(24, 4, 1))).toBe('jpeg2000_too_complex');
    const cod = find(0x52);
    expect(reasonOf(changed(cod + 6, 2, 65_535))).toBe('jpeg2000_too_complex');
    expect(reasonOf(changed(cod + 9, 1, 32))).toBe('jpeg2000_too_complex');
    // precincts announced without their sizes
    expect(reasonOf(changed(cod + 4, 1, (bare()[cod + 4] ?? 0) ^ 1))).toBe('jpeg2000_too_complex');
    // a component's own style
    expect(reasonOf(changed(cod, 2, 0xff53))).toBe('jpeg2000_too_complex');
  });

  it.each(jpeg2000Targets.filter(({ cheap }) => cheap))('$name', async ({ property }) => {
    await fc.assert(property as fc.IAsyncProperty<[Uint8Array]>, { numRuns: 10_000 });
  });
});
