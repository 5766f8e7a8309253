// Properties of JPEG 2000: damaged images are refused or decode to a picture of the size that their header claims.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { loadJpeg2000 } from '../../kiosk/core/devices/fingerprint/images/jpeg2000.ts';
import { imageLimits } from '../../shared/biometric/image/gray-image.ts';
import { readCodestream } from '../../shared/biometric/image/jpeg2000-codestream.ts';
import { decodeImageRecord } from '../../shared/biometric/iso-19794-4-2011.ts';
import { damaged, type FuzzTarget } from './finger-template.ts';

const records = path.join(import.meta.dirname, '../vectors/sbi/records');
const record = decodeImageRecord(new Uint8Array(readFileSync(path.join(records, 'Right_Middle.iso'))));
const image = record.ok ? record.value.images[0]?.image : undefined;
if (!image) throw new Error('the sample record does not read');
const sample = image;
const jpeg2000 = loadJpeg2000();

/** `cheap`: microseconds a case. The decoder itself takes tens of milliseconds. */
export const jpeg2000Targets: readonly (FuzzTarget & { readonly cheap: boolean })[] = [
  {
    name: 'jpeg2000: damaged headers are refused or claim a size within the limits',
    cheap: true,
    property: fc.property(damaged([sample, sample.subarray(0, 400)]), (bytes) => {
      const read = readCodestream(bytes);
      return !read.ok || Math.max(read.value.width, read.value.height) <= imageLimits.maxSide;
    }),
  },
  {
    name: 'jpeg2000: damaged images are refused or decode to the size they claim',
    cheap: false,
    property: fc.asyncProperty(damaged([sample]), async (bytes) => {
      const read = readCodestream(bytes);
      const picture = read.ok ? await jpeg2000(read.value.bytes) : undefined;
      return !read.ok || !picture || (picture.width === read.value.width && picture.height === read.value.height);
    }),
  },
];
