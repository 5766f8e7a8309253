// A capture that a reader sealed for the edge → a template, or why not: whose reader, sealed for what, when, which finger. The kiosk
// could not read it and is not believed about it. One ordered table; the image exists only inside this file.
import { err, ok, type Result } from '../../shared/base/result.ts';
import { extractTemplate, ownExtractor } from '../../shared/biometric/extract/extract-template.ts';
import { fingerPixels } from '../../shared/biometric/image/finger-pixels.ts';
import { decodeImageRecord } from '../../shared/biometric/iso-19794-4-2011.ts';
import { type FingerPosition, positionsAgree } from '../../shared/biometric/position.ts';
import {
  hashOfNothing,
  type OpenedSbiCapture,
  openSbiBundle,
  parseSbiBundle,
  type SbiBundle,
} from '../../shared/biometric/sbi-capture.ts';
import { sbiFingerOf, sbiTransactionOf } from '../../shared/biometric/sbi-names.ts';
import { jsonOf, openSbiJws } from '../../shared/biometric/sbi-signature.ts';
import type { FingerTemplate } from '../../shared/biometric/template.ts';
import type { ActivationRefusal } from '../../shared/contract/kiosk.ts';
import type { PlatformKey } from '../../shared/crypto/keys.ts';
import type { DeviceTrust } from './device-trust.ts';
import { jpeg2000 } from './jpeg2000.ts';

/** How far the reader's clock and the kiosk's may be apart. */
const windowSeconds = 300;

export type SealedCapture = {
  readonly bundle: Uint8Array;
  readonly position: FingerPosition;
  readonly quality: number;
  readonly capturedAt: number;
  /** As the kiosk names the reader. */
  readonly serial: string;
};

export type OpenedSealed = {
  readonly template: FingerTemplate;
  readonly quality: number;
  readonly extractor: string;
  /** Of the reader's hash chain, upper-case hex: what the next finger of the same capture names as the one before it. */
  readonly link: string;
};

export type SealedNeeds = {
  readonly trust: DeviceTrust | undefined;
  /** By thumbprint of the certificate. */
  readonly captureKey: (thumbprint: string) => Promise<PlatformKey | undefined>;
};

type Facts = {
  readonly opened: OpenedSbiCapture;
  readonly given: SealedCapture;
  readonly activationId: Uint8Array;
  readonly trust: DeviceTrust;
  /** Serial number of the chip's signed digital id. */
  readonly chipSerial: string | undefined;
};

/** SECURITY: everything here is inside the reader's signature. The first row that does not hold is the refusal. */
const checks: readonly (readonly [ActivationRefusal, (facts: Facts) => boolean])[] = [
  ['reader_not_trusted', ({ chipSerial, opened }) => chipSerial === opened.serial],
  ['reader_not_trusted', ({ given, opened }) => given.serial === opened.serial],
  [
    'capture_mismatch',
    ({ opened, activationId }) => opened.transactionId.startsWith(`${sbiTransactionOf(activationId)}-`),
  ],
  ['capture_mismatch', ({ opened, trust }) => opened.purpose === 'Auth' && opened.env === trust.env],
  ['capture_mismatch', ({ opened, trust }) => opened.domainUri === trust.domainUri],
  [
    'capture_mismatch',
    ({ opened, given }) => positionsAgree(sbiFingerOf(opened.bioSubType) ?? 'unknown', given.position),
  ],
  [
    'evidence_stale',
    ({ opened, given }) => Math.abs(Date.parse(opened.timestamp) / 1000 - given.capturedAt) <= windowSeconds,
  ],
];

/**
 * `activationId`: its 16 bytes. `previousLink`: of the capture before it in the same evidence, '' for the first one. Refusals: reader_not_trusted (no trust, unknown or expired signer, bad signature, another serial),
 * capture_unreadable (bundle, key, seal, hash chain, image), capture_mismatch (sealed for something else), evidence_stale.
 */
