// The byte string that WebCrypto accepts: its memory is never shared between threads.

export type Bytes = Uint8Array<ArrayBuffer>;

/** A view that WebCrypto accepts. Copies only if the memory is shared between threads, which no caller here does. */
export function ownBytes(bytes: Uint8Array): Bytes {
  return bytes.buffer instanceof ArrayBuffer ? (bytes as Bytes) : new Uint8Array(bytes);
}
