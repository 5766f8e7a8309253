// Which fingers lie on a simulated image reader's glass, and their next impressions: never the same bytes twice.
import * as z from 'zod';
import { err, ok, type Result } from '../../../../../shared/base/result.ts';
import { decodeTemplate } from '../../../../../shared/biometric/decode-template.ts';
import {
  decodeImageRecord,
  encodeImageRecord,
  type FingerImage,
} from '../../../../../shared/biometric/iso-19794-4-2011.ts';
import { codeOfPosition, positionOfCode } from '../../../../../shared/biometric/position.ts';
import { Finger, Glass } from '../simulators/glass.ts';
import { drawFinger } from './simulator-drawing.ts';
import type { WriteJpeg2000 } from './simulator-jpeg2000.ts';

const base64 = z
  .string()
  .regex(/^[A-Za-z0-9+/_-]+={0,2}$/)
  .max(1_500_000);

/**
 * ISO/IEC 19794-4 records, or PNG images at 500 dpi (of a finger that is not named), as base64; or what simulated template
 * readers take, a seed or templates: of these, pictures are drawn.
 */
export const ImageFinger = z.union([
  Finger,
  z.object({ records: z.array(base64).min(1).max(40) }),
  z.object({ images: z.array(base64).min(1).max(40) }),
]);
export type ImageFinger = z.infer<typeof ImageFinger>;

export const LabelledImageFinger = z.object({
  id: z.string().min(1).max(80),
  label: z.object({ ar: z.string().max(120), en: z.string().max(120) }),
  finger: ImageFinger,
});
export type LabelledImageFinger = z.infer<typeof LabelledImageFinger>;

export type Impression = { readonly record: Uint8Array; readonly quality: number };

/** The mock's, for images that do not say. */
const defaultQuality = 44;

export class ImageGlass {
  readonly #fingers = new Map<number, FingerImage[]>();
  /** A finger of which pictures are drawn, each another impression. */
  readonly #drawn: Glass;
  #lastMs = 0;
  #changes = 0;

  readonly #write: WriteJpeg2000;

  /** `salt`: different in every process, so that a restarted reader does not repeat itself. */
  constructor(salt: string, write: WriteJpeg2000) {
    this.#drawn = new Glass(salt);
    this.#write = write;
  }

  get occupied(): boolean {
    return this.#fingers.size > 0 || this.#drawn.occupied;
  }

  /** Grows whenever something is put on the glass or lifted off it. */
  get changes(): number {
    return this.#changes;
  }

  put(finger: ImageFinger): Result<undefined, { readonly reason: 'not_a_finger' }> {
    if ('seed' in finger || 'templates' in finger) {
      const put = this.#drawn.put(finger);
      if (put.ok) this.#fingers.clear();
      this.#changes++;
      return put;
    }
    const texts = 'records' in finger ? finger.records : finger.images;
    const given = texts.map((text) => {
      const bytes = new Uint8Array(Buffer.from(text, 'base64'));
      if ('images' in finger) return imageOfPng(bytes);
      const record = decodeImageRecord(bytes);
      return record.ok ? record.value.images : [];
    });
    if (given.some((images) => images.length === 0)) return err({ reason: 'not_a_finger' });
    this.lift();
    for (const image of given.flat()) {
      const code = codeOfPosition(image.position);
      this.#fingers.set(code, [...(this.#fingers.get(code) ?? []), image]);
    }
    return ok(undefined);
  }

  lift(): void {
    this.#changes++;
    this.#drawn.lift();
    this.#fingers.clear();
  }

  /**
   * One impression for each position; undefined where no such finger lies there. A reader cannot tell fingers apart: a
   * single unnamed finger is whichever was asked for. `alone`: the reader sees one finger, whatever it is.
   */
  impressions(positions: readonly number[], now: Date, alone: boolean): readonly (Impression | undefined)[] {
    return positions.map((position) => {
      const drawn = this.#drawn.impression();
      if (drawn) return this.#impression(this.#picture(drawn.template, drawn.quality), position, now);
      const [other] = this.#fingers.keys();
      const at = [position, 0, ...(alone || position === 0 ? [other ?? 0] : [])].find((code) =>
        this.#fingers.has(code),
      );
      const images = at === undefined ? undefined : this.#fingers.get(at);
      const image = images?.shift();
      if (!images || !image) return undefined;
      images.push(image);
      return this.#impression(image, position, now);
    });
  }

  /** In JPEG 2000, as certified readers write it. */
  #picture(template: Uint8Array, score: number): FingerImage {
    const decoded = decodeTemplate(template);
    if (!decoded.ok) throw new Error(`this finger cannot be drawn: ${decoded.error.reason}`);
    const { pixels, width, height } = drawFinger(decoded.value);
    const qualities = [{ score, vendor: 0, algorithm: 0 }];
    const image = this.#write(pixels, width, height);
    return { ...unnamed, qualities, compression: 'jpeg2000_lossless', width, height, image };
  }

  #impression(image: FingerImage, position: number, now: Date): Impression {
    // A time of its own makes every record different, as every live capture is.
    this.#lastMs = Math.max(now.getTime(), this.#lastMs + 1);
    const at = new Date(this.#lastMs);
    const capturedAt = {
      year: at.getUTCFullYear(),
      month: at.getUTCMonth() + 1,
      day: at.getUTCDate(),
      hour: at.getUTCHours(),
      minute: at.getUTCMinutes(),
      second: at.getUTCSeconds(),
      millisecond: at.getUTCMilliseconds(),
    };
    const score = image.qualities[0]?.score ?? 254;
    const shown = { ...image, capturedAt, position: positionOfCode(position) ?? 'unknown' };
    const record = encodeImageRecord({ certified: false, images: [{ ...shown, certifications: [] }] });
    return { record, quality: score <= 100 ? score : defaultQuality };
  }
}

const unnamed: Omit<FingerImage, 'compression' | 'width' | 'height' | 'image'> = {
  capturedAt: { year: 0, month: 0, day: 0, hour: 0, minute: 0, second: 0, millisecond: 0 },
  ...{ technology: 0, vendor: 0, device: 0, qualities: [], certifications: [], number: 0 },
  position: 'unknown',
  ...{ scaleUnits: 1, captureX: 500, captureY: 500, resolutionX: 500, resolutionY: 500, bitDepth: 8, impression: 0 },
};

/** A PNG as an image of an unnamed finger; the size comes from its IHDR chunk. */
function imageOfPng(bytes: Uint8Array): readonly FingerImage[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < 33 || view.getUint32(0) !== 0x89504e47 || view.getUint32(12) !== 0x49484452) return [];
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  if (width < 1 || height < 1 || width > 4_000 || height > 4_000) return [];
  return [{ ...unnamed, compression: 'png', width, height, image: bytes }];
}
