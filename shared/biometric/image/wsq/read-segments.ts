// The segments of a WSQ file (FBI's wavelet scalar quantisation, IAFIS-IC-0110 version 3.1) → its tables and coded blocks.
// Big-endian markers as in JPEG. Knows no wavelet.
import { err, ok, type Result } from '../../../base/result.ts';
import { Cursor } from '../../cursor.ts';

export type WsqReason =
  | 'too_large'
  | 'truncated'
  | 'not_wsq'
  | 'unknown_marker'
  | 'bad_segment_length'
  | 'bad_frame'
  | 'bad_filters'
  | 'unsupported_filters'
  | 'bad_quantisation'
  | 'bad_huffman_table'
  | 'missing_table'
  | 'bad_code'
  | 'too_many_coefficients'
  | 'too_few_coefficients'
  | 'trailing_bytes';
export type WsqError = { readonly reason: WsqReason; readonly offset: number };

export const wsqLimits = { maxBytes: 1_000_000, minSide: 64, maxSide: 2_000, maxComments: 16 } as const;

/** Code lengths: how many codes there are of 1 to 16 bits, and their symbols in order. */
export type HuffmanTable = { readonly counts: Uint8Array; readonly symbols: Uint8Array };

export type WsqFile = {
  readonly width: number;
  readonly height: number;
  /** pixel = value × scale + shift. */
  readonly shift: number;
  readonly scale: number;
  /** Analysis filters, centre first: low-pass and high-pass, both symmetric and of odd length. */
  readonly low: readonly number[];
  readonly high: readonly number[];
  readonly binCentre: number;
  /** Bin width and zero-bin width of the 64 subbands; a width of 0 means that the subband is not there. */
  readonly bins: readonly { readonly width: number; readonly zero: number }[];
  readonly blocks: readonly { readonly table: HuffmanTable; readonly at: number; readonly end: number }[];
  /** From the comments, when a NIST comment names it. */
  readonly dpi: number | undefined;
};

const soi = 0xffa0;
const eoi = 0xffa1;
const sof = 0xffa2;
const sob = 0xffa3;
const dtt = 0xffa4;
const dqt = 0xffa5;
const dht = 0xffa6;
const drt = 0xffa7;
const com = 0xffa8;

type C = Cursor<WsqReason>;

export function readSegments(bytes: Uint8Array): Result<WsqFile, WsqError> {
  if (bytes.length > wsqLimits.maxBytes) return err({ reason: 'too_large', offset: wsqLimits.maxBytes });
  const cursor: C = new Cursor<WsqReason>(bytes, 'truncated');
  cursor.require(cursor.u16() === soi, 'not_wsq');
  let frame: Pick<WsqFile, 'width' | 'height' | 'shift' | 'scale'> | undefined;
  let filters: Pick<WsqFile, 'low' | 'high'> | undefined;
  let bins: Pick<WsqFile, 'binCentre' | 'bins'> | undefined;
  let dpi: number | undefined;
  let comments = 0;
  const tables = new Map<number, HuffmanTable>();
  const blocks: WsqFile['blocks'][number][] = [];
  while (!cursor.failed) {
    const marker = cursor.u16();
    if (marker === eoi || cursor.failed) break;
    if (marker === drt) cursor.require(false, 'unknown_marker');
    const start = cursor.at;
    const length = cursor.u16();
    const end = start + length;
    cursor.require(length >= 2, 'bad_segment_length');
    cursor.require(end <= bytes.length, 'truncated');
    if (cursor.failed) break;
    switch (marker) {
      case com: {
        cursor.require(++comments <= wsqLimits.maxComments, 'bad_segment_length');
        const comment = cursor.take(length - 2);
        dpi ??= resolutionIn(comment);
        break;
      }
      case dtt:
        filters = readFilters(cursor);
        break;
      case dqt:
        bins = readBins(cursor);
        break;
      case dht:
        while (cursor.at < end && !cursor.failed) readHuffman(cursor, tables);
        break;
      case sof:
        frame = readFrame(cursor);
        break;
      case sob: {
        const table = tables.get(cursor.u8());
        cursor.require(table !== undefined && frame !== undefined, 'missing_table');
        cursor.require(blocks.length < 3, 'too_many_coefficients');
        cursor.require(cursor.at === end, 'bad_segment_length');
        const codedEnd = endOfCodes(bytes, end);
        if (table) blocks.push({ table, at: end, end: codedEnd });
        cursor.seek(codedEnd);
        continue;
      }
      default:
        cursor.require(false, 'unknown_marker');
    }
    cursor.require(cursor.at === end, 'bad_segment_length');
  }
  cursor.require(cursor.left === 0, 'trailing_bytes');
  if (cursor.failure) return err(cursor.failure);
  if (!frame || !filters || !bins) return err({ reason: 'missing_table', offset: cursor.at });
  return ok({ ...frame, ...filters, ...bins, blocks, dpi });
}

