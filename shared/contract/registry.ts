// One line of an import (NDJSON): a person as the registry's owner sends them. What is stored is sealed (worker/store/vault.ts).
import * as z from 'zod';
import { base64Url, Name, UnifiedNumberText } from './wire.ts';

/** A calendar date, `YYYY-MM-DD`, Gregorian. */
export const CalendarDate = z.iso.date();

export const PersonRecord = z.object({
  number: UnifiedNumberText,
  kind: z.enum(['citizen', 'resident', 'visitor']),
  /** Full names as printed on the document. */
  name: Name,
  birthDate: CalendarDate,
  sex: z.enum(['male', 'female']),
  /** ISO 3166-1 alpha-3. */
  nationality: z.string().regex(/^[A-Z]{3}$/),
  document: z.object({ serial: z.string().regex(/^[A-Z0-9]{6,12}$/), expiresOn: CalendarDate }),
  guardians: z
    .array(z.object({ number: UnifiedNumberText, relation: z.enum(['father', 'mother', 'legal_guardian']) }))
    .max(4)
    .default([]),
});
export type PersonRecord = z.infer<typeof PersonRecord>;

export const EnrolledFinger = z.object({
  /** ISO/IEC 19794-2 position, 1 to 10. */
  position: z.int().min(1).max(10),
  sample: z.int().min(1).max(3),
  extractor: z.string().regex(/^[a-z0-9_.-]{1,40}$/),
  quality: z.int().min(0).max(100),
  /** Any format that shared/biometric tells from its bytes. */
  template: base64Url(16_384, 24),
});
export type EnrolledFinger = z.infer<typeof EnrolledFinger>;

export const maxPhotoBytes = 131_072;
const pixel = z.int().min(0).max(4096);

export const PersonLine = z.object({
  ...PersonRecord.shape,
  fingers: z.array(EnrolledFinger).max(30).default([]),
  /** WebP, 64 × 64 grey, about 500 bytes: what profile S carries. */
  face: base64Url(1000, 16).optional(),
  /** In place of `face`: the registry's own photo, JPEG, PNG or WebP of any sane size. The face is made of it; it is not kept. */
  photo: base64Url(maxPhotoBytes, 32).optional(),
  /** Where the face is in the photo, in its pixels, if the registry knows. Else the photo is taken for a passport's. */
  photoFace: z.object({ x: pixel, y: pixel, width: pixel.min(1), height: pixel.min(1) }).optional(),
});
export type PersonLine = z.infer<typeof PersonLine>;

/** POST, NDJSON of `PersonLine` in, NDJSON of `ImportEvent` out. `?from=n`: the body's first line is line n of the file. */
export const importPath = '/v1/admin/people';
/** Bytes of one line without its line feed; a longer one is refused, the others are kept. */
export const maxLineBytes = 262_144;

const count = z.int().min(0);
const counts = { imported: count, updated: count, unchanged: count, refused: count };

/** What an import says while it goes on. A line is named by its number only: nothing here names a person. */
export const ImportEvent = z.discriminatedUnion('type', [
  /** The line was not kept; `pointer` is a JSON pointer into it. */
  z.object({
    type: z.literal('refused'),
    line: z.int().min(1),
    reason: z.string(),
    pointer: z.string().optional(),
    detail: z.string().optional(),
  }),
  /** Every line up to `line` is durable or refused. */
  z.object({ type: z.literal('progress'), line: count, ...counts }),
  /** The whole body was read. */
  z.object({ type: z.literal('finished'), line: count, ...counts }),
  /** The import stopped on our side: lines after `line` were not kept. Send them again. */
  z.object({ type: z.literal('stopped'), line: count, ...counts, reason: z.string() }),
]);
export type ImportEvent = z.infer<typeof ImportEvent>;
