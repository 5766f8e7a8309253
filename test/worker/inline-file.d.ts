// A file's bytes inside the test's own module (Vite): a data: URL in base64. There is no disk in workerd.
declare module '*?url&inline' {
  const url: string;
  // biome-ignore lint/style/noDefaultExport: the form of this import
  export default url;
}
