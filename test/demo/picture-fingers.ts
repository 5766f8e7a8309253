// Fingers of a synthetic set as a sealing reader and the registry have them: impressions to enrol, and others to lay on the glass.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { loadJpeg2000Writer } from '../../kiosk/core/devices/fingerprint/sbi/simulator-jpeg2000.ts';
import { encodeTemplate } from '../../shared/biometric/encode-template.ts';
import { extractTemplate, ownExtractor } from '../../shared/biometric/extract/extract-template.ts';
import { decodePng } from '../../shared/biometric/image/decode-png.ts';
import { encodeImageRecord } from '../../shared/biometric/iso-19794-4-2011.ts';
import type { FingerPosition } from '../../shared/biometric/position.ts';
import { encodeBase64Url } from '../../shared/bytes/base64url.ts';
import type { EnrolledFinger } from '../../shared/contract/registry.ts';

export type Role = 'fahad' | 'yousef';

/** ISO/IEC 19794 codes. */
export const rightIndex = 2;
export const rightMiddle = 3;
const fingers = [
  { code: rightIndex, position: 'right_index' },
  { code: rightMiddle, position: 'right_middle' },
] as const satisfies readonly { readonly code: number; readonly position: FingerPosition }[];
type Finger = (typeof fingers)[number];

/** Whose pictures: fingers of FVC2002 DB4 B, made by SFinGe. The first two impressions are enrolled, the third is shown. */
const pictureOfFinger: Readonly<Record<Role, Readonly<Record<Finger['position'], number>>>> = {
  fahad: { right_index: 101, right_middle: 103 },
  yousef: { right_index: 102, right_middle: 104 },
};
const pictures = path.resolve(import.meta.dirname, '../vectors/fingerprints/synthetic/images/fvc2002_db4_b');

async function pictureOf(role: Role, finger: Finger, impression: number) {
  const file = `${pictureOfFinger[role][finger.position]}_${impression}.png`;
  const decoded = await decodePng(readFileSync(path.join(pictures, file)));
  if (!decoded.ok) throw new Error(`a picture does not read: ${decoded.error.reason}`);
  return decoded.value;
}

export async function enrolledFrom(role: Role): Promise<EnrolledFinger[]> {
  const samples = fingers.flatMap((finger) => [1, 2].map((sample) => ({ finger, sample })));
  return Promise.all(
    samples.map(async ({ finger, sample }) => {
      const { pixels, width, height } = await pictureOf(role, finger, sample);
      const made = extractTemplate({ pixels, width, height, dpi: 500 }, finger.position);
      const bytes = made.ok ? encodeTemplate(made.value) : made;
      if (!bytes.ok) throw new Error(`a picture gives no template: ${bytes.error.reason}`);
      const template = encodeBase64Url(bytes.value);
      return { position: finger.code, sample, extractor: ownExtractor, quality: 80, template };
    }),
  );
}

/** Another touch of the same fingers, as ISO/IEC 19794-4 records in base64: nobody lays them down twice at the same angle. */
export async function touched(role: Role, degrees: number): Promise<string[]> {
  const write = await loadJpeg2000Writer();
  return Promise.all(
    fingers.map(async (finger) => {
      const picture = await pictureOf(role, finger, 3);
      const { width, height } = picture;
      const image = write(turned(picture, degrees), width, height);
      const record = encodeImageRecord({
        certified: false,
        images: [
          {
            capturedAt: { year: 2026, month: 1, day: 1, hour: 0, minute: 0, second: 0, millisecond: 0 },
            ...{ technology: 0, vendor: 0, device: 0, certifications: [], number: 0, impression: 0, bitDepth: 8 },
            ...{ scaleUnits: 1, captureX: 500, captureY: 500, resolutionX: 500, resolutionY: 500 },
            qualities: [{ score: 80, vendor: 0, algorithm: 0 }],
            ...{ position: finger.position, compression: 'jpeg2000_lossless', width, height, image },
          },
        ],
      });
      return Buffer.from(record).toString('base64');
    }),
  );
}

function turned(picture: Awaited<ReturnType<typeof pictureOf>>, degrees: number): Uint8Array {
  const { pixels, width, height } = picture;
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  const at = (x: number, y: number) =>
    x < 0 || y < 0 || x >= width || y >= height ? 255 : (pixels[y * width + x] ?? 255);
  return Uint8Array.from({ length: width * height }, (_, i) => {
    const [dx, dy] = [(i % width) - width / 2, Math.floor(i / width) - height / 2];
    const [x, y] = [width / 2 + dx * cos + dy * sin, height / 2 + dy * cos - dx * sin];
    const [left, top] = [Math.floor(x), Math.floor(y)];
    const [fx, fy] = [x - left, y - top];
    const upper = at(left, top) * (1 - fx) + at(left + 1, top) * fx;
    const lower = at(left, top + 1) * (1 - fx) + at(left + 1, top + 1) * fx;
    return Math.round(upper * (1 - fy) + lower * fy);
  });
}
