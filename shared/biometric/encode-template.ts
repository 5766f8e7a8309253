// Template → bytes in its format. What decodes is what was meant, or there is a refusal.
import { err, ok, type Result } from '../base/result.ts';
import { encodeAnsi2004 } from './ansi-378-2004.ts';
import { encodeAnsi2009 } from './ansi-378-2009.ts';
import { decodeTemplate } from './decode-template.ts';
import { encodeIso2005 } from './iso-19794-2-2005.ts';
import { encodeIso2011 } from './iso-19794-2-2011.ts';
import type { FingerTemplate, TemplateError, TemplateFormat } from './template.ts';

const encoders: Readonly<Record<TemplateFormat, (template: FingerTemplate) => Uint8Array>> = {
  'iso-19794-2:2005': encodeIso2005,
  'iso-19794-2:2011': encodeIso2011,
  'ansi-378-2004': encodeAnsi2004,
  'ansi-378-2007': encodeAnsi2009,
  'ansi-378-2009': encodeAnsi2009,
  'ansi-378-2009-am1': encodeAnsi2009,
};

export type EncodeError = TemplateError | { readonly reason: 'not_representable'; readonly detail: string };

/**
 * Lossless for a decoded template: the same bytes come back. To convert, give `{ ...template, format }`: fields that the
 * other format lacks are left out, angles are rounded to its unit, extended data is copied unread. `not_representable`
 * when a value does not fit its field; any other reason is what a decoder would say of the result.
 */
export function encodeTemplate(template: FingerTemplate): Result<Uint8Array, EncodeError> {
  let bytes: Uint8Array;
  try {
    bytes = oddities(template, encoders[template.format](template));
  } catch (thrown) {
    if (thrown instanceof RangeError) return err({ reason: 'not_representable', detail: thrown.message });
    throw thrown;
  }
  const check = decodeTemplate(bytes);
  return check.ok ? ok(bytes) : check;
}

/** Puts back what the template's bytes had of a writer's mistakes. */
function oddities(template: FingerTemplate, bytes: Uint8Array): Uint8Array {
  const odd = template.asWritten;
  if (odd?.format !== template.format) return bytes;
  const out = Uint8Array.from([...bytes, ...(odd.uncounted ?? [])]);
  if (odd.version) out.set([0x30, 0x32, 0x30, 0], 4);
  const declared = out.length - (odd.lengthShortBy ?? 0);
  const view = new DataView(out.buffer);
  if (template.format === 'ansi-378-2004') view.setUint16(8, declared);
  else view.setUint32(8, declared);
  return out;
}
