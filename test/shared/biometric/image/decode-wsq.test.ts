import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodePng } from '../../../../shared/biometric/image/decode-png.ts';
import { decodeWsq } from '../../../../shared/biometric/image/decode-wsq.ts';
import type { WsqReason } from '../../../../shared/biometric/image/wsq/read-segments.ts';
import { bandTree, subbands } from '../../../../shared/biometric/image/wsq/subbands.ts';
import { synthesisOf, undoSplits } from '../../../../shared/biometric/image/wsq/synthesise.ts';
import { decodeImageRecord } from '../../../../shared/biometric/iso-19794-4-2011.ts';
import { fingerImageTargets, sampleWsq } from '../../../fuzz/finger-image.ts';
import { vectorBytes } from '../finger-files.ts';

function wsqOf(name: string): Uint8Array {
  const record = decodeImageRecord(vectorBytes(`../sbi/records/${name}_wsq.iso`));
  const image = record.ok ? record.value.images[0] : undefined;
  if (!image) throw new Error(name);
  return image.image;
}

describe('decodeWsq', () => {
  it.each(['Left_Middle', 'Right_Middle'])('shows the same finger as the JPEG 2000 of %s', async (name) => {
    const wsq = decodeWsq(wsqOf(name));
    const reference = await decodePng(vectorBytes(`decoded/${name}.png`));
    if (!wsq.ok || !reference.ok) throw new Error('both must decode');
    const [a, b] = [wsq.value, reference.value];
    expect([a.width, a.height, a.dpi]).toEqual([b.width, b.height, 500]);
    // both are lossy at 12:1 and more: alike but for fine noise
    expect(correlation(a.pixels, b.pixels)).toBeGreaterThan(0.96);
  });

  it('undoes exactly what the analysis filters do, for odd and even sizes', () => {
    // the 9/7 filters of the standard, centre first
    const low = [0.852698679009403, 0.377402855612654, -0.110624404418423, -0.023849465019556, 0.037828455506995];
    const high = [0.788485616405664, -0.418092273222212, -0.0406894176095584, 0.0645388826289385];
    for (const [width, height] of [
      [97, 70],
      [64, 131],
    ] as const) {
      const picture = Float64Array.from(
        { length: width * height },
        (_, k) => Math.sin(k * 0.7) * 90 + ((k * 7919) % 101),
      );
      const plane = Float64Array.from(picture);
      analyse(plane, width, bandTree(width, height), low, high);
      undoSplits(plane, width, bandTree(width, height), synthesisOf(low, high));
      const worst = plane.reduce((most, v, k) => Math.max(most, Math.abs(v - (picture[k] as number))), 0);
      expect(worst).toBeLessThan(1e-6);
    }
  });

  it('has 64 subbands that cover the plane once', () => {
    const bands = subbands(bandTree(301, 203));
    expect(bands).toHaveLength(64);
    const covered = new Uint8Array(301 * 203);
    for (const b of bands) {
      for (let y = b.y; y < b.y + b.height; y++)
        for (let x = b.x; x < b.x + b.width; x++) covered[y * 301 + x] = (covered[y * 301 + x] ?? 0) + 1;
    }
    expect(covered.every((n) => n === 1)).toBe(true);
  });

  const find = (marker: number, from = 0) => {
    for (let at = from; at < sampleWsq.length - 1; at++) {
      if (sampleWsq[at] === 0xff && sampleWsq[at + 1] === marker) return at;
    }
    throw new Error('no such marker');
  };
  const changed = (at: number, ...to: number[]) => {
    const copy = Uint8Array.from(sampleWsq);
    copy.set(to, at);
    return copy;
  };
  const without = (marker: number) => {
    const at = find(marker);
    const length = (sampleWsq[at + 2] as number) * 256 + (sampleWsq[at + 3] as number);
    return Uint8Array.from([...sampleWsq.subarray(0, at), ...sampleWsq.subarray(at + 2 + length)]);
  };
  const [dtt, dqt, dht, sof, sob] = [0xa4, 0xa5, 0xa6, 0xa2, 0xa3].map((m) => find(m)) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const lastSob = find(0xa3, find(0xa3, sob + 2) + 2);
  const refusals: readonly [WsqReason, string, Uint8Array][] = [
    ['too_large', 'more than a megabyte', new Uint8Array(1_000_001)],
    ['not_wsq', 'another file', changed(0, 0x89)],
    ['truncated', 'the end is cut off', sampleWsq.subarray(0, 300)],
    ['unknown_marker', 'a marker that does not exist', changed(dtt + 1, 0xb0)],
    ['bad_segment_length', 'a segment longer than its content', changed(sof + 2, 0, 30)],
    ['bad_frame', 'a picture without height', changed(sof + 6, 0, 0)],
    ['bad_filters', 'a sign that is none', changed(dtt + 6, 7)],
    ['unsupported_filters', 'filters of even length', changed(dtt + 4, 8)],
    ['bad_quantisation', 'an exponent beyond reason', changed(dqt + 4, 200)],
    ['bad_huffman_table', 'more codes than there is room for', changed(dht + 5, 200)],
    ['missing_table', 'no quantisation', without(0xa5)],
    ['missing_table', 'a block without its code table', changed(sob + 4, 7)],
    ['trailing_bytes', 'bytes behind the end', Uint8Array.from([...sampleWsq, 1])],
    ['too_few_coefficients', 'a block left out', Uint8Array.from([...sampleWsq.subarray(0, lastSob), 0xff, 0xa1])],
    [
      'too_many_coefficients',
      'a block twice',
      Uint8Array.from([...sampleWsq.subarray(0, -2), ...sampleWsq.subarray(sob)]),
    ],
  ];
  it.each(refusals)('refuses as %s: %s', (reason, _what, bytes) => {
    expect(decodeWsq(bytes)).toMatchObject({ ok: false, error: { reason } });
  });

  it('refuses as bad_code a code that no symbol has', () => {
    const block = Uint8Array.from(sampleWsq);
    // sixteen ones and more: the code that Huffman tables leave unused
    for (let k = 0; k < 12; k++) block.set([0xff, 0x00], sob + 5 + 2 * k);
    expect(decodeWsq(block)).toMatchObject({ ok: false, error: { reason: 'bad_code' } });
  });

  it.each(fingerImageTargets)('$name', async ({ property }) => {
    await fc.assert(property as fc.IAsyncProperty<unknown>, { numRuns: 2_000 });
  });
});

