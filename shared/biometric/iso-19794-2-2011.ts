// ISO/IEC 19794-2:2011 finger minutiae record (clause 8), bytes ↔ template. Every representation has its own header.
import { sameRaster } from './ansi-378-2009.ts';
import { Writer } from './cursor.ts';
import { codeOfPosition } from './position.ts';
import type { CaptureTime, FingerTemplate, FingerView, Raster, Representation2011 } from './template.ts';
import {
  angleUnits,
  readExtended,
  readMinutiae,
  readPosition,
  readQuality,
  readViewCount,
  requireImpression,
  requireRaster,
  type TemplateCursor,
  writeExtended,
  writeMinutiae,
} from './template-parts.ts';

const unknownTime: CaptureTime = {
  year: 0xffff,
  month: 0xff,
  day: 0xff,
  hour: 0xff,
  minute: 0xff,
  second: 0xff,
  millisecond: 0xffff,
};

/** The cursor stands behind the 12 bytes of magic, version and length. */
export function decodeIso2011(cursor: TemplateCursor): FingerTemplate {
  const count = readViewCount(cursor, cursor.u16());
  const certified = cursor.u8();
  cursor.require(certified <= 1, 'reserved_bits');
  const views: FingerView[] = [];
  let common: Raster | undefined;
  for (let i = 0; i < count && !cursor.failed; i++) {
    const end = cursor.at + cursor.u32();
    const { view, raster } = readRepresentation(cursor, certified === 1);
    cursor.require(cursor.at === end, 'length_mismatch');
    common ??= raster;
    views.push(sameRaster(raster, common) ? view : { ...view, raster });
  }
  return {
    format: 'iso-19794-2:2011',
    ...(common ?? { width: 0, height: 0, resolutionX: 0, resolutionY: 0 }),
    device: { vendor: 0, subFormat: 0, id: 0, certification: certified },
    views,
  };
}

function readRepresentation(cursor: TemplateCursor, certified: boolean): { view: FingerView; raster: Raster } {
  const capturedAt = readTime(cursor);
  const technology = cursor.u8();
  const vendor = cursor.u16();
  const device = cursor.u16();
  const qualities: Representation2011['qualities'][number][] = [];
  for (let n = cursor.u8(); n > 0 && !cursor.failed; n--) {
    qualities.push({ score: readQuality(cursor), vendor: cursor.u16(), algorithm: cursor.u16() });
  }
  const certifications: Representation2011['certifications'][number][] = [];
  for (let n = certified ? cursor.u8() : 0; n > 0 && !cursor.failed; n--) {
    certifications.push({ authority: cursor.u16(), scheme: cursor.u8() });
  }
  const position = readPosition(cursor);
  const viewNumber = cursor.u8();
  cursor.require(viewNumber < 16, 'bad_view_number');
  const resolutionX = cursor.u16();
  const resolutionY = cursor.u16();
  const impression = requireImpression(cursor, cursor.u8());
  const raster = { width: cursor.u16(), height: cursor.u16(), resolutionX, resolutionY };
  requireRaster(cursor, raster);
  const fields = cursor.u8();
  const minutiaBytes = fields >> 4 === 5 ? 5 : 6;
  cursor.require(fields >> 4 === minutiaBytes, 'bad_minutia_size');
  const minutiae = readMinutiae(cursor, cursor.u8(), raster, angleUnits.iso, minutiaBytes);
  const area = readExtended(cursor, true);
  const iso2011 = {
    capturedAt,
    technology,
    vendor,
    device,
    qualities,
    certifications,
    endingType: fields & 0xf,
    minutiaBytes,
  } as const;
  const quality = qualities[0]?.score ?? 254;
  return { view: { position, viewNumber, impression, quality, minutiae, ...area, iso2011 }, raster };
}

/** A view that came from another format gets an unknown time and technology, and its own quality as the only one. */
export function encodeIso2011(template: FingerTemplate): Uint8Array {
  const certified = template.device.certification === 1;
  const body = new Writer();
  body.u16(template.views.length);
  body.u8(certified ? 1 : 0);
  for (const view of template.views) {
    const inner = representation(template, view, certified);
    body.u32(4 + inner.length);
    body.raw(inner.bytes());
  }
  const writer = new Writer();
  writer.text('FMR\0' + '030\0');
  writer.u32(12 + body.length);
  writer.raw(body.bytes());
  return writer.bytes();
}

function representation(template: FingerTemplate, view: FingerView, certified: boolean): Writer {
  const details = view.iso2011;
  const raster = view.raster ?? template;
  const writer = new Writer();
  writeTime(writer, details?.capturedAt ?? unknownTime);
  writer.u8(details?.technology ?? 0);
  writer.u16(details?.vendor ?? template.device.vendor);
  writer.u16(details?.device ?? template.device.id);
  const qualities = details?.qualities ?? [{ score: view.quality, vendor: 0, algorithm: 0 }];
  writer.u8(qualities.length);
  for (const { score, vendor, algorithm } of qualities) {
    writer.u8(score);
    writer.u16(vendor);
    writer.u16(algorithm);
  }
  if (certified) {
    writer.u8(details?.certifications.length ?? 0);
    for (const { authority, scheme } of details?.certifications ?? []) {
      writer.u16(authority);
      writer.u8(scheme);
    }
  }
  writer.u8(codeOfPosition(view.position));
  writer.u8(view.viewNumber);
  writer.u16(raster.resolutionX);
  writer.u16(raster.resolutionY);
  writer.u8(view.impression);
  writer.u16(raster.width);
  writer.u16(raster.height);
  const minutiaBytes = details?.minutiaBytes ?? 6;
  writer.u8((minutiaBytes << 4) | (details?.endingType ?? 0));
  writer.u8(view.minutiae.length);
  writeMinutiae(writer, view.minutiae, angleUnits.iso, minutiaBytes);
  writeExtended(writer, view, true);
  return writer;
}

function readTime(cursor: TemplateCursor): CaptureTime {
  return {
    year: cursor.u16(),
    month: cursor.u8(),
    day: cursor.u8(),
    hour: cursor.u8(),
    minute: cursor.u8(),
    second: cursor.u8(),
    millisecond: cursor.u16(),
  };
}

function writeTime(writer: Writer, time: CaptureTime): void {
  writer.u16(time.year);
  for (const n of [time.month, time.day, time.hour, time.minute, time.second]) writer.u8(n);
  writer.u16(time.millisecond);
}
