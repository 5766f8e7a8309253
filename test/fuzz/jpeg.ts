// The reader of a JPEG's markers: any bytes, and a good picture with bytes changed, cut or put in; it never throws and never says more
// than what is there.
import fc from 'fast-check';
import { jpegSize } from '../../shared/bytes/jpeg.ts';
import type { FuzzTarget } from './target.ts';

const good = [
  ...[0xff, 0xd8, 0xff, 0xe0, 0, 16, 74, 70, 73, 70, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0],
  ...[0xff, 0xc0, 0, 11, 8, 2, 0, 3, 0, 1, 1, 0x11, 0],
  ...[0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0, 0x55, 0x55, 0x55, 0xff, 0xd9],
];

const changed = fc
  .tuple(fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 6 }), fc.nat(good.length))
  .map(([changes, cut]) => {
    const bytes = [...good];
    for (const [at, value] of changes) bytes[at] = value;
    return Uint8Array.from(cut < 4 ? bytes.slice(0, -cut || undefined) : bytes);
  });

export const jpegTargets: readonly FuzzTarget[] = [
  {
    name: 'jpeg size',
    property: fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), changed), (bytes) => {
      const size = jpegSize(bytes);
      if (!size.ok) return true;
      const { width, height } = size.value;
      return bytes[0] === 0xff && width >= 1 && width <= 4096 && height >= 1 && height <= 4096;
    }) as FuzzTarget['property'],
  },
];
