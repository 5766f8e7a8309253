// The library ships no types; what we use of it is in shared/biometric/image/openjpeg.ts.
declare module '@cornerstonejs/codec-openjpeg/decodewasmjs' {
  const factory: import('../../../../../shared/biometric/image/openjpeg.ts').OpenJpegFactory;
  // biome-ignore lint/style/noDefaultExport: the library's own form
  export default factory;
}
