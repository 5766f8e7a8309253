// Where the finger is, which way its ridges run and how far apart they are, on a grid of blocks. Works at 500 dpi.
// One algorithm, hence its length.
import type { Plane } from '../image/gray-image.ts';

/** Pixels of a block's side. */
export const block = 8;

export type RidgeField = {
  readonly columns: number;
  readonly rows: number;
  /** 1 where there is finger. */
  readonly mask: Uint8Array;
  /** Direction along the ridges as cos and sin of TWICE the angle (radians, y down), so that it can be averaged. */
  readonly cos2: Float32Array;
  readonly sin2: Float32Array;
  /** 0 (no direction) to 1 (all ridges parallel). */
  readonly coherence: Float32Array;
  /** Pixels from ridge to ridge. */
  readonly period: Float32Array;
  /** Standard deviation of the grey values in and around the block. */
  readonly contrast: Float32Array;
};

export const minPeriod = 4;
export const maxPeriod = 16;
const usualPeriod = 9;

/** Noise of single pixels is no ridge: gradients are taken of the image blurred by so many pixels. */
const noiseSigma = 0.8;

export function ridgeField(sharp: Plane): RidgeField {
  const plane = { ...sharp, data: blur(sharp.data, sharp.width, sharp.height, noiseSigma) };
  const columns = Math.ceil(plane.width / block);
  const rows = Math.ceil(plane.height / block);
  const { xx, yy, xy } = blockSums(plane, columns, rows);
  const { contrast } = blockSums(sharp, columns, rows);
  const smooth = (values: Float32Array, sigma: number) => blur(values, columns, rows, sigma);
  const wide = contrast.map((v) => v * v);
  const spread = smooth(wide, 1).map(Math.sqrt);
  const [sxx, syy, sxy] = [smooth(xx, 1.6), smooth(yy, 1.6), smooth(xy, 1.6)];
  const count = columns * rows;
  const cos2 = new Float32Array(count);
  const sin2 = new Float32Array(count);
  const coherence = new Float32Array(count);
  for (let b = 0; b < count; b++) {
    const across = (sxx[b] as number) - (syy[b] as number);
    const mixed = 2 * (sxy[b] as number);
    const energy = (sxx[b] as number) + (syy[b] as number);
    const length = Math.sqrt(across * across + mixed * mixed);
    coherence[b] = energy > 0 ? length / energy : 0;
    // ridges run at a right angle to the gradient
    cos2[b] = length > 0 ? -across / length : 1;
    sin2[b] = length > 0 ? -mixed / length : 0;
  }
  const mask = findFinger(spread, coherence, columns, rows);
  const period = periods(sharp, columns, rows, mask, cos2, sin2, coherence);
  return { columns, rows, mask, cos2, sin2, coherence, period, contrast: spread };
}

/** Sums of the products of the gradient (Sobel), and the standard deviation, block by block. */
function blockSums({ width, height, data }: Plane, columns: number, rows: number) {
  const count = columns * rows;
  const xx = new Float32Array(count);
  const yy = new Float32Array(count);
  const xy = new Float32Array(count);
  const sum = new Float64Array(count);
  const squares = new Float64Array(count);
  const pixels = new Float64Array(count);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * width + x;
      const b = Math.floor(y / block) * columns + Math.floor(x / block);
      const value = data[at] as number;
      sum[b] = (sum[b] as number) + value;
      squares[b] = (squares[b] as number) + value * value;
      pixels[b] = (pixels[b] as number) + 1;
      if (x === 0 || y === 0 || x === width - 1 || y === height - 1) continue;
      const nw = data[at - width - 1] as number;
      const ne = data[at - width + 1] as number;
      const sw = data[at + width - 1] as number;
      const se = data[at + width + 1] as number;
      const gx = ne + se - nw - sw + 2 * ((data[at + 1] as number) - (data[at - 1] as number));
      const gy = sw + se - nw - ne + 2 * ((data[at + width] as number) - (data[at - width] as number));
      xx[b] = (xx[b] as number) + gx * gx;
      yy[b] = (yy[b] as number) + gy * gy;
      xy[b] = (xy[b] as number) + gx * gy;
    }
  }
  const contrast = Float32Array.from(sum, (s, b) => {
    const n = pixels[b] as number;
    return Math.sqrt(Math.max(0, (squares[b] as number) / n - (s / n) ** 2));
  });
  return { xx, yy, xy, contrast };
}

/** Blocks with contrast and one direction; the largest connected area of them, its holes filled. */
function findFinger(contrast: Float32Array, coherence: Float32Array, columns: number, rows: number): Uint8Array {
  const sorted = Float32Array.from(contrast).sort();
  const strong = sorted[Math.floor(sorted.length * 0.9)] as number;
  const threshold = Math.max(6, 0.35 * strong);
  const raw = Float32Array.from(contrast, (c, b) => (c > threshold && (coherence[b] as number) > 0.2 ? 1 : 0));
  const smoothed = Uint8Array.from(blur(raw, columns, rows, 1.2), (v) => (v > 0.5 ? 1 : 0));
  const finger = largestArea(smoothed, 1, columns, rows);
  const holes = Uint8Array.from(finger, (v) => 1 - v);
  // background that reaches the border stays background
  return Uint8Array.from(reachable(holes, columns, rows), (outside) => 1 - outside);
}

function largestArea(mask: Uint8Array, value: number, columns: number, rows: number): Uint8Array {
  const label = new Int32Array(mask.length);
  let best = { size: 0, id: 0 };
  let id = 0;
  for (let start = 0; start < mask.length; start++) {
    if (mask[start] !== value || label[start] !== 0) continue;
    const size = flood(mask, label, [start], value, ++id, columns, rows);
    if (size > best.size) best = { size, id };
  }
  return Uint8Array.from(label, (l) => (l !== 0 && l === best.id ? 1 : 0));
}

