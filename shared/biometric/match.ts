// Compares two prepared fingers, one to one. Higher is more alike; what a score means is calibration's business.
// Long because it is one algorithm: local similarity → pairs that support each other → alignments → weight of the best one.
import { cylinderWords, maskWords, outside, wrap } from './local-descriptor.ts';
import { maxPreparedMinutiae, type PreparedFinger } from './prepare.ts';

/** A finger is laid on a reader upright or nearly so: turned further (radians) it does not match. */
const maxRotation = Math.PI / 2;
/** Cells of a layer that both cylinders must have seen, of 52. */
const minCommonCells = 32;

/** Pairs that are looked at, the rounds in which they support each other, what a pair keeps of its own in a round. */
const maxPairs = 40;
const rounds = 6;
const keep = 0.3;
/** Two pairs support each other fully below these differences of distance (pixels) and direction (radians). */
const supportStretch = 5;
const supportTurn = 0.26;
/** How many of the best supported pairs make the strength of the whole. */
const strongest = 8;

/** Alignments tried; passes of one; how far (pixels, radians) partners may be apart in the first pass and in later ones. */
const maxRoots = 10;
const passes = 3;
const firstReach = 22;
const reach = 14;
const turnReach = 0.6;
/** Spread of true partners around each other: pixels and radians. */
const sigma = 6;
const sigmaTurn = 0.2;
/** Surroundings within which skin stretches alike (pixels), and how much is needed to believe it. */
const stretchRadius = 60;
const stretchPrior = 0.6;
/** A direction counts as an arm of this many pixels when the rigid motion is fitted. */
const directionArm = 40;

/**
 * Weights of a logistic regression, mated against non-mated pairs of FVC2002 DB4_B by three extractors together: partners
 * counted by their nearness, minutiae missing where the other finger was seen, share of minutiae that have a partner,
 * mutual support. The sum is, but for a constant, the log-odds that the two are one finger.
 */
const weightNear = 1.5;
const weightMissing = -0.16;
const weightShare = 6;
const weightSupport = 116;

const size = maxPreparedMinutiae;

/** Scratch memory for comparisons: one for each thread, used again and again; nothing is allocated in a comparison. */
export class Matcher {
  readonly #local = new Float64Array(size * size);
  readonly #pairA = new Int32Array(maxPairs);
  readonly #pairB = new Int32Array(maxPairs);
  readonly #pairLocal = new Float64Array(maxPairs);
  readonly #strength = new Float64Array(maxPairs);
  readonly #next = new Float64Array(maxPairs);
  readonly #support = new Float64Array(maxPairs * maxPairs);
  /** a's minutiae laid over b: position, direction, and the correction for stretched skin. */
  readonly #x = new Float64Array(size);
  readonly #y = new Float64Array(size);
  readonly #angle = new Float64Array(size);
  readonly #offX = new Float64Array(size);
  readonly #offY = new Float64Array(size);
  /** Partner of each minutia, or -1. */
  readonly #ofA = new Int32Array(size);
  readonly #ofB = new Int32Array(size);
  readonly #costs = new Float64Array(size * 8);
  readonly #costA = new Int32Array(size * 8);
  readonly #costB = new Int32Array(size * 8);
  /** Rigid motion of the current alignment. */
  #cos = 1;
  #sin = 0;
  #rotation = 0;
  #shiftX = 0;
  #shiftY = 0;

  /** 0 for fingers that have nothing in common (or fewer than three minutiae); strangers seldom pass 15, kin of itself far above. */
  compare(a: PreparedFinger, b: PreparedFinger): number {
    if (a.count < 3 || b.count < 3) return 0;
    this.#localSimilarities(a, b);
    const pairs = this.#choosePairs(a, b);
    if (pairs === 0) return 0;
    this.#relax(a, b, pairs);
    let best = 0;
    let support = 0;
    const wanted = Math.max(maxRoots, strongest);
    for (let r = 0; r < wanted && r < pairs; r++) {
      const top = this.#takeStrongest(pairs);
      if (r < strongest) support += this.#next[top] as number;
      if (r >= maxRoots) continue;
      const weight = this.#align(a, b, this.#pairA[top] as number, this.#pairB[top] as number);
      if (weight > best) best = weight;
    }
    return best + (weightSupport * support) / Math.min(pairs, strongest);
  }

