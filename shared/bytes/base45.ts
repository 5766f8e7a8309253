// Base45 (RFC 9285), the alphabet of a QR code's alphanumeric mode. On the hot path of every verification.

import { err, ok, type Result } from '../base/result.ts';
import type { Bytes } from './bytes.ts';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:';
const CODES = new Uint8Array(45);
// What a character adds as the first, second and third of its group; a wrong one adds so much that the group overflows.
const WRONG = 1 << 20;
const FIRST = new Int32Array(256).fill(WRONG);
const SECOND = new Int32Array(256).fill(WRONG);
const THIRD = new Int32Array(256).fill(WRONG);
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

// The characters as bytes: reading them from there costs half of asking the text for each. As long as the longest QR code.
const CHARACTERS = new Uint8Array(4296);
const encoder = new TextEncoder();

function charactersOf(text: string): Uint8Array | undefined {
  const room = text.length <= CHARACTERS.length ? CHARACTERS : new Uint8Array(text.length);
  const { read, written } = encoder.encodeInto(text, room);
  // One byte a character: none beyond ASCII, each of which takes two or more.
  return read === text.length && written === read ? room : undefined;
}

/** Decodes `text` from character `from`. The encoding has one text for each byte string, so nothing else is accepted (§6). */
export function decodeBase45(text: string, from = 0): Result<Bytes, Base45Error> {
  const length = text.length - from;
  const rest = length % 3;
  if (rest === 1) return err({ reason: 'base45_length' });
  const characters = charactersOf(text);
  if (characters === undefined) return err({ reason: 'base45_character' });
  const whole = text.length - rest;
  const bytes = new Uint8Array(((length - rest) / 3) * 2 + (rest === 2 ? 1 : 0));
  let at = 0;
  // Faults are gathered and looked at once, so that the loop has no branches.
  let overflow = 0;
  for (let i = from; i < whole; i += 3) {
    const n =
      (FIRST[characters[i] as number] as number) +
      (SECOND[characters[i + 1] as number] as number) +
      (THIRD[characters[i + 2] as number] as number);
    overflow |= n >> 16;
    bytes[at] = n >> 8;
    bytes[at + 1] = n;
    at += 2;
  }
  if (rest === 2) {
    const n = (FIRST[characters[whole] as number] as number) + (SECOND[characters[whole + 1] as number] as number);
    overflow |= n >> 8;
    bytes[at] = n;
  }
  if (overflow >= WRONG >> 16) return err({ reason: 'base45_character' });
  return overflow === 0 ? ok(bytes) : err({ reason: 'base45_overflow' });
}
