// Grey pixels → WebP of at most a number of bytes, by libwebp as WebAssembly, started from bytes on disk. Node only.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import encode, { init } from '@jsquash/webp/encode.js';

export type EncodeFace = (grey: Uint8Array, side: number) => Promise<Uint8Array>;

/** Qualities tried in turn, best first, until the result fits. */
const qualities = [60, 45, 30, 18, 8, 0] as const;

/** `maxBytes`: what profile S of the credential has room for. Throws when even the lowest quality does not fit. */
export async function webpEncoder(maxBytes = 480): Promise<EncodeFace> {
  const file = fileURLToPath(import.meta.resolve('@jsquash/webp/codec/enc/webp_enc_simd.wasm'));
  await init(await WebAssembly.compile(await readFile(file)));
  return async (grey, side) => {
    const data = new Uint8ClampedArray(side * side * 4);
    for (let i = 0; i < grey.length; i++) data.fill(grey[i] ?? 0, 4 * i, 4 * i + 3).fill(255, 4 * i + 3, 4 * i + 4);
    const image: ImageData = { data, width: side, height: side, colorSpace: 'srgb' } as ImageData;
    for (const quality of qualities) {
      const bytes = new Uint8Array(await encode(image, { quality, method: 2 }));
      if (bytes.length <= maxBytes) return bytes;
    }
    throw new RangeError(`a face does not fit in ${maxBytes} bytes`);
  };
}
