import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Captured } from '../../../../kiosk/core/devices/fingerprint/driver.ts';
import { makeTemplate } from '../../../../kiosk/core/devices/fingerprint/images/make-template.ts';
import { templateMaker } from '../../../../kiosk/core/devices/fingerprint/images/template-maker.ts';
import { decodeTemplate } from '../../../../shared/biometric/decode-template.ts';
import {
  encodeImageRecord,
  type FingerImage,
  type ImageCompression,
} from '../../../../shared/biometric/iso-19794-4-2011.ts';
import { matchFingers } from '../../../../shared/biometric/match.ts';
import { prepare } from '../../../../shared/biometric/prepare.ts';
import { fakeEdge } from '../../support/fake-edge.ts';
import { newRig } from '../../support/rig.ts';

const vectors = path.resolve(import.meta.dirname, '../../../vectors/fingerprints/images');
const capturedAt = { year: 2026, month: 1, day: 2, hour: 3, minute: 4, second: 5, millisecond: 0 };

function recordOf(
  image: Uint8Array,
  compression: ImageCompression,
  change: Partial<FingerImage> = {},
  copies = 1,
): Uint8Array {
  const size = new DataView(image.buffer, image.byteOffset);
  const png = compression === 'png';
  const one: FingerImage = {
    capturedAt,
    technology: 0,
    vendor: 0,
    device: 0,
    qualities: [{ score: 70, vendor: 0, algorithm: 0 }],
    certifications: [],
    position: 'right_index',
    number: 0,
    scaleUnits: 1,
    captureX: 500,
    captureY: 500,
    resolutionX: 500,
    resolutionY: 500,
    bitDepth: 8,
    compression,
    impression: 0,
    width: png ? size.getUint32(16) : 288,
    height: png ? size.getUint32(20) : 384,
    image,
    ...change,
  };
  return encodeImageRecord({ certified: false, images: Array.from({ length: copies }, () => one) });
}
const pngRecord = (name: string) => recordOf(new Uint8Array(readFileSync(path.join(vectors, `${name}.png`))), 'png');

async function preparedOf(name: string) {
  const made = await makeTemplate(pngRecord(name), 2);
  if (!made.ok) throw new Error(made.error.reason);
  const decoded = decodeTemplate(made.value.template);
  if (!decoded.ok) throw new Error(decoded.error.reason);
  return prepare(decoded.value);
}

describe('an image becomes a template', () => {
  test('that matches another impression of the finger and no other finger', async () => {
    const [a, b, other] = [await preparedOf('101_1'), await preparedOf('101_2'), await preparedOf('102_1')];
    const mated = matchFingers(a, b);
    const others = Math.max(matchFingers(a, other), matchFingers(b, other));
    expect(mated).toBeGreaterThan(others + 5);
  });

  test('or is refused with what is wrong', async () => {
    const blank = new Uint8Array(288 * 384).fill(255);
    const reasonOf = async (record: Uint8Array) => {
      const made = await makeTemplate(record, 2);
      return made.ok ? 'made' : made.error.reason;
    };
    expect(await reasonOf(new Uint8Array(40))).toBe('answer_malformed');
    expect(await reasonOf(recordOf(blank, 'none'))).toBe('finger_unreadable');
    expect(await reasonOf(recordOf(blank, 'none', { width: 100 }))).toBe('answer_malformed');
    expect(await reasonOf(recordOf(blank.subarray(0, 40 * 40), 'none', { width: 40, height: 40 }))).toBe(
      'finger_unreadable',
    );
    expect(await reasonOf(recordOf(new Uint8Array(900), 'png', { width: 288, height: 384 }))).toBe('finger_unreadable');
    expect(await reasonOf(recordOf(new Uint8Array(900), 'wsq', { width: 288, height: 384 }))).toBe('finger_unreadable');
    expect(await reasonOf(recordOf(new Uint8Array(900), 'jpeg2000_lossy', { width: 288, height: 384 }))).toBe(
      'reader_unsupported',
    );
    expect(await reasonOf(recordOf(blank, 'none', {}, 2))).toBe('finger_count_wrong');
  });
});

describe('the thread that makes them', () => {
  const scripts = mkdtempSync(path.join(tmpdir(), 'threads-'));
  afterAll(() => rmSync(scripts, { recursive: true }));

  test('answers several at once, each its own, and leaves nothing of what it was given', async () => {
    const maker = templateMaker();
    const records = [pngRecord('101_1'), new Uint8Array(40), pngRecord('102_1')];
    const made = await Promise.all(records.map((record) => maker.make(record, 2)));
    expect(made.map((one) => one.ok)).toEqual([true, false, true]);
    for (const record of records) expect(record.every((byte) => byte === 0)).toBe(true);
    await maker.close();
  });

  test('is replaced when it dies: that finger is unreadable, the next is not', async () => {
    const script = path.join(scripts, 'dies.mjs');
    writeFileSync(
      script,
      "import { parentPort } from 'node:worker_threads'; parentPort.on('message', () => { throw new Error('x'); });",
    );
    const maker = templateMaker(script);
    expect(await maker.make(new Uint8Array(4), 2)).toEqual({
      ok: false,
      error: { reason: 'finger_unreadable', code: 'extractor' },
    });
    expect(await maker.make(new Uint8Array(4), 2)).toMatchObject({ ok: false });
    await maker.close();
  });
});

describe('at the desk', () => {
  const device = { make: 'Image', model: 'I1', serial: 'I-1' };
  const image = (record: Uint8Array, encrypted = false): Captured => ({
    kind: 'image',
    position: 2,
    quality: 90,
    device,
    image: record,
    encrypted,
  });

  test('a reader that gives images activates a person like one that gives templates', async () => {
    const edge = await fakeEdge();
    const rig = await newRig(edge);
    try {
      await rig.onDuty();
      const { activationId } = await rig.value('activation.begin', { number: '1234567897' });
      const record = pngRecord('101_1');
      rig.reader.next = [image(record)];
      const captured = await rig.value('activation.capture', { activationId, position: 2 });
      expect(captured).toMatchObject({ ready: true });
      // The worse of the reader's and our own judgement counts.
      expect(captured.captures[0]?.quality).toBeLessThan(90);
      expect(record.every((byte) => byte === 0)).toBe(true);
      await rig.value('activation.submit', { activationId });
      expect(edge.state.activations.get(activationId)?.evidence.captures).toMatchObject([
        { extractor: 'tawthiq', device },
      ]);
    } finally {
      await rig.close();
    }
  });

  test('an image that only the edge could open, and a capture without a finger, are refused', async () => {
    const rig = await newRig(await fakeEdge());
    try {
      await rig.onDuty();
      const { activationId } = await rig.value('activation.begin', { number: '1234567897' });
      const sealed = new Uint8Array(50).fill(1);
      rig.reader.next = [image(sealed, true)];
      expect(await rig.reason('activation.capture', { activationId, position: 2 })).toBe('reader_unsupported');
      expect(sealed.every((byte) => byte === 0)).toBe(true);
      rig.reader.next = [];
      expect(await rig.reason('activation.capture', { activationId, position: 2 })).toBe('finger_count_wrong');
    } finally {
      await rig.close();
    }
  });
});
