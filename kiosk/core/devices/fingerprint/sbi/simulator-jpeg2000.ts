// Writes JPEG 2000, lossless, as certified readers do: for the simulated reader only. The library's whole script, for Node.
import { createRequire } from 'node:module';

type Encoder = {
  getDecodedBuffer(frame: object): Uint8Array;
  setQuality(lossless: boolean, rate: number): void;
  encode(): void;
  getEncodedBuffer(): Uint8Array;
  delete(): void;
};
type Factory = (options: object) => Promise<{ readonly J2KEncoder: new () => Encoder }>;

/** 8-bit grey pixels, rows from the top → a codestream. */
export type WriteJpeg2000 = (pixels: Uint8Array, width: number, height: number) => Uint8Array;

export async function loadJpeg2000Writer(): Promise<WriteJpeg2000> {
  const factory = createRequire(import.meta.url)('@cornerstonejs/codec-openjpeg/wasmjs') as Factory;
  const silent = () => undefined;
  const { J2KEncoder } = await factory({ print: silent, printErr: silent });
  return (pixels, width, height) => {
    const encoder = new J2KEncoder();
    encoder.getDecodedBuffer({ width, height, bitsPerSample: 8, componentCount: 1, isSigned: false }).set(pixels);
    encoder.setQuality(true, 0);
    encoder.encode();
    const written = Uint8Array.from(encoder.getEncodedBuffer());
    encoder.delete();
    return written;
  };
}
