// The fingerprint vectors as the tests of this room need them: bytes, templates, names.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { decodeTemplate } from '../../../shared/biometric/decode-template.ts';
import type { FingerTemplate } from '../../../shared/biometric/template.ts';

const root = path.join(import.meta.dirname, '../../vectors/fingerprints');

export const extractors = ['sourceafis', 'mindtct', 'secugen-openafis'] as const;
export const sets = ['fvc2002_db4_b', 'fvc2004_db4_b'] as const;

export function vectorBytes(relative: string): Uint8Array {
  return new Uint8Array(readFileSync(path.join(root, relative)));
}

export function vectorJson(relative: string): unknown {
  return JSON.parse(readFileSync(path.join(root, relative), 'utf8'));
}

export function namesIn(relative: string): string[] {
  return readdirSync(path.join(root, relative)).sort();
}

/** `<finger>_<impression>` of a synthetic set by an extractor. */
export function syntheticTemplate(
  extractor: (typeof extractors)[number],
  set: (typeof sets)[number],
  name: string,
): FingerTemplate {
  const ending = extractor === 'secugen-openafis' ? 'iso' : 'fmr';
  return decoded(vectorBytes(`synthetic/${extractor}/${set}/${name}.${ending}`));
}

export function decoded(bytes: Uint8Array): FingerTemplate {
  const result = decodeTemplate(bytes);
  if (!result.ok) throw new Error(result.error.reason);
  return result.value;
}
