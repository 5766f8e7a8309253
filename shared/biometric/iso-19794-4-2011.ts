// ISO/IEC 19794-4:2011 finger image record (clause 8), bytes ↔ record: what image readers give. Knows the frame around an
// image, not the image: it stays in its compression.
import { err, ok, type Result } from '../base/result.ts';
import { Cursor, Writer } from './cursor.ts';
import { codeOfPosition, type FingerPosition, positionOfCode } from './position.ts';
import type { CaptureTime } from './template.ts';

/** The index is the code on the wire (table 14). */
export const imageCompressions = [
  'none',
  'packed',
  'wsq',
  'jpeg',
  'jpeg2000_lossy',
  'jpeg2000_lossless',
  'png',
] as const;
export type ImageCompression = (typeof imageCompressions)[number];

export type FingerImage = {
  readonly capturedAt: CaptureTime;
  readonly technology: number;
  readonly vendor: number;
  readonly device: number;
  /** Score 0 to 100; 254 not reported, 255 failed to compute. */
  readonly qualities: readonly { readonly score: number; readonly vendor: number; readonly algorithm: number }[];
  readonly certifications: readonly { readonly authority: number; readonly scheme: number }[];
  readonly position: FingerPosition;
  readonly number: number;
  /** 1 pixels an inch, 2 pixels a centimetre. */
  readonly scaleUnits: number;
  readonly captureX: number;
  readonly captureY: number;
  readonly resolutionX: number;
  readonly resolutionY: number;
  readonly bitDepth: number;
  readonly compression: ImageCompression;
  readonly impression: number;
  readonly width: number;
  readonly height: number;
  readonly image: Uint8Array;
};

export type ImageRecord = { readonly certified: boolean; readonly images: readonly FingerImage[] };

export type ImageRecordReason =
  | 'truncated'
  | 'not_an_image_record'
  | 'unknown_version'
  | 'length_mismatch'
  | 'bad_count'
  | 'bad_position'
  | 'bad_quality'
  | 'bad_scale'
  | 'bad_raster'
  | 'bad_compression'
  | 'reserved_bits';
export type ImageRecordError = { readonly reason: ImageRecordReason; readonly offset: number };

export const imageRecordLimits = { bytes: 2_000_000, images: 11, side: 4_000, qualities: 16 } as const;

/** Strict: lengths must fit to the byte, nothing may follow. Only single fingers (positions 0 to 10), no segments. */
export function decodeImageRecord(bytes: Uint8Array): Result<ImageRecord, ImageRecordError> {
  const cursor = new Cursor<ImageRecordReason>(bytes, 'truncated');
  cursor.require(bytes.length <= imageRecordLimits.bytes, 'length_mismatch');
  cursor.require(cursor.u32() === 0x46495200, 'not_an_image_record');
  cursor.require(cursor.u32() === 0x30323000, 'unknown_version');
  cursor.require(cursor.u32() === bytes.length, 'length_mismatch');
  const count = cursor.u16();
  cursor.require(count >= 1 && count <= imageRecordLimits.images, 'bad_count');
  const certified = cursor.u8();
  cursor.require(certified <= 1, 'reserved_bits');
  const positions = cursor.u8();
  const images: FingerImage[] = [];
  for (let i = 0; i < count && !cursor.failed; i++) {
    const end = cursor.at + cursor.u32();
    images.push(readImage(cursor, certified === 1));
    cursor.require(cursor.at === end, 'length_mismatch');
  }
  cursor.require(cursor.left === 0, 'length_mismatch');
  cursor.require(new Set(images.map((image) => image.position)).size === positions, 'bad_count');
  return cursor.failure ? err(cursor.failure) : ok({ certified: certified === 1, images });
}

