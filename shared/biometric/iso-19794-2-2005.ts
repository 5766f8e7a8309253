// ISO/IEC 19794-2:2005 finger minutiae record, record format (clause 7), bytes ↔ template. Big-endian.
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

/** The cursor stands behind the 12 bytes of magic, version and length. */
export function decodeIso2005(cursor: TemplateCursor): FingerTemplate {
  const device = cursor.u16();
  const raster = readRaster(cursor);
  const count = readViewCount(cursor, cursor.u8());
  cursor.require(cursor.u8() === 0, 'reserved_bits');
  const views: FingerView[] = [];
  for (let i = 0; i < count && !cursor.failed; i++) {
    const position = readPosition(cursor);
    const numbered = cursor.u8();
    const impression = requireImpression(cursor, numbered & 0xf);
    const quality = readQuality(cursor);
    const minutiae = readMinutiae(cursor, cursor.u8(), raster, angleUnits.iso);
    const area = readExtended(cursor, false);
    views.push({ position, viewNumber: numbered >> 4, impression, quality, minutiae, ...area });
  }
  return {
    format: 'iso-19794-2:2005',
    ...raster,
    device: { vendor: 0, subFormat: 0, id: device & 0xfff, certification: device >> 12 },
    views,
  };
}

export function encodeIso2005(template: FingerTemplate): Uint8Array {
  const body = new Writer();
  body.u16((template.device.certification << 12) | template.device.id);
  writeRaster(body, template);
  body.u8(template.views.length);
  body.u8(0);
  for (const view of template.views) {
    body.u8(codeOfPosition(view.position));
    body.u8((view.viewNumber << 4) | view.impression);
    body.u8(view.quality);
    body.u8(view.minutiae.length);
    writeMinutiae(body, view.minutiae, angleUnits.iso);
    writeExtended(body, view, false);
  }
  const writer = new Writer();
  writer.text('FMR\0 20\0');
  writer.u32(12 + body.length);
  writer.raw(body.bytes());
  return writer.bytes();
}
