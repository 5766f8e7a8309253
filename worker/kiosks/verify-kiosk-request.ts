// Whose key signed a request to the edge (RFC 9421), before anything is looked up or done. Knows no HTTP library.

import type { EpochSeconds } from '../../shared/base/brands.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import { decodeBase64Url } from '../../shared/bytes/base64url.ts';
import {
  kioskSignatureComponents,
  kioskSignatureMaxSkewSeconds,
  kioskSignatureTag,
} from '../../shared/contract/kiosk.ts';
import { webEd25519 } from '../../shared/crypto/ed25519.ts';
import { type RequestSignatureError, verifyRequest } from '../../shared/http-signature/verify-request.ts';
import type { Kiosks, SignedBy } from '../store/kiosks.ts';

export type IncomingRequest = {
  readonly method: string;
  /** Path and query as they were asked for. */
  readonly target: string;
  readonly headers: { get(name: string): string | null | undefined };
  readonly body: Uint8Array;
};

export type VerifyNeeds = {
  readonly kiosks: Pick<Kiosks, 'publicKey'>;
  /** This edge's own origin. SECURITY: what is signed must name us, whatever Host the request came with. */
  readonly issuer: string;
  readonly now: () => EpochSeconds;
};

function check(
  request: IncomingRequest,
  needs: Omit<VerifyNeeds, 'kiosks'>,
  publicKeyOf: (keyid: string) => Promise<Uint8Array | undefined> | Uint8Array | undefined,
): ReturnType<typeof verifyRequest> {
  const { method, target, headers, body } = request;
  return verifyRequest(
    { method, url: needs.issuer + target, headers, body },
    {
      publicKeyOf,
      now: needs.now(),
      maxSkewSeconds: kioskSignatureMaxSkewSeconds,
      tag: kioskSignatureTag,
      requiredComponents: kioskSignatureComponents,
      ed25519: webEd25519,
    },
  );
}

/** Reasons: those of `verifyRequest`. A query only for a kiosk that this isolate has not seen. */
export async function verifyKioskRequest(
  needs: VerifyNeeds,
  request: IncomingRequest,
): Promise<Result<SignedBy, RequestSignatureError>> {
  const signed = await check(request, needs, (keyid) =>
    /^[A-Za-z0-9_-]{1,64}$/.test(keyid) ? needs.kiosks.publicKey(keyid) : undefined,
  );
  if (!signed.ok) return signed;
  const { keyid, nonce, created } = signed.value;
  return ok({ kioskId: keyid, nonce, created });
}

/** Proof of possession: the request is signed with the very key that it brings (`keyid` = the key in base64url). */
export async function verifyOwnKey(
  needs: Omit<VerifyNeeds, 'kiosks'>,
  request: IncomingRequest,
  publicKey: string,
): Promise<Result<Uint8Array, RequestSignatureError>> {
  const raw = decodeBase64Url(publicKey);
  if (!raw.ok) return err({ reason: 'signature_malformed' });
  const signed = await check(request, needs, (keyid) => (keyid === publicKey ? raw.value : undefined));
  return signed.ok ? ok(raw.value) : signed;
}
