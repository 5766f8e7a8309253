// DER (X.690): the tag-length-value encoding of certificates, written and read strictly. It knows no certificate.

import { err, ok, type Result } from '../base/result.ts';
import type { Bytes } from '../bytes/bytes.ts';
import { concatBytes } from '../bytes/concat.ts';
import { encodeUtf8 } from '../bytes/text.ts';

export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utf8: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

/** Constructed context tag [n]. */
export const contextTag = (n: number) => 0xa0 | n;

/** One element; parts are joined. Bodies up to 65,535 bytes. */
export function der(tag: number, ...parts: readonly Uint8Array[]): Bytes {
  const body = concatBytes(...parts);
  const { length } = body;
  if (length > 0xffff) throw new RangeError('a DER body of ours stays below 64 KiB');
  const head = length < 0x80 ? [tag, length] : length < 0x100 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length];
  return concatBytes(Uint8Array.from(head), body);
}

/** An unsigned integer from its big-endian bytes: shortest form, with a zero byte where the first bit would read as a sign. */
export function derInteger(bytes: Uint8Array): Bytes {
  let from = 0;
  while (from < bytes.length - 1 && bytes[from] === 0) from++;
  const shortest = bytes.subarray(from);
  return (shortest[0] ?? 0) & 0x80 ? der(TAG.integer, Uint8Array.of(0), shortest) : der(TAG.integer, shortest);
}

/** Dotted decimal, e.g. `1.2.840.10045.2.1`. */
export function derOid(dotted: string): Bytes {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return der(TAG.oid, Uint8Array.from([first * 40 + second, ...rest].flatMap(base128)));
}

function base128(arc: number): number[] {
  const digits = [arc & 0x7f];
  for (let left = arc >>> 7; left > 0; left >>>= 7) digits.unshift((left & 0x7f) | 0x80);
  return digits;
}

/** RFC 5280 §4.1.2.5: UTCTime to 2049, GeneralizedTime after. */
export function derTime(epochSeconds: number): Bytes {
  const digits = new Date(epochSeconds * 1000).toISOString().replaceAll(/[-:T]|\.\d+/g, '');
  return Number(digits.slice(0, 4)) < 2050
    ? der(TAG.utcTime, encodeUtf8(digits.slice(2)))
    : der(TAG.generalizedTime, encodeUtf8(digits));
}

export type DerNode = {
  readonly tag: number;
  readonly body: Uint8Array;
  /** Tag, length and body: what a signature is over. */
  readonly whole: Uint8Array;
};
export type DerError = { readonly reason: 'der_malformed' };

const malformed = err({ reason: 'der_malformed' } as const);

/** Exactly one element and nothing after it. Lengths must be in their shortest form. */
export function readDer(bytes: Uint8Array): Result<DerNode, DerError> {
  const nodes = readDerItems(bytes);
  if (!nodes.ok) return nodes;
  const [node, more] = nodes.value;
  return node && !more ? ok(node) : malformed;
}

/** The elements that stand one after another, at most 64. */
export function readDerItems(bytes: Uint8Array): Result<readonly DerNode[], DerError> {
  const nodes: DerNode[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (nodes.length === 64) return malformed;
    const [tag, first] = [bytes[at], bytes[at + 1]];
    // Tag numbers above 30 take more than one byte and never stand in a certificate.
    if (tag === undefined || first === undefined || (tag & 0x1f) === 0x1f) return malformed;
    let [length, begin] = [first, at + 2];
    if (first === 0x81) {
      length = bytes[begin++] ?? 0;
      if (length < 0x80) return malformed;
    } else if (first === 0x82) {
      length = ((bytes[begin] ?? 0) << 8) | (bytes[begin + 1] ?? 0);
      begin += 2;
      if (length < 0x100) return malformed;
    } else if (first >= 0x80) return malformed;
    const end = begin + length;
    if (end > bytes.length) return malformed;
    nodes.push({ tag, body: bytes.subarray(begin, end), whole: bytes.subarray(at, end) });
    at = end;
  }
  return ok(nodes);
}

/** Epoch seconds of a UTCTime or GeneralizedTime in the one form that RFC 5280 allows; undefined for any other. */
export function timeOfDer(node: DerNode): number | undefined {
  const text = String.fromCharCode(...node.body.subarray(0, 16));
  const digits = node.tag === TAG.utcTime ? /^\d{12}Z$/ : node.tag === TAG.generalizedTime ? /^\d{14}Z$/ : undefined;
  if (!digits?.test(text) || node.body.length > 15) return undefined;
  const century = Number(text.slice(0, 2)) < 50 ? '20' : '19';
  const full = node.tag === TAG.utcTime ? century + text : text;
  const [, y, mo, d, h, mi, s] = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(full) ?? [];
  const iso = `${y}-${mo}-${d}T${h}:${mi}:${s}.000Z`;
  const ms = Date.parse(iso);
  // A day that no calendar has (31 February) comes back as another one.
  return Number.isNaN(ms) || new Date(ms).toISOString() !== iso ? undefined : ms / 1000;
}
