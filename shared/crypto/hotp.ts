// HOTP (RFC 4226 §5.3): six digits of HMAC-SHA-1, which is what authenticator apps can do. Knows no clock.

import { ownBytes } from '../bytes/bytes.ts';

/** `secret`: 20 bytes. `counter`: below 2^53. */
export async function hotp(secret: Uint8Array, counter: number): Promise<string> {
  const algorithm = { name: 'HMAC', hash: 'SHA-1' };
  const key = await crypto.subtle.importKey('raw', ownBytes(secret), algorithm, false, ['sign']);
  const message = new DataView(new ArrayBuffer(8));
  message.setBigUint64(0, BigInt(counter));
  const code = new DataView(await crypto.subtle.sign('HMAC', key, message.buffer));
  const offset = code.getUint8(19) & 0x0f;
  return String((code.getUint32(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}
