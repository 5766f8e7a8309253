// The 64 subbands of WSQ: where each lies in the plane of coefficients, and the tree of splits that leads to them
// (IAFIS-IC-0110, figure 5). Knows no file.

/**
 * A rectangle that is split in four, or a subband. `reversed`: a band that came out of a high-pass has its frequencies
 * upside down, so its high-pass half lies FIRST (left, top), and only the second half is upside down again.
 */
export type Band = {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly reversedX: boolean;
  readonly reversedY: boolean;
  /** Left top, right top, left bottom, right bottom; empty for a subband. */
  readonly parts: readonly Band[];
};

type Shape = 'leaf' | readonly [Shape, Shape, Shape, Shape];

const leaf = 'leaf';
const four: Shape = [leaf, leaf, leaf, leaf];
const sixteen: Shape = [four, four, four, four];
/** Lowest frequencies are split most. In reading order the leaves are the subbands 0 to 63. */
const shape: Shape = [[[[four, leaf, leaf, leaf], four, four, four], sixteen, sixteen, leaf], four, four, four];

export function bandTree(width: number, height: number): Band {
  return grow(shape, { x: 0, y: 0, width, height, reversedX: false, reversedY: false });
}

function grow(form: Shape, area: Omit<Band, 'parts'>): Band {
  if (form === leaf) return { ...area, parts: [] };
  const firstWidth = firstLength(area.width, area.reversedX);
  const firstHeight = firstLength(area.height, area.reversedY);
  const parts = form.map((part, k) => {
    const [right, lower] = [k % 2 === 1, k >= 2];
    return grow(part, {
      x: area.x + (right ? firstWidth : 0),
      y: area.y + (lower ? firstHeight : 0),
      width: right ? area.width - firstWidth : firstWidth,
      height: lower ? area.height - firstHeight : firstHeight,
      reversedX: right,
      reversedY: lower,
    });
  });
  return { ...area, parts };
}

/** The low-pass half is the longer one of an odd length. */
export function firstLength(length: number, reversed: boolean): number {
  return reversed ? Math.floor(length / 2) : Math.ceil(length / 2);
}

/** The subbands in their order of transmission. */
export function subbands(band: Band): readonly Band[] {
  return band.parts.length === 0 ? [band] : band.parts.flatMap(subbands);
}
