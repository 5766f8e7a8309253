// Ridge pictures of fingers that do not exist, from their minutiae: for simulated image readers only. The ridges end and split
// where the template says; where the lines between meet, others come about, as in any skin. About half a second each.
import type { FingerTemplate, Minutia } from '../../../../../shared/biometric/template.ts';

/** At 500 dpi. */
const ridgePixels = 9;
const wave = (2 * Math.PI) / ridgePixels;
const directions = 24;
const kernelRadius = 8;
/** Enough for the lines to meet everywhere; after each but the last the minutiae are put back where they belong. */
const rounds = 8;
const putBack = 0.8;

export type Drawing = { readonly pixels: Uint8Array; readonly width: number; readonly height: number };

/** 8-bit grey, ridges dark, of the first view. */
export function drawFinger(template: FingerTemplate): Drawing {
  const { width, height } = template;
  const minutiae = template.views[0]?.minutiae ?? [];
  const inside = padOf(minutiae, width, height);
  const direction = directionsOf(minutiae, width, height);
  const seeds = seedsOf(minutiae, width, height);
  let ridges = seeds;
  for (let round = 0; round < rounds; round++) {
    ridges = grown(ridges, direction, inside, width, height);
    if (round < rounds - 1) keepMinutiae(ridges, seeds, minutiae, width, height);
  }
  const pixels = Uint8Array.from(inside, (is, at) => (is === 1 ? Math.round(128 - 100 * (ridges[at] ?? 0)) : 255));
  return { pixels, width, height };
}

/** 1 where minutiae are dense enough to be skin; the margin that the kernels cannot reach stays 0. */
function padOf(minutiae: readonly Minutia[], width: number, height: number): Uint8Array {
  const pad = new Uint8Array(width * height);
  for (let top = kernelRadius; top < height - kernelRadius; top += 2) {
    for (let left = kernelRadius; left < width - kernelRadius; left += 2) {
      let density = 0;
      for (const m of minutiae) density += Math.exp(-((m.x - left) ** 2 + (m.y - top) ** 2) / 1_800);
      if (density > 0.35) for (const y of [top, top + 1]) pad.fill(1, y * width + left, y * width + left + 2);
    }
  }
  return pad;
}

/** Ridge direction at every pixel, as an index: the minutiae's own, averaged as double angles. */
function directionsOf(minutiae: readonly Minutia[], width: number, height: number): Uint8Array {
  const out = new Uint8Array(width * height);
  const step = 4;
  for (let top = 0; top < height; top += step) {
    for (let left = 0; left < width; left += step) {
      let [cos, sin] = [0, 0];
      for (const m of minutiae) {
        const distance = (m.x - left) ** 2 + (m.y - top) ** 2;
        const weight = Math.exp(-distance / 1_568) + 1e-6 / (1 + distance);
        cos += weight * Math.cos(2 * m.angle);
        sin += weight * Math.sin(2 * m.angle);
      }
      const index = Math.round((Math.atan2(sin, cos) / 2 / Math.PI) * directions);
      for (let y = top; y < Math.min(top + step, height); y++) {
        out.fill((index + directions) % directions, y * width + left, y * width + Math.min(left + step, width));
      }
    }
  }
  return out;
}

/** Around each minutia, waves across its direction with one turn of phase about it: there a ridge ends, or splits. */
function seedsOf(minutiae: readonly Minutia[], width: number, height: number): Float32Array {
  const out = new Float32Array(width * height);
  const reach = 30;
  for (const m of minutiae) {
    const [cos, sin] = [Math.cos(m.angle), Math.sin(m.angle)];
    const shift = m.type === 'bifurcation' ? Math.PI : 0;
    for (let y = Math.max(0, m.y - reach); y < Math.min(height, m.y + reach); y++) {
      for (let x = Math.max(0, m.x - reach); x < Math.min(width, m.x + reach); x++) {
        const [right, up] = [x - m.x, m.y - y];
        const across = up * cos - right * sin;
        const phase = wave * across + Math.atan2(across, right * cos + up * sin) + shift;
        const at = y * width + x;
        out[at] = (out[at] ?? 0) + Math.exp(-(right * right + up * up) / 150) * Math.cos(phase);
      }
    }
  }
  return out;
}

/** What grows from elsewhere would push a minutia aside: what it was begun with is mixed in again, under a narrow bell. */
function keepMinutiae(
  ridges: Float32Array,
  seeds: Float32Array,
  minutiae: readonly Minutia[],
  width: number,
  height: number,
) {
  const reach = 12;
  for (const m of minutiae) {
    for (let y = Math.max(0, m.y - reach); y < Math.min(height, m.y + reach); y++) {
      for (let x = Math.max(0, m.x - reach); x < Math.min(width, m.x + reach); x++) {
        const share = putBack * Math.exp(-((x - m.x) ** 2 + (y - m.y) ** 2) / 50);
        const at = y * width + x;
        const begun = Math.max(-1, Math.min(1, 1.5 * (seeds[at] ?? 0)));
        ridges[at] = (1 - share) * (ridges[at] ?? 0) + share * begun;
      }
    }
  }
}

/** One round: every pixel becomes what waves along its direction say, pushed towards ridge or valley. */
function grown(ridges: Float32Array, direction: Uint8Array, inside: Uint8Array, width: number, height: number) {
  const next = new Float32Array(ridges.length);
  for (let y = kernelRadius; y < height - kernelRadius; y++) {
    for (let x = kernelRadius; x < width - kernelRadius; x++) {
      const at = y * width + x;
      if (inside[at] !== 1) continue;
      const kernel = kernels[direction[at] as number] as Float32Array;
      let sum = 0;
      let k = 0;
      for (let row = at - kernelRadius * width; row <= at + kernelRadius * width; row += width) {
        for (let i = row - kernelRadius; i <= row + kernelRadius; i++) {
          sum += (kernel[k++] as number) * (ridges[i] as number);
        }
      }
      next[at] = Math.tanh(4 * sum);
    }
  }
  return next;
}

/** Waves across the direction under a bell, with no answer to even grey. */
const kernels = Array.from({ length: directions }, (_, index) => {
  const angle = (index * Math.PI) / directions;
  const span = Array.from({ length: 2 * kernelRadius + 1 }, (_, i) => i - kernelRadius);
  const raw = span.flatMap((down) =>
    span.map((right) => {
      const across = -right * Math.sin(angle) - down * Math.cos(angle);
      return Math.exp(-(right * right + down * down) / 26) * Math.cos(wave * across);
    }),
  );
  const mean = raw.reduce((sum, value) => sum + value, 0) / raw.length;
  const weight = raw.reduce((sum, value) => sum + Math.abs(value - mean), 0);
  return Float32Array.from(raw, (value) => (value - mean) / weight);
});
