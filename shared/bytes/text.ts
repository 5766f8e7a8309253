// UTF-8 text to bytes and back. Strict: malformed UTF-8 is refused, nothing is replaced, a byte order mark is kept.

import { err, ok, type Result } from '../base/result.ts';
import { type Bytes, ownBytes } from './bytes.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export type TextError = { readonly reason: 'utf8_malformed' };

/** A lone surrogate becomes U+FFFD, as the platform's encoder does: check the text before if that matters. */
export function encodeUtf8(text: string): Bytes {
  return ownBytes(encoder.encode(text));
}

export function decodeUtf8(bytes: Uint8Array): Result<string, TextError> {
  const text = decodeUtf8Range(bytes, 0, bytes.length);
  return text === undefined ? err({ reason: 'utf8_malformed' }) : ok(text);
}

/** The same for a part of a larger byte string, without a view for it; undefined if malformed. Short texts are the common case. */
export function decodeUtf8Range(bytes: Uint8Array, from: number, to: number): string | undefined {
  if (to - from <= 64) {
    let text = '';
    let i = from;
    // Eight characters at a time: every piece that is added to a text costs as much as its characters.
    for (; i + 8 <= to; i += 8) {
      const a = bytes[i] as number;
      const b = bytes[i + 1] as number;
      const c = bytes[i + 2] as number;
      const d = bytes[i + 3] as number;
      const e = bytes[i + 4] as number;
      const f = bytes[i + 5] as number;
      const g = bytes[i + 6] as number;
      const h = bytes[i + 7] as number;
      if ((a | b | c | d | e | f | g | h) > 127) break;
      text += String.fromCharCode(a, b, c, d, e, f, g, h);
    }
    // Two bytes make a letter of every alphabet up to U+07FF, Arabic too; what needs more is left to the platform.
    for (; i < to; i++) {
      const byte = bytes[i] as number;
      if (byte < 128) text += String.fromCharCode(byte);
      else {
        const next = i + 1 < to ? (bytes[i + 1] as number) : 0;
        // SECURITY: C0 and C1 would spell ASCII a second time.
        if (byte < 0xc2 || byte > 0xdf || (next & 0xc0) !== 0x80) break;
        text += String.fromCharCode(((byte & 31) << 6) | (next & 63));
        i++;
      }
    }
    if (i === to) return text;
  }
  try {
    return decoder.decode(bytes.subarray(from, to));
  } catch {
    return undefined;
  }
}
