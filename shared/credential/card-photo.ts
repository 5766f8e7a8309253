// From a registry's photo to the little grey picture of a card: which file it is and how large, what part of it is the face, and
// the smaller pixels. It knows no codec: what is compressed is decoded elsewhere, after the size has been looked at here.

import { err, ok, type Result } from '../base/result.ts';
import { jpegSize } from '../bytes/jpeg.ts';

export type PhotoFormat = 'jpeg' | 'png' | 'webp';
export type PhotoSize = { readonly format: PhotoFormat; readonly width: number; readonly height: number };
export type PhotoError = {
  readonly reason: 'photo_format' | 'photo_malformed' | 'photo_too_large' | 'photo_too_small';
};

/** Four million pixels: 16 MB when decoded, twice, which an isolate has room for. A passport photo has under one million. */
const maxPixels = 1 << 22;
const minSide = 48;

/** Format and pixels by the file's first bytes, before anything is unpacked. */
export function photoSize(bytes: Uint8Array): Result<PhotoSize, PhotoError> {
  const size = sizeOf(bytes);
  if (!size.ok) return size;
  const { width, height } = size.value;
  // SECURITY: a file of a kilobyte may claim a billion pixels; what it claims is what its decoder makes room for.
  if (width * height > maxPixels) return err({ reason: 'photo_too_large' });
  return Math.min(width, height) < minSide ? err({ reason: 'photo_too_small' }) : size;
}

function sizeOf(bytes: Uint8Array): Result<PhotoSize, PhotoError> {
  const malformed = err({ reason: 'photo_malformed' } as const);
  if (bytes.length < 30) return malformed;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint16(0) === 0xffd8) {
    const size = jpegSize(bytes);
    if (size.ok) return ok({ format: 'jpeg', ...size.value });
    return err({ reason: size.error.reason === 'jpeg_too_large' ? 'photo_too_large' : 'photo_malformed' });
  }
  if (view.getUint32(0) === 0x89504e47 && view.getUint32(4) === 0x0d0a1a0a) {
    if (view.getUint32(12) !== 0x49484452) return malformed;
    return ok({ format: 'png', width: view.getUint32(16), height: view.getUint32(20) });
  }
  if (view.getUint32(0) === 0x52494646 && view.getUint32(8) === 0x57454250) {
    const size = webpSize(view);
    return size === undefined ? malformed : ok({ format: 'webp', ...size });
  }
  return err({ reason: 'photo_format' });
}

/** The first chunk of a WebP file (RFC 9649 §2.5 to §2.7): lossy, lossless or extended. */
function webpSize(view: DataView): { width: number; height: number } | undefined {
  const three = (at: number) => view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
  switch (view.getUint32(12)) {
    case 0x56503820:
      return three(23) === 0x2a019d
        ? { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff }
        : undefined;
    case 0x5650384c: {
      const bits = view.getUint32(21, true);
      return view.getUint8(20) === 0x2f
        ? { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 }
        : undefined;
    }
    case 0x56503858:
      return { width: three(24) + 1, height: three(27) + 1 };
    default:
      return undefined;
  }
}

export type Box = { readonly x: number; readonly y: number; readonly width: number; readonly height: number };

/**
 * The part of a photo that a card shows, four wide to five high. `face`: from chin to brow and ear to ear, as the registry found it;
 * the card shows a third of its size more on every side. Without it the photo is taken for a passport's: its middle, from the top.
 */
export function cardCrop(size: { readonly width: number; readonly height: number }, face?: Box): Box {
  const within = Math.min(size.width, (size.height * 4) / 5);
  const wanted = face === undefined ? within : Math.max(face.width, (face.height * 4) / 5) * 1.7;
  const width = Math.min(within, wanted);
  const height = (width * 5) / 4;
  const [centreX, centreY] =
    face === undefined ? [size.width / 2, height / 2] : [face.x + face.width / 2, face.y + face.height / 2];
  const inside = (middle: number, length: number, all: number) =>
    Math.min(Math.max(middle - length / 2, 0), all - length);
  return { x: inside(centreX, width, size.width), y: inside(centreY, height, size.height), width, height };
}

/** Pixels as red, green, blue and opacity, row by row. */
export type Pixels = { readonly data: ArrayLike<number>; readonly width: number; readonly height: number };

/** Grey values of the part, each the mean of what it covers (at most 9 × 9 samples), on white where the photo is transparent. */
export function greyPixels(photo: Pixels, part: Box, width: number, height: number): Uint8Array {
  const grey = new Uint8Array(width * height);
  const samples = Math.min(9, Math.max(1, Math.ceil(part.width / width)));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (let v = 0; v < samples; v++) {
        for (let u = 0; u < samples; u++) {
          const px = Math.floor(part.x + ((x + (u + 0.5) / samples) * part.width) / width);
          const py = Math.floor(part.y + ((y + (v + 0.5) / samples) * part.height) / height);
          sum += greyAt(photo, Math.min(px, photo.width - 1), Math.min(py, photo.height - 1));
        }
      }
      grey[y * width + x] = Math.round(sum / (samples * samples));
    }
  }
  return grey;
}

/** Luma of ITU-R BT.709. */
function greyAt({ data, width }: Pixels, x: number, y: number): number {
  const at = 4 * (y * width + x);
  const [r, g, b, a] = [data[at] ?? 0, data[at + 1] ?? 0, data[at + 2] ?? 0, (data[at + 3] ?? 255) / 255];
  return (0.2126 * r + 0.7152 * g + 0.0722 * b) * a + 255 * (1 - a);
}
