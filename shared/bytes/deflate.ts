// zlib compression by the platform's own stream: for lists, which are made rarely and are large.

import type { Bytes } from './bytes.ts';
import { ownBytes } from './bytes.ts';

export async function deflateZlib(bytes: Uint8Array): Promise<Bytes> {
  const stream = new Blob([ownBytes(bytes)]).stream().pipeThrough(new CompressionStream('deflate'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
