// What a JPEG's markers say: its size, or why it is no picture that may be kept.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jpegSize } from '../../../shared/bytes/jpeg.ts';
import { jpegTargets } from '../../fuzz/jpeg.ts';

function jpeg(width: number, height: number, frame = 0xc0): Uint8Array {
  const bytes = new Uint8Array(60).fill(0x55);
  bytes.set([0xff, 0xd8, 0xff, 0xe0, 0, 16, 74, 70, 73, 70, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0]);
  bytes.set([0xff, frame, 0, 11, 8, height >> 8, height & 255, width >> 8, width & 255, 1, 1, 0x11, 0], 20);
  bytes.set([0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0], 33);
  bytes.set([0xff, 0xd9], 58);
  return bytes;
}
const reasonOf = (bytes: Uint8Array) => {
  const size = jpegSize(bytes);
  return size.ok ? 'none' : size.error.reason;
};

test('baseline and progressive frames say their size', () => {
  expect(jpegSize(jpeg(640, 480))).toEqual({ ok: true, value: { width: 640, height: 480 } });
  expect(jpegSize(jpeg(4096, 1, 0xc2))).toEqual({ ok: true, value: { width: 4096, height: 1 } });
});

test('what is too large, cut short, without a frame, or something else is refused', () => {
  expect(reasonOf(jpeg(4097, 10))).toBe('jpeg_too_large');
  expect(reasonOf(jpeg(0, 10))).toBe('jpeg_malformed');
  expect(reasonOf(jpeg(10, 10).subarray(0, 59))).toBe('jpeg_malformed');
  // DHT is a segment, not a frame.
  expect(reasonOf(jpeg(10, 10, 0xc4))).toBe('jpeg_malformed');
  expect(reasonOf(new TextEncoder().encode('%PDF-1.7 and a document that is no picture'))).toBe('jpeg_malformed');
  expect(reasonOf(new Uint8Array())).toBe('jpeg_malformed');
});

test.each(jpegTargets)('$name holds for bytes that nobody meant', ({ property }) => {
  fc.assert(property, { numRuns: 2000 });
});
