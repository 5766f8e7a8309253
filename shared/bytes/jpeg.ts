// The size of a JPEG (ITU-T T.81), read from its markers and nothing else: whether bytes are a picture that may be kept.
import { err, ok, type Result } from '../base/result.ts';

export type JpegSize = { readonly width: number; readonly height: number };
export type JpegError = { readonly reason: 'jpeg_malformed' | 'jpeg_too_large' };

/** In pixels. */
const maxSide = 4096;

const startOfImage = 0xd8;
const endOfImage = 0xd9;
const startOfScan = 0xda;
/** SOF0 to SOF15 without the three markers between them that are no frames: DHT, JPG, DAC. */
const isFrame = (marker: number) => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);

/** Begins with SOI, has a frame header before its scan, ends with EOI. The picture itself is not decoded. */
export function jpegSize(bytes: Uint8Array): Result<JpegSize, JpegError> {
  const malformed = err({ reason: 'jpeg_malformed' } as const);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { length } = bytes;
  if (length < 20 || bytes[0] !== 0xff || bytes[1] !== startOfImage) return malformed;
  if (bytes[length - 2] !== 0xff || bytes[length - 1] !== endOfImage) return malformed;
  let at = 2;
  while (at + 9 < length) {
    if (bytes[at] !== 0xff) return malformed;
    const marker = bytes[at + 1] ?? 0;
    const segment = view.getUint16(at + 2);
    if (marker === startOfScan || segment < 2) return malformed;
    if (isFrame(marker)) {
      const [height, width] = [view.getUint16(at + 5), view.getUint16(at + 7)];
      if (segment < 8 || width === 0 || height === 0) return malformed;
      return width > maxSide || height > maxSide ? err({ reason: 'jpeg_too_large' }) : ok({ width, height });
    }
    at += 2 + segment;
  }
  return malformed;
}
