// What kiosk and edge must write alike for SBI readers: names of fingers, and the transaction that a sealed capture is bound to.
import { encodeHex } from '../bytes/hex.ts';
import { type FingerPosition, positionOfCode } from './position.ts';

/** The index is the ISO/IEC 19794 finger position. */
export const fingerNames = [
  'UNKNOWN',
  'Right Thumb',
  'Right IndexFinger',
  'Right MiddleFinger',
  'Right RingFinger',
  'Right LittleFinger',
  'Left Thumb',
  'Left IndexFinger',
  'Left MiddleFinger',
  'Left RingFinger',
  'Left LittleFinger',
] as const;

/** Of a `bioSubType`; undefined for any other text. */
export function sbiFingerOf(name: string): FingerPosition | undefined {
  return positionOfCode((fingerNames as readonly string[]).indexOf(name));
}

/** 32 characters: how an activation (its 16 bytes) begins the transaction ids of its captures; a hyphen and a part of each one's own follow. */
export function sbiTransactionOf(activationId: Uint8Array): string {
  return encodeHex(activationId);
}
