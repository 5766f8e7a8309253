// zlib without compression (RFC 1950 around stored blocks of RFC 1951 §3.2.4).
// A credential is mostly photo and signature: real compression makes it 3 to 11 bytes longer, this 11, and it is read at the speed of a copy.

import type { Bytes } from './bytes.ts';
import { adler32 } from './inflate.ts';

const MAX_BLOCK = 0xffff;

/** The header says "default level" (78 9C), which every reader of Claim 169 codes has seen; the blocks are stored as they are. */
export function zlibStored(bytes: Uint8Array): Bytes {
  const blocks = Math.max(1, Math.ceil(bytes.length / MAX_BLOCK));
  const out = new Uint8Array(2 + blocks * 5 + bytes.length + 4);
  out[0] = 0x78;
  out[1] = 0x9c;
  let at = 2;
  for (let block = 0; block < blocks; block++) {
    const part = bytes.subarray(block * MAX_BLOCK, (block + 1) * MAX_BLOCK);
    out[at] = block === blocks - 1 ? 1 : 0;
    out[at + 1] = part.length;
    out[at + 2] = part.length >> 8;
    out[at + 3] = ~part.length;
    out[at + 4] = ~part.length >> 8;
    out.set(part, at + 5);
    at += 5 + part.length;
  }
  new DataView(out.buffer).setUint32(at, adler32(bytes));
  return out;
}
