// JPEG 2000 by OpenJPEG in WebAssembly, handed in by whoever has it: the kiosk's thread, the edge. Knows no file and no platform.
import type { Jpeg2000Decoder } from './finger-pixels.ts';

/** What we use of the library's instance (embind). */
export type OpenJpegInstance = {
  readonly HEAPU8: Uint8Array;
  readonly J2KDecoder: new () => {
    getEncodedBuffer(length: number): Uint8Array;
    getDecodedBuffer(): Uint8Array;
    decode(): void;
    getFrameInfo(): { readonly width: number; readonly height: number; readonly bitsPerSample: number };
    delete(): void;
  };
};

/** The library's factory. `instantiateWasm` gives it the compiled module, so that it looks for no file and compiles nothing. */
export type OpenJpegFactory = (options: {
  readonly instantiateWasm: (imports: object, receive: (instance: unknown) => unknown) => unknown;
  readonly print: (line: string) => void;
  readonly printErr: (line: string) => void;
}) => Promise<OpenJpegInstance>;

/**
 * `instantiate`: an instance of the library's compiled module, at once. Every image has an instance of its own, overwritten after:
 * what a damaged image did to its memory is gone with it, and so is the finger. Undefined for whatever does not decode.
 */
export function jpeg2000By(factory: OpenJpegFactory, instantiate: (imports: object) => unknown): Jpeg2000Decoder {
  const silent = () => undefined;
  return async (bytes) => {
    const library = await factory({
      instantiateWasm: (imports, receive) => receive(instantiate(imports)),
      print: silent,
      printErr: silent,
    });
    try {
      const decoder = new library.J2KDecoder();
      decoder.getEncodedBuffer(bytes.length).set(bytes);
      decoder.decode();
      const { width, height, bitsPerSample } = decoder.getFrameInfo();
      const decoded = decoder.getDecodedBuffer();
      const fits = bitsPerSample === 8 && width > 0 && decoded.length === width * height;
      return fits ? { pixels: Uint8Array.from(decoded), width, height } : undefined;
    } catch {
      return undefined; // a trap, or an exception of C++, which comes as a number
    } finally {
      library.HEAPU8.fill(0);
    }
  };
}
