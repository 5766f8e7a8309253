// COSE_Sign1 (RFC 9052 §4.2): encode, sign, decode, and the bytes a signature is over. It knows no keys' trust and no claims.
// alg and kid count in the protected header only: an unprotected bucket that is not empty is refused unless the caller asks.

import { err, ok, type Result } from '../base/result.ts';
import type { Bytes } from '../bytes/bytes.ts';
import { type CborLimits, type CborReason, decodeCbor } from '../cbor/decode.ts';
import { encodeCbor } from '../cbor/encode.ts';
import { type CborMap, type CborValue, isCborMap, isTagged } from '../cbor/value.ts';
import { signEd25519 } from '../crypto/ed25519.ts';
import type { PlatformKey } from '../crypto/keys.ts';
import { signP256 } from '../crypto/p256.ts';
import { ALG, type CoseAlg, type CoseHeader, decodeHeader, HEADER, type HeaderReason, headerMap } from './header.ts';

export const TAG_SIGN1 = 18;

export type Sign1 = {
  readonly protected: Uint8Array;
  readonly header: CoseHeader;
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
};

export type Sign1Reason = CborReason | HeaderReason | 'cose_shape' | 'cose_unprotected' | 'cose_signature_length';
export type Sign1Error = { readonly reason: Sign1Reason };

/** Who signs: the algorithm and key id that go into the protected header, and the act itself. */
export type Signer = {
  readonly alg: CoseAlg;
  readonly kid: Uint8Array | undefined;
  /** Takes what it needs of `message` before it returns, as WebCrypto does: the caller may write over it then. */
  sign(message: Uint8Array): Promise<Uint8Array>;
};

export function ed25519Signer(privateKey: PlatformKey, kid?: Uint8Array): Signer {
  return { alg: ALG.EdDSA, kid, sign: (message) => signEd25519(privateKey, message) };
}

export function es256Signer(privateKey: PlatformKey, kid?: Uint8Array): Signer {
  return { alg: ALG.ES256, kid, sign: (message) => signP256(privateKey, message) };
}

export type Sign1Options = {
  readonly typ?: string | number;
  /** More protected parameters. */
  readonly header?: CborMap;
  /** External additional data of the Sig_structure; empty by default. */
  readonly externalAad?: Uint8Array;
};

/** The tagged message. The unprotected bucket stays empty. */
export async function signSign1(payload: Uint8Array, signer: Signer, options: Sign1Options = {}): Promise<Bytes> {
  const header = headerMap([
    [HEADER.alg, signer.alg],
    [HEADER.kid, signer.kid],
    [HEADER.typ, options.typ],
    ...(options.header ?? []),
  ]);
  const protectedBytes = encodeCbor(header);
  const signature = await signer.sign(sigStructure(protectedBytes, payload, options.externalAad));
  return encodeCbor({ tag: TAG_SIGN1, value: [protectedBytes, new Map(), payload, signature] });
}

export type DecodeSign1Options = CborLimits & {
  /** Foreign messages only: let the unprotected bucket hold anything (it is still not read). */
  readonly anyUnprotected?: boolean;
};

/** Decodes a tagged message; parts are views into `bytes`. The signature is NOT checked. */
export function decodeSign1(bytes: Uint8Array, options: DecodeSign1Options = {}): Result<Sign1, Sign1Error> {
  const decoded = decodeCbor(bytes, options);
  if (!decoded.ok) return decoded;
  return isTagged(decoded.value) && decoded.value.tag === TAG_SIGN1
    ? sign1Of(decoded.value.value, options)
    : err({ reason: 'cose_shape' });
}

/** The same for an item that stands inside another one, its tag taken off. */
export function sign1Of(item: CborValue, options: DecodeSign1Options = {}): Result<Sign1, Sign1Error> {
  if (!Array.isArray(item) || item.length !== 4) return err({ reason: 'cose_shape' });
  const [protectedBytes, unprotected, payload, signature] = item as readonly CborValue[];
  if (!(protectedBytes instanceof Uint8Array) || !(payload instanceof Uint8Array)) return err({ reason: 'cose_shape' });
  if (!(signature instanceof Uint8Array) || unprotected === undefined || !isCborMap(unprotected)) {
    return err({ reason: 'cose_shape' });
  }
  // SECURITY: what is not signed must not vary, or one credential would have many accepted forms.
  if (unprotected.size !== 0 && options.anyUnprotected !== true) return err({ reason: 'cose_unprotected' });
  if (signature.length !== 64) return err({ reason: 'cose_signature_length' });
  const header = decodeHeader(protectedBytes);
  if (!header.ok) return header;
  return ok({ protected: protectedBytes, header: header.value, payload, signature });
}

const CONTEXT = encodeCbor('Signature1');

/** The bytes that are signed (§4.4): ["Signature1", protected, external_aad, payload], written without a generic encoder. */
export function sigStructure(protectedBytes: Uint8Array, payload: Uint8Array, externalAad?: Uint8Array): Bytes {
  const aadLength = externalAad?.length ?? 0;
  const length = STRUCTURE_HEADS + protectedBytes.length + aadLength + payload.length;
  return putStructure(new Uint8Array(length), protectedBytes, payload, externalAad);
}

const STRUCTURE_HEADS = 1 + CONTEXT.length + 15;
const ROOM = new Uint8Array(4096);

/**
 * The same for a check or a signature that begins at once: what is answered holds until the next call of this function, so it must be
 * handed to a verify or a sign, which take what they need before they return, and must not be kept over an await.
 */
export function passingSigStructure(protectedBytes: Uint8Array, payload: Uint8Array): Bytes {
  return STRUCTURE_HEADS + protectedBytes.length + payload.length > ROOM.length
    ? sigStructure(protectedBytes, payload)
    : putStructure(ROOM, protectedBytes, payload, undefined);
}

function putStructure(out: Bytes, protectedBytes: Uint8Array, payload: Uint8Array, externalAad?: Uint8Array): Bytes {
  out[0] = 0x84;
  out.set(CONTEXT, 1);
  let at = 1 + CONTEXT.length;
  // An empty map is signed as an empty byte string.
  const empty = protectedBytes.length === 1 && protectedBytes[0] === 0xa0;
  at = putBytes(out, at, empty ? protectedBytes.subarray(0, 0) : protectedBytes);
  if (externalAad === undefined) out[at++] = 0x40;
  else at = putBytes(out, at, externalAad);
  at = putBytes(out, at, payload);
  return out.subarray(0, at);
}

/** Writes `bytes` as a CBOR byte string, its head of at most five bytes in front, and answers where it ends. */
export function putBytes(out: Uint8Array, at: number, bytes: Uint8Array): number {
  const length = bytes.length;
  if (length < 24) out[at++] = 0x40 | length;
  else if (length < 0x100) {
    out[at++] = 0x58;
    out[at++] = length;
  } else if (length < 0x10000) {
    out[at++] = 0x59;
    out[at++] = length >> 8;
    out[at++] = length;
  } else {
    out[at++] = 0x5a;
    out[at++] = length >>> 24;
    out[at++] = length >> 16;
    out[at++] = length >> 8;
    out[at++] = length;
  }
  out.set(bytes, at);
  return at + length;
}
