// Walks along the lines of a skeleton and repairs what enhancement got wrong: spurs, specks, gaps, bridges.
import { ridgeAngle } from './enhance.ts';
import type { RidgeField } from './ridge-field.ts';
import { type Binary, crossings, neighbourhood, thin } from './skeleton.ts';

/** In pixels at 500 dpi: about one ridge distance. */
const maxSpur = 10;
const minLine = 14;
const maxGap = 12;
const maxBridge = 10;

export type Walk = { readonly path: readonly number[]; readonly stop: 'end' | 'fork' | 'open' };

/** Follows the line that leaves `start` through `first`, at most `limit` steps. The path begins with `first`. */
export function walk({ width, data }: Binary, start: number, first: number, limit: number): Walk {
  const path = [first];
  let before = start;
  let at = first;
  while (path.length < limit) {
    const ring = neighbourhood(data, width, at);
    const count = crossings(ring);
    if (count >= 3) return { path, stop: 'fork' };
    const next = nextOf(data, width, at, before, path.at(-2) ?? start);
    if (next < 0) return { path, stop: 'end' };
    before = at;
    at = next;
    path.push(at);
  }
  return { path, stop: 'open' };
}

/** Straight neighbours come before diagonal ones, so that a stair is not cut short. */
function nextOf(data: Uint8Array, width: number, at: number, before: number, earlier: number): number {
  for (const step of [1, -1, width, -width, width + 1, width - 1, -width + 1, -width - 1]) {
    const next = at + step;
    if (data[next] !== 1 || next === before || next === earlier) continue;
    // a pixel that also touches the one before is the corner of a stair just passed
    if (touches(next, before, width) && next !== before) continue;
    return next;
  }
  return -1;
}

function touches(a: number, b: number, width: number): boolean {
  const difference = Math.abs(a - b);
  return difference === 1 || difference === width || difference === width + 1 || difference === width - 1;
}

/** The neighbours through which lines leave a pixel: one for each run of set pixels in its ring. */
export function exits({ width, data }: Binary, at: number): number[] {
  const steps = [-width, -width + 1, 1, width + 1, width, width - 1, -1, -width - 1];
  const out: number[] = [];
  for (let k = 0; k < 8; k++) {
    const here = data[at + (steps[k] as number)] as number;
    const last = data[at + (steps[(k + 7) % 8] as number)] as number;
    if (here !== 1 || last === 1) continue;
    // of a run the straight neighbour is the way out
    const next = steps[(k + 1) % 8] as number;
    out.push(at + (k % 2 === 1 && data[at + next] === 1 ? next : (steps[k] as number)));
  }
  return out;
}

export function pixelsWith({ width, height, data }: Binary, count: number): number[] {
  const out: number[] = [];
  for (let y = 1; y < height - 1; y++) {
    for (let at = y * width + 1; at < (y + 1) * width - 1; at++) {
      if (data[at] === 1 && crossings(neighbourhood(data, width, at)) === count) out.push(at);
    }
  }
  return out;
}

/** Repairs in place. Order matters: gaps are closed before specks go, and spurs before and after. */
export function repair(lines: Binary, field: RidgeField): void {
  cutSpurs(lines);
  cutBridges(lines, field);
  closeGaps(lines);
  thin(lines);
  cutSpurs(lines);
  cutSpecks(lines);
  thin(lines);
}

function cutSpurs(lines: Binary): void {
  for (const end of pixelsWith(lines, 1)) {
    const [first] = exits(lines, end);
    if (first === undefined) continue;
    const { path, stop } = walk(lines, end, first, maxSpur);
    if (stop !== 'fork') continue;
    lines.data[end] = 0;
    for (const at of path.slice(0, -1)) lines.data[at] = 0;
  }
}

function cutSpecks(lines: Binary): void {
  for (const end of pixelsWith(lines, 1)) {
    const [first] = exits(lines, end);
    if (first === undefined) continue;
    const { path, stop } = walk(lines, end, first, minLine);
    if (stop !== 'end') continue;
    lines.data[end] = 0;
    for (const at of path) lines.data[at] = 0;
  }
}

/** Short links between two forks that run across the ridges join what should be apart. */
function cutBridges(lines: Binary, field: RidgeField): void {
  const { width } = lines;
  for (const fork of pixelsWith(lines, 3)) {
    for (const first of exits(lines, fork)) {
      const { path, stop } = walk(lines, fork, first, maxBridge);
      const last = path.at(-1) as number;
      if (stop !== 'fork' || path.length < 3) continue;
      const dx = (last % width) - (fork % width);
      const dy = Math.floor(last / width) - Math.floor(fork / width);
      const ridge = ridgeAngle(field, (fork % width) + dx / 2, Math.floor(fork / width) + dy / 2);
      if (Math.abs(Math.sin(Math.atan2(dy, dx) - ridge)) < 0.75) continue;
      for (const at of path.slice(0, -1)) lines.data[at] = 0;
    }
  }
}

type End = { readonly x: number; readonly y: number; readonly outX: number; readonly outY: number };

/** Two ends that look at each other along one line are one ridge, interrupted. The nearest are joined first. */
function closeGaps(lines: Binary): void {
  const { width, data } = lines;
  const ends = pixelsWith(lines, 1).flatMap((at): End[] => {
    const [first] = exits(lines, at);
    if (first === undefined) return [];
    const far = walk(lines, at, first, 10).path.at(-1) as number;
    const x = at % width;
    const y = Math.floor(at / width);
    const dx = x - (far % width);
    const dy = y - Math.floor(far / width);
    const length = Math.hypot(dx, dy);
    return length < 3 ? [] : [{ x, y, outX: dx / length, outY: dy / length }];
  });
  const gaps: { a: number; b: number; length: number }[] = [];
  for (const [a, p] of ends.entries()) {
    for (let b = a + 1; b < ends.length; b++) {
      const q = ends[b] as End;
      const dx = q.x - p.x;
      const dy = q.y - p.y;
      const length = Math.hypot(dx, dy);
      if (length > maxGap || length < 1) continue;
      const looking = Math.min((dx * p.outX + dy * p.outY) / length, (-dx * q.outX - dy * q.outY) / length);
      const opposite = -(p.outX * q.outX + p.outY * q.outY);
      if ((looking > 0.85 || (length < 5 && looking > 0.5)) && opposite > 0.7) gaps.push({ a, b, length });
    }
  }
  const joined = new Set<number>();
  for (const { a, b } of gaps.sort((p, q) => p.length - q.length)) {
    if (joined.has(a) || joined.has(b)) continue;
    const [p, q] = [ends[a] as End, ends[b] as End];
    const steps = Math.max(Math.abs(q.x - p.x), Math.abs(q.y - p.y));
    const between = Array.from({ length: Math.max(0, steps - 1) }, (_, k) => {
      const share = (k + 1) / steps;
      return Math.round(p.y + share * (q.y - p.y)) * width + Math.round(p.x + share * (q.x - p.x));
    });
    // another ridge runs through: not a gap
    if (between.slice(1, -1).some((at) => data[at] === 1)) continue;
    for (const at of between) data[at] = 1;
    joined.add(a);
    joined.add(b);
  }
}
