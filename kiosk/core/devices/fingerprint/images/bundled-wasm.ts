// What the kiosk's bundle and the thread inside it agree on. Loads nothing.

/** The JPEG 2000 decoder's WebAssembly, beside the thread's own file. */
export const bundledWasm = 'openjpeg.wasm';
