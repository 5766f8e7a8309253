import { setTimeout as pause } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { boundaryOf, FrameSplitter } from '../../../../kiosk/core/devices/fingerprint/sbi/frames.ts';
import type { SbiSimulator } from '../../../../kiosk/core/devices/fingerprint/sbi/simulated.ts';
import { liveFrame } from '../../../../kiosk/core/devices/fingerprint/sbi/simulator-frames.ts';
import type { SbiLie } from '../../../../kiosk/core/devices/fingerprint/sbi/simulator-switches.ts';
import { framesHold } from './sbi-fuzz.ts';
import { admin, driverOf, honest, idOf, oneFinger, request, startReader } from './sbi-reader.ts';

let reader: SbiSimulator;
beforeAll(async () => {
  reader = await startReader({ purpose: 'Registration', subType: 'Slap' });
});
afterAll(() => reader.close());
beforeEach(() => honest(reader));
const driver = () => driverOf(reader, { purpose: 'Registration' });

/** Frames until the end, an error, or `enough`. */
async function watched(enough = 100, timeoutMs = 20_000, signal?: AbortSignal) {
  const seen = { frames: 0, error: undefined as string | undefined };
  for await (const frame of driver().preview(idOf(reader), { timeoutMs, ...(signal ? { signal } : {}) })) {
    if (!frame.ok) seen.error = frame.error.reason;
    else if (++seen.frames >= enough) break;
  }
  return seen;
}

describe('a live view', () => {
  test('gives whole JPEGs, one after the other, until nobody looks any more', async () => {
    for await (const frame of driver().preview(idOf(reader), { timeoutMs: 5_000, deviceSubId: '2' })) {
      if (!frame.ok) throw new Error(frame.error.reason);
      expect([...frame.value.slice(0, 2), ...frame.value.slice(-2)]).toEqual([0xff, 0xd8, 0xff, 0xd9]);
      break;
    }
  });

  test('ends by itself at its time limit, and when it is cancelled', async () => {
    expect(await watched(100, 300)).toMatchObject({ error: undefined });
    expect(await watched(100, 5_000, AbortSignal.timeout(150))).toMatchObject({ error: undefined });
  });

  test('shows no frames while a capture runs', async () => {
    expect(await watched(1)).toEqual({ frames: 1, error: undefined });
    reader.glass.lift();
    const capture = driver().capture(idOf(reader), request);
    await expect.poll(() => reader.busy()).toBe(true);
    const view = watched(1);
    const first = await Promise.race([view.then(() => 'a frame'), pause(500).then(() => 'none')]);
    expect(first).toBe('none');
    reader.glass.put(oneFinger());
    expect(await capture).toMatchObject({ ok: true });
    expect(await view).toEqual({ frames: 1, error: undefined });
  });

  test.each<[SbiLie, string | undefined]>([
    ['stream_garbage', 'answer_malformed'],
    ['stream_huge', 'answer_too_large'],
    ['stream_not_jpeg', 'answer_malformed'],
    ['stream_cut', 'reader_unplugged'],
    ['stream_ends', undefined],
  ])('%s ends it with %s', async (kind, error) => {
    await admin(reader, '/admin/lie', { kind });
    expect(await watched()).toEqual({ frames: 2, error });
  });

  test('that stands still is given up', async () => {
    await admin(reader, '/admin/lie', { kind: 'stream_hang' });
    expect(await watched()).toEqual({ frames: 2, error: 'answer_too_late' });
  });

  test('of a reader that is unplugged meanwhile says so', async () => {
    const view = driver().preview(idOf(reader), { timeoutMs: 20_000 });
    expect(await view.next()).toMatchObject({ value: { ok: true } });
    await admin(reader, '/admin/status', { deviceStatus: 'Unplugged' });
    let last: string | undefined;
    for await (const frame of view) last = frame.ok ? undefined : frame.error.reason;
    expect(last).toBe('reader_unplugged');
  });

  test.each([
    ['601', 'purpose_mismatch'],
    ['202', 'reader_not_found'],
    ['609', 'capture_timeout'],
  ])('that is refused with %s is %s', async (errorCode, error) => {
    await admin(reader, '/admin/error', { errorCode });
    expect(await watched()).toEqual({ frames: 0, error });
  });

  test('is not asked of a reader for Auth', async () => {
    const auth = await startReader();
    const steps = [];
    for await (const frame of driverOf(auth).preview(idOf(auth), { timeoutMs: 100 })) steps.push(frame);
    expect(steps).toEqual([{ ok: false, error: { reason: 'purpose_mismatch' } }]);
    await auth.close();
  });
});

describe('frames', () => {
  const part = (bytes: Uint8Array, delimiter: string) =>
    Buffer.concat([
      Buffer.from(`${delimiter}\r\nContent-Type:image/jpeg\r\nContent-Length:${bytes.length}\r\n\r\n`),
      bytes,
      Buffer.from('\r\n'),
    ]);

  test('come out the same however the stream is cut, with and without the dashes of RFC 2046', () => {
    const frames = [liveFrame(0, false), liveFrame(1, true), liveFrame(2, true)];
    for (const [boundary, delimiter] of [
      ['--B', '--B'],
      ['B', '--B'],
    ] as const) {
      const stream = Buffer.concat(frames.map((frame) => part(frame, delimiter)));
      fc.assert(
        fc.property(fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 20 }), (sizes) => {
          const splitter = new FrameSplitter(boundary);
          const out: Uint8Array[] = [];
          for (let at = 0, i = 0; at < stream.length; i++) {
            const size = sizes[i % sizes.length] ?? 1;
            const pushed = splitter.push(stream.subarray(at, at + size));
            if (!pushed.ok) return false;
            out.push(...pushed.value);
            at += size;
          }
          return Buffer.concat(out).equals(Buffer.concat(frames)) && !splitter.midway;
        }),
        { numRuns: 200 },
      );
    }
  });

  test('that are broken stay broken', () => {
    const splitter = new FrameSplitter('B');
    expect(splitter.push(Buffer.from('nothing\r\n\r\n')).ok).toBe(false);
    expect(splitter.push(part(liveFrame(0, true), '--B'))).toMatchObject({ error: { reason: 'answer_malformed' } });
  });

  test('have a head of a kilobyte at most, whether it ends or not', () => {
    for (const end of ['', '\r\n\r\n']) {
      const splitter = new FrameSplitter('B');
      expect(splitter.push(Buffer.from(`--B\r\nX: ${'a'.repeat(1_100)}${end}`))).toMatchObject({
        error: { reason: 'answer_too_large' },
      });
    }
  });

  test('of any bytes are JPEGs within the limits, or the stream is refused', () => {
    fc.assert(framesHold, { numRuns: 10_000 });
  });

  test.each([
    ['multipart/x-mixed-replace; boundary=--BoundaryString', '--BoundaryString'],
    ['multipart/x-mixed-replace;boundary="abc"', 'abc'],
    ['image/jpeg', undefined],
    ['multipart/x-mixed-replace', undefined],
  ])('%s names its boundary', (contentType, boundary) => {
    expect(boundaryOf(contentType)).toBe(boundary);
  });
});