  /** Share of agreeing bits where both cylinders were seen; 0 where they cannot be compared. */
  #localSimilarities(a: PreparedFinger, b: PreparedFinger): void {
    const { bits: bitsA, seen: seenA, usable: usableA } = a.descriptors;
    const { bits: bitsB, seen: seenB, usable: usableB } = b.descriptors;
    const local = this.#local;
    for (let i = 0; i < a.count; i++) {
      for (let j = 0; j < b.count; j++) {
        const at = i * size + j;
        local[at] = 0;
        if (usableA[i] === 0 || usableB[j] === 0) continue;
        if (Math.abs(wrap((a.angle[i] as number) - (b.angle[j] as number))) > maxRotation) continue;
        const low = (seenA[i * maskWords] as number) & (seenB[j * maskWords] as number);
        const high = (seenA[i * maskWords + 1] as number) & (seenB[j * maskWords + 1] as number);
        if (ones(low) + ones(high) < minCommonCells) continue;
        let differ = 0;
        let both = 0;
        const wordA = i * cylinderWords;
        const wordB = j * cylinderWords;
        for (let w = 0; w < cylinderWords; w += 2) {
          const a0 = (bitsA[wordA + w] as number) & low;
          const b0 = (bitsB[wordB + w] as number) & low;
          const a1 = (bitsA[wordA + w + 1] as number) & high;
          const b1 = (bitsB[wordB + w + 1] as number) & high;
          differ += ones(a0 ^ b0) + ones(a1 ^ b1);
          both += ones(a0 & b0) + ones(a1 & b1);
        }
        const set = differ + 2 * both;
        if (set > 0) local[at] = 1 - Math.sqrt(differ / (2 * set));
      }
    }
  }

  /** The pairs of highest local similarity, best first; a minutia may be in several. */
  #choosePairs(a: PreparedFinger, b: PreparedFinger): number {
    let count = 0;
    for (let i = 0; i < a.count; i++) {
      for (let j = 0; j < b.count; j++) {
        const value = this.#local[i * size + j] as number;
        if (value <= 0 || (count === maxPairs && value <= (this.#pairLocal[count - 1] as number))) continue;
        let at = count < maxPairs ? count++ : maxPairs - 1;
        while (at > 0 && (this.#pairLocal[at - 1] as number) < value) {
          this.#pairLocal[at] = this.#pairLocal[at - 1] as number;
          this.#pairA[at] = this.#pairA[at - 1] as number;
          this.#pairB[at] = this.#pairB[at - 1] as number;
          at--;
        }
        this.#pairLocal[at] = value;
        this.#pairA[at] = i;
        this.#pairB[at] = j;
      }
    }
    return count;
  }

  /** Pairs that lie to each other alike in both fingers strengthen each other (relaxation). */
  #relax(a: PreparedFinger, b: PreparedFinger, pairs: number): void {
    for (let p = 0; p < pairs; p++) {
      this.#support[p * maxPairs + p] = 0;
      for (let q = 0; q < p; q++) {
        const s = this.#supportOf(a, b, p, q);
        this.#support[p * maxPairs + q] = s;
        this.#support[q * maxPairs + p] = s;
      }
      this.#strength[p] = this.#pairLocal[p] as number;
    }
    const others = Math.max(1, pairs - 1);
    for (let round = 0; round < rounds; round++) {
      for (let p = 0; p < pairs; p++) {
        let sum = 0;
        for (let q = 0; q < pairs; q++) {
          sum += (this.#support[p * maxPairs + q] as number) * (this.#strength[q] as number);
        }
        this.#next[p] = keep * (this.#strength[p] as number) + ((1 - keep) * sum) / others;
      }
      for (let p = 0; p < pairs; p++) this.#strength[p] = this.#next[p] as number;
    }
  }

  /** 0 to 1, from three differences that rotation and translation leave alone: distance, difference of direction, bearing. */
  #supportOf(a: PreparedFinger, b: PreparedFinger, p: number, q: number): number {
    const i = this.#pairA[p] as number;
    const j = this.#pairB[p] as number;
    const k = this.#pairA[q] as number;
    const l = this.#pairB[q] as number;
    if (i === k || j === l) return 0;
    const ax = (a.x[k] as number) - (a.x[i] as number);
    const ay = (a.y[k] as number) - (a.y[i] as number);
    const bx = (b.x[l] as number) - (b.x[j] as number);
    const by = (b.y[l] as number) - (b.y[j] as number);
    const stretch = Math.abs(Math.sqrt(ax * ax + ay * ay) - Math.sqrt(bx * bx + by * by));
    if (stretch > 4 * supportStretch) return 0;
    const turnI = (b.angle[j] as number) - (a.angle[i] as number);
    const turn = Math.abs(wrap((b.angle[l] as number) - (a.angle[k] as number) - turnI));
    if (turn > 3 * supportTurn) return 0;
    const bearing = Math.abs(wrap(Math.atan2(by, bx) - Math.atan2(ay, ax) - turnI));
    if (bearing > 3 * supportTurn) return 0;
    const distanceDoubt = 1 + Math.exp(1.6 * (stretch - supportStretch));
    const turnDoubt = 1 + Math.exp(30 * (turn - supportTurn));
    return 1 / (distanceDoubt * turnDoubt * (1 + Math.exp(30 * (bearing - supportTurn))));
  }

  #takeStrongest(pairs: number): number {
    let top = 0;
    for (let p = 1; p < pairs; p++) if ((this.#strength[p] as number) > (this.#strength[top] as number)) top = p;
    this.#strength[top] = -1;
    return top;
  }

  /** Lays a over b so that the root pair coincides, refines, and weighs the result. */
  #align(a: PreparedFinger, b: PreparedFinger, rootA: number, rootB: number): number {
    this.#move(
      wrap((b.angle[rootB] as number) - (a.angle[rootA] as number)),
      a.x[rootA] as number,
      a.y[rootA] as number,
      b.x[rootB] as number,
      b.y[rootB] as number,
    );
    for (let pass = 0; pass < passes; pass++) {
      if (pass > 0) this.#fitMotion(a, b);
      for (let i = 0; i < a.count; i++) {
        this.#x[i] = this.#cos * (a.x[i] as number) - this.#sin * (a.y[i] as number) + this.#shiftX;
        this.#y[i] = this.#sin * (a.x[i] as number) + this.#cos * (a.y[i] as number) + this.#shiftY;
        this.#angle[i] = (a.angle[i] as number) + this.#rotation;
      }
      if (pass > 0) this.#followStretch(a, b);
      if (this.#assign(a, b, pass === 0 ? firstReach : reach) < 2) return 0;
    }
    return Math.abs(wrap(this.#rotation)) > maxRotation ? 0 : this.#weigh(a, b);
  }

  /** The motion that turns by `rotation` and brings one point onto another. */
  #move(rotation: number, fromX: number, fromY: number, toX: number, toY: number): void {
    this.#rotation = rotation;
    this.#cos = Math.cos(rotation);
    this.#sin = Math.sin(rotation);
    this.#shiftX = toX - (this.#cos * fromX - this.#sin * fromY);
    this.#shiftY = toY - (this.#sin * fromX + this.#cos * fromY);
  }

  /** Least squares over the partners; their directions count as arms. */
  #fitMotion(a: PreparedFinger, b: PreparedFinger): void {
    let matched = 0;
    let ax = 0;
    let ay = 0;
    let bx = 0;
    let by = 0;
    for (let i = 0; i < a.count; i++) {
      const j = this.#ofA[i] as number;
      if (j < 0) continue;
      matched++;
      ax += a.x[i] as number;
      ay += a.y[i] as number;
      bx += b.x[j] as number;
      by += b.y[j] as number;
    }
    ax /= matched;
    ay /= matched;
    bx /= matched;
    by /= matched;
    let dot = 0;
    let cross = 0;
    for (let i = 0; i < a.count; i++) {
      const j = this.#ofA[i] as number;
      if (j < 0) continue;
      const ux = (a.x[i] as number) - ax;
      const uy = (a.y[i] as number) - ay;
      const vx = (b.x[j] as number) - bx;
      const vy = (b.y[j] as number) - by;
      const turn = (b.angle[j] as number) - (a.angle[i] as number);
      dot += ux * vx + uy * vy + directionArm ** 2 * Math.cos(turn);
      cross += ux * vy - uy * vx + directionArm ** 2 * Math.sin(turn);
    }
    this.#move(Math.atan2(cross, dot), ax, ay, bx, by);
  }

  /** Skin stretches: shifts each laid minutia by what its surroundings' partners of the last pass are off now. */
  #followStretch(a: PreparedFinger, b: PreparedFinger): void {
    for (let i = 0; i < a.count; i++) {
      let sumX = 0;
      let sumY = 0;
      let weight = stretchPrior;
      for (let k = 0; k < a.count; k++) {
        const j = this.#ofA[k] as number;
        if (j < 0 || k === i) continue;
        const dx = (a.x[k] as number) - (a.x[i] as number);
        const dy = (a.y[k] as number) - (a.y[i] as number);
        const w = 1 / (1 + (dx * dx + dy * dy) / stretchRadius ** 2) ** 2;
        sumX += w * ((b.x[j] as number) - (this.#x[k] as number));
        sumY += w * ((b.y[j] as number) - (this.#y[k] as number));
        weight += w;
      }
      this.#offX[i] = sumX / weight;
      this.#offY[i] = sumY / weight;
    }
    for (let i = 0; i < a.count; i++) {
      this.#x[i] = (this.#x[i] as number) + (this.#offX[i] as number);
      this.#y[i] = (this.#y[i] as number) + (this.#offY[i] as number);
    }
  }

  /** Partners one to one, cheapest first. Returns how many there are. */
  #assign(a: PreparedFinger, b: PreparedFinger, within: number): number {
    let count = 0;
    this.#ofA.fill(-1, 0, a.count);
    this.#ofB.fill(-1, 0, b.count);
    for (let i = 0; i < a.count; i++) {
      const x = this.#x[i] as number;
      const y = this.#y[i] as number;
      // b is in rising x: only those within reach are looked at
      for (let j = firstFrom(b.x, b.count, x - within); j < b.count; j++) {
        const dx = (b.x[j] as number) - x;
        if (dx > within) break;
        const dy = (b.y[j] as number) - y;
        const far = dx * dx + dy * dy;
        if (far > within * within) continue;
        const turn = Math.abs(wrap((b.angle[j] as number) - (this.#angle[i] as number)));
        if (turn > turnReach || count === this.#costs.length) continue;
        const cost = far / sigma ** 2 + turn ** 2 / sigmaTurn ** 2;
        let at = count++;
        while (at > 0 && (this.#costs[at - 1] as number) > cost) {
          this.#costs[at] = this.#costs[at - 1] as number;
          this.#costA[at] = this.#costA[at - 1] as number;
          this.#costB[at] = this.#costB[at - 1] as number;
          at--;
        }
        this.#costs[at] = cost;
        this.#costA[at] = i;
        this.#costB[at] = j;
      }
    }
    let matched = 0;
    for (let k = 0; k < count; k++) {
      const i = this.#costA[k] as number;
      const j = this.#costB[k] as number;
      if (this.#ofA[i] !== -1 || this.#ofB[j] !== -1) continue;
      this.#ofA[i] = j;
      this.#ofB[j] = i;
      matched++;
    }
    return matched;
  }

  /** What the alignment is worth as evidence. A minutia is missing when it lies where the other finger was seen. */
  #weigh(a: PreparedFinger, b: PreparedFinger): number {
    let matched = 0;
    let near = 0;
    let missing = 0;
    for (let i = 0; i < a.count; i++) {
      const j = this.#ofA[i] as number;
      const x = this.#x[i] as number;
      const y = this.#y[i] as number;
      if (j < 0) {
        if (outside(b.hull, x, y) <= 0) missing += 0.5;
        continue;
      }
      const dx = (b.x[j] as number) - x;
      const dy = (b.y[j] as number) - y;
      const turn = wrap((b.angle[j] as number) - (this.#angle[i] as number));
      near += Math.exp(-0.5 * ((dx * dx + dy * dy) / sigma ** 2 + (turn * turn) / sigmaTurn ** 2));
      matched++;
    }
    for (let j = 0; j < b.count; j++) {
      if (this.#ofB[j] !== -1) continue;
      const x = (b.x[j] as number) - this.#shiftX;
      const y = (b.y[j] as number) - this.#shiftY;
      if (outside(a.hull, this.#cos * x + this.#sin * y, this.#cos * y - this.#sin * x) <= 0) missing += 0.5;
    }
    const share = matched / Math.max(4, matched + missing);
    return weightNear * near + weightMissing * missing + weightShare * share;
  }
}

/** The first place in rising numbers that holds at least `least`. */
function firstFrom(rising: Float64Array, count: number, least: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rising[middle] as number) < least) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Bits set in a 32-bit word. */
function ones(word: number): number {
  let v = word - ((word >>> 1) & 0x55555555);
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
  return Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

const matcher = new Matcher();

/**
 * One comparison, 1:1, in this module's own scratch memory. Which of the two is the probe makes a small difference
 * (a is laid over b), none for the decision.
 */
export function matchFingers(probe: PreparedFinger, candidate: PreparedFinger): number {
  return matcher.compare(probe, candidate);
}
