// Ed25519 by Node's own crypto: it answers at once, without WebCrypto's trip through the thread pool.

import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { encodeBase64Url } from '../../../shared/bytes/base64url.ts';
import { type Ed25519, isPlausibleSignature, isUsablePublicKey } from '../../../shared/crypto/ed25519.ts';

export const nodeEd25519: Ed25519 = {
  importPublicKey: (raw) =>
    isUsablePublicKey(raw)
      ? createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: encodeBase64Url(raw) }, format: 'jwk' })
      : undefined,
  verify: (key, message, signature) =>
    isPlausibleSignature(signature) && verify(null, message, key as KeyObject, signature),
};
