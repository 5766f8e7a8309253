// From enhanced ridges to lines one pixel wide: binarisation, holes and islands removed, thinning (Guo and Hall 1989).
import type { Plane } from '../image/gray-image.ts';

/** 1 on a ridge; a frame of at least one pixel is always 0, so that neighbours can be read without looking. */
export type Binary = { readonly width: number; readonly height: number; readonly data: Uint8Array };

/** Ridges with fewer pixels and holes of fewer pixels than these are noise (pores, specks). */
const minRidgePixels = 40;
const minHolePixels = 24;

export function binarise(enhanced: Plane): Binary {
  const { width, height } = enhanced;
  const data = Uint8Array.from(enhanced.data, (v) => (v > 0 ? 1 : 0));
  for (let x = 0; x < width; x++) {
    data[x] = 0;
    data[(height - 1) * width + x] = 0;
  }
  for (let y = 0; y < height; y++) {
    data[y * width] = 0;
    data[y * width + width - 1] = 0;
  }
  flipSmall({ width, height, data }, 1, minRidgePixels);
  flipSmall({ width, height, data }, 0, minHolePixels);
  return { width, height, data };
}

/** Turns areas of one value that are smaller than `least` into the other: ridges 8-connected, holes 4-connected. */
function flipSmall({ width, data }: Binary, value: 0 | 1, least: number): void {
  const near = [-1, 1, -width, width, ...(value === 1 ? [-width - 1, -width + 1, width - 1, width + 1] : [])];
  const seen = new Uint8Array(data.length);
  for (let start = 0; start < data.length; start++) {
    if (data[start] !== value || seen[start] === 1) continue;
    const area = [start];
    seen[start] = 1;
    for (let k = 0; k < area.length; k++) {
      for (const step of near) {
        const at = (area[k] as number) + step;
        if (at < 0 || at >= data.length || data[at] !== value || seen[at] === 1) continue;
        seen[at] = 1;
        area.push(at);
      }
    }
    if (area.length < least) for (const at of area) data[at] = 1 - value;
  }
}

/** Thins in place until nothing changes; lines stay connected and keep their ends. */
export function thin({ width, height, data }: Binary): void {
  const removable = guoHallTables();
  const doomed: number[] = [];
  for (let pass = 0, quiet = 0; quiet < 2; pass ^= 1) {
    doomed.length = 0;
    const table = removable[pass] as Uint8Array;
    for (let y = 1; y < height - 1; y++) {
      for (let at = y * width + 1; at < (y + 1) * width - 1; at++) {
        if (data[at] === 1 && table[neighbourhood(data, width, at)] === 1) doomed.push(at);
      }
    }
    for (const at of doomed) data[at] = 0;
    quiet = doomed.length === 0 ? quiet + 1 : 0;
  }
}

/** The eight neighbours as bits, clockwise from the north. */
export function neighbourhood(data: Uint8Array, width: number, at: number): number {
  return (
    (data[at - width] as number) |
    ((data[at - width + 1] as number) << 1) |
    ((data[at + 1] as number) << 2) |
    ((data[at + width + 1] as number) << 3) |
    ((data[at + width] as number) << 4) |
    ((data[at + width - 1] as number) << 5) |
    ((data[at - 1] as number) << 6) |
    ((data[at - width - 1] as number) << 7)
  );
}

/** How often the ring of neighbours changes from 0 to 1: 1 at an end, 2 on a line, 3 at a fork. */
export function crossings(ring: number): number {
  const turned = ((ring << 1) | (ring >> 7)) & 255;
  let changes = ring & ~turned & 255;
  let count = 0;
  while (changes !== 0) {
    changes &= changes - 1;
    count++;
  }
  return count;
}

function guoHallTables(): readonly Uint8Array[] {
  return [0, 1].map((pass) =>
    Uint8Array.from({ length: 256 }, (_, ring) => {
      const [n, ne, e, se, s, sw, w, nw] = Array.from({ length: 8 }, (_, k) => (ring >> k) & 1) as Ring;
      const lines = (~n & 1 & (ne | e)) + (~e & 1 & (se | s)) + (~s & 1 & (sw | w)) + (~w & 1 & (nw | n));
      const pairs = Math.min((nw | n) + (ne | e) + (se | s) + (sw | w), (n | ne) + (e | se) + (s | sw) + (w | nw));
      const side = pass === 0 ? (n | ne | (~se & 1)) & e : (s | sw | (~nw & 1)) & w;
      return lines === 1 && (pairs === 2 || pairs === 3) && side === 0 ? 1 : 0;
    }),
  );
}
type Ring = [number, number, number, number, number, number, number, number];
