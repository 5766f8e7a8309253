import { describe, expect, it } from 'vitest';
import { encodeTemplate } from '../../../../shared/biometric/encode-template.ts';
import { extractTemplate } from '../../../../shared/biometric/extract/extract-template.ts';
import { decodePng } from '../../../../shared/biometric/image/decode-png.ts';
import type { GrayImage } from '../../../../shared/biometric/image/gray-image.ts';
import { matchFingers } from '../../../../shared/biometric/match.ts';
import { prepare } from '../../../../shared/biometric/prepare.ts';
import type { FingerTemplate } from '../../../../shared/biometric/template.ts';
import { decoded, syntheticTemplate, vectorBytes } from '../finger-files.ts';

const images = new Map<string, GrayImage>();
for (const name of ['101_1', '101_2', '102_1', '102_2']) {
  const png = await decodePng(vectorBytes(`images/${name}.png`));
  if (png.ok) images.set(name, png.value);
}
const image = (name: string) => images.get(name) as GrayImage;
const extracted = (picture: GrayImage): FingerTemplate => {
  const template = extractTemplate(picture, 'right_index');
  if (!template.ok) throw new Error(template.error.reason);
  return template.value;
};
const first = extracted(image('101_1'));

/** Straight parallel ridges 9 pixels apart, one of them ending in the middle when wanted. */
function ridges(ending: boolean): GrayImage {
  const [width, height] = [260, 260];
  const pixels = Uint8Array.from({ length: width * height }, (_, k) => {
    const [x, y] = [(k % width) - 130, Math.floor(k / width) - 130];
    // a phase that turns once around the middle makes one ridge more on the right than on the left
    const phase = (2 * Math.PI * y) / 9 + (ending ? Math.atan2(y, x) : 0);
    return 128 + 90 * Math.cos(phase);
  });
  return { pixels, width, height, dpi: 500 };
}

describe('extractTemplate', () => {
  it('finds no minutia in parallel ridges and one where a ridge ends, with the standard’s direction', () => {
    expect(extracted(ridges(false)).views[0]?.minutiae).toEqual([]);
    const [minutia, ...others] = extracted(ridges(true)).views[0]?.minutiae ?? [];
    expect(others).toEqual([]);
    expect(Math.hypot((minutia?.x ?? 0) - 130, (minutia?.y ?? 0) - 130)).toBeLessThan(10);
    // the ridge or valley that ends lies along the x axis
    expect(Math.abs(Math.sin(minutia?.angle ?? 1))).toBeLessThan(0.1);
  });

  it('makes templates that encode, with the finger position and a quality', () => {
    const bytes = encodeTemplate(first);
    if (!bytes.ok) throw new Error(bytes.error.reason);
    expect(decoded(bytes.value)).toEqual(first);
    expect(first.views[0]).toMatchObject({ position: 'right_index' });
    expect(first.views[0]?.quality).toBeGreaterThan(50);
    expect(first.views[0]?.minutiae.length).toBeGreaterThan(15);
  });

  it('finds minutiae where other extractors find them, with the same directions: templates of both match', () => {
    for (const extractor of ['sourceafis', 'mindtct'] as const) {
      const other = syntheticTemplate(extractor, 'fvc2002_db4_b', '101_1');
      expect(matchFingers(prepare(first), prepare(other))).toBeGreaterThan(25);
    }
  });

  it('lets captures of one finger match and of two not', () => {
    const [own, stranger, again] = ['101_2', '102_1', '102_2'].map((name) => prepare(extracted(image(name))));
    if (!own || !stranger || !again) throw new Error('three images');
    expect(matchFingers(prepare(first), own)).toBeGreaterThan(14);
    expect(matchFingers(stranger, again)).toBeGreaterThan(14);
    expect(matchFingers(prepare(first), stranger)).toBeLessThan(10);
  });

  it('finds much the same in a capture of twice the resolution', () => {
    const { pixels, width, height } = image('101_1');
    const fine = new Uint8Array(4 * pixels.length);
    for (let y = 0; y < 2 * height; y++) {
      for (let x = 0; x < 2 * width; x++) fine[y * 2 * width + x] = pixels[(y >> 1) * width + (x >> 1)] as number;
    }
    const template = extracted({ pixels: fine, width: 2 * width, height: 2 * height, dpi: 1_000 });
    expect([template.width, template.height]).toEqual([width, height]);
    expect(matchFingers(prepare(template), prepare(first))).toBeGreaterThan(40);
  });

  it('gives quality 0 and no minutia for blank, black and noisy images, and a lower quality for half a finger', () => {
    const { pixels, width, height } = image('101_1');
    const whole = first.views[0]?.quality ?? 0;
    for (const shade of [0, 128, 255]) {
      const blank = extracted({ pixels: new Uint8Array(pixels.length).fill(shade), width, height, dpi: 500 });
      expect(blank.views[0]).toMatchObject({ quality: 0, minutiae: [] });
    }
    const noise = Uint8Array.from(pixels, (_, k) => (Math.imul(k ^ (k >>> 7), 0x9e3779b1) >>> 24) & 255);
    expect(extracted({ pixels: noise, width, height, dpi: 500 }).views[0]?.quality).toBeLessThan(30);
    const half = pixels.map((v, k) => (Math.floor(k / width) > height / 2 ? 255 : v));
    expect(extracted({ pixels: half, width, height, dpi: 500 }).views[0]?.quality).toBeLessThan(whole - 5);
  });

  it('refuses images that it cannot work on', () => {
    expect(extractTemplate({ ...image('101_1'), dpi: 72 })).toMatchObject({ error: { reason: 'bad_resolution' } });
  });
});
