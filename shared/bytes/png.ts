// The size of a PNG (ISO/IEC 15948), read from its chunks and nothing else: whether bytes are one still picture that may be kept.
import { err, ok, type Result } from '../base/result.ts';
import { equalBytes } from './equal.ts';

export type PngSize = { readonly width: number; readonly height: number };
export type PngError = { readonly reason: 'png_malformed' | 'png_animated' };

const signature = Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10);

/** Begins with IHDR, has an IDAT, ends with IEND and nothing after it. The picture itself is not decoded, and no checksum is looked at. */
export function pngSize(bytes: Uint8Array): Result<PngSize, PngError> {
  const malformed = err({ reason: 'png_malformed' } as const);
  if (bytes.length < 8 || !equalBytes(bytes.subarray(0, 8), signature)) return malformed;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let size: PngSize | undefined;
  let hasData = false;
  for (let at = 8; at + 12 <= bytes.length; ) {
    const length = view.getUint32(at);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const next = at + 12 + length;
    if (next > bytes.length || !/^[A-Za-z]{4}$/.test(type) || (type === 'IHDR') !== (at === 8)) return malformed;
    if (type === 'acTL') return err({ reason: 'png_animated' });
    if (type === 'IHDR') {
      if (length !== 13) return malformed;
      size = { width: view.getUint32(at + 8), height: view.getUint32(at + 12) };
    }
    hasData ||= type === 'IDAT';
    if (type === 'IEND') {
      const whole = size && hasData && length === 0 && next === bytes.length && size.width > 0 && size.height > 0;
      return whole && size ? ok(size) : malformed;
    }
    at = next;
  }
  return malformed;
}
