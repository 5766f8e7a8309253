// A template view made ready for comparing: 500 dpi coordinates in typed arrays and one local descriptor a minutia.
import { type Descriptors, describe } from './local-descriptor.ts';
import { type FingerTemplate, rasterOf } from './template.ts';

/** In rising x. Coordinates in pixels at 500 dpi with y UP, so that angles (radians) are the usual mathematical ones. */
export type PreparedFinger = {
  readonly count: number;
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly angle: Float64Array;
  /** 0 other, 1 ending, 2 bifurcation. */
  readonly type: Uint8Array;
  readonly descriptors: Descriptors;
  /** Where the finger was seen: the sides of the minutiae's convex hull (see `hullSides`). */
  readonly hull: Float64Array;
};

/** Pixels per centimetre at which everything is compared (500 dpi). */
const referenceResolution = 197;
/** More minutiae than this are noise: clouds are thinned first (the sum of work grows with the square). */
export const maxPreparedMinutiae = 100;

const typeCodes = { other: 0, ending: 1, bifurcation: 2 } as const;

/** One view of a template (the first by default). A view without minutiae prepares to a finger that matches nothing. */
export function prepare(template: FingerTemplate, viewIndex = 0): PreparedFinger {
  const view = template.views[viewIndex];
  if (view === undefined) throw new RangeError(`the template has no view ${viewIndex}`);
  const raster = rasterOf(template, view);
  const scaleX = referenceResolution / raster.resolutionX;
  const scaleY = referenceResolution / raster.resolutionY;
  const all = view.minutiae;
  const xs = Float64Array.from(all, (m) => m.x * scaleX);
  const ys = Float64Array.from(all, (m) => -m.y * scaleY);
  const kept = all.length <= maxPreparedMinutiae ? [...all.keys()] : leastCrowded(xs, ys, maxPreparedMinutiae);
  kept.sort((a, b) => (xs[a] as number) - (xs[b] as number) || (ys[a] as number) - (ys[b] as number));
  const x = Float64Array.from(kept, (i) => xs[i] as number);
  const y = Float64Array.from(kept, (i) => ys[i] as number);
  const angle = Float64Array.from(kept, (i) => (all[i]?.angle ?? 0) % (2 * Math.PI));
  const type = Uint8Array.from(kept, (i) => typeCodes[all[i]?.type ?? 'other']);
  const hull = hullSides(x, y);
  return { count: kept.length, x, y, angle, type, descriptors: describe(x, y, angle, hull), hull };
}

/** The minutiae whose fifth neighbour is farthest: true minutiae keep a distance, false ones come in clouds. */
function leastCrowded(x: Float64Array, y: Float64Array, keep: number): number[] {
  const spacing = Array.from(x, (xi, i) => {
    const distances = Float64Array.from(x, (xj, j) => (xj - xi) ** 2 + ((y[j] as number) - (y[i] as number)) ** 2);
    return distances.sort()[5] ?? 0;
  });
  return [...spacing.keys()].sort((a, b) => (spacing[b] as number) - (spacing[a] as number)).slice(0, keep);
}

/**
 * The sides of the convex hull as outward normal x, y and distance, three numbers a side. Empty when the points span no
 * area. Andrew's monotone chain.
 */
export function hullSides(x: Float64Array, y: Float64Array): Float64Array {
  const order = [...x.keys()].sort(
    (a, b) => (x[a] as number) - (x[b] as number) || (y[a] as number) - (y[b] as number),
  );
  const half = (indices: readonly number[]): number[] => {
    const chain: number[] = [];
    for (const i of indices) {
      while (chain.length >= 2 && turn(x, y, chain.at(-2) as number, chain.at(-1) as number, i) <= 0) chain.pop();
      chain.push(i);
    }
    return chain.slice(0, -1);
  };
  const corners = [...half(order), ...half(order.reverse())];
  if (corners.length < 3) return new Float64Array(0);
  const sides = new Float64Array(3 * corners.length);
  corners.forEach((corner, at) => {
    const next = corners[(at + 1) % corners.length] as number;
    const ex = (x[next] as number) - (x[corner] as number);
    const ey = (y[next] as number) - (y[corner] as number);
    const length = Math.sqrt(ex * ex + ey * ey);
    sides.set([ey / length, -ex / length, (ey * (x[corner] as number) - ex * (y[corner] as number)) / length], 3 * at);
  });
  return sides;
}

function turn(x: Float64Array, y: Float64Array, a: number, b: number, c: number): number {
  const ax = x[a] as number;
  const ay = y[a] as number;
  return ((x[b] as number) - ax) * ((y[c] as number) - ay) - ((y[b] as number) - ay) * ((x[c] as number) - ax);
}
