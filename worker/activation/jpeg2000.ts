// The edge's JPEG 2000 decoder: OpenJPEG's WebAssembly, compiled when the Worker is uploaded. One instance an isolate, 52 MB of it, made
// when the first sealed capture needs it.
// By its path: bundlers take a module for WebAssembly by the end of its name, and the package's own name for it ends otherwise.
import compiled from '../../node_modules/@cornerstonejs/codec-openjpeg/dist/openjpegwasm_decode.wasm';
import { jpeg2000By } from '../../shared/biometric/image/openjpeg.ts';

export const jpeg2000 = jpeg2000By((imports) => new WebAssembly.Instance(compiled, imports).exports);
