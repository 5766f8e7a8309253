// Minutiae of a repaired skeleton: where lines end and fork, with direction, type and quality; false ones left out.
import { ridgeAngle } from './enhance.ts';
import { block, type RidgeField } from './ridge-field.ts';
import type { Binary } from './skeleton.ts';
import { exits, pixelsWith, walk } from './trace-lines.ts';

/** x, y in pixels (y down); angle in radians anticlockwise as seen, along the ridge (ending) or the valley (fork) that ends. */
export type FoundMinutia = {
  readonly x: number;
  readonly y: number;
  readonly angle: number;
  readonly type: 'ending' | 'bifurcation';
  /** 0 to 1. */
  readonly quality: number;
};

/** Pixels at 500 dpi. */
const armLength = 12;
const minArm = 8;
const border = 13;
const tooNear = 7;
const crowdRadius = 22;
const maxCrowd = 4;

export function findMinutiae(lines: Binary, field: RidgeField): readonly FoundMinutia[] {
  const found: FoundMinutia[] = [];
  const { width } = lines;
  for (const at of pixelsWith(lines, 1)) {
    const [first] = exits(lines, at);
    if (first === undefined) continue;
    const { path } = walk(lines, at, first, armLength);
    if (path.length < armLength) continue;
    add(at, bearing(width, at, path.at(-1) as number), 'ending');
  }
  for (const at of pixelsWith(lines, 3)) {
    const arms = exits(lines, at).map((first) => walk(lines, at, first, armLength));
    if (arms.length !== 3 || arms.some(({ path }) => path.length < minArm)) continue;
    const bearings = arms.map(({ path }) => bearing(width, at, path.at(-1) as number));
    const [a = 0, b = 0, c = 0] = bearings;
    // the two arms with the valley between them are those nearest to each other
    const [p, q] = [
      [a, b],
      [b, c],
      [c, a],
    ].reduce((best, pair) => (gap(pair) < gap(best) ? pair : best)) as [number, number];
    add(at, Math.atan2(Math.sin(p) + Math.sin(q), Math.cos(p) + Math.cos(q)), 'bifurcation');
  }
  return withoutFalse(found);

  function add(at: number, roughly: number, type: FoundMinutia['type']): void {
    const x = at % width;
    const y = Math.floor(at / width);
    if (!wellInside(field, x, y)) return;
    const b = Math.floor(y / block) * field.columns + Math.floor(x / block);
    const coherence = field.coherence[b] as number;
    // the field knows the axis better than twelve pixels do, where it is clear; the line knows the sense
    const axis = ridgeAngle(field, x, y);
    const turned = Math.cos(axis - roughly) < 0 ? axis + Math.PI : axis;
    const weight = coherence > 0.5 && Math.abs(Math.sin(axis - roughly)) < 0.7 ? 3 : 0.3;
    const angle = Math.atan2(
      Math.sin(roughly) + weight * Math.sin(turned),
      Math.cos(roughly) + weight * Math.cos(turned),
    );
    const clear = Math.min(1, (field.contrast[b] as number) / 40);
    found.push({ x, y, angle: -angle, type, quality: coherence * (0.5 + 0.5 * clear) });
  }
}

function gap([p = 0, q = 0]: readonly number[]): number {
  return Math.abs(Math.atan2(Math.sin(p - q), Math.cos(p - q)));
}

/** From one pixel to another, radians, y down. */
function bearing(width: number, from: number, to: number): number {
  return Math.atan2(Math.floor(to / width) - Math.floor(from / width), (to % width) - (from % width));
}

/** Whether the finger goes on all around: lines that end at its edge are no minutiae. */
function wellInside(field: RidgeField, x: number, y: number): boolean {
  for (let k = 0; k < 12; k++) {
    const u = Math.floor((x + border * Math.cos((k * Math.PI) / 6)) / block);
    const v = Math.floor((y + border * Math.sin((k * Math.PI) / 6)) / block);
    if (u < 0 || v < 0 || u >= field.columns || v >= field.rows) return false;
    if (field.mask[v * field.columns + u] === 0) return false;
  }
  return true;
}

/** Two minutiae next to each other cancel out (a break, an islet, a pore); a crowd is a wound or a smudge. */
function withoutFalse(all: readonly FoundMinutia[]): readonly FoundMinutia[] {
  const within = (a: FoundMinutia, b: FoundMinutia, radius: number) =>
    (a.x - b.x) ** 2 + (a.y - b.y) ** 2 <= radius ** 2;
  const alone = all.filter((a) => !all.some((b) => a !== b && within(a, b, tooNear)));
  return alone.filter((a) => alone.filter((b) => a !== b && within(a, b, crowdRadius)).length <= maxCrowd);
}
