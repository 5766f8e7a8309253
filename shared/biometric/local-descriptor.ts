// What surrounds a minutia, as bits that rotation and translation do not change: a cylinder of cells (position × direction
// difference) after Cappelli, Ferrara and Maltoni 2010, bit form. Knows no template and no matching.

/** Radius in pixels at 500 dpi around the minutia that is described. */
const radius = 70;
const side = 8;
const layers = 6;
const cell = (2 * radius) / side;
const sigmaDistance = 28 / 3;
const sigmaDirection = (2 * Math.PI) / 9;
/** A cell is set when neighbours contribute more than this. */
const threshold = 0.01;
/** How far outside the hull of all minutiae a cell is still counted as seen. */
const hullMargin = 50;
/** The share of a cylinder's cells that must be seen, and the neighbours it needs. */
const minSeen = 0.75;
const minNeighbours = 2;

/** 32-bit words of a cylinder: two for each layer of 64 cells. The mask of seen cells holds for every layer. */
export const cylinderWords = 2 * layers;
export const maskWords = 2;

export type Descriptors = {
  /** Row i: the cylinder of minutia i; bits of unseen cells are 0. */
  readonly bits: Int32Array;
  readonly seen: Int32Array;
  /** 1 where the surroundings are known well enough to compare. */
  readonly usable: Uint8Array;
};

const inCircle: readonly boolean[] = Array.from({ length: side * side }, (_, k) => {
  const dx = (k % side) - (side - 1) / 2;
  const dy = Math.floor(k / side) - (side - 1) / 2;
  return dx * dx + dy * dy <= (side / 2) ** 2;
});
const cellsInCircle = inCircle.filter(Boolean).length;
const reach = 3 * sigmaDistance;

export function describe(x: Float64Array, y: Float64Array, angle: Float64Array, hull: Float64Array): Descriptors {
  const count = x.length;
  const bits = new Int32Array(count * cylinderWords);
  const seen = new Int32Array(count * maskWords);
  const usable = new Uint8Array(count);
  const sums = new Float64Array(side * side * layers);
  for (let m = 0; m < count; m++) {
    const mx = x[m] as number;
    const my = y[m] as number;
    const cos = Math.cos(angle[m] as number);
    const sin = Math.sin(angle[m] as number);
    let seenCells = 0;
    for (let k = 0; k < side * side; k++) {
      if (!inCircle[k]) continue;
      const u = ((k % side) - (side - 1) / 2) * cell;
      const v = (Math.floor(k / side) - (side - 1) / 2) * cell;
      if (outside(hull, mx + cos * u - sin * v, my + sin * u + cos * v) > hullMargin) continue;
      seenCells++;
      seen[m * maskWords + (k >> 5)] = (seen[m * maskWords + (k >> 5)] as number) | (1 << (k & 31));
    }
    sums.fill(0);
    let neighbours = 0;
    for (let t = 0; t < count; t++) {
      if (t === m) continue;
      const dx = (x[t] as number) - mx;
      const dy = (y[t] as number) - my;
      const distance = dx * dx + dy * dy;
      if (distance > (radius + reach) ** 2) continue;
      if (distance <= radius * radius) neighbours++;
      const shares = sharesRow((angle[m] as number) - (angle[t] as number));
      contribute(sums, shares, cos * dx + sin * dy, cos * dy - sin * dx);
    }
    for (let k = 0; k < side * side; k++) {
      if (((seen[m * maskWords + (k >> 5)] as number) & (1 << (k & 31))) === 0) continue;
      for (let d = 0; d < layers; d++) {
        if ((sums[k * layers + d] as number) <= threshold) continue;
        const word = m * cylinderWords + d * 2 + (k >> 5);
        bits[word] = (bits[word] as number) | (1 << (k & 31));
      }
    }
    usable[m] = seenCells >= minSeen * cellsInCircle && neighbours >= minNeighbours ? 1 : 0;
  }
  return { bits, seen, usable };
}

/** A neighbour at (u, v) in the minutia's own frame adds to the cells within reach, spread over the layers. */
function contribute(sums: Float64Array, shares: number, u: number, v: number): void {
  const half = (side - 1) / 2;
  const firstColumn = Math.max(0, Math.ceil((u - reach) / cell + half));
  const lastColumn = Math.min(side - 1, Math.floor((u + reach) / cell + half));
  const firstRow = Math.max(0, Math.ceil((v - reach) / cell + half));
  const lastRow = Math.min(side - 1, Math.floor((v + reach) / cell + half));
  for (let column = firstColumn; column <= lastColumn; column++) {
    alongU[column] = Math.exp(((column - half) * cell - u) ** 2 / (-2 * sigmaDistance ** 2));
  }
  for (let row = firstRow; row <= lastRow; row++) {
    const dv = (row - half) * cell - v;
    const alongV = Math.exp((dv * dv) / (-2 * sigmaDistance ** 2)) / (sigmaDistance * Math.sqrt(2 * Math.PI));
    for (let column = firstColumn; column <= lastColumn; column++) {
      const share = alongV * (alongU[column] as number);
      const at = (row * side + column) * layers;
      for (let d = 0; d < layers; d++) {
        sums[at + d] = (sums[at + d] as number) + share * (directionShares[shares + d] as number);
      }
    }
  }
}

const alongU = new Float64Array(side);

/** Row by direction difference in 256ths of a turn: the share of a Gaussian around it that falls into each layer. */
const directionShares = new Float64Array(256 * layers);
for (let step = 0; step < 256; step++) {
  for (let d = 0; d < layers; d++) {
    const off = wrap(-Math.PI + ((d + 0.5) * 2 * Math.PI) / layers - (step * Math.PI) / 128);
    const within = (edge: number) => cumulative((off + edge) / sigmaDirection);
    directionShares[step * layers + d] = within(Math.PI / layers) - within(-Math.PI / layers);
  }
}

function sharesRow(difference: number): number {
  return (Math.round((difference * 128) / Math.PI) & 255) * layers;
}

export function wrap(angle: number): number {
  const turn = 2 * Math.PI;
  const a = angle % turn;
  return a > Math.PI ? a - turn : a < -Math.PI ? a + turn : a;
}

/** The normal distribution, logistic approximation (error below 0.01, far below what one bit can tell). */
function cumulative(z: number): number {
  return 1 / (1 + Math.exp(-1.702 * z));
}

/** How far a point lies outside a convex hull (see `hullSides`), in pixels; 0 or less inside; infinite when there is no hull. */
export function outside(sides: Float64Array, px: number, py: number): number {
  if (sides.length < 9) return Number.POSITIVE_INFINITY;
  let farthest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < sides.length; i += 3) {
    const off = (sides[i] as number) * px + (sides[i + 1] as number) * py - (sides[i + 2] as number);
    if (off > farthest) farthest = off;
  }
  return farthest;
}
