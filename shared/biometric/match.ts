// Compares two prepared fingers, one to one. Higher is more alike; what a score means is calibration's business.
// Long because it is one algorithm: local similarity → mutually consistent pairs → alignments → evidence of the best one.
import { cylinderWords, maskWords, outside, wrap } from './local-descriptor.ts';
import { maxPreparedMinutiae, type PreparedFinger } from './prepare.ts';

export const tuning = {
  maxRotation: Math.PI / 2,
  pairs: 40,
  rounds: 5,
  own: 0.5,
  roots: 10,
  reachStart: 22,
  reach: 14,
  angleReach: 0.5,
  sigma: 6,
  sigmaAngle: 0.2,
  seenTwice: 0.65,
  localWeight: 6,
  localMean: 0.55,
  bend: 60,
  bendPrior: 0.6,
  typeSame: 0.3,
  typeOther: -0.5,
  relaxWeight: 20,
  floor: 0.02,
  hullIn: 0,
};

const size = maxPreparedMinutiae;

/** Scratch memory for comparisons: one for each thread, used again and again. Not to be shared by two comparisons at once. */
export class Matcher {
  readonly #local = new Float64Array(size * size);
  readonly #pairA = new Int32Array(size * 4);
  readonly #pairB = new Int32Array(size * 4);
  readonly #start = new Float64Array(size * 4);
  readonly #strength = new Float64Array(size * 4);
  readonly #next = new Float64Array(size * 4);
  readonly #support = new Float64Array(size * 4 * size * 4);
  readonly #tx = new Float64Array(size);
  readonly #ty = new Float64Array(size);
  readonly #ta = new Float64Array(size);
  readonly #ofA = new Int32Array(size);
  readonly #ofB = new Int32Array(size);
  readonly #costs = new Float64Array(size * 8);
  readonly #costA = new Int32Array(size * 8);
  readonly #costB = new Int32Array(size * 8);
  debug: Record<string, number> = {};

