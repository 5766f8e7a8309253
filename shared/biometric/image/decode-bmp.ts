// Windows bitmaps as fingerprint services return them → grey pixels. Uncompressed 8-bit (palette), 24-bit and 32-bit only.
import { err, ok, type Result } from '../../base/result.ts';
import { type GrayImage, imageLimits } from './gray-image.ts';

export type BmpError = {
  readonly reason: 'not_bmp' | 'truncated' | 'unsupported_bmp' | 'image_too_large' | 'image_too_small';
};

/** `dpi` comes from the header when it is plausible, else from the caller: services write anything there. */
export function decodeBmp(bytes: Uint8Array, dpi = 500): Result<GrayImage, BmpError> {
  if (bytes.length < 54) return err({ reason: bytes[0] === 0x42 && bytes[1] === 0x4d ? 'truncated' : 'not_bmp' });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint16(0) !== 0x424d) return err({ reason: 'not_bmp' });
  const pixelsAt = view.getUint32(10, true);
  const headerBytes = view.getUint32(14, true);
  const width = view.getInt32(18, true);
  const signedHeight = view.getInt32(22, true);
  const depth = view.getUint16(28, true);
  const uncompressed = view.getUint32(30, true) === 0;
  if (headerBytes < 40 || !uncompressed || ![8, 24, 32].includes(depth)) return err({ reason: 'unsupported_bmp' });
  // a negative height says that the rows come from the top
  const height = Math.abs(signedHeight);
  if (width > imageLimits.maxSide || height > imageLimits.maxSide) return err({ reason: 'image_too_large' });
  if (width < imageLimits.minSide || height < imageLimits.minSide) return err({ reason: 'image_too_small' });
  const rowBytes = Math.ceil((width * depth) / 32) * 4;
  if (pixelsAt + rowBytes * height > bytes.length) return err({ reason: 'truncated' });
  const palette = depth === 8 ? greys(bytes, 14 + headerBytes, pixelsAt) : undefined;
  const pixels = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    const row = pixelsAt + rowBytes * (signedHeight < 0 ? y : height - 1 - y);
    for (let x = 0; x < width; x++) {
      const at = row + (x * depth) / 8;
      pixels[y * width + x] = palette
        ? (palette[bytes[at] as number] as number)
        : grey(bytes[at + 2] as number, bytes[at + 1] as number, bytes[at] as number);
    }
  }
  const said = Math.round(view.getInt32(38, true) * 0.0254);
  return ok({ pixels, width, height, dpi: said >= 400 && said <= imageLimits.maxDpi ? said : dpi });
}

/** The palette's entries as grey; those that are missing are black. */
function greys(bytes: Uint8Array, from: number, to: number): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, k) => {
    const at = from + 4 * k;
    return at + 3 < to ? grey(bytes[at + 2] ?? 0, bytes[at + 1] ?? 0, bytes[at] ?? 0) : 0;
  });
}

/** Luma of ITU-R BT.601; grey stays the grey it was. */
export function grey(red: number, green: number, blue: number): number {
  return (red * 77 + green * 150 + blue * 29) >> 8;
}
