// A finger image as pixels, and what may be wrong with one. Knows no file format.
import { err, ok, type Result } from '../../base/result.ts';

/** Rows from the top, one byte a pixel, 0 black (ridges) to 255 white. `dpi`: pixels an inch, the same in both directions. */
export type GrayImage = {
  readonly pixels: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly dpi: number;
};

export const imageLimits = {
  minSide: 64,
  maxSide: 2_000,
  minDpi: 250,
  maxDpi: 1_200,
} as const;

export type GrayImageError = {
  readonly reason: 'image_too_small' | 'image_too_large' | 'bad_resolution' | 'pixels_do_not_fit';
};

/** Reasons in the order they are looked for. */
export function checkImage(image: GrayImage): Result<GrayImage, GrayImageError> {
  const { width, height, dpi, pixels } = image;
  const whole = Number.isInteger(width) && Number.isInteger(height);
  if (!whole || Math.min(width, height) < imageLimits.minSide) return err({ reason: 'image_too_small' });
  if (Math.max(width, height) > imageLimits.maxSide) return err({ reason: 'image_too_large' });
  if (!(dpi >= imageLimits.minDpi && dpi <= imageLimits.maxDpi)) return err({ reason: 'bad_resolution' });
  if (pixels.length !== width * height) return err({ reason: 'pixels_do_not_fit' });
  return ok(image);
}

/** A plane of numbers as large as an image at 500 dpi. */
export type Plane = { readonly width: number; readonly height: number; readonly data: Float32Array };

/** The image at 500 dpi: averaged down or interpolated up; unchanged when it is within 2 %. */
export function toReferenceDpi(image: GrayImage): Plane {
  const scale = image.dpi / 500;
  if (Math.abs(scale - 1) < 0.02) {
    return { width: image.width, height: image.height, data: Float32Array.from(image.pixels) };
  }
  const width = Math.max(1, Math.floor(image.width / scale));
  const height = Math.max(1, Math.floor(image.height / scale));
  const data = new Float32Array(width * height);
  const taps = Math.max(1, Math.round(scale));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (let v = 0; v < taps; v++) {
        for (let u = 0; u < taps; u++) {
          sum += sample(image, (x + (u + 0.5) / taps) * scale - 0.5, (y + (v + 0.5) / taps) * scale - 0.5);
        }
      }
      data[y * width + x] = sum / (taps * taps);
    }
  }
  return { width, height, data };
}

/** Bilinear, the border's pixels going on outside. */
function sample({ pixels, width, height }: GrayImage, x: number, y: number): number {
  const cx = Math.min(Math.max(x, 0), width - 1);
  const cy = Math.min(Math.max(y, 0), height - 1);
  const x0 = Math.min(Math.floor(cx), width - 2);
  const y0 = Math.min(Math.floor(cy), height - 2);
  const fx = cx - x0;
  const fy = cy - y0;
  const at = y0 * width + x0;
  const top = (pixels[at] as number) * (1 - fx) + (pixels[at + 1] as number) * fx;
  const bottom = (pixels[at + width] as number) * (1 - fx) + (pixels[at + width + 1] as number) * fx;
  return top * (1 - fy) + bottom * fy;
}
