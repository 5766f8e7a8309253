// A .wasm file imported as a module is compiled when the Worker is uploaded: the platform compiles no bytes at run time.
declare module '*.wasm' {
  const compiled: WebAssembly.Module;
  // biome-ignore lint/style/noDefaultExport: the platform's own form of this import
  export default compiled;
}
