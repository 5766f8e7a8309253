// Properties of the image decoders: WSQ, BMP, PNG. Damaged images are refused or decode to a picture of the size they claim.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { decodeBmp } from '../../shared/biometric/image/decode-bmp.ts';
import { decodePng } from '../../shared/biometric/image/decode-png.ts';
import { decodeWsq } from '../../shared/biometric/image/decode-wsq.ts';
import { decodeImageRecord, encodeImageRecord } from '../../shared/biometric/iso-19794-4-2011.ts';
import { damaged, type FuzzTarget } from './finger-template.ts';

const vectors = path.join(import.meta.dirname, '../vectors');
const recordBytes = new Uint8Array(readFileSync(path.join(vectors, 'sbi/records/Right_Middle_wsq.iso')));
const record = decodeImageRecord(recordBytes);
if (!record.ok) throw new Error(record.error.reason);
export const sampleWsq = record.value.images[0]?.image ?? new Uint8Array(0);
export const samplePng = new Uint8Array(readFileSync(path.join(vectors, 'fingerprints/images/101_1.png')));

/** A bitmap of 8, 24 or 32 bits a pixel, rows from the bottom, as Windows writes it; grey ramps in both directions. */
export function bitmap(
  width: number,
  height: number,
  depth: 8 | 24 | 32,
  value: (x: number, y: number) => number,
): Uint8Array {
  const palette = depth === 8 ? 1_024 : 0;
  const rowBytes = Math.ceil((width * depth) / 32) * 4;
  const bytes = new Uint8Array(54 + palette + rowBytes * height);
  const view = new DataView(bytes.buffer);
  bytes.set([0x42, 0x4d]);
  view.setUint32(10, 54 + palette, true);
  view.setUint32(14, 40, true);
  view.setInt32(18, width, true);
  view.setInt32(22, height, true);
  view.setUint16(28, depth, true);
  for (let k = 0; k < palette / 4; k++) bytes.fill(k, 54 + 4 * k, 54 + 4 * k + 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = 54 + palette + rowBytes * (height - 1 - y) + (x * depth) / 8;
      bytes.fill(value(x, y), at, at + (depth === 8 ? 1 : 3));
    }
  }
  return bytes;
}

export const sampleBmps = ([8, 24, 32] as const).map((depth) => bitmap(70, 66, depth, (x, y) => 2 * x + y));

/** Cuts most of the coded data off, so that a case costs microseconds; headers and tables are whole. */
const wsqHead = sampleWsq.subarray(0, 1_400);

const fits = (r: { ok: true; value: { pixels: Uint8Array; width: number; height: number } } | { ok: false }) =>
  !r.ok || r.value.pixels.length === r.value.width * r.value.height;

/** The record's first four hundred bytes, its three lengths put right: what a change reaches is headers. */
const shortRecord = recordBytes.slice(0, 400);
const lengths = new DataView(shortRecord.buffer);
for (const [at, value] of [
  [8, 400],
  [16, 384],
  [58, 338],
] as const)
  lengths.setUint32(at, value);
if (!decodeImageRecord(shortRecord).ok) throw new Error('the short record is none');
const changedRecord = fc.array(fc.tuple(fc.nat(99), fc.nat(255)), { maxLength: 3 }).map((changes) => {
  const bytes = shortRecord.slice();
  for (const [at, to] of changes) bytes[at] = to;
  return bytes;
});

export const fingerImageTargets: readonly FuzzTarget[] = [
  {
    name: 'finger-image: any bytes as a record come back the same or are refused',
    property: fc.property(fc.oneof(changedRecord, fc.uint8Array({ maxLength: 90 })), (bytes) => {
      const read = decodeImageRecord(bytes);
      if (!read.ok) return read.error.offset <= bytes.length;
      return Buffer.compare(encodeImageRecord(read.value), bytes) === 0;
    }),
  },
  {
    name: 'finger-image: damaged WSQ headers and tables are refused or decode',
    property: fc.property(damaged([wsqHead]), (bytes) => fits(decodeWsq(bytes))),
  },
  {
    name: 'finger-image: damaged bitmaps are refused or decode',
    property: fc.property(damaged(sampleBmps), (bytes) => fits(decodeBmp(bytes))),
  },
  {
    name: 'finger-image: damaged PNG heads are refused or decode',
    property: fc.asyncProperty(damaged([samplePng.subarray(0, 2_000)]), async (bytes) => fits(await decodePng(bytes))),
  },
];
