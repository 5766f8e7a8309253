// Fingers from whichever reader: a template as it came, or one made here from an image. Everything else that came is overwritten.
import { createHash } from 'node:crypto';
import { err, ok, type Result } from '../../../shared/base/result.ts';
import { ownExtractor } from '../../../shared/biometric/extract/extract-template.ts';
import { parseSbiBundle } from '../../../shared/biometric/sbi-capture.ts';
import { maxSealedCaptureBytes } from '../../../shared/contract/kiosk.ts';
import type { ReaderReason } from '../../bridge/reasons.ts';
import type { Captured, CaptureRequest, FingerprintDriver } from '../devices/fingerprint/driver.ts';
import type { TemplateMaker } from '../devices/fingerprint/images/template-maker.ts';

/** `sealed`: the bytes are no template but a bundle that only the edge can open (shared/biometric/sbi-capture.ts). */
export type CapturedTemplate = Extract<Captured, { kind: 'template' }> & { readonly sealed?: true };

export type ReadNeeds = {
  readonly reader: Pick<FingerprintDriver, 'capture'>;
  readonly readerId: () => string;
  readonly templateMaker: Pick<TemplateMaker, 'make'>;
  /** The certificate that captures for the edge must be sealed to, DER in base64url; undefined: the edge opens none. */
  readonly captureCertificate: () => string | undefined;
};

/**
 * Reasons: the reader's own; finger_count_wrong when it gave none; reader_unsupported for a sealed image where the edge opens none, or one that is too
 * large for it; encryption_key_mismatch for one that is sealed to another key.
 */
export async function readFinger(
  needs: ReadNeeds,
  request: CaptureRequest,
): Promise<Result<CapturedTemplate, { readonly reason: ReaderReason }>> {
  const read = await readFingers(needs, request);
  if (!read.ok) return read;
  const [given, ...more] = read.value;
  for (const other of more) other.template.fill(0);
  return given ? ok(given) : err({ reason: 'finger_count_wrong' });
}

/** As many as were asked for, in one capture, in its order (a sealed one links to the one before it); or none. Reasons: as above. */
export async function readFingers(
  needs: ReadNeeds,
  request: CaptureRequest,
): Promise<Result<readonly CapturedTemplate[], { readonly reason: ReaderReason }>> {
  const captured = await needs.reader.capture(needs.readerId(), request);
  if (!captured.ok) return captured;
  const read: CapturedTemplate[] = [];
  const refuse = (reason: ReaderReason) => {
    for (const given of captured.value) (given.kind === 'template' ? given.template : given.image).fill(0);
    for (const { template } of read) template.fill(0);
    return err({ reason });
  };
  if (captured.value.length < request.positions.length) return refuse('finger_count_wrong');
  for (const given of captured.value) {
    const one = await templateOf(needs, given);
    if (!one.ok) return refuse(one.error.reason);
    read.push(one.value);
  }
  return ok(read);
}

async function templateOf(
  needs: ReadNeeds,
  given: Captured,
): Promise<Result<CapturedTemplate, { readonly reason: ReaderReason }>> {
  if (given.kind === 'template') return ok(given);
  if (given.encrypted) {
    const refusal = sealedRefusal(given.image, needs.captureCertificate());
    if (refusal) return err({ reason: refusal });
    const { position, quality, device, image } = given;
    return ok({ kind: 'template', sealed: true, position, quality, device, template: image, extractor: 'sbi_sealed' });
  }
  const { position, quality, device } = given;
  const made = await needs.templateMaker.make(given.image, position);
  if (!made.ok) return made;
  const { template } = made.value;
  // The worse of the two judgements: the reader's own, and what our extractor thinks of the image.
  const worse = Math.min(quality, made.value.quality);
  return ok({ kind: 'template', position, quality: worse, device, template, extractor: ownExtractor });
}

/** The edge judges it whole; here only what it could never open is kept from being sent. */
function sealedRefusal(bytes: Uint8Array, certificate: string | undefined): ReaderReason | undefined {
  if (certificate === undefined || bytes.length > maxSealedCaptureBytes) return 'reader_unsupported';
  const bundle = parseSbiBundle(bytes);
  if (!bundle.ok) return 'answer_malformed';
  const thumbprint = createHash('sha256').update(certificate, 'base64url').digest('hex');
  return bundle.value.thumbprint.toLowerCase() === thumbprint ? undefined : 'encryption_key_mismatch';
}
