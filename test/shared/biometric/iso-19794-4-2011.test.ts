import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { decodeImageRecord, encodeImageRecord } from '../../../shared/biometric/iso-19794-4-2011.ts';

const folder = path.join(import.meta.dirname, '../../vectors/sbi/records');
const files = readdirSync(folder).filter((name) => name.endsWith('.iso'));
const read = (name: string) => new Uint8Array(readFileSync(path.join(folder, name)));

test.each(files)('%s comes back to the byte', (name) => {
  const bytes = read(name);
  const record = decodeImageRecord(bytes);
  if (!record.ok) throw new Error(record.error.reason);
  expect(Buffer.compare(encodeImageRecord(record.value), bytes)).toBe(0);
});

test('a record says whose finger, how large, at what resolution and in which compression', () => {
  const record = decodeImageRecord(read('Left_Index_wsq.iso'));
  expect(record).toMatchObject({
    value: {
      images: [
        {
          position: 'left_index',
          width: 280,
          height: 448,
          resolutionX: 500,
          bitDepth: 8,
          compression: 'wsq',
          scaleUnits: 1,
        },
      ],
    },
  });
});

describe('a record is refused', () => {
  const change = (at: number, to: number) => {
    const bytes = read('Right_Thumb_wsq.iso');
    bytes[at] = to;
    return bytes;
  };
  test.each([
    ['not_an_image_record', change(0, 0x47)],
    ['unknown_version', change(5, 0x33)],
    ['length_mismatch', change(11, 0)],
    ['bad_count', change(13, 0)],
    ['reserved_bits', change(14, 2)],
    ['bad_count', change(15, 2)],
    ['length_mismatch', change(19, 0)],
    ['bad_quality', change(35, 101)],
    ['bad_position', change(40, 13)],
    ['bad_scale', change(42, 0)],
    ['bad_raster', change(51, 0)],
    ['bad_compression', change(52, 7)],
    ['truncated', read('Right_Thumb_wsq.iso').slice(0, 7)],
  ])('as %s', (reason, bytes) => {
    expect(decodeImageRecord(bytes)).toMatchObject({ ok: false, error: { reason } });
  });
});
