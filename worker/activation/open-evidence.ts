// Opens what a kiosk sealed to the edge (HPKE), and reads it: number, nonce, captures. Nothing in it is believed yet.
import type { UnifiedNumber } from '../../shared/base/brands.ts';
import { decodeTemplate, withoutPadding } from '../../shared/biometric/decode-template.ts';
import { codeOfPosition, type FingerPosition, positionOfCode } from '../../shared/biometric/position.ts';
import type { FingerTemplate } from '../../shared/biometric/template.ts';
import { decodeBase64Url } from '../../shared/bytes/base64url.ts';
import type { Bytes } from '../../shared/bytes/bytes.ts';
import { jpegSize } from '../../shared/bytes/jpeg.ts';
import { decodeUtf8, encodeUtf8 } from '../../shared/bytes/text.ts';
import { type ActivationRefusal, Evidence } from '../../shared/contract/kiosk.ts';
import { hmacSha256, importHmacKey } from '../../shared/crypto/hmac.ts';
import { openFrom } from '../../shared/crypto/hpke.ts';
import type { PlatformKey } from '../../shared/crypto/keys.ts';
import { parseUnifiedNumber } from '../registry/unified-number.ts';

const evidenceInfo = 'tawthiq evidence v1';

const minMinutiae = 10;

export type Capture = {
  readonly position: FingerPosition;
  readonly template: FingerTemplate;
  readonly quality: number;
  readonly extractor: string;
  readonly capturedAt: number;
};

/** One that a reader sealed stays shut until who sends it is known: open-sealed-evidence.ts. */
export type ShutCapture = Omit<Capture, 'template' | 'extractor'> & {
  readonly bundle: Uint8Array;
  readonly serial: string;
};

/** Evidence as the kiosk sealed it, before the captures that readers sealed are opened. */
export type EvidenceAsSent = EvidenceOf<Capture | ShutCapture>;

/** In place of the person's finger: why, the supervisor's own finger, and the document's photo where it is one. */
export type ExceptionOf<C> = Pick<NonNullable<Evidence['exception']>, 'reason' | 'tries'> & {
  readonly supervisor: readonly C[];
  readonly document: Bytes | undefined;
};

type EvidenceOf<C> = {
  readonly number: UnifiedNumber;
  readonly nonce: string | undefined;
  readonly captures: readonly C[];
  readonly guardian: { readonly number: UnifiedNumber; readonly captures: readonly C[] } | undefined;
  readonly exception: ExceptionOf<C> | undefined;
};

export type OpenedEvidence = EvidenceOf<Capture> & {
  /** Why a sealed capture did not open; its template is then without a minutia, and nothing is matched. */
  readonly captureRefusal: ActivationRefusal | undefined;
};

/** Undefined for whatever does not open for this activation's id, or does not read to its last template. */
export async function openEvidence(
  privateKey: PlatformKey | undefined,
  activationId: string,
  sealed: string,
): Promise<EvidenceAsSent | undefined> {
  const evidence = Evidence.safeParse(await openSealedJson(privateKey, evidenceInfo, activationId, sealed));
  if (!evidence.success) return undefined;
  const number = parseUnifiedNumber(evidence.data.number);
  if (!number.ok) return undefined;
  const captures = readCaptures(evidence.data.captures);
  const guardian = evidence.data.guardian && readGuardian(evidence.data.guardian);
  const { nonce } = evidence.data;
  const exception = evidence.data.exception && readException(evidence.data.exception);
  if (evidence.data.exception && !exception) return undefined;
  if (!captures || (evidence.data.guardian && !guardian)) return undefined;
  if (captures.length === 0 && !exception) return undefined;
  return { number: number.value, nonce, captures, guardian, exception };
}

/** JSON that was sealed to the edge (HPKE) under this info and for this id; undefined for whatever does not open or read. */
export async function openSealedJson(
  privateKey: PlatformKey | undefined,
  info: string,
  id: string,
  sealed: string,
): Promise<unknown> {
  const bytes = decodeBase64Url(sealed);
  if (!privateKey || !bytes.ok) return undefined;
  // SECURITY: the id is in the aad, so that evidence for one activation is none for another.
  const opened = await openFrom(privateKey, bytes.value, { info: encodeUtf8(info), aad: encodeUtf8(id) });
  const text = opened.ok ? decodeUtf8(opened.value) : opened;
  if (!text.ok) return undefined;
  try {
    return JSON.parse(text.value);
  } catch {
    return undefined;
  }
}

/** What is no picture is as if there were none: the check for it says what to do. */
function readException(given: NonNullable<Evidence['exception']>): ExceptionOf<Capture | ShutCapture> | undefined {
  const supervisor = readCaptures(given.supervisor?.captures ?? []);
  const jpeg = given.document && decodeBase64Url(given.document.jpeg);
  const document = jpeg?.ok && jpegSize(jpeg.value).ok ? jpeg.value : undefined;
  return supervisor && { reason: given.reason, tries: given.tries, supervisor, document };
}

function readGuardian(given: NonNullable<Evidence['guardian']>): EvidenceAsSent['guardian'] {
  const number = parseUnifiedNumber(given.number);
  const captures = readCaptures(given.captures);
  return number.ok && captures ? { number: number.value, captures } : undefined;
}

/** Undefined when one of them does not read. */
export function readCaptures(given: Evidence['captures']): (Capture | ShutCapture)[] | undefined {
  const captures: (Capture | ShutCapture)[] = [];
  for (const capture of given) {
    const { quality, capturedAt, device } = capture;
    const position = positionOfCode(capture.position);
    const raw = decodeBase64Url('bundle' in capture ? capture.bundle : capture.template);
    if (!raw.ok || !position) return undefined;
    if ('bundle' in capture) {
      captures.push({ position, bundle: raw.value, quality, capturedAt, serial: device.serial });
      continue;
    }
    const decoded = decodeTemplate(withoutPadding(raw.value));
    if (!decoded.ok) return undefined;
    captures.push({ position, template: decoded.value, quality, extractor: capture.extractor, capturedAt });
  }
  return captures;
}

/**
 * What a capture is known by, so that it counts once: HMAC over where its minutiae lie, relative to each other. Padding, another
 * format (with its own unit of angle), another order, or the whole print pushed aside make no new capture of it. Undefined for
 * fewer than ten minutiae: too few to be told apart, and too few to match.
 */
export async function captureDigest(secret: Uint8Array, template: FingerTemplate): Promise<Uint8Array | undefined> {
  if (template.views.reduce((sum, { minutiae }) => sum + minutiae.length, 0) < minMinutiae) return undefined;
  const views = template.views.map(({ minutiae }) => {
    const left = minutiae.reduce((least, { x }) => Math.min(least, x), Number.POSITIVE_INFINITY);
    const top = minutiae.reduce((least, { y }) => Math.min(least, y), Number.POSITIVE_INFINITY);
    const places = minutiae.map(({ x, y }) => `${x - left},${y - top}`);
    return places.sort().join(';');
  });
  return hmacSha256(await importHmacKey(secret), encodeUtf8(`capture v1\0${views.sort().join('|')}`));
}

/** ISO/IEC 19794-2 codes of the fingers captured; 0 is "any finger". */
export function codesOf(captures: readonly Capture[]): ReadonlySet<number> {
  return new Set(captures.map(({ position }) => codeOfPosition(position)));
}
