import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadJpeg2000 } from '../../../../kiosk/core/devices/fingerprint/images/jpeg2000.ts';
import { makeTemplate } from '../../../../kiosk/core/devices/fingerprint/images/make-template.ts';
import { templateMaker } from '../../../../kiosk/core/devices/fingerprint/images/template-maker.ts';
import type { SbiSimulator } from '../../../../kiosk/core/devices/fingerprint/sbi/simulated.ts';
import { bundleTemplateWorker } from '../../../../kiosk/main/bundle.ts';
import { decodePng } from '../../../../shared/biometric/image/decode-png.ts';
import { fingerPixels } from '../../../../shared/biometric/image/finger-pixels.ts';
import { decodeImageRecord, encodeImageRecord } from '../../../../shared/biometric/iso-19794-4-2011.ts';
import { jpeg2000Targets } from '../../../fuzz/jpeg2000.ts';
import { vectorBytes } from '../../../shared/biometric/finger-files.ts';
import { driverOf, honest, idOf, record, request, startReader } from './sbi-reader.ts';

const jpeg2000 = loadJpeg2000();
const bytesOf = (name: string) => new Uint8Array(Buffer.from(record(name), 'base64'));
const names = ['Left_Thumb', 'Left_Little', 'Right_Index', 'Right_Ring'];

/** The sample record with its image damaged. */
function withImage(name: string, change: (image: Uint8Array) => Uint8Array): Uint8Array {
  const decoded = decodeImageRecord(bytesOf(name));
  if (!decoded.ok) throw new Error(decoded.error.reason);
  const images = decoded.value.images.map((one) => ({ ...one, image: change(Uint8Array.from(one.image)) }));
  return encodeImageRecord({ ...decoded.value, images });
}

describe('JPEG 2000 at the kiosk', () => {
  test.each(['Left_Middle', 'Right_Middle'])('decodes %s as the reference decoder does', async (name) => {
    const decoded = decodeImageRecord(bytesOf(name));
    const [image] = decoded.ok ? decoded.value.images : [];
    const reference = await decodePng(vectorBytes(`decoded/${name}.png`));
    if (!image || !reference.ok) throw new Error('both must be there');
    const pixels = await fingerPixels(image, jpeg2000);
    if (!pixels.ok) throw new Error(pixels.error.reason);
    expect([pixels.value.width, pixels.value.height]).toEqual([reference.value.width, reference.value.height]);
    const worst = pixels.value.pixels.reduce(
      (most, v, i) => Math.max(most, Math.abs(v - (reference.value.pixels[i] ?? 0))),
      0,
    );
    expect(worst).toBeLessThanOrEqual(1);
  });

  test('makes a template of sample records of other fingers and sizes', async () => {
    for (const name of names) expect([name, (await makeTemplate(bytesOf(name), 0, jpeg2000)).ok]).toEqual([name, true]);
  });

  test('refuses damage with what is wrong', async () => {
    const codeOf = async (bytes: Uint8Array) => {
      const made = await makeTemplate(bytes, 2, jpeg2000);
      return made.ok ? 'made' : made.error;
    };
    const cut = withImage('Right_Index', (image) => image.subarray(0, 300));
    expect(await codeOf(cut)).toEqual({ reason: 'finger_unreadable', code: 'bad_jpeg2000' });
    const empty = withImage('Right_Index', (image) => image.fill(0));
    expect(await codeOf(empty)).toEqual({ reason: 'finger_unreadable', code: 'bad_jpeg2000' });
    const siz = 173 - 62; // of the codestream inside the file
    const huge = withImage('Right_Index', (image) => {
      new DataView(image.buffer).setUint32(siz + 8, 0x7fff_ffff);
      return image;
    });
    expect(await codeOf(huge)).toEqual({ reason: 'finger_unreadable', code: 'image_too_large' });
    const wider = withImage('Right_Index', (image) => {
      new DataView(image.buffer).setUint32(siz + 8, 309);
      return image;
    });
    expect(await codeOf(wider)).toEqual({ reason: 'finger_unreadable', code: 'raster_differs' });
    const colour = withImage('Right_Index', (image) => {
      new DataView(image.buffer).setUint16(siz + 40, 3);
      return image;
    });
    expect(await codeOf(colour)).toEqual({ reason: 'reader_unsupported', code: 'unsupported_depth' });
  });

  test.each(jpeg2000Targets.filter(({ cheap }) => !cheap))(
    '$name',
    async ({ property }) => {
      await fc.assert(property as fc.IAsyncProperty<[Uint8Array]>, { numRuns: 40 });
    },
    60_000,
  );
});

describe('from reader to template', () => {
  let reader: SbiSimulator;
  const bundle = mkdtempSync(path.join(tmpdir(), 'thread-'));
  beforeAll(async () => {
    reader = await startReader({ purpose: 'Registration' });
    honest(reader);
  });
  afterAll(async () => {
    await reader.close();
    rmSync(bundle, { recursive: true });
  });

  test.each(['Right_Index', 'Right_Index_wsq'])('an RCAPTURE of %s becomes a template in the thread', async (name) => {
    reader.glass.put({ records: [record(name)] });
    const captured = await driverOf(reader, { purpose: 'Registration' }).capture(idOf(reader), request);
    if (!captured.ok || captured.value[0]?.kind !== 'image') throw new Error('no image');
    const maker = templateMaker();
    const made = await maker.make(captured.value[0].image, 2);
    await maker.close();
    expect(made).toMatchObject({ ok: true });
  });

  test('the thread as it is packaged decodes JPEG 2000 too, from the WebAssembly beside it', async () => {
    await bundleTemplateWorker(bundle);
    const maker = templateMaker(path.join(bundle, 'template-worker.mjs'));
    expect(await maker.make(bytesOf('Left_Ring'), 9)).toMatchObject({ ok: true });
    await maker.close();
  });

  test('damaged images one after another leave the thread able to read the next good one', async () => {
    const maker = templateMaker();
    const damagedOnes = [1, 2, 3, 4, 5, 6].map((step) =>
      withImage('Right_Little', (image) =>
        image.map((byte, i) => (i > 150 && i % (step * 37) === 0 ? byte ^ 0xff : byte)),
      ),
    );
    await Promise.all(damagedOnes.map((one) => maker.make(one, 5)));
    expect(await maker.make(bytesOf('Right_Little'), 5)).toMatchObject({ ok: true });
    await maker.close();
  });
});
