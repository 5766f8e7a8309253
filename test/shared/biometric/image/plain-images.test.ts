import { encode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { type BmpError, decodeBmp } from '../../../../shared/biometric/image/decode-bmp.ts';
import { decodePng, type PngError } from '../../../../shared/biometric/image/decode-png.ts';
import { fingerPixels } from '../../../../shared/biometric/image/finger-pixels.ts';
import { checkImage, toReferenceDpi } from '../../../../shared/biometric/image/gray-image.ts';
import { decodeImageRecord, type FingerImage } from '../../../../shared/biometric/iso-19794-4-2011.ts';
import { bitmap, sampleBmps, samplePng } from '../../../fuzz/finger-image.ts';
import { vectorBytes } from '../finger-files.ts';

const ramp = (x: number, y: number) => (2 * x + y) & 255;
const changed = (bytes: Uint8Array, at: number, ...to: number[]) => {
  const copy = Uint8Array.from(bytes);
  copy.set(to, at);
  return copy;
};
const [bmp8 = new Uint8Array(0), bmp24 = new Uint8Array(0)] = sampleBmps;

describe('decodeBmp', () => {
  it('reads 8, 24 and 32 bits a pixel to the same picture, from the bottom row and from the top', () => {
    const expected = Uint8Array.from({ length: 70 * 66 }, (_, k) => ramp(k % 70, Math.floor(k / 70)));
    for (const bytes of sampleBmps) {
      expect(decodeBmp(bytes)).toEqual({ ok: true, value: { pixels: expected, width: 70, height: 66, dpi: 500 } });
    }
    const fromTop = Uint8Array.from(bitmap(70, 66, 8, (x, y) => ramp(x, 65 - y)));
    new DataView(fromTop.buffer).setInt32(22, -66, true);
    expect(decodeBmp(fromTop)).toMatchObject({ ok: true, value: { pixels: expected } });
  });

  it('takes the resolution of the header when it is plausible', () => {
    const metres = new Uint8Array(new Int32Array([22_440]).buffer);
    expect(decodeBmp(changed(bmp8, 38, ...metres))).toMatchObject({ ok: true, value: { dpi: 570 } });
    expect(decodeBmp(changed(bmp8, 38, 1), 508)).toMatchObject({ ok: true, value: { dpi: 508 } });
  });

  const refusals: readonly [BmpError['reason'], Uint8Array][] = [
    ['not_bmp', changed(bmp8, 0, 0x50)],
    ['truncated', bmp8.subarray(0, 2_000)],
    ['unsupported_bmp', changed(bmp24, 28, 16)],
    ['image_too_large', changed(bmp24, 18, 0xff, 0xff, 0, 0)],
    ['image_too_small', changed(bmp24, 18, 10)],
  ];
  it.each(refusals)('refuses as %s', (reason, bytes) => {
    expect(decodeBmp(bytes)).toMatchObject({ ok: false, error: { reason } });
  });
});

describe('decodePng', () => {
  const picture = (channels: 1 | 2 | 3 | 4) =>
    encode({
      width: 70,
      height: 66,
      channels,
      depth: 8,
      data: Uint8Array.from({ length: 70 * 66 * channels }, (_, k) => {
        const pixel = Math.floor(k / channels);
        return ramp(pixel % 70, Math.floor(pixel / 70));
      }),
    });

  it('reads grey and colour, with and without alpha, to the same picture', async () => {
    const expected = Uint8Array.from({ length: 70 * 66 }, (_, k) => ramp(k % 70, Math.floor(k / 70)));
    for (const channels of [1, 2, 3, 4] as const) {
      expect(await decodePng(picture(channels))).toEqual({
        ok: true,
        value: { pixels: expected, width: 70, height: 66, dpi: 500 },
      });
    }
  });

  it('reads a finger image of another writer', async () => {
    expect(await decodePng(samplePng)).toMatchObject({ ok: true, value: { width: 288, height: 384 } });
  });

  const grey = picture(1);
  const refusals: readonly [PngError['reason'], Uint8Array][] = [
    ['not_png', changed(grey, 0, 0x42)],
    ['truncated', grey.subarray(0, 100)],
    ['unsupported_png', changed(grey, 24, 16)],
    ['image_too_large', changed(grey, 16, 0, 1)],
    ['image_too_small', changed(grey, 16, 0, 0, 0, 9)],
    ['bad_png_data', changed(grey, 60, 0, 0, 0, 0)],
    ['bad_png_data', changed(grey, 16, 0, 0, 0, 80)],
  ];
  it.each(refusals)('refuses as %s', async (reason, bytes) => {
    expect(await decodePng(bytes)).toMatchObject({ ok: false, error: { reason } });
  });

  it('stops at a picture that inflates to more than its size', async () => {
    const large = encode({ width: 1_900, height: 1_900, channels: 1, depth: 8, data: new Uint8Array(1_900 * 1_900) });
    expect(await decodePng(changed(large, 16, 0, 0, 0, 100, 0, 0, 0, 100))).toMatchObject({
      ok: false,
      error: { reason: 'bad_png_data' },
    });
  });
});

describe('fingerPixels', () => {
  const imageOf = (name: string): FingerImage => {
    const record = decodeImageRecord(vectorBytes(`../sbi/records/${name}.iso`));
    const image = record.ok ? record.value.images[0] : undefined;
    if (!image) throw new Error(name);
    return image;
  };
  const wsq = imageOf('Right_Middle_wsq');

  it('opens WSQ, PNG and raw images of a record at the record’s resolution', async () => {
    const opened = await fingerPixels(wsq);
    if (!opened.ok) throw new Error(opened.error.reason);
    expect(opened.value).toMatchObject({ width: 238, height: 357, dpi: 500 });
    const raw = { ...wsq, compression: 'none' as const, image: opened.value.pixels, scaleUnits: 2, resolutionX: 197 };
    expect(await fingerPixels(raw)).toEqual(opened);
    const png = encode({ width: 238, height: 357, channels: 1, depth: 8, data: opened.value.pixels });
    expect(await fingerPixels({ ...wsq, compression: 'png', image: png })).toEqual(opened);
  });

  it('hands JPEG 2000 to the decoder it is given', async () => {
    const image = imageOf('Right_Middle');
    const pixels = new Uint8Array(238 * 357).fill(200);
    const opened = await fingerPixels(image, async () => ({ pixels, width: 238, height: 357 }));
    expect(opened).toEqual({ ok: true, value: { pixels, width: 238, height: 357, dpi: 500 } });
    expect(await fingerPixels(image)).toMatchObject({ error: { reason: 'unsupported_compression' } });
    expect(await fingerPixels(image, async () => undefined)).toMatchObject({ error: { reason: 'bad_jpeg2000' } });
  });

  it('refuses what the codec refuses, another depth, and a picture that is not as large as the record says', async () => {
    expect(await fingerPixels({ ...wsq, image: wsq.image.subarray(0, 500) })).toMatchObject({ ok: false });
    expect(await fingerPixels({ ...wsq, bitDepth: 1 })).toMatchObject({ error: { reason: 'unsupported_depth' } });
    expect(await fingerPixels({ ...wsq, width: 100 })).toMatchObject({ error: { reason: 'raster_differs' } });
    expect(await fingerPixels({ ...wsq, compression: 'jpeg' })).toMatchObject({
      error: { reason: 'unsupported_compression' },
    });
  });
});

describe('checkImage and toReferenceDpi', () => {
  const image = { pixels: new Uint8Array(100 * 80).fill(90), width: 100, height: 80, dpi: 500 };

  it('names what is wrong with an image', () => {
    expect(checkImage(image).ok).toBe(true);
    expect(checkImage({ ...image, width: 10 })).toMatchObject({ error: { reason: 'image_too_small' } });
    expect(checkImage({ ...image, width: 5_000 })).toMatchObject({ error: { reason: 'image_too_large' } });
    expect(checkImage({ ...image, dpi: Number.NaN })).toMatchObject({ error: { reason: 'bad_resolution' } });
    expect(checkImage({ ...image, width: 101 })).toMatchObject({ error: { reason: 'pixels_do_not_fit' } });
  });

  it('brings images to 500 dpi without changing their grey', () => {
    for (const dpi of [300, 500, 569, 1_000]) {
      const plane = toReferenceDpi({ ...image, dpi });
      expect(plane.width).toBe(dpi === 500 ? 100 : Math.floor(100 / (dpi / 500)));
      expect(plane.data.every((v) => v === 90)).toBe(true);
    }
  });
});
