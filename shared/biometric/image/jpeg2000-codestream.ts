// What a JPEG 2000 image (ISO/IEC 15444-1) will cost, read from its headers before any decoder allocates for it. Decodes nothing.
import { err, ok, type Result } from '../../base/result.ts';
import { type GrayImageError, imageLimits } from './gray-image.ts';

export type Jpeg2000Error = {
  readonly reason: 'bad_jpeg2000' | 'unsupported_depth' | 'jpeg2000_too_complex' | GrayImageError['reason'];
};

export type Codestream = { readonly bytes: Uint8Array; readonly width: number; readonly height: number };

/** Far above what readers write (1 tile, 1 to 12 layers, 5 or 6 levels, precincts of 128 and more), far below what hurts. */
const limits = { tiles: 64, tileParts: 256, boxes: 32, layers: 64, levels: 12, minPrecinctLog: 5 } as const;

const signatureBox = [0, 0, 0, 12, 0x6a, 0x50, 0x20, 0x20, 0x0d, 0x0a, 0x87, 0x0a];
const MARKER = { soc: 0xff4f, siz: 0xff51, cod: 0xff52, coc: 0xff53, sot: 0xff90, sod: 0xff93, eoc: 0xffd9 } as const;

const bad = err({ reason: 'bad_jpeg2000' } as const);
const tooComplex = err({ reason: 'jpeg2000_too_complex' } as const);

/**
 * A JP2 file or a bare codestream → the codestream alone (§A; §I.5.4), one unsigned 8-bit component of at most
 * `imageLimits.maxSide`. SECURITY: decode what this answers, never the file: what was checked is then what is decoded.
 * Reasons: bad_jpeg2000, unsupported_depth (not 8-bit grey), image_too_small, image_too_large, jpeg2000_too_complex.
 */
export function readCodestream(file: Uint8Array): Result<Codestream, Jpeg2000Error> {
  const bytes = signatureBox.every((byte, i) => file[i] === byte) ? contiguousBox(file) : file;
  if (!bytes || bytes.length < 51) return bad;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.getUint16(0) !== MARKER.soc || view.getUint16(2) !== MARKER.siz) return bad;
  const long = (at: number) => view.getUint32(at);
  const [width, height] = [long(8) - long(16), long(12) - long(20)];
  const [tileWidth, tileHeight] = [long(24), long(28)];
  // §A.5.1: one component, 8 bits without sign, not subsampled
  if (view.getUint16(40) !== 1 || view.getUint8(42) !== 7) return err({ reason: 'unsupported_depth' });
  if (view.getUint8(43) !== 1 || view.getUint8(44) !== 1) return err({ reason: 'unsupported_depth' });
  if (long(8) > imageLimits.maxSide || long(12) > imageLimits.maxSide) return err({ reason: 'image_too_large' });
  if (Math.min(width, height) < imageLimits.minSide) return err({ reason: 'image_too_small' });
  if (tileWidth === 0 || tileHeight === 0) return bad;
  if (Math.ceil(long(8) / tileWidth) * Math.ceil(long(12) / tileHeight) > limits.tiles) return tooComplex;
  const walked = walk(view);
  return walked.ok ? ok({ bytes, width, height }) : walked;
}

/** Marker segments of the main header and of every tile-part (§A.2): no coding style may ask for more than the limits. */
function walk(view: DataView): Result<undefined, Jpeg2000Error> {
  let [at, parts, partEnd] = [2, 0, 0];
  while (at + 4 <= view.byteLength) {
    const marker = view.getUint16(at);
    if (marker === MARKER.eoc) return ok(undefined);
    if (marker === MARKER.sod) {
      if (partEnd <= at) return bad;
      at = partEnd;
      continue;
    }
    const length = view.getUint16(at + 2);
    const end = at + 2 + length;
    if (marker < 0xff4f || length < 2 || end > view.byteLength) return bad;
    if (marker === MARKER.sot) {
      if (length !== 10 || ++parts > limits.tileParts) return parts > limits.tileParts ? tooComplex : bad;
      const partBytes = view.getUint32(at + 6);
      partEnd = partBytes === 0 ? view.byteLength : at + partBytes;
    }
    // A component's own coding style has no place where there is one component.
    if (marker === MARKER.coc || (marker === MARKER.cod && !isModest(view, at, length))) return tooComplex;
    at = end;
  }
  return parts > 0 ? ok(undefined) : bad;
}

/** §A.6.1: layers, levels, and precincts that do not cut the image into dust. */
function isModest(view: DataView, at: number, length: number): boolean {
  if (length < 12) return false;
  const levels = view.getUint8(at + 9);
  if (view.getUint16(at + 6) > limits.layers || levels > limits.levels) return false;
  if ((view.getUint8(at + 4) & 1) === 0) return true;
  if (length !== 12 + levels + 1) return false;
  for (let i = 0; i <= levels; i++) {
    const logs = view.getUint8(at + 14 + i);
    if ((logs & 15) < limits.minPrecinctLog || logs >> 4 < limits.minPrecinctLog) return false;
  }
  return true;
}

/** The body of the first `jp2c` box. */
function contiguousBox(file: Uint8Array): Uint8Array | undefined {
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  let at = 0;
  for (let boxes = 0; boxes < limits.boxes && at + 8 <= file.length; boxes++) {
    const length = view.getUint32(at);
    const end = length === 0 ? file.length : at + length;
    // 1 announces a length of eight bytes: no image of ours needs it
    if (end < at + 8 || end > file.length) return undefined;
    if (view.getUint32(at + 4) === 0x6a703263) return file.subarray(at + 8, end);
    at = end;
  }
  return undefined;
}
