// WSQ, the fingerprint image compression of the FBI (IAFIS-IC-0110) → pixels. Decoding only; own, since no kept library does it.
import { err, ok, type Result } from '../../base/result.ts';
import { decodeCoefficients } from './wsq/decode-coefficients.ts';
import { readSegments, type WsqError, type WsqFile } from './wsq/read-segments.ts';
import { type Band, bandTree, subbands } from './wsq/subbands.ts';
import { synthesisOf, undoSplits } from './wsq/synthesise.ts';

export type WsqImage = {
  readonly pixels: Uint8Array;
  readonly width: number;
  readonly height: number;
  /** Only when a NIST comment in the file says so; image records say it better. */
  readonly dpi: number | undefined;
};

/** At most 1 MB and 2,000 pixels a side; odd symmetric filters only (all known encoders). Every refusal names its place. */
export function decodeWsq(bytes: Uint8Array): Result<WsqImage, WsqError> {
  const read = readSegments(bytes);
  if (!read.ok) return read;
  const file = read.value;
  const tree = bandTree(file.width, file.height);
  const present = subbands(tree).filter((_, k) => (file.bins[k]?.width ?? 0) > 0);
  const total = present.reduce((sum, band) => sum + band.width * band.height, 0);
  const quantised = new Int32Array(total);
  let filled = 0;
  for (const block of file.blocks) {
    const next = decodeCoefficients(bytes, block.at, block.end, block.table, quantised, filled);
    if (typeof next === 'string') return err({ reason: next, offset: block.at });
    filled = next;
  }
  if (filled < total) return err({ reason: 'too_few_coefficients', offset: bytes.length });
  const plane = dequantise(file, tree, quantised);
  undoSplits(plane, file.width, tree, synthesisOf(file.low, file.high));
  const pixels = Uint8Array.from(plane, (v) => Math.min(255, Math.max(0, Math.round(v * file.scale + file.shift))));
  return ok({ pixels, width: file.width, height: file.height, dpi: file.dpi });
}

/** A bin's value lies `binCentre` of its width below its upper edge; the bin around zero has its own width. */
function dequantise(file: WsqFile, tree: Band, quantised: Int32Array): Float64Array {
  const plane = new Float64Array(file.width * file.height);
  let from = 0;
  for (const [k, band] of subbands(tree).entries()) {
    const { width = 0, zero = 0 } = file.bins[k] ?? {};
    if (width === 0) continue;
    for (let y = 0; y < band.height; y++) {
      for (let x = 0; x < band.width; x++) {
        const value = quantised[from++] as number;
        if (value === 0) continue;
        const size = (Math.abs(value) - file.binCentre) * width + zero / 2;
        plane[(band.y + y) * file.width + band.x + x] = value > 0 ? size : -size;
      }
    }
  }
  return plane;
}
