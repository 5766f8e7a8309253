// The parts that the template formats share: raster, minutiae, extended data. Knows no header and tells no format apart.
import { Cursor, type Writer } from './cursor.ts';
import { type FingerPosition, positionOfCode } from './position.ts';
import {
  type ExtendedBlock,
  type FingerView,
  type Minutia,
  type MinutiaType,
  type Raster,
  type TemplateError,
  templateLimits,
} from './template.ts';

export type TemplateCursor = Cursor<TemplateError['reason']>;

const minutiaTypes: readonly (MinutiaType | undefined)[] = ['other', 'ending', 'bifurcation', undefined];
const impressions = new Set([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 20, 21, 22, 23, 24, 28, 29]);

/** Radians a unit of the angle byte: 360/256 of a degree (ISO, ANSI 2009) or two degrees (ANSI 2004). */
export const angleUnits = { iso: Math.PI / 128, twoDegrees: Math.PI / 90 } as const;

export function requireRaster(cursor: TemplateCursor, raster: Raster): void {
  const { maxSide, minResolution, maxResolution } = templateLimits;
  const side = (n: number) => n > 0 && n <= maxSide;
  const resolution = (n: number) => n >= minResolution && n <= maxResolution;
  cursor.require(
    side(raster.width) && side(raster.height) && resolution(raster.resolutionX) && resolution(raster.resolutionY),
    'bad_raster',
  );
}

/** The order of ISO 2005 and ANSI: width, height, then the resolutions. */
export function readRaster(cursor: TemplateCursor): Raster {
  const raster = { width: cursor.u16(), height: cursor.u16(), resolutionX: cursor.u16(), resolutionY: cursor.u16() };
  requireRaster(cursor, raster);
  return raster;
}

export function writeRaster(writer: Writer, raster: Raster): void {
  for (const n of [raster.width, raster.height, raster.resolutionX, raster.resolutionY]) writer.u16(n);
}

export function readPosition(cursor: TemplateCursor): FingerPosition {
  const position = positionOfCode(cursor.u8());
  cursor.require(position !== undefined, 'unknown_position');
  return position ?? 'unknown';
}

export function requireImpression(cursor: TemplateCursor, impression: number): number {
  cursor.require(impressions.has(impression), 'unknown_impression');
  return impression;
}

export function readViewCount(cursor: TemplateCursor, count: number): number {
  cursor.require(count > 0, 'no_views');
  cursor.require(count <= templateLimits.maxViews, 'too_many_views');
  return cursor.failed ? 0 : count;
}

/** 0 to 100, or the two codes above it that mean "not computed" (254) and "failed" (255). */
export function readQuality(cursor: TemplateCursor): number {
  const quality = cursor.u8();
  cursor.require(quality <= 100 || quality >= 254, 'bad_quality');
  return quality;
}

/**
 * Minutiae of 6 bytes, or of 5 (without quality, reported as 254). Coordinates must lie inside the raster and reserved
 * bits must be zero. An angle byte past the full turn is kept as it is: radians beyond 2π.
 */
export function readMinutiae(
  cursor: TemplateCursor,
  count: number,
  raster: Raster,
  angleUnit: number,
  size: 5 | 6 = 6,
): readonly Minutia[] {
  const minutiae: Minutia[] = [];
  for (let i = 0; i < count && !cursor.failed; i++) {
    const typed = cursor.u16();
    const y = cursor.u16();
    const x = typed & 0x3fff;
    const type = minutiaTypes[typed >> 14];
    const angle = cursor.u8() * angleUnit;
    const quality = size === 6 ? readQuality(cursor) : 254;
    cursor.require(type !== undefined, 'unknown_minutia_type');
    cursor.require(y < 0x4000, 'reserved_bits');
    cursor.require(x < raster.width && y < raster.height, 'minutia_outside');
    minutiae.push({ x, y, angle, type: type ?? 'other', quality });
  }
  return minutiae;
}

/** Coordinates are rounded to pixels and angles to the format's unit. */
export function writeMinutiae(writer: Writer, minutiae: readonly Minutia[], angleUnit: number, size: 5 | 6 = 6): void {
  for (const { x, y, angle, type, quality } of minutiae) {
    writer.u16((minutiaTypes.indexOf(type) << 14) | Math.round(x));
    writer.u16(Math.round(y));
    writer.u8(angleByte(angle, angleUnit));
    if (size === 6) writer.u8(quality);
  }
}

function angleByte(angle: number, unit: number): number {
  const asRead = Math.round(angle / unit);
  if (asRead >= 0 && asRead <= 255 && Math.abs(asRead * unit - angle) < 1e-9) return asRead;
  const turn = Math.round((2 * Math.PI) / unit);
  return ((asRead % turn) + turn) % turn;
}

export type ExtendedArea = Pick<FingerView, 'extended' | 'extendedCountedAgainstRule'>;

/**
 * `headerCounted`: whether a block's length includes its own 4 bytes (all formats but ISO 2005). The blocks must fill the
 * area by the format's rule or by the opposite one, which some writers follow.
 */
export function readExtended(cursor: TemplateCursor, headerCounted: boolean): ExtendedArea {
  const area = cursor.take(cursor.u16());
  const byRule = splitBlocks(area, headerCounted);
  if (byRule) return { extended: byRule };
  const against = splitBlocks(area, !headerCounted);
  cursor.require(against !== undefined, 'bad_extended_data');
  return { extended: against ?? [], extendedCountedAgainstRule: true };
}

function splitBlocks(area: Uint8Array, headerCounted: boolean): readonly ExtendedBlock[] | undefined {
  const blocks: ExtendedBlock[] = [];
  const cursor = new Cursor(area, 'truncated');
  while (cursor.left > 0) {
    const type = cursor.u16();
    const length = cursor.u16() - (headerCounted ? 4 : 0);
    if (length < 0) return undefined;
    blocks.push({ type, data: cursor.take(length) });
    if (cursor.failed) return undefined;
  }
  return blocks;
}

export function writeExtended(writer: Writer, area: ExtendedArea, headerCounted: boolean): void {
  const counted = area.extendedCountedAgainstRule ? !headerCounted : headerCounted;
  writer.u16(area.extended.reduce((sum, block) => sum + 4 + block.data.length, 0));
  for (const { type, data } of area.extended) {
    writer.u16(type);
    writer.u16(data.length + (counted ? 4 : 0));
    writer.raw(data);
  }
}
