// Lines of an import for the edge's tests: people who exist nowhere, with random fingers.

import { syntheticFinger } from '../../../shared/biometric/constellation.ts';
import { encodeTemplate } from '../../../shared/biometric/encode-template.ts';
import { encodeBase64Url } from '../../../shared/bytes/base64url.ts';
import type { PersonLine } from '../../../shared/contract/registry.ts';
import { withCheckDigit } from '../../../worker/registry/unified-number.ts';

/** 16 bytes with a RIFF header of kind WEBP: what an importer looks at of a face. */
export const smallFace = encodeBase64Url(Uint8Array.from([82, 73, 70, 70, 8, 0, 0, 0, 87, 69, 66, 80, 86, 80, 56, 32]));

export function templateText(seed: string): string {
  const bytes = encodeTemplate(syntheticFinger(seed));
  if (!bytes.ok) throw new Error(bytes.error.reason);
  return encodeBase64Url(bytes.value);
}

/** Citizen number `n` of the test's people. */
export function numberOf(n: number): string {
  return withCheckDigit(`1${String(n).padStart(8, '0')}`);
}

export function personLine(n: number, more: Partial<PersonLine> = {}): PersonLine {
  const number = numberOf(n);
  return {
    number,
    kind: 'citizen',
    name: { ar: 'نورة سعد الحربي', en: 'Noura Saad Alharbi' },
    birthDate: '1990-05-17',
    sex: 'female',
    nationality: 'SAU',
    document: { serial: `A${String(n).padStart(7, '0')}`, expiresOn: '2031-01-01' },
    guardians: [],
    fingers: [
      { position: 2, sample: 1, extractor: 'synthetic', quality: 80, template: templateText(`${number}/2`) },
      { position: 7, sample: 1, extractor: 'synthetic', quality: 75, template: templateText(`${number}/7`) },
    ],
    face: smallFace,
    ...more,
  };
}