function reachable(mask: Uint8Array, columns: number, rows: number): Uint8Array {
  const label = new Int32Array(mask.length);
  const border = [...mask.keys()].filter((b) => {
    const x = b % columns;
    const y = Math.floor(b / columns);
    return x === 0 || y === 0 || x === columns - 1 || y === rows - 1;
  });
  for (const start of border) {
    if (mask[start] === 1 && label[start] === 0) flood(mask, label, [start], 1, 1, columns, rows);
  }
  return Uint8Array.from(label);
}

function flood(
  mask: Uint8Array,
  label: Int32Array,
  stack: number[],
  value: number,
  id: number,
  columns: number,
  rows: number,
): number {
  let size = 0;
  for (const start of stack) label[start] = id;
  while (stack.length > 0) {
    const b = stack.pop() as number;
    size++;
    const x = b % columns;
    const y = Math.floor(b / columns);
    const near = [
      x > 0 ? b - 1 : -1,
      x < columns - 1 ? b + 1 : -1,
      y > 0 ? b - columns : -1,
      y < rows - 1 ? b + columns : -1,
    ];
    for (const n of near) {
      if (n < 0 || mask[n] !== value || label[n] !== 0) continue;
      label[n] = id;
      stack.push(n);
    }
  }
  return size;
}

const across = 24;
const along = 8;

/** For each clear block the lag at which the profile across the ridges repeats itself; the others take their neighbours'. */
function periods(
  { width, height, data }: Plane,
  columns: number,
  rows: number,
  mask: Uint8Array,
  cos2: Float32Array,
  sin2: Float32Array,
  coherence: Float32Array,
): Float32Array {
  const weighted = new Float32Array(columns * rows);
  const weights = new Float32Array(columns * rows);
  const profile = new Float32Array(2 * across + 1);
  for (let b = 0; b < mask.length; b++) {
    if (mask[b] === 0 || (coherence[b] as number) < 0.35) continue;
    const angle = Math.atan2(sin2[b] as number, cos2[b] as number) / 2;
    const [c, s] = [Math.cos(angle), Math.sin(angle)];
    const cx = (b % columns) * block + block / 2;
    const cy = Math.floor(b / columns) * block + block / 2;
    for (let k = -across; k <= across; k++) {
      let sum = 0;
      for (let m = -along; m <= along; m += 2) {
        const x = Math.min(Math.max(Math.round(cx + m * c - k * s), 0), width - 1);
        const y = Math.min(Math.max(Math.round(cy + m * s + k * c), 0), height - 1);
        sum += data[y * width + x] as number;
      }
      profile[k + across] = sum;
    }
    const found = repetition(profile);
    if (!found) continue;
    weighted[b] = found.period * found.strength;
    weights[b] = found.strength;
  }
  const sums = blur(weighted, columns, rows, 2.5);
  const totals = blur(weights, columns, rows, 2.5);
  const overall = weights.reduce((s, w) => s + w, 0);
  const mean = overall > 0 ? weighted.reduce((s, w) => s + w, 0) / overall : usualPeriod;
  return Float32Array.from(sums, (s, b) => ((s as number) + 0.02 * mean) / ((totals[b] as number) + 0.02));
}

/** The first strong maximum of the autocorrelation of a profile, between the least and the greatest ridge distance. */
function repetition(profile: Float32Array): { period: number; strength: number } | undefined {
  const n = profile.length;
  const mean = profile.reduce((s, v) => s + v, 0) / n;
  let energy = 0;
  for (let i = 0; i < n; i++) energy += ((profile[i] as number) - mean) ** 2;
  if (energy === 0) return undefined;
  const correlation = (lag: number) => {
    let sum = 0;
    for (let i = lag; i < n; i++) sum += ((profile[i] as number) - mean) * ((profile[i - lag] as number) - mean);
    return (sum * n) / ((n - lag) * energy);
  };
  let [before, here] = [correlation(minPeriod - 1), correlation(minPeriod)];
  let best: { period: number; strength: number } | undefined;
  for (let lag = minPeriod; lag <= maxPeriod; lag++) {
    const after = correlation(lag + 1);
    if (here > before && here >= after && here > 0.25 && here > (best?.strength ?? 0) + 0.15) {
      best = { period: lag + (0.5 * (before - after)) / (before - 2 * here + after), strength: here };
    }
    [before, here] = [here, after];
  }
  return best;
}

/** Gaussian blur of a grid; the border's values go on outside. */
export function blur(values: Float32Array, columns: number, rows: number, sigma: number): Float32Array {
  const radius = Math.ceil(2.5 * sigma);
  const kernel = Float32Array.from({ length: 2 * radius + 1 }, (_, i) =>
    Math.exp(-((i - radius) ** 2) / (2 * sigma ** 2)),
  );
  const total = kernel.reduce((s, v) => s + v, 0);
  const pass = (from: Float32Array, horizontal: boolean) => {
    const to = new Float32Array(from.length);
    for (let y = 0; y < rows; y++) {
      for (let x = 0; x < columns; x++) {
        let sum = 0;
        for (let k = -radius; k <= radius; k++) {
          const u = horizontal ? Math.min(Math.max(x + k, 0), columns - 1) : x;
          const v = horizontal ? y : Math.min(Math.max(y + k, 0), rows - 1);
          sum += (kernel[k + radius] as number) * (from[v * columns + u] as number);
        }
        to[y * columns + x] = sum / total;
      }
    }
    return to;
  };
  return pass(pass(values, true), false);
}
