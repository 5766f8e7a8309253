// A name for the network a request came from, kept for minutes: /24 or /48, hashed. Groups strangers; tells nobody apart.
import { encodeBase64Url } from '../../shared/bytes/base64url.ts';
import { encodeUtf8 } from '../../shared/bytes/text.ts';
import { sha256Sync } from '../../shared/crypto/sha256.ts';

export function networkOf(request: Request): string {
  const ip = request.headers.get('cf-connecting-ip') ?? 'local';
  const prefix = ip.includes(':') ? ip.split(':').slice(0, 3).join(':') : ip.split('.').slice(0, 3).join('.');
  return encodeBase64Url(sha256Sync(encodeUtf8(prefix)).subarray(0, 9));
}
