// How a person asks the edge for an offer that any OpenID4VCI wallet takes up. The wallet's own side is the specification's.
import * as z from 'zod';
import type { Bytes } from '../bytes/bytes.ts';
import { encodeCbor } from '../cbor/encode.ts';
import { base64Url, EpochSecondsValue } from './wire.ts';

/** POST `OfferRequest` → `OfferAnswer`. */
export const offerPath = '/v1/wallet/offers';

/** Either the setup code that activation gave (once), or a bound wallet key over `offerMessage`. */
export const OfferRequest = z.union([
  z.strictObject({ setupCode: z.string().min(16).max(64) }),
  z.strictObject({
    walletId: z.string().max(64),
    at: EpochSecondsValue,
    signature: base64Url(64, 64),
  }),
]);
export type OfferRequest = z.infer<typeof OfferRequest>;

export const OfferAnswer = z.object({
  /** `openid-credential-offer://?credential_offer_uri=…`: as a QR code, or followed on the same phone. */
  byReference: z.string().max(2048),
  /** The same with the offer in it, for wallets that fetch nothing. */
  byValue: z.string().max(4096),
  /** Six digits that the person types into the wallet: shown beside the code, never in it. */
  txCode: z.string().regex(/^\d{6}$/),
  expiresAt: EpochSecondsValue,
});
export type OfferAnswer = z.infer<typeof OfferAnswer>;

/** What a bound wallet signs: a deterministic CBOR array, as every message of a wallet. */
export function offerMessage(request: { readonly walletId: string; readonly at: number }): Bytes {
  return encodeCbor(['tawthiq wallet offer v1', request.walletId, request.at]);
}
