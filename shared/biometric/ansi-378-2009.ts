// ANSI/INCITS 378-2009 and its Amendment 1, and the 2007 layout (no certification byte), bytes ↔ template.
import { Writer } from './cursor.ts';
import { codeOfPosition } from './position.ts';
import type { FingerTemplate, FingerView, Raster } from './template.ts';
import {
  angleUnits,
  readExtended,
  readMinutiae,
  readPosition,
  readQuality,
  readRaster,
  readViewCount,
  requireImpression,
  type TemplateCursor,
  writeExtended,
  writeMinutiae,
  writeRaster,
} from './template-parts.ts';

export type Ansi2009Format = 'ansi-378-2007' | 'ansi-378-2009' | 'ansi-378-2009-am1';

/** The cursor stands behind the 12 bytes of magic, version and length. */
export function decodeAnsi2009(cursor: TemplateCursor, format: Ansi2009Format): FingerTemplate {
  const vendor = cursor.u16();
  const subFormat = cursor.u16();
  const certificationByte = format === 'ansi-378-2007' ? undefined : cursor.u8();
  const sensor = cursor.u16();
  const count = readViewCount(cursor, cursor.u8());
  cursor.require(cursor.u8() === 0, 'reserved_bits');
  const views: FingerView[] = [];
  let common: Raster | undefined;
  for (let i = 0; i < count && !cursor.failed; i++) {
    const position = readPosition(cursor);
    const viewNumber = cursor.u8();
    cursor.require(viewNumber < 16, 'bad_view_number');
    const impression = requireImpression(cursor, cursor.u8());
    const quality = readQuality(cursor);
    const qualityAlgorithm = { vendor: cursor.u16(), algorithm: cursor.u16() };
    const raster = readRaster(cursor);
    common ??= raster;
    const minutiae = readMinutiae(cursor, cursor.u8(), raster, angleUnits.iso);
    const area = readExtended(cursor, true);
    views.push({
      position,
      viewNumber,
      impression,
      quality,
      qualityAlgorithm,
      minutiae,
      ...area,
      ...(sameRaster(raster, common) ? {} : { raster }),
    });
  }
  return {
    format,
    ...(common ?? { width: 0, height: 0, resolutionX: 0, resolutionY: 0 }),
    device:
      certificationByte === undefined
        ? { vendor, subFormat, id: sensor & 0xfff, certification: sensor >> 12 }
        : { vendor, subFormat, id: sensor, certification: certificationByte },
    views,
  };
}

export function encodeAnsi2009(template: FingerTemplate): Uint8Array {
  const { device } = template;
  const body = new Writer();
  body.u16(device.vendor);
  body.u16(device.subFormat);
  if (template.format === 'ansi-378-2007') {
    body.u16((device.certification << 12) | device.id);
  } else {
    body.u8(device.certification);
    body.u16(device.id);
  }
  body.u8(template.views.length);
  body.u8(0);
  for (const view of template.views) {
    body.u8(codeOfPosition(view.position));
    body.u8(view.viewNumber);
    body.u8(view.impression);
    body.u8(view.quality);
    body.u16(view.qualityAlgorithm?.vendor ?? 0);
    body.u16(view.qualityAlgorithm?.algorithm ?? 0);
    writeRaster(body, view.raster ?? template);
    body.u8(view.minutiae.length);
    writeMinutiae(body, view.minutiae, angleUnits.iso);
    writeExtended(body, view, true);
  }
  const writer = new Writer();
  writer.text(template.format === 'ansi-378-2009-am1' ? 'FMR\0' + '035\0' : 'FMR\0' + '030\0');
  writer.u32(12 + body.length);
  writer.raw(body.bytes());
  return writer.bytes();
}

export function sameRaster(a: Raster, b: Raster): boolean {
  return (
    a.width === b.width && a.height === b.height && a.resolutionX === b.resolutionX && a.resolutionY === b.resolutionY
  );
}