export async function openSealedCapture(
  needs: SealedNeeds,
  given: SealedCapture,
  activationId: Uint8Array,
  previousLink = '',
): Promise<Result<OpenedSealed, { readonly reason: ActivationRefusal }>> {
  const { trust } = needs;
  if (!trust) return err({ reason: 'reader_not_trusted' });
  const bundle = parseSbiBundle(given.bundle);
  if (!bundle.ok) return err({ reason: 'capture_unreadable' });
  const key = await needs.captureKey(bundle.value.thumbprint);
  // SECURITY: a capture begins a chain, or goes on from the one before it: nothing that the reader saw between them is left out.
  if (!key || !follows(bundle.value.previousHash, previousLink)) return err({ reason: 'capture_unreadable' });
  let chipSerial: string | undefined;
  const opened = await openSbiBundle(
    given.bundle,
    () => key,
    async (jws) => {
      // Certificates must stand at the time of the capture: evidence may have waited for a line.
      const payload = await openSbiJws(jws, trust.device, given.capturedAt);
      if (payload.ok) chipSerial = await serialOfChip(jsonOf(payload.value), trust, given.capturedAt);
      return payload.ok;
    },
  );
  if (!opened.ok)
    return err({ reason: opened.error.reason === 'signature_bad' ? 'reader_not_trusted' : 'capture_unreadable' });
  try {
    const facts: Facts = { opened: opened.value, given, activationId, trust, chipSerial };
    const refusal = checks.find(([, holds]) => !holds(facts))?.[0];
    return refusal ? err({ reason: refusal }) : await readFinger(opened.value, given);
  } finally {
    opened.value.record.fill(0);
  }
}

/** A beginning is written as nothing, or as the hash of nothing. */
function follows(previousHash: string, previousLink: string): boolean {
  const previous = previousHash.toUpperCase();
  return previous === '' || previous === hashOfNothing || (previousLink !== '' && previous === previousLink);
}

/** The digital id inside the capture is signed by the reader's chip (L1) or by the device key (L0). */
async function serialOfChip(payload: unknown, trust: DeviceTrust, at: number): Promise<string | undefined> {
  const text = (payload as { readonly digitalId?: unknown } | undefined)?.digitalId;
  const roots = trust.requiredCertification === 'L1' ? trust.ftm : trust.device;
  const digitalId = typeof text === 'string' ? await openSbiJws(text, roots, at) : undefined;
  const { serialNo, type } = (digitalId?.ok ? jsonOf(digitalId.value) : {}) as { serialNo?: unknown; type?: unknown };
  return typeof serialNo === 'string' && type === 'Finger' ? serialNo : undefined;
}

/** The worse judgement of quality counts: the kiosk's, the reader's, our own. */
async function readFinger(opened: OpenedSbiCapture & { readonly bundle: SbiBundle }, given: SealedCapture) {
  const unreadable = err({ reason: 'capture_unreadable' as const });
  const record = decodeImageRecord(opened.record);
  const [image, ...more] = record.ok ? record.value.images : [];
  if (!image || more.length > 0) return unreadable;
  if (!positionsAgree(image.position, given.position)) return err({ reason: 'capture_mismatch' as const });
  const pixels = await fingerPixels(image, jpeg2000);
  if (!pixels.ok) return unreadable;
  const extracted = extractTemplate(pixels.value, given.position);
  pixels.value.pixels.fill(0);
  const [view] = extracted.ok ? extracted.value.views : [];
  const signedQuality = Number(opened.qualityScore);
  if (!extracted.ok || !view || !(signedQuality >= 0 && signedQuality <= 100)) return unreadable;
  const quality = Math.min(given.quality, Math.round(signedQuality), view.quality);
  return ok({ template: extracted.value, quality, extractor: ownExtractor, link: opened.bundle.hash.toUpperCase() });
}
