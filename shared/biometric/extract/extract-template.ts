// A finger image → a minutiae template with quality: the whole way. Pure; about a quarter of a second for a usual image.
import { ok, type Result } from '../../base/result.ts';
import { checkImage, type GrayImage, type GrayImageError, toReferenceDpi } from '../image/gray-image.ts';
import type { FingerPosition } from '../position.ts';
import type { FingerTemplate, Minutia } from '../template.ts';
import { enhance } from './enhance.ts';
import { type FoundMinutia, findMinutiae } from './find-minutiae.ts';
import { imageQuality } from './image-quality.ts';
import { ridgeField } from './ridge-field.ts';
import { binarise, thin } from './skeleton.ts';
import { repair } from './trace-lines.ts';

/** What `calibration` calls templates made here. */
export const ownExtractor = 'tawthiq';

/** Formats hold 255; more than this are false ones. The best are kept. */
const maxMinutiae = 120;

/**
 * An ISO/IEC 19794-2:2005 template at 500 dpi with one view; `views[0].quality` is the image's quality 0 to 100. A blank
 * image gives a template without minutiae and quality 0, not a refusal: asking for a better capture is the caller's rule.
 */
export function extractTemplate(
  image: GrayImage,
  position: FingerPosition = 'unknown',
): Result<FingerTemplate, GrayImageError> {
  const checked = checkImage(image);
  if (!checked.ok) return checked;
  const plane = toReferenceDpi(image);
  const field = ridgeField(plane);
  const lines = binarise(enhance(plane, field));
  thin(lines);
  repair(lines, field);
  const found = findMinutiae(lines, field);
  const best = [...found].sort((a, b) => b.quality - a.quality).slice(0, maxMinutiae);
  return ok({
    format: 'iso-19794-2:2005',
    width: plane.width,
    height: plane.height,
    resolutionX: 197,
    resolutionY: 197,
    device: { vendor: 0, subFormat: 0, id: 0, certification: 0 },
    views: [
      {
        position,
        viewNumber: 0,
        impression: 0,
        quality: imageQuality(field, found.length),
        minutiae: best.map(asStored),
        extended: [],
      },
    ],
  });
}

/** In the units of the format, so that encoding loses nothing. */
function asStored({ x, y, angle, type, quality }: FoundMinutia): Minutia {
  const steps = ((Math.round((angle * 128) / Math.PI) % 256) + 256) % 256;
  return { x, y, angle: (steps * Math.PI) / 128, type, quality: Math.max(1, Math.min(100, Math.round(100 * quality))) };
}
