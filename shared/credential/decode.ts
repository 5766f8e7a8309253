// From the text of a QR code to its parts, once, cheap limits first. Nothing that comes out has been verified.

import { err, ok, type Result } from '../base/result.ts';
import { decodeBase45 } from '../bytes/base45.ts';
import { inflateZlib } from '../bytes/inflate.ts';
import { isTagged } from '../cbor/value.ts';
import { HEADER } from '../cose/header.ts';
import { decodeSign1, type Sign1, sign1Of } from '../cose/sign1.ts';
import { type CredentialPayload, decodeCredentialPayload, decodeTokenPayload, type TokenPayload } from './payload.ts';

/** Before every text of profiles D, C and A. Static credentials have no prefix, as Claim 169 readers expect. */
export const TOKEN_PREFIX = 'TWQ1:';

/** What the largest QR code holds in alphanumeric mode (version 40, level L). */
export const MAX_TEXT_LENGTH = 4296;
const MAX_TOKEN_BYTES = 4096;
const MAX_INFLATED_BYTES = 65_536;

/** Content formats of draft-ietf-spice-sd-cwt: application/sd-cwt and application/kb+cwt. */
export const TYP_CREDENTIAL = 293;
export const TYP_TOKEN = 294;

export type Decoded = {
  readonly message: Sign1;
  readonly payload: CredentialPayload;
  /** The credential's own bytes, tag included: what its hash is over. */
  readonly bytes: Uint8Array;
  readonly token: { readonly message: Sign1; readonly payload: TokenPayload } | undefined;
};

/** In the order of the work. Each is a check of the table, with outcome `rejected`; `detail` says more for a log. */
export const DECODE_CHECKS = [
  { name: 'text_within_limits', stage: 'L' },
  { name: 'base45_well_formed', stage: 'D' },
  { name: 'zlib_well_formed', stage: 'D' },
  { name: 'cose_well_formed', stage: 'D' },
  { name: 'token_well_formed', stage: 'D' },
  { name: 'payload_well_formed', stage: 'D' },
] as const;

export type DecodeCheck = (typeof DECODE_CHECKS)[number]['name'];
export type DecodeError = { readonly reason: DecodeCheck; readonly detail: string };

export function decodeCredential(text: string): Result<Decoded, DecodeError> {
  if (text.length === 0 || text.length > MAX_TEXT_LENGTH)
    return err({ reason: 'text_within_limits', detail: 'text_length' });
  return text.startsWith(TOKEN_PREFIX) ? decodeTokenText(text) : decodeStaticText(text);
}

function decodeStaticText(text: string): Result<Decoded, DecodeError> {
  const packed = decodeBase45(text);
  if (!packed.ok) return err({ reason: 'base45_well_formed', detail: packed.error.reason });
  // SECURITY: the signature does not cover zlib's header, so only one spelling of it is taken.
  if (packed.value[1] !== 0x9c) return err({ reason: 'zlib_well_formed', detail: 'zlib_header' });
  const inflated = inflateZlib(packed.value, { maxBytes: MAX_INFLATED_BYTES });
  if (!inflated.ok) return err({ reason: 'zlib_well_formed', detail: inflated.error.reason });
  const bytes = inflated.value;
  const message = decodeSign1(bytes, { maxBytes: MAX_INFLATED_BYTES });
  if (!message.ok) return err({ reason: 'cose_well_formed', detail: message.error.reason });
  const payload = decodeCredentialPayload(message.value.payload, MAX_INFLATED_BYTES);
  if (!payload.ok) return err({ reason: 'payload_well_formed', detail: payload.error.reason });
  return ok({ message: message.value, payload: payload.value, bytes, token: undefined });
}

function decodeTokenText(text: string): Result<Decoded, DecodeError> {
  const packed = decodeBase45(text, TOKEN_PREFIX.length);
  if (!packed.ok) return err({ reason: 'base45_well_formed', detail: packed.error.reason });
  const outer = decodeSign1(packed.value, { maxBytes: MAX_TOKEN_BYTES });
  if (!outer.ok) return err({ reason: 'cose_well_formed', detail: outer.error.reason });
  const inside = outer.value.header.all.get(HEADER.kcwt);
  if (outer.value.header.typ !== TYP_TOKEN) return err({ reason: 'token_well_formed', detail: 'token_typ' });
  if (inside === undefined || !isTagged(inside) || inside.tag !== 18) {
    return err({ reason: 'token_well_formed', detail: 'token_kcwt' });
  }
  const inner = sign1Of(inside.value);
  if (!inner.ok) return err({ reason: 'cose_well_formed', detail: inner.error.reason });
  if (inner.value.header.typ !== TYP_CREDENTIAL) return err({ reason: 'token_well_formed', detail: 'credential_typ' });
  const tokenPayload = decodeTokenPayload(outer.value.payload);
  if (!tokenPayload.ok) return err({ reason: 'token_well_formed', detail: tokenPayload.error.reason });
  const payload = decodeCredentialPayload(inner.value.payload, MAX_TOKEN_BYTES);
  if (!payload.ok) return err({ reason: 'payload_well_formed', detail: payload.error.reason });
  const token = { message: outer.value, payload: tokenPayload.value };
  return ok({ message: inner.value, payload: payload.value, bytes: insideBytes(inner.value), token });
}

// The inner message is the tag 0xD2, the array head, and its four parts in a row up to the end of the signature, all views of one buffer.
function insideBytes(inner: Sign1): Uint8Array {
  const { buffer } = inner.signature;
  const headLength = inner.protected.length < 24 ? 1 : inner.protected.length < 256 ? 2 : 3;
  const start = inner.protected.byteOffset - headLength - 2;
  return new Uint8Array(buffer, start, inner.signature.byteOffset + inner.signature.length - start);
}
