// One finger from whichever reader: a template as it came, or one made here from an image. Everything else that came is overwritten.
import { err, ok, type Result } from '../../../shared/base/result.ts';
import { ownExtractor } from '../../../shared/biometric/extract/extract-template.ts';
import type { ReaderReason } from '../../bridge/reasons.ts';
import type { Captured, CaptureRequest, FingerprintDriver } from '../devices/fingerprint/driver.ts';
import type { TemplateMaker } from '../devices/fingerprint/images/template-maker.ts';

export type CapturedTemplate = Extract<Captured, { kind: 'template' }>;

export type ReadNeeds = {
  readonly reader: Pick<FingerprintDriver, 'capture'>;
  readonly readerId: () => string;
  readonly templateMaker: Pick<TemplateMaker, 'make'>;
};

/** Reasons: the reader's own; finger_count_wrong when it gave none; reader_unsupported for an image that only the edge could open. */
export async function readFinger(
  needs: ReadNeeds,
  request: CaptureRequest,
): Promise<Result<CapturedTemplate, { readonly reason: ReaderReason }>> {
  const captured = await needs.reader.capture(needs.readerId(), request);
  if (!captured.ok) return captured;
  const [given, ...more] = captured.value;
  for (const other of more) (other.kind === 'template' ? other.template : other.image).fill(0);
  if (!given) return err({ reason: 'finger_count_wrong' });
  if (given.kind === 'template') return ok(given);
  if (given.encrypted) {
    given.image.fill(0);
    return err({ reason: 'reader_unsupported' });
  }
  const { position, quality, device } = given;
  const made = await needs.templateMaker.make(given.image, position);
  if (!made.ok) return made;
  const { template } = made.value;
  // The worse of the two judgements: the reader's own, and what our extractor thinks of the image.
  const worse = Math.min(quality, made.value.quality);
  return ok({ kind: 'template', position, quality: worse, device, template, extractor: ownExtractor });
}
