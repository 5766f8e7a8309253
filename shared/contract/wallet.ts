// The person's wallet and the edge. Requests after binding are signed by the wallet's key inside the body, not by a bearer token.
import * as z from 'zod';
import { base64Url, EpochSecondsValue, Name } from './wire.ts';

export const walletPaths = {
  /** POST: bind a device key with the setup code that activation gave. */
  bind: '/v1/wallet/bind',
  /** POST: the person's live login requests. */
  requests: '/v1/wallet/requests',
  /** POST: approve with the typed number, refuse, or report "not me". */
  answer: '/v1/wallet/requests/answer',
  /** POST: user name and password with the setup code. */
  password: '/v1/wallet/password',
} as const;

/** COSE_Key of the wallet: Ed25519 or P-256, with proof of possession over the setup code. */
export const BindRequest = z.object({
  setupCode: z.string().min(16).max(64),
  name: z.string().min(1).max(60),
  alg: z.enum(['EdDSA', 'ES256']),
  publicKey: base64Url(65, 32),
  /** Signature over `tawthiq wallet bind v1\0` + setup code. */
  proof: base64Url(72, 64),
});
export const BindAnswer = z.object({ walletId: z.string().max(64), subject: z.string().max(64) });

export const LiveRequest = z.object({
  txn: z.string().max(64),
  client: z.object({ id: z.string(), name: Name }),
  purpose: z.string().max(200),
  /** Where the page that asks was opened: city and network as the edge saw them, for the person to judge. */
  from: z.string().max(120),
  digits: z.union([z.literal(2), z.literal(6)]),
  acr: z.string(),
  expiresAt: EpochSecondsValue,
});
