// Who signed a published file, without the file: the COSE message with its payload detached (RFC 9052 §2), a few hundred bytes.
// Whoever finds the content with the hash that is told beside it can check the signature. Knows no contract and no store.
import { err, ok, type Result } from '../base/result.ts';
import type { Bytes } from '../bytes/bytes.ts';
import { encodeHex } from '../bytes/hex.ts';
import { decodeCbor } from '../cbor/decode.ts';
import { encodeCbor } from '../cbor/encode.ts';
import { type CborValue, isTagged } from '../cbor/value.ts';
import { HEADER } from '../cose/header.ts';
import { decodeSign, TAG_SIGN } from '../cose/sign.ts';
import { decodeSign1, TAG_SIGN1 } from '../cose/sign1.ts';
import { SNAPSHOT_TYPE } from './status-snapshot.ts';
import { TRUST_LIST_TYPE } from './trust-list.ts';

export const maxDetachedHeaderBytes = 1024;
const maxFileBytes = 1 << 23;

export type SignedListName = 'trust' | 'status';
export type DetachedHeader = {
  readonly list: SignedListName;
  /** Of the keys that are said to have signed, in hex; nothing is checked here. */
  readonly kids: readonly string[];
};

type Parts = { readonly tag: number; readonly items: readonly CborValue[] };

function partsOf(bytes: Uint8Array, maxBytes: number): Parts | undefined {
  const decoded = decodeCbor(bytes, { maxBytes });
  if (!decoded.ok || !isTagged(decoded.value) || !Array.isArray(decoded.value.value)) return undefined;
  const { tag, value } = decoded.value;
  return value.length === 4 && (tag === TAG_SIGN || tag === TAG_SIGN1) ? { tag, items: value } : undefined;
}

function withPayload({ tag, items }: Parts, payload: CborValue): Bytes {
  const [header = null, unprotected = null, , signed = null] = items;
  return encodeCbor({ tag, value: [header, unprotected, payload, signed] });
}

/** Undefined for what is no COSE_Sign or COSE_Sign1, or has more header than a list of ours. */
export function detachPayload(file: Uint8Array): Bytes | undefined {
  const parts = partsOf(file, maxFileBytes);
  const header = parts && withPayload(parts, null);
  return header && header.length <= maxDetachedHeaderBytes ? header : undefined;
}

/** `detached_header_malformed`: no detached COSE message of a trust list or a status snapshot, or too long for one. */
export function readDetachedHeader(
  bytes: Uint8Array,
): Result<DetachedHeader, { readonly reason: 'detached_header_malformed' }> {
  const malformed = err({ reason: 'detached_header_malformed' } as const);
  const parts = partsOf(bytes, maxDetachedHeaderBytes);
  if (!parts || parts.items[2] !== null) return malformed;
  const whole = withPayload(parts, new Uint8Array());
  const kidsOf = (kids: readonly (Uint8Array | undefined)[]) => kids.flatMap((kid) => (kid ? [encodeHex(kid)] : []));
  if (parts.tag === TAG_SIGN) {
    const message = decodeSign(whole);
    if (!message.ok || message.value.header.get(HEADER.typ) !== TRUST_LIST_TYPE) return malformed;
    return ok({ list: 'trust', kids: kidsOf(message.value.signatures.map(({ header }) => header.kid)) });
  }
  const message = decodeSign1(whole);
  if (!message.ok || message.value.header.typ !== SNAPSHOT_TYPE) return malformed;
  return ok({ list: 'status', kids: kidsOf([message.value.header.kid]) });
}
