// Wavelet coefficients → pixels: each split of the tree undone, rows and columns, with the file's own filters.
import { type Band, firstLength } from './subbands.ts';

/** What the coefficients around a sample add to it, by distance: filters of even and of odd places, both symmetric. */
export type Synthesis = { readonly even: Float64Array; readonly odd: Float64Array };

/**
 * Even places hold low-pass coefficients, odd ones high-pass. The synthesis filter of each is the analysis filter of the
 * OTHER with alternating signs.
 */
export function synthesisOf(low: readonly number[], high: readonly number[]): Synthesis {
  const taps = Math.max(low.length, high.length);
  const alternate = (half: readonly number[], k: number) => (k % 2 === 1 ? -1 : 1) * (half[k] ?? 0);
  const [fromLow, fromHigh] = [high, low];
  return {
    even: Float64Array.from({ length: taps }, (_, k) => alternate(k % 2 === 0 ? fromLow : fromHigh, k)),
    odd: Float64Array.from({ length: taps }, (_, k) => alternate(k % 2 === 0 ? fromHigh : fromLow, k)),
  };
}

/** In place, in a plane of rows of `stride` numbers. */
export function undoSplits(plane: Float64Array, stride: number, band: Band, filters: Synthesis): void {
  if (band.parts.length === 0) return;
  for (const part of band.parts) undoSplits(plane, stride, part, filters);
  const line = new Float64Array(Math.max(band.width, band.height) + 2 * filters.even.length);
  const origin = band.y * stride + band.x;
  for (let x = 0; x < band.width; x++) {
    join(plane, origin + x, stride, band.height, band.reversedY, filters, line);
  }
  for (let y = 0; y < band.height; y++) {
    join(plane, origin + y * stride, 1, band.width, band.reversedX, filters, line);
  }
}

/** One row or column: low and high halves interleaved, mirrored at both ends, filtered. */
function join(
  plane: Float64Array,
  origin: number,
  step: number,
  length: number,
  reversed: boolean,
  { even, odd }: Synthesis,
  line: Float64Array,
): void {
  const margin = even.length;
  const first = firstLength(length, reversed);
  for (let k = 0; k < length; k++) {
    const inFirst = k < first;
    const isLow = inFirst !== reversed;
    const at = 2 * (inFirst ? k : k - first) + (isLow ? 0 : 1);
    line[margin + at] = plane[origin + k * step] as number;
  }
  for (let k = 1; k < margin; k++) {
    line[margin - k] = line[margin + mirror(k, length)] as number;
    line[margin + length - 1 + k] = line[margin + mirror(length - 1 + k, length)] as number;
  }
  for (let n = 0; n < length; n++) {
    const filter = (n & 1) === 0 ? even : odd;
    const at = margin + n;
    let sum = (line[at] as number) * (filter[0] as number);
    for (let k = 1; k < filter.length; k++) {
      sum += (filter[k] as number) * ((line[at - k] as number) + (line[at + k] as number));
    }
    plane[origin + n * step] = sum;
  }
}

/** The end samples are not repeated. */
function mirror(at: number, length: number): number {
  if (length === 1) return 0;
  const around = 2 * (length - 1);
  const k = at % around;
  return k < length ? k : around - k;
}
