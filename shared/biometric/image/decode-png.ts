// PNG (ISO/IEC 15948) as fingerprint services return it → grey pixels. 8 bits a sample, not interlaced; colours become grey.
import { err, ok, type Result } from '../../base/result.ts';
import { grey } from './decode-bmp.ts';
import { type GrayImage, imageLimits } from './gray-image.ts';

export type PngError = {
  readonly reason: 'not_png' | 'truncated' | 'unsupported_png' | 'image_too_large' | 'image_too_small' | 'bad_png_data';
};

const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** Samples a pixel by colour type: grey, colour, palette, grey with alpha, colour with alpha. Alpha is left out. */
const samplesOf: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

/** `dpi` is taken when the file says nothing plausible. Checksums are not looked at: what matters comes signed or from a cable. */
export async function decodePng(bytes: Uint8Array, dpi = 500): Promise<Result<GrayImage, PngError>> {
  if (signature.some((byte, i) => bytes[i] !== byte)) return err({ reason: 'not_png' });
  if (bytes.length < 33) return err({ reason: 'truncated' });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const width = view.getUint32(16);
  const height = view.getUint32(20);
  const samples = samplesOf[bytes[25] as number];
  if (bytes[24] !== 8 || bytes[28] !== 0 || samples === undefined) return err({ reason: 'unsupported_png' });
  if (width > imageLimits.maxSide || height > imageLimits.maxSide) return err({ reason: 'image_too_large' });
  if (width < imageLimits.minSide || height < imageLimits.minSide) return err({ reason: 'image_too_small' });
  let palette: Uint8Array | undefined;
  let said = dpi;
  const parts: Uint8Array[] = [];
  for (let at = 8; ; ) {
    if (at + 12 > bytes.length) return err({ reason: 'truncated' });
    const length = view.getUint32(at);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const data = bytes.subarray(at + 8, at + 8 + length);
    if (data.length < length || at + 12 + length > bytes.length) return err({ reason: 'truncated' });
    if (type === 'IEND') break;
    if (type === 'IDAT') parts.push(data);
    if (type === 'PLTE') palette = data;
    if (type === 'pHYs' && length === 9 && data[8] === 1) {
      const found = Math.round(view.getUint32(at + 8) * 0.0254);
      if (found >= 400 && found <= imageLimits.maxDpi) said = found;
    }
    at += 12 + length;
  }
  const rowBytes = width * samples;
  const rows = await inflate(parts, (rowBytes + 1) * height);
  if (!rows || !unfilter(rows, rowBytes, height, samples)) return err({ reason: 'bad_png_data' });
  const colour = samples >= 3 || palette !== undefined;
  const pixels = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * (rowBytes + 1) + 1 + x * samples;
      const from = palette ?? rows;
      const k = palette ? 3 * (rows[at] as number) : at;
      pixels[y * width + x] = colour ? grey(from[k] ?? 0, from[k + 1] ?? 0, from[k + 2] ?? 0) : (rows[at] as number);
    }
  }
  return ok({ pixels, width, height, dpi: said });
}

/** SECURITY: stops as soon as there is more than a picture of this size can have. Undefined when the data is not exact. */
async function inflate(parts: readonly Uint8Array[], expected: number): Promise<Uint8Array | undefined> {
  const out = new Uint8Array(expected);
  let filled = 0;
  const source = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(controller) {
      for (const part of parts) controller.enqueue(Uint8Array.from(part));
      controller.close();
    },
  });
  const reader = source.pipeThrough(new DecompressionStream('deflate')).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return filled === expected ? out : undefined;
      if (filled + value.length > expected) {
        await reader.cancel();
        return undefined;
      }
      out.set(value, filled);
      filled += value.length;
    }
  } catch {
    return undefined;
  }
}

/** Undoes the rows' filters in place (9.2). False for a filter that does not exist. */
function unfilter(rows: Uint8Array, rowBytes: number, height: number, step: number): boolean {
  for (let y = 0; y < height; y++) {
    const start = y * (rowBytes + 1);
    const filter = rows[start] as number;
    if (filter > 4) return false;
    for (let k = 1; k <= rowBytes; k++) {
      const at = start + k;
      const left = k > step ? (rows[at - step] as number) : 0;
      const up = y > 0 ? (rows[at - rowBytes - 1] as number) : 0;
      const corner = y > 0 && k > step ? (rows[at - rowBytes - 1 - step] as number) : 0;
      rows[at] = (rows[at] as number) + predicted(filter, left, up, corner);
    }
  }
  return true;
}

function predicted(filter: number, left: number, up: number, corner: number): number {
  if (filter === 0) return 0;
  if (filter === 1) return left;
  if (filter === 2) return up;
  if (filter === 3) return (left + up) >> 1;
  // Paeth: the neighbour nearest to left + up - corner
  const [dl, du, dc] = [Math.abs(up - corner), Math.abs(left - corner), Math.abs(left + up - 2 * corner)];
  return dl <= du && dl <= dc ? left : du <= dc ? up : corner;
}
