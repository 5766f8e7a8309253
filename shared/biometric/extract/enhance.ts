// Makes ridges stand out: a Gabor filter along the ridges at their distance, pixel by pixel. Works at 500 dpi.
import type { Plane } from '../image/gray-image.ts';
import { block, maxPeriod, minPeriod, type RidgeField } from './ridge-field.ts';

/** Directions and steps of a ridge distance for which kernels are kept. */
const directions = 32;
const periodStep = 0.5;
const radius = 10;
const kernelSide = 2 * radius + 1;
const sigmaAlong = 4;
/** The window within which grey values are brought to mean 0 and deviation 1. */
const levelRadius = 12;

/** Positive on ridges, negative in valleys, 0 outside the finger. */
export function enhance(plane: Plane, field: RidgeField): Plane {
  const { width, height } = plane;
  const level = levelled(plane);
  const kernels = new Map<number, Float32Array>();
  const data = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const b = Math.floor(y / block) * field.columns + Math.floor(x / block);
      if (field.mask[b] === 0) continue;
      const angle = ridgeAngle(field, x, y);
      const direction = Math.round((angle / Math.PI) * directions + directions) % directions;
      const period = Math.min(Math.max(field.period[b] as number, minPeriod), maxPeriod);
      const step = Math.round(period / periodStep);
      const key = step * directions + direction;
      let kernel = kernels.get(key);
      if (!kernel) {
        kernel = gabor((direction * Math.PI) / directions, step * periodStep);
        kernels.set(key, kernel);
      }
      let sum = 0;
      const inside = x >= radius && y >= radius && x < width - radius && y < height - radius;
      for (let v = -radius; v <= radius; v++) {
        const row = inside ? (y + v) * width : Math.min(Math.max(y + v, 0), height - 1) * width;
        const kernelRow = (v + radius) * kernelSide + radius;
        for (let u = -radius; u <= radius; u++) {
          const column = inside ? x + u : Math.min(Math.max(x + u, 0), width - 1);
          sum += (kernel[kernelRow + u] as number) * (level[row + column] as number);
        }
      }
      data[y * width + x] = -sum;
    }
  }
  return { width, height, data };
}

/** The ridges' direction at a pixel in radians (y down), between the blocks' centres interpolated. */
export function ridgeAngle(field: RidgeField, x: number, y: number): number {
  const gx = Math.min(Math.max((x + 0.5) / block - 0.5, 0), field.columns - 1);
  const gy = Math.min(Math.max((y + 0.5) / block - 0.5, 0), field.rows - 1);
  const x0 = Math.min(Math.floor(gx), field.columns - 2);
  const y0 = Math.min(Math.floor(gy), field.rows - 2);
  const fx = gx - x0;
  const fy = gy - y0;
  const at = y0 * field.columns + x0;
  const mix = (grid: Float32Array) =>
    ((grid[at] as number) * (1 - fx) + (grid[at + 1] as number) * fx) * (1 - fy) +
    ((grid[at + field.columns] as number) * (1 - fx) + (grid[at + field.columns + 1] as number) * fx) * fy;
  return Math.atan2(mix(field.sin2), mix(field.cos2)) / 2;
}

/** Even-symmetric, mean 0: answers to ridges along `angle` that repeat every `period` pixels. */
function gabor(angle: number, period: number): Float32Array {
  const kernel = new Float32Array(kernelSide * kernelSide);
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  const sigmaAcross = Math.min(4, 0.42 * period);
  let sum = 0;
  let weight = 0;
  const envelope = new Float32Array(kernel.length);
  for (let v = -radius; v <= radius; v++) {
    for (let u = -radius; u <= radius; u++) {
      const along = u * c + v * s;
      const across = v * c - u * s;
      const at = (v + radius) * kernelSide + u + radius;
      envelope[at] = Math.exp(-0.5 * ((along / sigmaAlong) ** 2 + (across / sigmaAcross) ** 2));
      kernel[at] = (envelope[at] as number) * Math.cos((2 * Math.PI * across) / period);
      sum += kernel[at] as number;
      weight += envelope[at] as number;
    }
  }
  const offset = sum / weight;
  return kernel.map((value, at) => value - offset * (envelope[at] as number));
}

/** Mean and deviation of a window taken out, clipped at ±3, by running sums. */
function levelled({ width, height, data }: Plane): Float32Array {
  const stride = width + 1;
  const sums = new Float64Array(stride * (height + 1));
  const squares = new Float64Array(stride * (height + 1));
  for (let y = 0; y < height; y++) {
    let rowSum = 0;
    let rowSquares = 0;
    for (let x = 0; x < width; x++) {
      const value = data[y * width + x] as number;
      rowSum += value;
      rowSquares += value * value;
      sums[(y + 1) * stride + x + 1] = (sums[y * stride + x + 1] as number) + rowSum;
      squares[(y + 1) * stride + x + 1] = (squares[y * stride + x + 1] as number) + rowSquares;
    }
  }
  const out = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    const top = Math.max(0, y - levelRadius) * stride;
    const bottom = Math.min(height, y + levelRadius + 1) * stride;
    for (let x = 0; x < width; x++) {
      const left = Math.max(0, x - levelRadius);
      const right = Math.min(width, x + levelRadius + 1);
      const pixels = ((bottom - top) / stride) * (right - left);
      const window = (of: Float64Array) =>
        (of[bottom + right] as number) -
        (of[top + right] as number) -
        (of[bottom + left] as number) +
        (of[top + left] as number);
      const mean = window(sums) / pixels;
      const deviation = Math.sqrt(Math.max(0, window(squares) / pixels - mean * mean)) + 4;
      out[y * width + x] = Math.min(3, Math.max(-3, ((data[y * width + x] as number) - mean) / deviation));
    }
  }
  return out;
}
