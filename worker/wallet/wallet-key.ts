// A wallet's device key: which keys may be bound, and whether a message was signed by one. Ed25519 or P-256, raw.

import { err, ok, type Result } from '../../shared/base/result.ts';
import { decodeBase64Url } from '../../shared/bytes/base64url.ts';
import { webEd25519 } from '../../shared/crypto/ed25519.ts';
import { importP256Public, verifyP256 } from '../../shared/crypto/p256.ts';

/** What an authenticator of type `wallet_key` holds. */
export type WalletKey = { readonly alg: 'EdDSA' | 'ES256'; readonly publicKey: string };

export type WalletKeyError = { readonly reason: 'key_unusable' | 'signature_wrong' };

/**
 * True proof of possession, or why not. SECURITY: a small-order or non-canonical Ed25519 key, for which anybody can sign, is refused
 * here, before it is bound and again whenever it is used.
 */
export async function verifyBy(
  key: WalletKey,
  message: Uint8Array,
  signature: string,
): Promise<Result<null, WalletKeyError>> {
  const [raw, signed] = [decodeBase64Url(key.publicKey), decodeBase64Url(signature)];
  if (!raw.ok || !signed.ok) return err({ reason: 'key_unusable' });
  if (key.alg === 'EdDSA') {
    const verifyKey = await webEd25519.importPublicKey(raw.value);
    if (!verifyKey) return err({ reason: 'key_unusable' });
    const good = await webEd25519.verify(verifyKey, message, signed.value);
    return good ? ok(null) : err({ reason: 'signature_wrong' });
  }
  if (raw.value.length !== 65 || raw.value[0] !== 4) return err({ reason: 'key_unusable' });
  const point = await importP256Public(raw.value.subarray(1, 33), raw.value.subarray(33));
  if (!point.ok) return err({ reason: 'key_unusable' });
  return (await verifyP256(point.value, message, signed.value)) ? ok(null) : err({ reason: 'signature_wrong' });
}
