// Credentials bound to a holder's key (profiles D and C) and age passes (A): issued without photo, shown only inside a token.

import type { EpochSeconds } from '../base/brands.ts';
import { err, ok, type Result } from '../base/result.ts';
import type { Bytes } from '../bytes/bytes.ts';
import { encodeCbor } from '../cbor/encode.ts';
import type { CoseKey } from '../cose/key.ts';
import { type Signer, signSign1 } from '../cose/sign1.ts';
import { isUsablePublicKey } from '../crypto/ed25519.ts';
import { sha256Sync } from '../crypto/sha256.ts';
import { type ClaimsReason, encodeClaims, type IdentityClaims } from './claims.ts';
import { TYP_CREDENTIAL } from './decode.ts';
import { credentialPayloadMap, type StatusReference } from './payload.ts';

export type BoundRequest = {
  readonly claims: IdentityClaims;
  readonly issuer: string;
  /** A name for the subject; draft-ietf-spice-sd-cwt asks for one. Random for each credential, so that it links nothing. */
  readonly subject: string | undefined;
  readonly holderKey: CoseKey;
  readonly status: StatusReference;
  readonly issuedAt: EpochSeconds;
  readonly expiresAt: EpochSeconds;
};

export type AgePassRequest = {
  readonly ageAtLeast: number;
  readonly issuer: string;
  /** Made for this one pass. */
  readonly holderKey: CoseKey;
  readonly issuedAt: EpochSeconds;
  readonly expiresAt: EpochSeconds;
};

export type BoundCredential = { readonly cose: Bytes; readonly credentialHash: Bytes };

export type BindError = {
  readonly reason: ClaimsReason | 'holder_key_weak' | 'credential_dates' | 'credential_with_face';
};

/** The credential a wallet keeps. The caller has had the holder prove the key over a nonce (see proof.ts). */
export async function issueBound(request: BoundRequest, signer: Signer): Promise<Result<BoundCredential, BindError>> {
  // A photo would make a code that changes every five seconds too large to read from a screen.
  if (request.claims.face !== undefined) return err({ reason: 'credential_with_face' });
  return issue(request, request.subject, request.claims, request.status, signer);
}

/** One claim, one key, a short life, no status: nothing in it links two showings of two passes. */
export async function issueAgePass(
  request: AgePassRequest,
  signer: Signer,
): Promise<Result<BoundCredential, BindError>> {
  return issue(request, undefined, { ageAtLeast: request.ageAtLeast }, undefined, signer);
}

async function issue(
  request: BoundRequest | AgePassRequest,
  subject: string | undefined,
  claims: IdentityClaims,
  status: StatusReference | undefined,
  signer: Signer,
): Promise<Result<BoundCredential, BindError>> {
  const { holderKey, issuer, issuedAt, expiresAt } = request;
  if (expiresAt <= issuedAt) return err({ reason: 'credential_dates' });
  // SECURITY: under a key of small order anybody can sign.
  const usable = holderKey.curve === 'P-256' || (holderKey.curve === 'Ed25519' && isUsablePublicKey(holderKey.x));
  if (!usable) return err({ reason: 'holder_key_weak' });
  const identity = encodeClaims(claims);
  if (!identity.ok) return identity;
  const payload = { issuer, subject, issuedAt, notBefore: undefined, expiresAt, status, holderKey };
  const bytes = encodeCbor(credentialPayloadMap({ ...payload, identity: identity.value }));
  const cose = await signSign1(bytes, signer, { typ: TYP_CREDENTIAL });
  return ok({ cose, credentialHash: sha256Sync(cose) });
}
