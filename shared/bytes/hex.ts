// Hexadecimal text, lower case out, either case in.

import { err, ok, type Result } from '../base/result.ts';
import type { Bytes } from './bytes.ts';

const PAIRS: readonly string[] = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'));

export type HexError = { readonly reason: 'hex_length' | 'hex_character' };

export function encodeHex(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i++) text += PAIRS[bytes[i] as number];
  return text;
}

export function decodeHex(text: string): Result<Bytes, HexError> {
  if (text.length % 2 !== 0) return err({ reason: 'hex_length' });
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) {
    const high = nibble(text.charCodeAt(2 * i));
    const low = nibble(text.charCodeAt(2 * i + 1));
    if (high < 0 || low < 0) return err({ reason: 'hex_character' });
    bytes[i] = (high << 4) | low;
  }
  return ok(bytes);
}

function nibble(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const lower = code | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}