function readImage(cursor: Cursor<ImageRecordReason>, certified: boolean): FingerImage {
  const capturedAt = {
    year: cursor.u16(),
    month: cursor.u8(),
    day: cursor.u8(),
    hour: cursor.u8(),
    minute: cursor.u8(),
    second: cursor.u8(),
    millisecond: cursor.u16(),
  };
  const [technology, vendor, device] = [cursor.u8(), cursor.u16(), cursor.u16()];
  const qualities: FingerImage['qualities'][number][] = [];
  const blocks = cursor.u8();
  cursor.require(blocks <= imageRecordLimits.qualities, 'bad_count');
  for (let n = blocks; n > 0 && !cursor.failed; n--) {
    const score = cursor.u8();
    cursor.require(score <= 100 || score >= 254, 'bad_quality');
    qualities.push({ score, vendor: cursor.u16(), algorithm: cursor.u16() });
  }
  const certifications: FingerImage['certifications'][number][] = [];
  for (let n = certified ? cursor.u8() : 0; n > 0 && !cursor.failed; n--) {
    certifications.push({ authority: cursor.u16(), scheme: cursor.u8() });
  }
  const position = positionOfCode(cursor.u8());
  cursor.require(position !== undefined, 'bad_position');
  const number = cursor.u8();
  const scaleUnits = cursor.u8();
  cursor.require(scaleUnits === 1 || scaleUnits === 2, 'bad_scale');
  const [captureX, captureY, resolutionX, resolutionY] = [cursor.u16(), cursor.u16(), cursor.u16(), cursor.u16()];
  cursor.require(resolutionX > 0 && resolutionY > 0, 'bad_scale');
  const bitDepth = cursor.u8();
  cursor.require(bitDepth >= 1 && bitDepth <= 16, 'bad_raster');
  const compression = imageCompressions[cursor.u8()];
  cursor.require(compression !== undefined, 'bad_compression');
  const impression = cursor.u8();
  const [width, height] = [cursor.u16(), cursor.u16()];
  const sides = [width, height];
  cursor.require(
    sides.every((side) => side > 0 && side <= imageRecordLimits.side),
    'bad_raster',
  );
  const length = cursor.u32();
  cursor.require(length > 0, 'length_mismatch');
  cursor.require(compression !== 'none' || length === width * height * Math.ceil(bitDepth / 8), 'length_mismatch');
  const image = cursor.take(length);
  return {
    capturedAt,
    technology,
    vendor,
    device,
    qualities,
    certifications,
    position: position ?? 'unknown',
    number,
    scaleUnits,
    captureX,
    captureY,
    resolutionX,
    resolutionY,
    bitDepth,
    compression: compression ?? 'none',
    impression,
    width,
    height,
    image,
  };
}

/** A value that does not fit its field is a bug of the caller and throws. */
export function encodeImageRecord(record: ImageRecord): Uint8Array {
  const images = record.images.map((image) => ({ head: headOf(image, record.certified), image: image.image }));
  const length = images.reduce((sum, { head, image }) => sum + 4 + head.length + image.length, 16);
  const out = new Uint8Array(length);
  let at = 0;
  const put = (bytes: Uint8Array) => {
    out.set(bytes, at);
    at += bytes.length;
  };
  const start = new Writer();
  start.text('FIR\0' + '020\0');
  start.u32(length);
  start.u16(record.images.length);
  start.u8(record.certified ? 1 : 0);
  start.u8(new Set(record.images.map((image) => image.position)).size);
  put(start.bytes());
  for (const { head, image } of images) {
    const size = new Writer();
    size.u32(4 + head.length + image.length);
    put(size.bytes());
    put(head);
    put(image);
  }
  return out;
}

function headOf(image: FingerImage, certified: boolean): Uint8Array {
  const writer = new Writer();
  const { year, month, day, hour, minute, second, millisecond } = image.capturedAt;
  writer.u16(year);
  for (const n of [month, day, hour, minute, second]) writer.u8(n);
  writer.u16(millisecond);
  writer.u8(image.technology);
  writer.u16(image.vendor);
  writer.u16(image.device);
  writer.u8(image.qualities.length);
  for (const { score, vendor, algorithm } of image.qualities) {
    writer.u8(score);
    writer.u16(vendor);
    writer.u16(algorithm);
  }
  if (certified) {
    writer.u8(image.certifications.length);
    for (const { authority, scheme } of image.certifications) {
      writer.u16(authority);
      writer.u8(scheme);
    }
  }
  for (const n of [codeOfPosition(image.position), image.number, image.scaleUnits]) writer.u8(n);
  for (const n of [image.captureX, image.captureY, image.resolutionX, image.resolutionY]) writer.u16(n);
  for (const n of [image.bitDepth, imageCompressions.indexOf(image.compression), image.impression]) writer.u8(n);
  writer.u16(image.width);
  writer.u16(image.height);
  writer.u32(image.image.length);
  return writer.bytes();
}
