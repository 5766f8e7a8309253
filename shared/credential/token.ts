// The key-binding token: the holder's signature around a bound credential, for a moment (D) or for one verifier's challenge (C).
// draft-ietf-spice-sd-cwt: typ 294, the credential in the protected header `kcwt` (13), claims aud, iat and cnonce.

import type { EpochSeconds } from '../base/brands.ts';
import { encodeBase45 } from '../bytes/base45.ts';
import { decodeCbor } from '../cbor/decode.ts';
import { encodeCbor } from '../cbor/encode.ts';
import { HEADER } from '../cose/header.ts';
import { type Signer, signSign1 } from '../cose/sign1.ts';
import { BROADCAST } from './checks/holder.ts';
import type { Challenge } from './checks/work.ts';
import { TOKEN_PREFIX, TYP_TOKEN } from './decode.ts';
import { tokenPayloadMap } from './payload.ts';

/** How often a wallet draws a new frame; a verifier takes one for six times as long. */
export const FRAME_SECONDS = 5;

export type Showing = {
  /** The bound credential as it was issued. */
  readonly cose: Uint8Array;
  readonly now: EpochSeconds;
  /** What the verifier shows, if it shows one. Then the answer is for that verifier alone. */
  readonly challenge?: Challenge;
};

/** The text of a QR code. `holder` signs with the key that the credential names, without a kid: the credential says which. */
export async function showCredential(showing: Showing, holder: Signer): Promise<string> {
  const credential = decodeCbor(showing.cose);
  if (!credential.ok) throw new TypeError('not a credential as issued');
  const payload = tokenPayloadMap({
    audience: showing.challenge?.audience ?? BROADCAST,
    issuedAt: showing.now,
    expiresAt: undefined,
    cnonce: showing.challenge?.cnonce,
  });
  const header = new Map([[HEADER.kcwt, credential.value]]);
  const token = await signSign1(encodeCbor(payload), holder, { typ: TYP_TOKEN, header });
  return TOKEN_PREFIX + encodeBase45(token);
}
