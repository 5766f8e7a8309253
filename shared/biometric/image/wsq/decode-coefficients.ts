// Huffman codes of a WSQ block → quantised wavelet coefficients (IAFIS-IC-0110, 4.4): runs of zeros, values, escapes.
import type { HuffmanTable, WsqReason } from './read-segments.ts';

/** Symbols 1 to 100: so many zeros. */
const lastRun = 100;
const plus8 = 101;
const minus8 = 102;
// 103: plus, 16 bits
const minus16 = 104;
const run8 = 105;
const run16 = 106;
/** Symbols from 107: the value itself, 180 being 0. */
const zeroSymbol = 180;

/**
 * Fills `out` from `from` on. Returns the index behind the last coefficient, or why it stopped. `at` to `end` is the coded
 * part of the file; 0xFF 0x00 in it stands for 0xFF.
 */
export function decodeCoefficients(
  bytes: Uint8Array,
  at: number,
  end: number,
  table: HuffmanTable,
  out: Int32Array,
  from: number,
): number | WsqReason {
  const codes = canonical(table);
  let buffer = 0;
  let held = 0;
  let position = at;
  /** -1 when the part is used up. */
  const bit = (): number => {
    if (held === 0) {
      if (position >= end) return -1;
      buffer = bytes[position++] as number;
      if (buffer === 0xff) position++;
      held = 8;
    }
    held--;
    return (buffer >> held) & 1;
  };
  const bits = (count: number): number => {
    let value = 0;
    for (let k = 0; k < count; k++) {
      const b = bit();
      if (b < 0) return -1;
      value = value * 2 + b;
    }
    return value;
  };
  let index = from;
  for (;;) {
    let code = 0;
    let length = 0;
    let symbol = -1;
    while (symbol < 0) {
      const b = bit();
      // what is left of the last byte is padding
      if (b < 0) return index;
      code = code * 2 + b;
      length++;
      if (length > 16) return position >= end ? index : 'bad_code';
      const offset = code - (codes.first[length] as number);
      if (offset >= 0 && offset < (table.counts[length - 1] as number)) {
        symbol = table.symbols[(codes.start[length] as number) + offset] as number;
      }
    }
    if (symbol === 0) return 'bad_code';
    const zeros = symbol <= lastRun ? symbol : symbol === run8 ? bits(8) : symbol === run16 ? bits(16) : 0;
    if (zeros < 0) return 'truncated';
    if (zeros > 0 || symbol === run8 || symbol === run16) {
      index += zeros;
      if (index > out.length) return 'too_many_coefficients';
      continue;
    }
    if (index >= out.length) return 'too_many_coefficients';
    if (symbol >= 107) {
      out[index++] = symbol - zeroSymbol;
      continue;
    }
    const size = bits(symbol === plus8 || symbol === minus8 ? 8 : 16);
    if (size < 0) return 'truncated';
    out[index++] = symbol === minus8 || symbol === minus16 ? -size : size;
  }
}

/** The first code of each length and where its symbols start. Codes go up one by one, doubled a length. */
function canonical({ counts }: HuffmanTable): { readonly first: Int32Array; readonly start: Int32Array } {
  const first = new Int32Array(17);
  const start = new Int32Array(17);
  let code = 0;
  let at = 0;
  for (let length = 1; length <= 16; length++) {
    first[length] = code;
    start[length] = at;
    code = (code + (counts[length - 1] as number)) * 2;
    at += counts[length - 1] as number;
  }
  return { first, start };
}
