// One line of an import → a person that may be stored, or the first thing wrong with it. The ordered checks are the table below.
// A refusal names a place in the line, never what stands there.
import type { EpochSeconds, UnifiedNumber } from '../../shared/base/brands.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import { decodeTemplate } from '../../shared/biometric/decode-template.ts';
import { decodeBase64Url } from '../../shared/bytes/base64url.ts';
import type { Bytes } from '../../shared/bytes/bytes.ts';
import { decodeUtf8 } from '../../shared/bytes/text.ts';
import { PersonLine, type PersonRecord } from '../../shared/contract/registry.ts';
import type { Box } from '../../shared/credential/card-photo.ts';
import { isPlainText } from '../../shared/credential/plain-text.ts';
import type { EnrolledFinger } from '../store/fingers.ts';
import { ageAt, hijriToGregorian } from './calendar.ts';
import { kindOfNumber, parseUnifiedNumber } from './unified-number.ts';

export type ParsedPerson = {
  readonly number: UnifiedNumber;
  readonly record: PersonRecord;
  readonly fingers: readonly EnrolledFinger[];
  readonly face: Bytes | undefined;
  /** What the face is still to be made of. */
  readonly photo: { readonly bytes: Bytes; readonly face: Box | undefined } | undefined;
  /** The line as the contract spells it: two lines that say the same have the same. */
  readonly canonical: string;
};

export type LineReason =
  | 'line_too_long'
  | 'bad_utf8'
  | 'bad_json'
  | 'bad_shape'
  | 'hijri_date'
  | 'name_text'
  | 'number_check_digit'
  | 'number_kind'
  | 'birth_date'
  | 'guardian_number'
  | 'guardian_is_self'
  | 'guardian_twice'
  | 'finger_twice'
  | 'template_unreadable'
  | 'face_unreadable'
  | 'face_and_photo'
  | 'photo_refused';

export type LineError = { readonly reason: LineReason; readonly pointer?: string; readonly detail?: string };

const maxAgeYears = 130;

type Check = (line: PersonLine, now: EpochSeconds) => LineError | undefined;

const checks: readonly Check[] = [
  (line) => (parseUnifiedNumber(line.number).ok ? undefined : { reason: 'number_check_digit', pointer: '/number' }),
  (line) =>
    kindOfNumber(line.number as UnifiedNumber) === line.kind
      ? undefined
      : { reason: 'number_kind', pointer: '/kind', detail: 'the first digit of the number tells another kind' },
  (line) => {
    // What no credential may say is not stored either: its holder could be activated and never be issued one.
    const odd = (['ar', 'en'] as const).find((name) => !isPlainText(line.name[name]) || line.name[name].includes('\n'));
    return (
      odd && { reason: 'name_text', pointer: `/name/${odd}`, detail: 'signs that are not seen, or that turn a text' }
    );
  },
  (line, now) => {
    const age = ageAt(line.birthDate, now);
    return age >= 0 && age <= maxAgeYears
      ? undefined
      : { reason: 'birth_date', pointer: '/birthDate', detail: `an age of 0 to ${maxAgeYears}` };
  },
  (line) => {
    const seen = new Set<string>();
    for (const [i, guardian] of line.guardians.entries()) {
      const pointer = `/guardians/${i}/number`;
      const number = parseUnifiedNumber(guardian.number);
      if (!number.ok) return { reason: 'guardian_number', pointer, detail: 'the check digit is wrong' };
      if (kindOfNumber(number.value) === 'establishment') {
        return { reason: 'guardian_number', pointer, detail: 'a guardian is a person' };
      }
      if (guardian.number === line.number) return { reason: 'guardian_is_self', pointer };
      if (seen.has(guardian.number)) return { reason: 'guardian_twice', pointer };
      seen.add(guardian.number);
    }
    return undefined;
  },
  (line) => {
    const seen = new Set<string>();
    for (const [i, { position, sample }] of line.fingers.entries()) {
      const name = `${position}/${sample}`;
      if (seen.has(name)) return { reason: 'finger_twice', pointer: `/fingers/${i}` };
      seen.add(name);
    }
    return undefined;
  },
  (line) =>
    line.face !== undefined && line.photo !== undefined ? { reason: 'face_and_photo', pointer: '/photo' } : undefined,
];