  compare(a: PreparedFinger, b: PreparedFinger): number {
    if (a.count < 3 || b.count < 3) return 0;
    this.#localSimilarities(a, b);
    const pairs = this.#choosePairs(a, b);
    if (pairs === 0) return 0;
    const relaxed = this.#relax(a, b, pairs);
    let best = Number.NEGATIVE_INFINITY;
    const roots = Math.min(tuning.roots, pairs);
    for (let r = 0; r < roots; r++) {
      // the strongest pair not yet tried
      let top = -1;
      for (let p = 0; p < pairs; p++) {
        if (top < 0 || (this.#strength[p] as number) > (this.#strength[top] as number)) top = p;
      }
      if (top < 0 || (this.#strength[top] as number) < 0) break;
      this.#strength[top] = -1;
      const evidence = this.#align(a, b, this.#pairA[top] as number, this.#pairB[top] as number);
      if (evidence > best) best = evidence;
    }
    this.debug = { relaxed, best };
    return best + tuning.relaxWeight * relaxed;
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
        if (Math.abs(wrap((a.angle[i] as number) - (b.angle[j] as number))) > tuning.maxRotation) continue;
        const low = (seenA[i * maskWords] as number) & (seenB[j * maskWords] as number);
        const high = (seenA[i * maskWords + 1] as number) & (seenB[j * maskWords + 1] as number);
        if (ones(low) + ones(high) < 32) continue;
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

  /** The pairs of highest local similarity, several a minutia allowed. */
  #choosePairs(a: PreparedFinger, b: PreparedFinger): number {
    const limit = Math.min(size * 4, tuning.pairs);
    let count = 0;
    for (let i = 0; i < a.count; i++) {
      for (let j = 0; j < b.count; j++) {
        const value = this.#local[i * size + j] as number;
        if (value <= 0) continue;
        if (count === limit && value <= (this.#start[count - 1] as number)) continue;
        let at = count < limit ? count++ : limit - 1;
        while (at > 0 && (this.#start[at - 1] as number) < value) {
          this.#start[at] = this.#start[at - 1] as number;
          this.#pairA[at] = this.#pairA[at - 1] as number;
          this.#pairB[at] = this.#pairB[at - 1] as number;
          at--;
        }
        this.#start[at] = value;
        this.#pairA[at] = i;
        this.#pairB[at] = j;
      }
    }
    return count;
  }

  /** Pairs that lie to each other in both fingers alike strengthen each other. Returns the mean strength of the best. */
  #relax(a: PreparedFinger, b: PreparedFinger, pairs: number): number {
    const support = this.#support;
    const width = size * 4;
    for (let p = 0; p < pairs; p++) {
      const i = this.#pairA[p] as number;
      const j = this.#pairB[p] as number;
      support[p * width + p] = 0;
      for (let q = 0; q < p; q++) {
        const s = agreement(a, b, i, j, this.#pairA[q] as number, this.#pairB[q] as number);
        support[p * width + q] = s;
        support[q * width + p] = s;
      }
      this.#strength[p] = this.#start[p] as number;
    }
    for (let round = 0; round < tuning.rounds; round++) {
      for (let p = 0; p < pairs; p++) {
        let sum = 0;
        for (let q = 0; q < pairs; q++) sum += (support[p * width + q] as number) * (this.#strength[q] as number);
        this.#next[p] = tuning.own * (this.#strength[p] as number) + ((1 - tuning.own) * sum) / Math.max(1, pairs - 1);
      }
      for (let p = 0; p < pairs; p++) this.#strength[p] = this.#next[p] as number;
    }
    // mean of the best few
    const few = Math.min(pairs, 8);
    let total = 0;
    for (let p = 0; p < pairs; p++) this.#next[p] = this.#strength[p] as number;
    for (let f = 0; f < few; f++) {
      let top = 0;
      for (let p = 1; p < pairs; p++) if ((this.#next[p] as number) > (this.#next[top] as number)) top = p;
      total += this.#next[top] as number;
      this.#next[top] = -1;
    }
    return total / few;
  }

  /** Lays a over b so that the root pair coincides, refines, and weighs the evidence that they are one finger. */
  #align(a: PreparedFinger, b: PreparedFinger, rootA: number, rootB: number): number {
    let rotation = wrap((b.angle[rootB] as number) - (a.angle[rootA] as number));
    let cos = Math.cos(rotation);
    let sin = Math.sin(rotation);
    let shiftX = (b.x[rootB] as number) - (cos * (a.x[rootA] as number) - sin * (a.y[rootA] as number));
    let shiftY = (b.y[rootB] as number) - (sin * (a.x[rootA] as number) + cos * (a.y[rootA] as number));
    for (let pass = 0; pass < 3; pass++) {
      for (let i = 0; i < a.count; i++) {
        this.#tx[i] = cos * (a.x[i] as number) - sin * (a.y[i] as number) + shiftX;
        this.#ty[i] = sin * (a.x[i] as number) + cos * (a.y[i] as number) + shiftY;
        this.#ta[i] = (a.angle[i] as number) + rotation;
      }
      if (pass > 0) this.#bend(a, b);
      const reach = pass === 0 ? tuning.reachStart : tuning.reach;
      const matched = this.#assign(a, b, reach);
      if (matched < 2) return 0;
      if (pass === 2) break;
      // the rigid motion that brings the matched ones together best
      let ax = 0;
      let ay = 0;
      let bx = 0;
      let by = 0;
      for (let i = 0; i < a.count; i++) {
        const j = this.#ofA[i] as number;
        if (j < 0) continue;
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
        dot += ux * vx + uy * vy;
        cross += ux * vy - uy * vx;
        const turn = (b.angle[j] as number) - (a.angle[i] as number);
        // directions count as arms of 40 pixels
        dot += 1600 * Math.cos(turn);
        cross += 1600 * Math.sin(turn);
      }
      rotation = Math.atan2(cross, dot);
      cos = Math.cos(rotation);
      sin = Math.sin(rotation);
      shiftX = bx - (cos * ax - sin * ay);
      shiftY = by - (sin * ax + cos * ay);
    }
    if (Math.abs(wrap(rotation)) > tuning.maxRotation) return 0;
    return this.#evidence(a, b, cos, sin, shiftX, shiftY);
  }

  /** Skin stretches: shifts each transformed minutia by what its matched surroundings were off. */
  #bend(a: PreparedFinger, b: PreparedFinger): void {
    for (let i = 0; i < a.count; i++) {
      let sumX = 0;
      let sumY = 0;
      let weight = tuning.bendPrior;
      for (let k = 0; k < a.count; k++) {
        const j = this.#ofA[k] as number;
        if (j < 0 || k === i) continue;
        const dx = (a.x[k] as number) - (a.x[i] as number);
        const dy = (a.y[k] as number) - (a.y[i] as number);
        const w = 1 / (1 + (dx * dx + dy * dy) / (tuning.bend * tuning.bend)) ** 2;
        sumX += w * ((b.x[j] as number) - (this.#tx[k] as number));
        sumY += w * ((b.y[j] as number) - (this.#ty[k] as number));
        weight += w;
      }
      this.#ta[i] = this.#ta[i] as number;
      this.#next[i] = sumX / weight;
      this.#start[i + size * 3] = sumY / weight;
    }
    for (let i = 0; i < a.count; i++) {
      this.#tx[i] = (this.#tx[i] as number) + (this.#next[i] as number);
      this.#ty[i] = (this.#ty[i] as number) + (this.#start[i + size * 3] as number);
    }
  }

  /** One to one, cheapest first. Leaves the partners in ofA and ofB; returns how many there are. */
  #assign(a: PreparedFinger, b: PreparedFinger, reach: number): number {
    let count = 0;
    const limit = size * 8;
    this.#ofA.fill(-1, 0, a.count);
    this.#ofB.fill(-1, 0, b.count);
    for (let i = 0; i < a.count; i++) {
      const x = this.#tx[i] as number;
      const y = this.#ty[i] as number;
      for (let j = 0; j < b.count; j++) {
        const dx = (b.x[j] as number) - x;
        if (dx > reach || dx < -reach) continue;
        const dy = (b.y[j] as number) - y;
        const far = dx * dx + dy * dy;
        if (far > reach * reach) continue;
        const turn = Math.abs(wrap((b.angle[j] as number) - (this.#ta[i] as number)));
        if (turn > tuning.angleReach) continue;
        const cost = far / tuning.sigma ** 2 + turn ** 2 / tuning.sigmaAngle ** 2;
        if (count === limit) continue;
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

  /** Log-likelihood ratio: found in both and how near, against missing where the other finger was seen too. */
  #evidence(a: PreparedFinger, b: PreparedFinger, cos: number, sin: number, shiftX: number, shiftY: number): number {
    let seenA = 0;
    let seenB = 0;
    for (let i = 0; i < a.count; i++) {
      if (this.#ofA[i] !== -1 || outside(b.hull, this.#tx[i] as number, this.#ty[i] as number) <= tuning.hullIn)
        seenA++;
    }
    for (let j = 0; j < b.count; j++) {
      const x = (b.x[j] as number) - shiftX;
      const y = (b.y[j] as number) - shiftY;
      if (this.#ofB[j] !== -1 || outside(a.hull, cos * x + sin * y, cos * y - sin * x) <= tuning.hullIn) seenB++;
    }
    let evidence = 0;
    let matched = 0;
    const { sigma, sigmaAngle } = tuning;
    // a minutia of the other finger expected by chance: one every 400 square pixels of ridge pattern… any direction
    const chance = 1 / (900 * 2 * Math.PI);
    for (let i = 0; i < a.count; i++) {
      const j = this.#ofA[i] as number;
      if (j < 0) continue;
      matched++;
      const dx = (b.x[j] as number) - (this.#tx[i] as number);
      const dy = (b.y[j] as number) - (this.#ty[i] as number);
      const turn = wrap((b.angle[j] as number) - (this.#ta[i] as number));
      const near =
        Math.exp(-0.5 * ((dx * dx + dy * dy) / sigma ** 2 + (turn * turn) / sigmaAngle ** 2)) /
        ((2 * Math.PI) ** 1.5 * sigma * sigma * sigmaAngle);
      evidence += Math.log((tuning.seenTwice * near + tuning.floor * chance) / chance);
      const typeA = a.type[i];
      const typeB = b.type[j];
      if (typeA !== 0 && typeB !== 0) evidence += typeA === typeB ? tuning.typeSame : tuning.typeOther;
      const local = this.#local[i * size + j] as number;
      if (local > 0) evidence += tuning.localWeight * (local - tuning.localMean);
    }
    const missing = (seenA - matched + (seenB - matched)) / 2;
    return evidence + missing * Math.log(1 - tuning.seenTwice);
  }
}

/** How well two pairs lie to each other alike in both fingers: distance, direction to each other, difference of direction. */
function agreement(a: PreparedFinger, b: PreparedFinger, i: number, j: number, k: number, l: number): number {
  if (i === k || j === l) return 0;
  const ax = (a.x[k] as number) - (a.x[i] as number);
  const ay = (a.y[k] as number) - (a.y[i] as number);
  const bx = (b.x[l] as number) - (b.x[j] as number);
  const by = (b.y[l] as number) - (b.y[j] as number);
  const da = Math.sqrt(ax * ax + ay * ay);
  const db = Math.sqrt(bx * bx + by * by);
  const stretch = Math.abs(da - db);
  if (stretch > 20) return 0;
  const turn = Math.abs(
    wrap((a.angle[i] as number) - (a.angle[k] as number) - (b.angle[j] as number) + (b.angle[l] as number)),
  );
  if (turn > 0.8) return 0;
  const bearing = Math.abs(
    wrap(Math.atan2(ay, ax) - (a.angle[i] as number) - Math.atan2(by, bx) + (b.angle[j] as number)),
  );
  if (bearing > 0.8) return 0;
  return (
    1 /
    ((1 + Math.exp(1.6 * (stretch - 5))) * (1 + Math.exp(30 * (turn - 0.26))) * (1 + Math.exp(30 * (bearing - 0.26))))
  );
}

/** Bits set in a 32-bit word. */
function ones(word: number): number {
  let v = word - ((word >>> 1) & 0x55555555);
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
  return Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

const shared = new Matcher();

/** One comparison, 1:1, with this module's own scratch memory. Symmetric enough, not exactly. */
export function matchFingers(probe: PreparedFinger, candidate: PreparedFinger): number {
  return shared.compare(probe, candidate);
}
