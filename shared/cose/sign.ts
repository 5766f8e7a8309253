// COSE_Sign (RFC 9052 §4.1): one payload, several signers. The trust list is one, because a change of roots needs both roots.

import { err, ok, type Result } from '../base/result.ts';
import type { Bytes } from '../bytes/bytes.ts';
import { equalBytes } from '../bytes/equal.ts';
import { type CborLimits, decodeCbor } from '../cbor/decode.ts';
import { encodeCbor } from '../cbor/encode.ts';
import { type CborMap, type CborValue, isCborMap, isTagged } from '../cbor/value.ts';
import { type CoseHeader, decodeHeader, HEADER, headerMap } from './header.ts';
import type { Sign1Error, Signer } from './sign1.ts';

export const TAG_SIGN = 98;

export type CoseSignature = {
  readonly protected: Uint8Array;
  readonly header: CoseHeader;
  readonly signature: Uint8Array;
};

export type CoseSign = {
  readonly protected: Uint8Array;
  readonly header: CborMap;
  readonly payload: Uint8Array;
  readonly signatures: readonly CoseSignature[];
};

/** Signs with every signer. `header` is the protected bucket of the body; each signature protects its own alg and kid. */
export async function signSign(payload: Uint8Array, header: CborMap, signers: readonly Signer[]): Promise<Bytes> {
  const body = encodeCbor(header);
  const signatures: CborValue[] = [];
  for (const signer of signers) {
    const own = encodeCbor(headerMap([[HEADER.alg, signer.alg], [HEADER.kid, signer.kid]])); // biome-ignore format: one row
    const signature = await signer.sign(signStructure(body, own, payload));
    signatures.push([own, new Map(), signature]);
  }
  return encodeCbor({ tag: TAG_SIGN, value: [body, new Map(), payload, signatures] });
}

/** Decodes a tagged message with one to four signatures. The signatures are NOT checked. */
export function decodeSign(bytes: Uint8Array, limits: CborLimits = {}): Result<CoseSign, Sign1Error> {
  const decoded = decodeCbor(bytes, limits);
  if (!decoded.ok) return decoded;
  const tagged = decoded.value;
  if (!isTagged(tagged) || tagged.tag !== TAG_SIGN || !Array.isArray(tagged.value))
    return err({ reason: 'cose_shape' });
  if (tagged.value.length !== 4) return err({ reason: 'cose_shape' });
  const [body, unprotected, payload, list] = tagged.value as readonly CborValue[];
  if (!(body instanceof Uint8Array) || !(payload instanceof Uint8Array)) return err({ reason: 'cose_shape' });
  if (!Array.isArray(list) || list.length < 1 || list.length > 4) return err({ reason: 'cose_shape' });
  if (unprotected === undefined || !isCborMap(unprotected)) return err({ reason: 'cose_shape' });
  if (unprotected.size !== 0) return err({ reason: 'cose_unprotected' });
  const header = decodeCbor(body);
  if (!header.ok || !isCborMap(header.value)) return err({ reason: 'cose_header' });
  if (header.value.has(HEADER.crit)) return err({ reason: 'cose_critical' });
  const signatures: CoseSignature[] = [];
  for (const item of list as readonly CborValue[]) {
    if (!Array.isArray(item) || item.length !== 3) return err({ reason: 'cose_shape' });
    const [own, bucket, signature] = item as readonly CborValue[];
    if (!(own instanceof Uint8Array) || !(signature instanceof Uint8Array)) return err({ reason: 'cose_shape' });
    if (bucket === undefined || !isCborMap(bucket)) return err({ reason: 'cose_shape' });
    if (bucket.size !== 0) return err({ reason: 'cose_unprotected' });
    if (signature.length !== 64) return err({ reason: 'cose_signature_length' });
    const ownHeader = decodeHeader(own);
    if (!ownHeader.ok) return ownHeader;
    signatures.push({ protected: own, header: ownHeader.value, signature });
  }
  return ok({ protected: body, header: header.value, payload, signatures });
}

/**
 * The signatures of several messages in one: of signers who never sit at one table. Undefined unless all are over the same body, and
 * together they are one to four.
 */
export function joinSigns(messages: readonly CoseSign[]): Bytes | undefined {
  const [first] = messages;
  if (first === undefined) return undefined;
  const sameBody = (other: CoseSign) =>
    equalBytes(other.protected, first.protected) && equalBytes(other.payload, first.payload);
  const signatures = messages.flatMap((message) => message.signatures);
  if (!messages.every(sameBody) || signatures.length > 4) return undefined;
  const list = signatures.map((one): CborValue => [one.protected, new Map(), one.signature]);
  return encodeCbor({ tag: TAG_SIGN, value: [first.protected, new Map(), first.payload, list] });
}

/** The bytes one signer signs (§4.4): ["Signature", body_protected, sign_protected, external_aad, payload]. */
export function signStructure(body: Uint8Array, own: Uint8Array, payload: Uint8Array): Bytes {
  return encodeCbor(['Signature', body, own, new Uint8Array(0), payload]);
}