function readFrame(cursor: C): Pick<WsqFile, 'width' | 'height' | 'shift' | 'scale'> {
  cursor.u16(); // black and white values: how it was scanned, not needed
  const height = cursor.u16();
  const width = cursor.u16();
  const shift = scaled(cursor);
  const scale = scaled(cursor);
  cursor.u8(); // version of the encoder
  cursor.u16(); // who wrote it
  const { minSide, maxSide } = wsqLimits;
  cursor.require(width >= minSide && height >= minSide && width <= maxSide && height <= maxSide, 'bad_frame');
  return { width, height, shift, scale };
}

/** An exponent and a number: number / 10^exponent. */
function scaled(cursor: C): number {
  const exponent = cursor.u8();
  cursor.require(exponent <= 20, 'bad_frame');
  return cursor.u16() / 10 ** exponent;
}

/** Right halves of both filters with their centres: sign, exponent, 32-bit number each. */
function readFilters(cursor: C): Pick<WsqFile, 'low' | 'high'> {
  const lowLength = cursor.u8();
  const highLength = cursor.u8();
  const odd = lowLength % 2 === 1 && highLength % 2 === 1;
  cursor.require(odd && lowLength <= 31 && highLength <= 31, 'unsupported_filters');
  const half = (length: number) =>
    Array.from({ length: cursor.failed ? 0 : (length + 1) / 2 }, () => {
      const sign = cursor.u8();
      const exponent = cursor.u8();
      cursor.require(sign <= 1 && exponent <= 20, 'bad_filters');
      return ((sign === 1 ? -1 : 1) * cursor.u32()) / 10 ** exponent;
    });
  return { low: half(lowLength), high: half(highLength) };
}

function readBins(cursor: C): Pick<WsqFile, 'binCentre' | 'bins'> {
  const number = () => {
    const exponent = cursor.u8();
    cursor.require(exponent <= 20, 'bad_quantisation');
    return cursor.u16() / 10 ** exponent;
  };
  const binCentre = number();
  const bins = Array.from({ length: 64 }, () => ({ width: number(), zero: number() }));
  return { binCentre, bins };
}

function readHuffman(cursor: C, tables: Map<number, HuffmanTable>): void {
  const id = cursor.u8();
  const counts = cursor.take(16);
  const total = counts.reduce((sum, n) => sum + n, 0);
  // Kraft: no more codes of a length than there is room for
  let room = 1;
  for (const n of counts) {
    room = room * 2 - n;
    cursor.require(room >= 0, 'bad_huffman_table');
  }
  cursor.require(id < 8 && total > 0 && total <= 256, 'bad_huffman_table');
  tables.set(id, { counts, symbols: cursor.take(Math.min(total, 256)) });
}

/** The next marker after `at`: 0xFF followed by anything but the stuffing zero. */
function endOfCodes(bytes: Uint8Array, at: number): number {
  let end = at;
  while (end + 1 < bytes.length && !(bytes[end] === 0xff && bytes[end + 1] !== 0)) end++;
  return Math.min(end, bytes.length);
}

function resolutionIn(comment: Uint8Array): number | undefined {
  if (comment.length > 4_096) return undefined;
  const text = String.fromCharCode(...comment);
  const found = text.startsWith('NIST_COM') ? /^PPI (\d{2,4})$/m.exec(text) : null;
  return found ? Number(found[1]) : undefined;
}
