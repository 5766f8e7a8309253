// Profile S: the static credential for paper and download. CBOR, CWT, COSE_Sign1, zlib, base45, no prefix: any Claim 169 reader reads it.

import type { EpochSeconds } from '../base/brands.ts';
import { err, ok, type Result } from '../base/result.ts';
import { encodeBase45 } from '../bytes/base45.ts';
import type { Bytes } from '../bytes/bytes.ts';
import { zlibStored } from '../bytes/zlib-stored.ts';
import { encodeCbor } from '../cbor/encode.ts';
import { type Signer, signSign1 } from '../cose/sign1.ts';
import { sha256Sync } from '../crypto/sha256.ts';
import { type ClaimsReason, encodeClaims, type IdentityClaims } from './claims.ts';
import { MAX_TEXT_LENGTH } from './decode.ts';
import { credentialPayloadMap } from './payload.ts';

export type StaticRequest = {
  readonly claims: IdentityClaims;
  /** The issuer's name, as the trust list has it with the signing key. */
  readonly issuer: string;
  readonly statusUri: string;
  /** Index inside the list at `statusUri`. */
  readonly statusIndex: number;
  readonly issuedAt: EpochSeconds;
  readonly expiresAt: EpochSeconds;
};

export type StaticCredential = {
  readonly text: string;
  readonly cose: Bytes;
  /** SHA-256 of `cose`: what the log of issued credentials keeps. */
  readonly credentialHash: Bytes;
};

export type IssueError = { readonly reason: ClaimsReason | 'credential_too_long' | 'credential_dates' };

/** `signer`: a key with purpose `credential`, its kid set. The longest text fits the largest QR code; aim far below. */
export async function issueStatic(
  request: StaticRequest,
  signer: Signer,
): Promise<Result<StaticCredential, IssueError>> {
  if (request.expiresAt <= request.issuedAt) return err({ reason: 'credential_dates' });
  const identity = encodeClaims(request.claims);
  if (!identity.ok) return identity;
  const payload = credentialPayloadMap({
    issuer: request.issuer,
    subject: undefined,
    issuedAt: request.issuedAt,
    notBefore: undefined,
    expiresAt: request.expiresAt,
    status: { index: request.statusIndex, uri: request.statusUri },
    holderKey: undefined,
    identity: identity.value,
  });
  const cose = await signSign1(encodeCbor(payload), signer);
  const text = encodeBase45(zlibStored(cose));
  if (text.length > MAX_TEXT_LENGTH) return err({ reason: 'credential_too_long' });
  return ok({ text, cose, credentialHash: sha256Sync(cose) });
}

/** How many bytes of face still fit if the text must not be longer than `maxTextLength` characters. Negative if nothing does. */
export function faceBudgetBytes(request: StaticRequest, maxTextLength: number): number {
  const face = { bytes: new Uint8Array(300), format: 'webp' } as const;
  const identity = encodeClaims({ ...request.claims, face });
  if (!identity.ok) throw new RangeError(identity.error.reason);
  const payload = encodeCbor(
    credentialPayloadMap({
      issuer: request.issuer,
      subject: undefined,
      issuedAt: request.issuedAt,
      notBefore: undefined,
      expiresAt: request.expiresAt,
      status: { index: request.statusIndex, uri: request.statusUri },
      holderKey: undefined,
      identity: identity.value,
    }),
  );
  // Around the payload: tag and array (2), protected header with an 8-byte kid (15), empty map (1), payload head (3), signature (66); zlib (11).
  const packed = payload.length + 2 + 15 + 1 + 3 + 66 + 11;
  const fits = Math.floor(maxTextLength / 3) * 2 + (maxTextLength % 3 === 2 ? 1 : 0);
  return 300 + fits - packed;
}
