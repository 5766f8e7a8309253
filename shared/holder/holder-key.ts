// The key on the holder's device: made inside the platform and never read out of it. It can be kept as it is (a CryptoKey survives
// IndexedDB); a platform without Ed25519 makes a P-256 key instead. Knows no storage and no network.
import type { EpochSeconds } from '../base/brands.ts';
import type { Bytes } from '../bytes/bytes.ts';
import type { CoseKey } from '../cose/key.ts';
import { ed25519Signer, es256Signer, type Signer } from '../cose/sign1.ts';
import { proveHolderKey } from '../credential/proof.ts';
import { generateEd25519 } from '../crypto/ed25519.ts';
import type { PlatformKey } from '../crypto/keys.ts';
import { generateP256 } from '../crypto/p256.ts';

/** What a wallet keeps for one credential: everything of it is plain data but the private key, which is opaque. */
export type HolderKey = { readonly publicKey: CoseKey; readonly privateKey: PlatformKey };

/** `curve`: Ed25519 unless told or unless the platform has none. The private key is not extractable. */
export async function makeHolderKey(curve: 'Ed25519' | 'P-256' = 'Ed25519'): Promise<HolderKey> {
  if (curve === 'Ed25519') {
    try {
      const { publicRaw, privateKey } = await generateEd25519({ extractable: false });
      return { publicKey: { curve: 'Ed25519', x: publicRaw }, privateKey };
    } catch {
      // Browsers before 2025 have no Ed25519: verifiers take either.
    }
  }
  const { publicRaw, privateKey } = await generateP256({ extractable: false });
  return { publicKey: { curve: 'P-256', x: publicRaw.slice(1, 33), y: publicRaw.slice(33, 65) }, privateKey };
}

/** Signs frames and proofs; without a kid, since the credential says which key it is bound to. */
export function holderSigner({ publicKey, privateKey }: HolderKey): Signer {
  return publicKey.curve === 'P-256' ? es256Signer(privateKey) : ed25519Signer(privateKey);
}

/** Proof of possession for the issuer, over the nonce that it gave for this binding. `audience`: the issuer's address. */
export function proveKey(
  holder: HolderKey,
  to: { readonly audience: string; readonly nonce: Uint8Array; readonly now: EpochSeconds },
): Promise<Bytes> {
  const { audience, nonce, now } = to;
  return proveHolderKey({ audience, nonce, issuedAt: now }, holder.publicKey, holderSigner(holder));
}