/** The forward transform, written the plain way: mirrored signal, low-pass at even places, high-pass at odd ones. */
function analyse(
  plane: Float64Array,
  stride: number,
  band: ReturnType<typeof bandTree>,
  low: number[],
  high: number[],
): void {
  if (band.parts.length === 0) return;
  const line = (origin: number, step: number, length: number, reversed: boolean) => {
    const x = Array.from({ length }, (_, k) => plane[origin + k * step] as number);
    const at = (k: number) => {
      const around = 2 * (length - 1);
      const m = ((k % around) + around) % around;
      return x[m < length ? m : around - m] as number;
    };
    const filtered = (half: number[], n: number) =>
      half.reduce((sum, v, k) => sum + (k === 0 ? v * at(n) : v * (at(n - k) + at(n + k))), 0);
    const lows = Array.from({ length: Math.ceil(length / 2) }, (_, k) => filtered(low, 2 * k));
    const highs = Array.from({ length: Math.floor(length / 2) }, (_, k) => filtered(high, 2 * k + 1));
    for (const [k, v] of (reversed ? [...highs, ...lows] : [...lows, ...highs]).entries()) plane[origin + k * step] = v;
  };
  const origin = band.y * stride + band.x;
  for (let y = 0; y < band.height; y++) line(origin + y * stride, 1, band.width, band.reversedX);
  for (let x = 0; x < band.width; x++) line(origin + x, stride, band.height, band.reversedY);
  for (const part of band.parts) analyse(plane, stride, part, low, high);
}

function correlation(a: Uint8Array, b: Uint8Array): number {
  const mean = (v: Uint8Array) => v.reduce((s, n) => s + n, 0) / v.length;
  const [ma, mb] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  a.forEach((v, k) => {
    const [da, db] = [v - ma, (b[k] as number) - mb];
    ab += da * db;
    aa += da * da;
    bb += db * db;
  });
  return ab / Math.sqrt(aa * bb);
}
