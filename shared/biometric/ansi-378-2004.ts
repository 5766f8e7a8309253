// ANSI/INCITS 378-2004 finger minutiae record, bytes ↔ template. Its magic is that of ISO 2005; lengths are 2 bytes and angles 2°.
import { Writer } from './cursor.ts';
import { codeOfPosition } from './position.ts';
import type { FingerTemplate, FingerView } from './template.ts';
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

/** The cursor stands behind the 10 bytes of magic, version and (short) length. */
export function decodeAnsi2004(cursor: TemplateCursor): FingerTemplate {
  const vendor = cursor.u16();
  const subFormat = cursor.u16();
  const sensor = cursor.u16();
  const raster = readRaster(cursor);
  const count = readViewCount(cursor, cursor.u8());
  cursor.require(cursor.u8() === 0, 'reserved_bits');
  const views: FingerView[] = [];
  for (let i = 0; i < count && !cursor.failed; i++) {
    const position = readPosition(cursor);
    const numbered = cursor.u8();
    const impression = requireImpression(cursor, numbered & 0xf);
    const quality = readQuality(cursor);
    const minutiae = readMinutiae(cursor, cursor.u8(), raster, angleUnits.twoDegrees);
    const area = readExtended(cursor, true);
    views.push({ position, viewNumber: numbered >> 4, impression, quality, minutiae, ...area });
  }
  return {
    format: 'ansi-378-2004',
    ...raster,
    device: { vendor, subFormat, id: sensor & 0xfff, certification: sensor >> 12 },
    views,
  };
}

export function encodeAnsi2004(template: FingerTemplate): Uint8Array {
  const body = new Writer();
  body.u16(template.device.vendor);
  body.u16(template.device.subFormat);
  body.u16((template.device.certification << 12) | template.device.id);
  writeRaster(body, template);
  body.u8(template.views.length);
  body.u8(0);
  for (const view of template.views) {
    body.u8(codeOfPosition(view.position));
    body.u8((view.viewNumber << 4) | view.impression);
    body.u8(view.quality);
    body.u8(view.minutiae.length);
    writeMinutiae(body, view.minutiae, angleUnits.twoDegrees);
    writeExtended(body, view, true);
  }
  const writer = new Writer();
  writer.text('FMR\0 20\0');
  writer.u16(10 + body.length);
  writer.raw(body.bytes());
  return writer.bytes();
}
