// The kiosk's signing key, used where it is kept: nothing outside this file and the store sees its private part.
import { createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';
import { encodeBase64Url } from '../../../shared/bytes/base64url.ts';
import type { EdgeKey } from './edge-client.ts';

export type KioskKey = {
  /** Raw, 32 bytes. */
  readonly publicKey: Uint8Array;
  /** PKCS#8. */
  readonly privateKey: Uint8Array;
};

export function newKioskKey(): KioskKey {
  const pair = generateKeyPairSync('ed25519');
  const jwk = pair.publicKey.export({ format: 'jwk' });
  return {
    publicKey: Buffer.from(jwk.x ?? '', 'base64url'),
    privateKey: pair.privateKey.export({ type: 'pkcs8', format: 'der' }),
  };
}

/** Before enrolment a kiosk is named by its public key, after it by the id that the edge gave. */
export function edgeKeyOf(key: KioskKey, kioskId?: string): EdgeKey {
  const privateKey = createPrivateKey({ key: Buffer.from(key.privateKey), type: 'pkcs8', format: 'der' });
  return {
    keyid: kioskId ?? encodeBase64Url(key.publicKey),
    sign: (message) => sign(null, message, privateKey),
  };
}
