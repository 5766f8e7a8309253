// A drawn face: 64 × 64 grey pixels from a few parameters, of nobody. Knows no image format.
import type { Seeded } from './seeded.ts';

export const portraitSide = 64;

export type Sitter = { readonly sex: 'male' | 'female'; readonly ageYears: number; readonly headCover: boolean };

/** Coverage from 0 (outside) to 1 (inside), smooth over one pixel at the edge; 0 outside of the bounds. */
type Shape = {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly cover: (x: number, y: number) => number;
};

function ellipse(cx: number, cy: number, rx: number, ry: number): Shape {
  const narrow = Math.min(rx, ry);
  return {
    left: cx - rx - 1,
    top: cy - ry - 1,
    right: cx + rx + 1,
    bottom: cy + ry + 1,
    cover: (x, y) => {
      const dx = (x - cx) / rx;
      const dy = (y - cy) / ry;
      return clamp01((1 - Math.sqrt(dx * dx + dy * dy)) * narrow + 0.5);
    },
  };
}

function box(left: number, top: number, right: number, bottom: number): Shape {
  const cover = (x: number, y: number) => clamp01(Math.min(x - left, right - x, y - top, bottom - y) + 0.5);
  return { left: left - 1, top: top - 1, right: right + 1, bottom: bottom + 1, cover };
}

function both(a: Shape, b: Shape): Shape {
  return {
    left: Math.max(a.left, b.left),
    top: Math.max(a.top, b.top),
    right: Math.min(a.right, b.right),
    bottom: Math.min(a.bottom, b.bottom),
    cover: (x, y) => Math.min(a.cover(x, y), b.cover(x, y)),
  };
}

function without(a: Shape, b: Shape): Shape {
  return { ...a, cover: (x, y) => Math.min(a.cover(x, y), 1 - b.cover(x, y)) };
}

function clamp01(value: number): number {
  return value < 0 ? 0 : value > 1 ? 1 : value;
}

/** Grey values, row by row, 64 × 64. The same randomness draws the same face. */
export function drawPortrait(random: Seeded, sitter: Sitter): Uint8Array {
  const { between, chance } = random;
  const vary = (middle: number, by: number) => middle + (random.next() * 2 - 1) * by;
  const background = between(205, 235);
  const skin = between(130, 200);
  const child = sitter.ageYears < 14;
  const old = sitter.ageYears > 58;
  const dark = old ? between(120, 180) : between(25, 60);
  const cloth = sitter.sex === 'male' ? (sitter.headCover ? 245 : between(60, 230)) : between(25, 110);
  const cx = vary(32, 1.2);
  const cy = vary(child ? 34 : 31, 1);
  const rx = vary(child ? 13 : 12.6, 1);
  const ry = vary(child ? 14.5 : 17, 1.2);
  const eyeY = cy - vary(1.5, 0.8);
  const eyeGap = vary(5.4, 0.5);
  const layers: [Shape, number][] = [];

  // Shoulders, neck, head.
  layers.push([ellipse(cx, 66, vary(child ? 22 : 27, 2), vary(17, 1.5)), cloth]);
  if (sitter.sex === 'female' && sitter.headCover) layers.push([ellipse(cx, cy + 5, rx + 7.5, ry + 9), dark + 8]);
  if (sitter.sex === 'male' && sitter.headCover) {
    const scarf = between(210, 250);
    layers.push([ellipse(cx, cy - 1, rx + 6.5, ry + 5), scarf]);
    layers.push([both(box(cx - rx - 7, cy, cx + rx + 7, 58), ellipse(cx, cy + 14, rx + 9, 26)), scarf - 12]);
  }
  if (sitter.sex === 'female' && !sitter.headCover) layers.push([ellipse(cx, cy + 4, rx + 5, ry + 7), dark]);
  layers.push([box(cx - 5, cy + ry - 5, cx + 5, cy + ry + 6), skin - 18]);
  layers.push([ellipse(cx, cy, rx, ry), skin]);

  // Hair or the band of a headdress.
  if (!sitter.headCover) {
    const line = cy - ry * vary(0.45, 0.12);
    layers.push([both(ellipse(cx, cy - 1, rx + 1.2, ry + 1.4), box(0, 0, 64, line)), dark]);
  } else if (sitter.sex === 'male') {
    layers.push([both(ellipse(cx, cy - 1, rx + 6, ry + 5), box(0, 0, 64, cy - ry * 0.52)), between(205, 245)]);
    layers.push([both(ellipse(cx, cy - 1, rx + 6, ry + 5), box(0, cy - ry * 0.66 - 2, 64, cy - ry * 0.66 + 1)), 25]);
  } else {
    layers.push([without(ellipse(cx, cy, rx + 3, ry + 3), ellipse(cx, cy + 1.5, rx - 0.5, ry - 2.5)), dark + 8]);
  }

  // Features.
  const brow = dark + 10;
  for (const side of [-1, 1]) {
    const x = cx + side * eyeGap;
    layers.push([ellipse(x, eyeY, 2.6, 1.5), 238]);
    layers.push([ellipse(x + vary(0, 0.3), eyeY, 1.3, 1.4), 30]);
    layers.push([ellipse(x, eyeY - vary(3.6, 0.5), vary(3.2, 0.4), old ? 0.7 : 0.9), brow]);
  }
  layers.push([ellipse(cx + 0.8, cy + 4, 1.5, vary(2.4, 0.4)), skin - 26]);
  layers.push([ellipse(cx, cy + ry * 0.56, vary(3.6, 0.6), vary(1.1, 0.25)), skin - 60]);
  if (sitter.sex === 'male' && sitter.ageYears > 17 && chance(0.65)) {
    const beard = without(
      both(ellipse(cx, cy, rx, ry + 0.6), box(0, cy + ry * vary(0.34, 0.08), 64, 64)),
      ellipse(cx, cy + ry * 0.56, 4.4, 1.8),
    );
    layers.push([beard, (dark + skin * (chance(0.5) ? 0 : 1)) / (chance(0.5) ? 1 : 2)]);
  }
  if (sitter.ageYears > 10 && chance(0.22)) {
    for (const side of [-1, 1]) {
      const x = cx + side * eyeGap;
      layers.push([without(ellipse(x, eyeY, 4.3, 3.6), ellipse(x, eyeY, 3.4, 2.7)), 45]);
    }
  }
  return paint(layers, background);
}

function paint(layers: readonly (readonly [Shape, number])[], background: number): Uint8Array {
  const grey = new Float32Array(portraitSide * portraitSide);
  for (let at = 0; at < grey.length; at++) grey[at] = background - Math.floor(at / portraitSide) * 0.35;
  for (const [shape, value] of layers) {
    const bottom = Math.min(portraitSide, Math.ceil(shape.bottom));
    const right = Math.min(portraitSide, Math.ceil(shape.right));
    for (let y = Math.max(0, Math.floor(shape.top)); y < bottom; y++) {
      for (let x = Math.max(0, Math.floor(shape.left)); x < right; x++) {
        const at = y * portraitSide + x;
        const under = grey[at] ?? 0;
        grey[at] = under + (value - under) * shape.cover(x + 0.5, y + 0.5);
      }
    }
  }
  return Uint8Array.from(grey, (value) => Math.max(0, Math.min(255, Math.round(value))));
}
