// The kiosk's JPEG 2000 decoder: OpenJPEG's WebAssembly, compiled once a thread. Only the thread that makes templates loads it.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Jpeg2000Decoder } from '../../../../../shared/biometric/image/finger-pixels.ts';
import { jpeg2000By } from '../../../../../shared/biometric/image/openjpeg.ts';
import { bundledWasm } from './bundled-wasm.ts';

/** The platform's own, which Node's types leave out. */
const { Module, Instance } = (
  globalThis as unknown as {
    readonly WebAssembly: {
      readonly Module: new (bytes: Uint8Array) => object;
      readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
    };
  }
).WebAssembly;

/** Throws when the library's module is not where it belongs: a kiosk without it is not whole. */
export function loadJpeg2000(): Jpeg2000Decoder {
  const beside = new URL(bundledWasm, import.meta.url);
  const file = existsSync(beside) ? beside : import.meta.resolve('@cornerstonejs/codec-openjpeg/decodewasm');
  const module = new Module(readFileSync(fileURLToPath(file)));
  return jpeg2000By((imports) => new Instance(module, imports).exports);
}
