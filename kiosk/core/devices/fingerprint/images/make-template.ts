// A finger image record → a template of our own extractor, as bytes. Pure work of about a quarter of a second: run it in a thread.
import { err, ok, type Result } from '../../../../../shared/base/result.ts';
import { encodeTemplate } from '../../../../../shared/biometric/encode-template.ts';
import { extractTemplate } from '../../../../../shared/biometric/extract/extract-template.ts';
import { fingerPixels, type Jpeg2000Decoder } from '../../../../../shared/biometric/image/finger-pixels.ts';
import { decodeImageRecord } from '../../../../../shared/biometric/iso-19794-4-2011.ts';
import { positionOfCode } from '../../../../../shared/biometric/position.ts';
import type { ReaderError } from '../driver.ts';

/** Fewer than the matcher needs is no finger. */
const minMinutiae = 10;

export type MadeTemplate = { readonly template: Uint8Array; readonly quality: number };

/**
 * ISO/IEC 19794-2:2005 bytes and the image's own quality, 0 to 100. Reasons: answer_malformed (no record), finger_count_wrong
 * (not one image), reader_unsupported (a compression this kiosk cannot read), finger_unreadable (too few minutiae, or no image).
 */
export async function makeTemplate(
  record: Uint8Array,
  position: number,
  jpeg2000?: Jpeg2000Decoder,
): Promise<Result<MadeTemplate, ReaderError>> {
  const decoded = decodeImageRecord(record);
  if (!decoded.ok) return err({ reason: 'answer_malformed', code: decoded.error.reason });
  const [only, ...more] = decoded.value.images;
  if (!only || more.length > 0) return err({ reason: 'finger_count_wrong' });
  const image = await fingerPixels(only, jpeg2000);
  if (!image.ok) {
    const { reason } = image.error;
    const cannot = reason === 'unsupported_compression' || reason === 'unsupported_depth';
    return err({ reason: cannot ? 'reader_unsupported' : 'finger_unreadable', code: reason });
  }
  const extracted = extractTemplate(image.value, positionOfCode(position) ?? 'unknown');
  image.value.pixels.fill(0);
  if (!extracted.ok) return err({ reason: 'finger_unreadable', code: extracted.error.reason });
  const [view] = extracted.value.views;
  if (!view || view.minutiae.length < minMinutiae) return err({ reason: 'finger_unreadable', code: 'few_minutiae' });
  const template = encodeTemplate(extracted.value);
  if (!template.ok) throw new Error(`our own template cannot be written: ${template.error.reason}`);
  return ok({ template: template.value, quality: view.quality });
}
