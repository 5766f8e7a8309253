// PNG files as a relying party's address may give them: any bytes, whole files, and whole files with bytes changed or cut.
import fc from 'fast-check';
import { concatBytes } from '../../shared/bytes/concat.ts';
import { pngSize } from '../../shared/bytes/png.ts';

const chunk = (type: string, data: Uint8Array) => {
  const head = new Uint8Array(8);
  new DataView(head.buffer).setUint32(0, data.length);
  head.set(new TextEncoder().encode(type), 4);
  return concatBytes(head, data, new Uint8Array(4));
};

/** `more`: chunks between the header and the data. Its checksums and its data are nothing: no size depends on them. */
export function pngOf(
  width: number,
  height: number,
  more: readonly (readonly [string, Uint8Array])[] = [],
): Uint8Array {
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  return concatBytes(
    Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10),
    chunk('IHDR', header),
    ...more.map(([type, data]) => chunk(type, data)),
    chunk('IDAT', Uint8Array.of(1, 2, 3)),
    chunk('IEND', new Uint8Array()),
  );
}

const side = fc.integer({ min: 1, max: 0xffff_ffff });
const chunks = fc.array(fc.tuple(fc.constantFrom('tEXt', 'pHYs', 'iCCP'), fc.uint8Array({ maxLength: 20 })), {
  maxLength: 3,
});

/** A whole one is read as it was made, and no part of it is one. */
export const wholePng = fc.property(side, side, chunks, fc.nat(), (width, height, more, cut) => {
  const file = pngOf(width, height, more);
  const size = pngSize(file);
  const part = pngSize(file.subarray(0, cut % file.length));
  return size.ok && size.value.width === width && size.value.height === height && !part.ok;
});

/** Whatever the bytes are: no throw, no endless walk, and a size is a size. */
export const anyPng = fc.property(
  fc.uint8Array({ maxLength: 200 }),
  fc.array(fc.tuple(fc.nat({ max: 80 }), fc.nat({ max: 255 })), { maxLength: 4 }),
  (noise, changes) => {
    const changed = pngOf(100, 50);
    for (const [at, value] of changes) changed[at] = value;
    return [noise, changed, concatBytes(changed.subarray(0, 33), noise)].every((bytes) => {
      const size = pngSize(bytes);
      return !size.ok || (size.value.width > 0 && size.value.height > 0);
    });
  },
);

export const pngTargets = [
  { name: 'png: whole files', property: wholePng },
  { name: 'png: any bytes', property: anyPng },
];
