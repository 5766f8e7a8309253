// Proof that the holder has the key a credential will be bound to: a signature over the issuer's nonce, made by that key.
// Without it somebody could have a credential bound to another person's key, or to one that nobody has.

import { type EpochSeconds, epochSeconds } from '../base/brands.ts';
import { err, ok, type Result } from '../base/result.ts';
import type { Bytes } from '../bytes/bytes.ts';
import { equalBytes } from '../bytes/equal.ts';
import { decodeCbor } from '../cbor/decode.ts';
import { encodeCbor } from '../cbor/encode.ts';
import { type CborKey, type CborValue, isCborMap } from '../cbor/value.ts';
import { type CoseKey, coseKeyMap, coseKeyOf } from '../cose/key.ts';
import { decodeSign1, type Sign1Reason, type Signer, signSign1, sigStructure } from '../cose/sign1.ts';
import type { Ed25519 } from '../crypto/ed25519.ts';
import { importP256Public, verifyP256 } from '../crypto/p256.ts';

export const PROOF_TYPE = 'application/vnd.tawthiq.holder-proof+cwt';

/** How long after its own time a proof is taken; the nonce is the issuer's to use once. */
export const PROOF_SECONDS = 300;

const CLAIM = { aud: 3, iat: 6, cnf: 8, nonce: 10 } as const;

export type HolderProof = {
  /** The issuer's name. */
  readonly audience: string;
  /** What the issuer gave out for this binding, 16 to 64 bytes. */
  readonly nonce: Uint8Array;
  readonly issuedAt: EpochSeconds;
};

export type ProofReason =
  | Sign1Reason
  | 'proof_type'
  | 'proof_shape'
  | 'proof_key_weak'
  | 'proof_alg'
  | 'proof_signature'
  | 'proof_audience'
  | 'proof_nonce'
  | 'proof_time';

export type ProofError = { readonly reason: ProofReason };

/** Made by the wallet. `holder` signs with the private half of `key`. */
export async function proveHolderKey(proof: HolderProof, key: CoseKey, holder: Signer): Promise<Bytes> {
  const claims = new Map<CborKey, CborValue>([
    [CLAIM.aud, proof.audience],
    [CLAIM.iat, proof.issuedAt],
    [CLAIM.cnf, new Map([[1, coseKeyMap(key)]])],
    [CLAIM.nonce, proof.nonce],
  ]);
  return signSign1(encodeCbor(claims), holder, { typ: PROOF_TYPE });
}

/** The nonce a proof names, before anything about it is known to be true: which of the nonces it must be held against. */
export function claimedNonce(bytes: Uint8Array): Uint8Array | undefined {
  const message = decodeSign1(bytes, { maxBytes: 1024 });
  const decoded = message.ok ? decodeCbor(message.value.payload, { maxBytes: 1024 }) : message;
  const nonce = decoded.ok && isCborMap(decoded.value) ? decoded.value.get(CLAIM.nonce) : undefined;
  return nonce instanceof Uint8Array ? nonce : undefined;
}

/** Checked by the issuer before it binds: answers the key that was proved. The nonce must be struck off by the caller. */
export async function verifyHolderProof(
  bytes: Uint8Array,
  expected: {
    readonly audience: string;
    readonly nonce: Uint8Array;
    readonly now: EpochSeconds;
    readonly ed25519: Ed25519;
  },
): Promise<Result<CoseKey, ProofError>> {
  const message = decodeSign1(bytes, { maxBytes: 1024 });
  if (!message.ok) return message;
  const { header, payload, signature } = message.value;
  if (header.typ !== PROOF_TYPE) return err({ reason: 'proof_type' });
  const decoded = decodeCbor(payload, { maxBytes: 1024 });
  if (!decoded.ok) return decoded;
  if (!isCborMap(decoded.value)) return err({ reason: 'proof_shape' });
  const [audience, issued, cnf, nonce] = [CLAIM.aud, CLAIM.iat, CLAIM.cnf, CLAIM.nonce].map((key) =>
    (decoded.value as ReadonlyMap<CborKey, CborValue>).get(key),
  );
  if (typeof audience !== 'string' || !(nonce instanceof Uint8Array)) return err({ reason: 'proof_shape' });
  if (typeof issued !== 'number' || !Number.isSafeInteger(issued) || issued < 0) return err({ reason: 'proof_shape' });
  const key = coseKeyOf(cnf !== undefined && isCborMap(cnf) ? cnf.get(1) : undefined);
  if (!key.ok) return err({ reason: key.error.reason === 'cose_key_weak' ? 'proof_key_weak' : 'proof_shape' });
  const over = sigStructure(message.value.protected, payload);
  const { value } = key;
  if (value.curve === 'X25519' || (value.curve === 'P-256') !== (header.alg === -7))
    return err({ reason: 'proof_alg' });
  if (value.curve === 'P-256') {
    const imported = await importP256Public(value.x, value.y);
    if (!imported.ok) return err({ reason: 'proof_key_weak' });
    if (!(await verifyP256(imported.value, over, signature))) return err({ reason: 'proof_signature' });
  } else {
    const imported = await expected.ed25519.importPublicKey(value.x);
    if (imported === undefined) return err({ reason: 'proof_key_weak' });
    if (!(await expected.ed25519.verify(imported, over, signature))) return err({ reason: 'proof_signature' });
  }
  if (audience !== expected.audience) return err({ reason: 'proof_audience' });
  if (nonce.length < 16 || !equalBytes(nonce, expected.nonce)) return err({ reason: 'proof_nonce' });
  const age = expected.now - epochSeconds(issued);
  return Math.abs(age) <= PROOF_SECONDS ? ok(value) : err({ reason: 'proof_time' });
}
