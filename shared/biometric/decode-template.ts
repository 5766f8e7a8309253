// Bytes of any of the minutiae formats → template. Tells the formats apart from the bytes; trusts nothing in them.
import { err, ok, type Result } from '../base/result.ts';
import { decodeAnsi2004 } from './ansi-378-2004.ts';
import { decodeAnsi2009 } from './ansi-378-2009.ts';
import { Cursor } from './cursor.ts';
import { decodeIso2005 } from './iso-19794-2-2005.ts';
import { decodeIso2011 } from './iso-19794-2-2011.ts';
import { type FingerTemplate, type TemplateError, type TemplateFormat, templateLimits } from './template.ts';
import type { TemplateCursor } from './template-parts.ts';

const decoders: Readonly<Record<TemplateFormat, (cursor: TemplateCursor) => FingerTemplate>> = {
  'iso-19794-2:2005': decodeIso2005,
  'iso-19794-2:2011': decodeIso2011,
  'ansi-378-2004': decodeAnsi2004,
  'ansi-378-2007': (cursor) => decodeAnsi2009(cursor, 'ansi-378-2007'),
  'ansi-378-2009': (cursor) => decodeAnsi2009(cursor, 'ansi-378-2009'),
  'ansi-378-2009-am1': (cursor) => decodeAnsi2009(cursor, 'ansi-378-2009-am1'),
};

/**
 * Limits: 64 KiB, 16 views, 255 minutiae a view, every minutia inside its image, declared lengths exact, nothing behind
 * the end. The bytes are copied, never kept. Refusals name the first thing wrong and its offset.
 */
export function decodeTemplate(bytes: Uint8Array): Result<FingerTemplate, TemplateError> {
  if (bytes.length > templateLimits.maxBytes) return err({ reason: 'too_large', offset: templateLimits.maxBytes });
  if (bytes.length < 12) return err({ reason: 'truncated', offset: bytes.length });
  const format = formatOf(bytes);
  if (!format.ok) return format;
  const cursor: TemplateCursor = new Cursor<TemplateError['reason']>(bytes, 'truncated');
  const short = format.value === 'ansi-378-2004';
  cursor.seek(8);
  const declared = short ? cursor.u16() : cursor.u32();
  const lengthShortBy = bytes.length - declared;
  cursor.require(lengthShortBy >= 0, 'truncated');
  cursor.require(lengthShortBy <= maxUncounted, 'trailing_bytes');
  const template = decoders[format.value](cursor);
  const uncounted = uncountedBytes(cursor, template);
  cursor.require(lengthShortBy === 0 || uncounted.length === 0, 'trailing_bytes');
  cursor.require(cursor.left === 0, 'length_mismatch');
  if (cursor.failure) return err(cursor.failure);
  const odd = {
    ...(text(bytes, 4) === '020\0' ? { version: '020' as const } : {}),
    ...(lengthShortBy === 0 ? {} : { lengthShortBy }),
    ...(uncounted.length === 0 ? {} : { uncounted }),
  };
  return ok(Object.keys(odd).length === 0 ? template : { ...template, asWritten: { format: format.value, ...odd } });
}

const maxUncounted = 2;

/** Cores and deltas (block 2) are the one block that published files count too short; their rest stands behind the end. */
function uncountedBytes(cursor: TemplateCursor, template: FingerTemplate): Uint8Array {
  const known = template.views.at(-1)?.extended.at(-1)?.type === 2;
  return known && cursor.left <= maxUncounted ? cursor.take(cursor.left) : new Uint8Array(0);
}

/**
 * Readers with fixed buffers pad a template with zero bytes: the bytes up to the length they declare. Anything that does
 * not end in zeros, or is no template, comes back as it is, for decodeTemplate to refuse.
 */
export function withoutPadding(bytes: Uint8Array): Uint8Array {
  const format = bytes.length < 12 ? undefined : formatOf(bytes);
  if (!format?.ok) return bytes;
  const declared = format.value === 'ansi-378-2004' ? u16(bytes, 8) : u16(bytes, 8) * 65_536 + u16(bytes, 10);
  if (declared < 12 || declared >= bytes.length) return bytes;
  return bytes.subarray(declared).every((byte) => byte === 0) ? bytes.subarray(0, declared) : bytes;
}

/** The format, from magic, version and the lengths alone. It may still turn out to be malformed. */
export function formatOf(bytes: Uint8Array): Result<TemplateFormat, TemplateError> {
  if (text(bytes, 0) !== 'FMR\0') return err({ reason: 'not_a_template', offset: 0 });
  switch (text(bytes, 4)) {
    case ' 20\0':
    case '020\0':
      return iso2005OrAnsi2004(bytes);
    case '030\0':
      return ok(iso2011OrAnsi2009(bytes));
    case '035\0':
      return ok('ansi-378-2009-am1');
    default:
      return err({ reason: 'unknown_version', offset: 4 });
  }
}

/** ANSI 2004 has its length in 2 bytes, ISO 2005 in 4: within 64 KiB the first two of those are zero. */
function iso2005OrAnsi2004(bytes: Uint8Array): Result<TemplateFormat, TemplateError> {
  const first = u16(bytes, 8);
  if (first >= 26) return ok('ansi-378-2004');
  if (first === 0 && u16(bytes, 10) >= 24) return ok('iso-19794-2:2005');
  return err({ reason: 'length_mismatch', offset: 8 });
}

/** Three layouts share the version "030": the one whose inner lengths fill the bytes exactly is meant. */
function iso2011OrAnsi2009(bytes: Uint8Array): TemplateFormat {
  if (isoRepresentationsFill(bytes)) return 'iso-19794-2:2011';
  if (ansiViewsFill(bytes, 21)) return 'ansi-378-2009';
  if (ansiViewsFill(bytes, 20)) return 'ansi-378-2007';
  const looksLikeIso = u16(bytes, 12) <= templateLimits.maxViews && (bytes[14] ?? 2) <= 1 && u16(bytes, 15) === 0;
  return looksLikeIso ? 'iso-19794-2:2011' : 'ansi-378-2009';
}

function isoRepresentationsFill(bytes: Uint8Array): boolean {
  let at = 15;
  const count = u16(bytes, 12);
  if (count === 0 || count > templateLimits.maxViews) return false;
  for (let i = 0; i < count; i++) {
    const length = u16(bytes, at) * 65_536 + u16(bytes, at + 2);
    if (length === 0 || at + length > bytes.length) return false;
    at += length;
  }
  return at === bytes.length;
}

function ansiViewsFill(bytes: Uint8Array, headerBytes: number): boolean {
  const count = bytes[headerBytes - 2] ?? 0;
  if (count === 0 || count > templateLimits.maxViews) return false;
  let at = headerBytes;
  for (let i = 0; i < count; i++) {
    const behindMinutiae = at + 17 + 6 * (bytes[at + 16] ?? 0);
    at = behindMinutiae + 2 + u16(bytes, behindMinutiae);
    if (at > bytes.length) return false;
  }
  return at === bytes.length;
}

function u16(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0);
}

function text(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}