/** `bytes`: one line, UTF-8 JSON of `PersonLine`; `birthDateHijri` (Umm al-Qura) is taken in place of `birthDate`. */
export function parsePersonLine(bytes: Uint8Array, now: EpochSeconds): Result<ParsedPerson, LineError> {
  const text = decodeUtf8(bytes);
  if (!text.ok) return err({ reason: 'bad_utf8' });
  let json: unknown;
  try {
    json = JSON.parse(text.value);
  } catch {
    return err({ reason: 'bad_json' });
  }
  const dated = withGregorianBirthDate(json);
  if (!dated.ok) return dated;
  const shaped = PersonLine.safeParse(dated.value);
  if (!shaped.success) {
    const [issue] = shaped.error.issues;
    const pointer = (issue?.path ?? []).map((step) => `/${String(step)}`).join('');
    return err({ reason: 'bad_shape', pointer, detail: issue?.message ?? '' });
  }
  const line = shaped.data;
  for (const check of checks) {
    const failed = check(line, now);
    if (failed) return err(failed);
  }
  const fingers: EnrolledFinger[] = [];
  for (const [i, finger] of line.fingers.entries()) {
    const pointer = `/fingers/${i}/template`;
    const template = decodeBase64Url(finger.template);
    if (!template.ok) return err({ reason: 'template_unreadable', pointer, detail: template.error.reason });
    const decoded = decodeTemplate(template.value);
    if (!decoded.ok) return err({ reason: 'template_unreadable', pointer, detail: decoded.error.reason });
    fingers.push({ ...finger, template: template.value });
  }
  const face = line.face === undefined ? ok(undefined) : decodeFace(line.face);
  if (!face.ok) return face;
  const photo = line.photo === undefined ? undefined : decodeBase64Url(line.photo);
  if (photo && !photo.ok) return err({ reason: 'photo_refused', pointer: '/photo', detail: photo.error.reason });
  const { fingers: _fingers, face: _face, photo: _photo, photoFace, ...record } = line;
  return ok({
    number: line.number as UnifiedNumber,
    record,
    fingers,
    face: face.value,
    photo: photo && { bytes: photo.value, face: photoFace },
    canonical: JSON.stringify(line),
  });
}

function withGregorianBirthDate(json: unknown): Result<unknown, LineError> {
  if (typeof json !== 'object' || json === null || !('birthDateHijri' in json) || 'birthDate' in json) return ok(json);
  const { birthDateHijri, ...rest } = json;
  const date = typeof birthDateHijri === 'string' ? hijriToGregorian(birthDateHijri) : undefined;
  if (!date?.ok)
    return err({ reason: 'hijri_date', pointer: '/birthDateHijri', detail: date?.error.reason ?? 'a text' });
  return ok({ ...rest, birthDate: date.value });
}

/** A RIFF container of kind WEBP whose length is its own. */
function decodeFace(text: string): Result<Bytes, LineError> {
  const bytes = decodeBase64Url(text);
  if (!bytes.ok) return err({ reason: 'face_unreadable', pointer: '/face', detail: bytes.error.reason });
  const at = (from: number, to: number) => String.fromCharCode(...bytes.value.subarray(from, to));
  const length = new DataView(bytes.value.buffer).getUint32(4, true) + 8;
  if (at(0, 4) !== 'RIFF' || at(8, 12) !== 'WEBP' || length !== bytes.value.length) {
    return err({ reason: 'face_unreadable', pointer: '/face', detail: 'not a WebP image' });
  }
  return ok(bytes.value);
}
