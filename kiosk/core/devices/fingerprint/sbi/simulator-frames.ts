// Pictures for a simulated live view: grey JPEGs whose every 8 × 8 block has one brightness (baseline, ISO/IEC 10918-1).
// A real encoder would be a library; a pulsing finger pad needs no more than this.

const width = 160;
const height = 208;

/** The `n`th frame: an empty glass, or a pad whose ridges move. */
export function liveFrame(n: number, occupied: boolean): Uint8Array {
  const [columns, rows] = [width / 8, height / 8];
  const bits: number[] = [];
  let before = 0;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const [x, y] = [(2 * column + 1) / columns - 1, (2 * row + 1) / rows - 1];
      const inside = occupied && x * x * 1.3 + y * y * 1.1 < 1;
      const brightness = inside ? 110 + 60 * Math.sin(7 * Math.hypot(x, y + 0.2) - n / 2) : 235;
      // DC coefficient: eight times the mean, less 128, by the quantiser of 8
      const dc = Math.round(brightness - 128);
      putDifference(bits, dc - before);
      before = dc;
      bits.push(0); // end of block, the only AC code
    }
  }
  while (bits.length % 8 !== 0) bits.push(1);
  const coded: number[] = [];
  for (let i = 0; i < bits.length; i += 8) {
    const byte = bits.slice(i, i + 8).reduce((value, bit) => value * 2 + bit, 0);
    coded.push(byte, ...(byte === 0xff ? [0] : []));
  }
  return Uint8Array.from([...head, ...coded, 0xff, 0xd9]);
}

/** Codes for the sizes 0 to 8 of a difference: four bits each, in order. */
function putDifference(bits: number[], difference: number): void {
  const size = difference === 0 ? 0 : Math.floor(Math.log2(Math.abs(difference))) + 1;
  const put = (value: number, length: number) => {
    for (let shift = length - 1; shift >= 0; shift--) bits.push((value >> shift) & 1);
  };
  put(size, 4);
  put(difference >= 0 ? difference : difference + 2 ** size - 1, size);
}

const segment = (marker: number, ...content: number[]) => [
  0xff,
  marker,
  (content.length + 2) >> 8,
  (content.length + 2) & 255,
  ...content,
];
const head: readonly number[] = [
  ...[0xff, 0xd8],
  ...segment(0xdb, 0, ...new Array<number>(64).fill(8)),
  ...segment(0xc0, 8, height >> 8, height & 255, width >> 8, width & 255, 1, 1, 0x11, 0),
  ...segment(0xc4, 0x00, ...[0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], ...[0, 1, 2, 3, 4, 5, 6, 7, 8]),
  ...segment(0xc4, 0x10, ...[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 0),
  ...segment(0xda, 1, 1, 0, 0, 63, 0),
];
