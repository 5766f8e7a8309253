// An image of an ISO/IEC 19794-4 record → grey pixels, whatever its compression. JPEG 2000 needs a decoder handed in.
import { err, ok, type Result } from '../../base/result.ts';
import type { FingerImage } from '../iso-19794-4-2011.ts';
import { decodePng, type PngError } from './decode-png.ts';
import { decodeWsq } from './decode-wsq.ts';
import { checkImage, type GrayImage, type GrayImageError } from './gray-image.ts';
import { type Jpeg2000Error, readCodestream } from './jpeg2000-codestream.ts';
import type { WsqReason } from './wsq/read-segments.ts';

/** Decodes a codestream that readCodestream let through (one 8-bit component, of bounded size), or says that it cannot. */
export type Jpeg2000Decoder = (
  bytes: Uint8Array,
) => Promise<{ readonly pixels: Uint8Array; readonly width: number; readonly height: number } | undefined>;

export type FingerPixelsError = {
  readonly reason:
    | 'unsupported_compression'
    | 'unsupported_depth'
    | 'raster_differs'
    | Jpeg2000Error['reason']
    | PngError['reason']
    | WsqReason
    | GrayImageError['reason'];
};

/** Reasons of the codecs pass through; `raster_differs` when the codec's size is not the record's. */
export async function fingerPixels(
  image: FingerImage,
  jpeg2000?: Jpeg2000Decoder,
): Promise<Result<GrayImage, FingerPixelsError>> {
  if (image.bitDepth !== 8) return err({ reason: 'unsupported_depth' });
  const dpi = image.scaleUnits === 2 ? Math.round(image.resolutionX * 2.54) : image.resolutionX;
  const decoded = await decompress(image, dpi, jpeg2000);
  if (!decoded.ok) return err({ reason: decoded.error.reason });
  const { pixels, width, height } = decoded.value;
  if (width !== image.width || height !== image.height) return err({ reason: 'raster_differs' });
  return checkImage({ pixels, width, height, dpi });
}

async function decompress(
  image: FingerImage,
  dpi: number,
  jpeg2000: Jpeg2000Decoder | undefined,
): Promise<Result<Pick<GrayImage, 'pixels' | 'width' | 'height'>, FingerPixelsError>> {
  switch (image.compression) {
    case 'none':
      return ok({ pixels: image.image, width: image.width, height: image.height });
    case 'wsq':
      return decodeWsq(image.image);
    case 'png':
      return decodePng(image.image, dpi);
    case 'jpeg2000_lossy':
    case 'jpeg2000_lossless': {
      if (!jpeg2000) return err({ reason: 'unsupported_compression' });
      const codestream = readCodestream(image.image);
      if (!codestream.ok) return codestream;
      // Not the record's size: nothing is decoded that would be refused after.
      const { bytes, width, height } = codestream.value;
      if (width !== image.width || height !== image.height) return err({ reason: 'raster_differs' });
      const picture = await jpeg2000(bytes);
      return picture ? ok(picture) : err({ reason: 'bad_jpeg2000' });
    }
    default:
      return err({ reason: 'unsupported_compression' });
  }
}
