// Base45 (RFC 9285), the alphabet of a QR code's alphanumeric mode. On the hot path of every verification.

import { err, ok, type Result } from '../base/result.ts';
import type { Bytes } from './bytes.ts';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:';
const CODES = new Uint8Array(45);
// What a character adds as the first, second and third of its group; a wrong one adds so much that the group overflows.
const WRONG = 1 << 20;
const FIRST = new Int32Array(128).fill(WRONG);
const SECOND = new Int32Array(128).fill(WRONG);
const THIRD = new Int32Array(128).fill(WRONG);
for (let i = 0; i < 45; i++) {
  const code = ALPHABET.charCodeAt(i);
  CODES[i] = code;
  FIRST[code] = i;
  SECOND[code] = i * 45;
  THIRD[code] = i * 2025;
}

export type Base45Error = { readonly reason: 'base45_length' | 'base45_character' | 'base45_overflow' };

export function encodeBase45(bytes: Uint8Array): string {
  let text = '';
  let i = 0;
  for (; i + 1 < bytes.length; i += 2) {
    const n = ((bytes[i] as number) << 8) | (bytes[i + 1] as number);
    text += String.fromCharCode(
      CODES[n % 45] as number,
      CODES[Math.floor(n / 45) % 45] as number,
      CODES[Math.floor(n / 2025)] as number,
    );
  }
  if (i < bytes.length) {
    const n = bytes[i] as number;
    text += String.fromCharCode(CODES[n % 45] as number, CODES[Math.floor(n / 45)] as number);
  }
  return text;
}

/** Decodes `text` from character `from`. The encoding has one text for each byte string, so nothing else is accepted (§6). */
export function decodeBase45(text: string, from = 0): Result<Bytes, Base45Error> {
  const length = text.length - from;
  const rest = length % 3;
  if (rest === 1) return err({ reason: 'base45_length' });
  const whole = text.length - rest;
  const bytes = new Uint8Array(((length - rest) / 3) * 2 + (rest === 2 ? 1 : 0));
  let at = 0;
  // Faults are gathered and looked at once, so that the loop has no branches.
  let codes = 0;
  let overflow = 0;
  for (let i = from; i < whole; i += 3) {
    const c = text.charCodeAt(i);
    const d = text.charCodeAt(i + 1);
    const e = text.charCodeAt(i + 2);
    codes |= c | d | e;
    const n = (FIRST[c & 127] as number) + (SECOND[d & 127] as number) + (THIRD[e & 127] as number);
    overflow |= n >> 16;
    bytes[at] = n >> 8;
    bytes[at + 1] = n;
    at += 2;
  }
  if (rest === 2) {
    const c = text.charCodeAt(whole);
    const d = text.charCodeAt(whole + 1);
    codes |= c | d;
    const n = (FIRST[c & 127] as number) + (SECOND[d & 127] as number);
    overflow |= n >> 8;
    bytes[at] = n;
  }
  if (codes > 127 || overflow >= WRONG >> 16) return err({ reason: 'base45_character' });
  return overflow === 0 ? ok(bytes) : err({ reason: 'base45_overflow' });
}
