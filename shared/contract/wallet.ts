// The person's wallet and the edge: one contract, so one file, if a long one. Requests after binding are signed by the wallet's key inside the body, not by a bearer token.
import * as z from 'zod';
import type { Bytes } from '../bytes/bytes.ts';
import { encodeUtf8 } from '../bytes/text.ts';
import { encodeCbor } from '../cbor/encode.ts';
import { base64Url, EpochSecondsValue, Name } from './wire.ts';

export const walletPaths = {
  /** POST: bind a device key with the setup code that activation gave. */
  bind: '/v1/wallet/bind',
  /** POST: the person's live login requests. */
  requests: '/v1/wallet/requests',
  /** POST: approve with the typed number, refuse, or report "not me". */
  answer: '/v1/wallet/requests/answer',
  /** POST: the code of a login page was scanned: whose login it is, and the number that answers it. */
  scan: '/v1/wallet/scan',
  /** POST: what the person was told about their account, newest first. */
  notifications: '/v1/wallet/notifications',
  /** POST: sessions and consents: look at them, end one, take one back. */
  account: '/v1/wallet/account',
  /** POST: user name and password with the setup code. */
  password: '/v1/wallet/password',
  /** POST: the phone is lost: every wallet of the person is removed, by password and one code more. */
  lost: '/v1/wallet/lost',
  /** POST: where the person's credentials were shown online, newest first. */
  showings: '/v1/wallet/showings',
  /** POST: a nonce for the proofs of the next issuance. */
  credentialNonce: '/v1/wallet/credentials/nonce',
  /** POST: the identity credential for this device (D), or a batch of age passes (A), each bound to a key that proves itself. */
  credentials: '/v1/wallet/credentials',
} as const;

/** COSE_Key of the wallet: Ed25519 or P-256, with proof of possession over the setup code. */
export const BindRequest = z.object({
  setupCode: z.string().min(16).max(64),
  name: z.string().min(1).max(60),
  alg: z.enum(['EdDSA', 'ES256']),
  /** Ed25519: 32 bytes. P-256: 65 bytes, uncompressed (04 ‖ x ‖ y). */
  publicKey: base64Url(65, 32),
  /** Signature over `bindMessage(setupCode)`; ECDSA as r ‖ s. */
  proof: base64Url(64, 64),
});
export type BindRequest = z.infer<typeof BindRequest>;

export const BindAnswer = z.object({ walletId: z.string().max(64) });

export const LiveRequest = z.object({
  txn: z.string().max(64),
  /** `logo`: a path at the edge, of a PNG or JPEG; absent: the service has none. */
  client: z.object({ id: z.string(), name: Name, logo: z.string().max(100).optional() }),
  purpose: z.string().max(200),
  /** Where the page that asks was opened: city and browser as the edge saw them; or that the service asks by itself. For the person to judge. */
  from: z.string().max(120),
  /** True: so many came that this one is listed only; a wallet does not ring for it. Absent: it may. */
  quiet: z.boolean().optional(),
  digits: z.union([z.literal(2), z.literal(6)]),
  acr: z.string(),
  expiresAt: EpochSecondsValue,
});
export type LiveRequest = z.infer<typeof LiveRequest>;

/** How far a signed message's `at` may be from the edge's clock. */
export const walletMaxSkewSeconds = 120;

/** Asks for the list; `signature` over `listMessage`. */
export const ListRequest = z.object({
  walletId: z.string().max(64),
  at: EpochSecondsValue,
  signature: base64Url(64, 64),
});
export type ListRequest = z.infer<typeof ListRequest>;
export const ListAnswer = z.object({ requests: z.array(LiveRequest).max(16), time: EpochSecondsValue });
export type ListAnswer = z.infer<typeof ListAnswer>;

/** `report`: refuse, and say that it was not me. */
export const WalletDecision = z.enum(['approve', 'refuse', 'report']);
export type WalletDecision = z.infer<typeof WalletDecision>;

/** Everything the person saw and typed; `signature` over `answerMessage`, made after user verification. */
export const AnswerRequest = z.object({
  walletId: z.string().max(64),
  txn: z.string().max(64),
  client: z.string().max(64),
  purpose: z.string().max(200),
  decision: WalletDecision,
  /** The digits as typed; empty unless approving. */
  number: z.string().regex(/^(\d{2}|\d{6})?$/),
  acr: z.string().max(64),
  at: EpochSecondsValue,
  signature: base64Url(64, 64),
});
export type AnswerRequest = z.infer<typeof AnswerRequest>;
export const AnswerAnswer = z.object({ state: z.enum(['approved', 'refused', 'reported']) });

/** `frame`: the text of the code (shared/contract/login-frame.ts); `signature` over `scanMessage`. */
export const ScanRequest = z.object({
  walletId: z.string().max(64),
  frame: z.string().max(80),
  at: EpochSecondsValue,
  signature: base64Url(64, 64),
});
export type ScanRequest = z.infer<typeof ScanRequest>;
/** The person still reads who asks and decides: the wallet answers the request with `number` as if it had been typed. */
export const ScanAnswer = z.object({ request: LiveRequest, number: z.string().regex(/^\d{6}$/) });
export type ScanAnswer = z.infer<typeof ScanAnswer>;

/** `before`: the `id` of the oldest that is known; `signature` over `notificationsMessage`. */
export const NotificationsRequest = z.object({
  walletId: z.string().max(64),
  at: EpochSecondsValue,
  before: z.int().min(1).optional(),
  signature: base64Url(64, 64),
});
export type NotificationsRequest = z.infer<typeof NotificationsRequest>;
export const NotificationsAnswer = z.object({
  notifications: z.array(
    z.object({
      id: z.int(),
      at: EpochSecondsValue,
      /** Stable code, e.g. `authenticator.removed`. */
      kind: z.string(),
      detail: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
      seen: z.boolean(),
    }),
  ),
});
export type NotificationsAnswer = z.infer<typeof NotificationsAnswer>;

/**
 * `object`: a session's id, a client's, or the new user code; for `withdraw_claim` the client's id, a space and the claim in any of its
 * spellings (all of them are taken back, and the rest stands); empty for `list` and `remove_user_code`. `signature` over `accountMessage`.
 */
export const AccountRequest = z.object({
  walletId: z.string().max(64),
  act: z.enum(['list', 'end_session', 'withdraw_consent', 'withdraw_claim', 'set_user_code', 'remove_user_code']),
  object: z.string().max(130),
  at: EpochSecondsValue,
  signature: base64Url(64, 64),
});
export type AccountRequest = z.infer<typeof AccountRequest>;

export const AccountAnswer = z.object({
  /** Whether services must send the person's user code with a request (CIBA). */
  userCode: z.boolean(),
  sessions: z.array(
    z.object({
      id: z.string(),
      authTime: EpochSecondsValue,
      lastSeenAt: EpochSecondsValue,
      acr: z.string(),
      /** Client ids that this session logged in at. */
      clients: z.array(z.string()),
    }),
  ),
  consents: z.array(
    z.object({
      client: z.object({ id: z.string(), name: Name }),
      claims: z.array(z.string()),
      grantedAt: EpochSecondsValue,
      expiresAt: EpochSecondsValue,
    }),
  ),
});
export type AccountAnswer = z.infer<typeof AccountAnswer>;

export const PasswordRequest = z.object({
  setupCode: z.string().min(16).max(64),
  username: z.string().min(1).max(64),
  password: z.string().min(1).max(1024),
});
export type PasswordRequest = z.infer<typeof PasswordRequest>;
/** `alone`: it may log in by itself (15 characters and more). */
export const PasswordAnswer = z.object({ alone: z.boolean() });

/** `code`: a recovery code, or one of the authenticator app. */
export const LostRequest = z.object({
  username: z.string().min(1).max(64),
  password: z.string().min(1).max(1024),
  code: z.string().min(1).max(40),
});
export type LostRequest = z.infer<typeof LostRequest>;
/** How many wallets were removed; what they show is revoked with the next list. */
export const LostAnswer = z.object({ removed: z.int() });

/** `signature` over `credentialNonceMessage`. */
export const CredentialNonceRequest = z.object({
  walletId: z.string().max(64),
  at: EpochSecondsValue,
  signature: base64Url(64, 64),
});
export type CredentialNonceRequest = z.infer<typeof CredentialNonceRequest>;
export const CredentialNonceAnswer = z.object({ nonce: base64Url(16, 16), audience: z.string() });

export const maxPasses = 10;

/** `proofs`: holder proofs (shared/credential/proof.ts) over the nonce, one for D, 1 to 10 for A, each of another key. */
export const CredentialsRequest = z.object({
  walletId: z.string().max(64),
  profile: z.enum(['D', 'A']),
  proofs: z.array(base64Url(400, 100)).min(1).max(maxPasses),
  at: EpochSecondsValue,
  /** Over `credentialsMessage`. */
  signature: base64Url(64, 64),
});
export type CredentialsRequest = z.infer<typeof CredentialsRequest>;

export const CredentialsAnswer = z.object({
  /** base64url COSE, in the order of the proofs. */
  credentials: z.array(z.string()),
  /** A wallet renews its D within the last two weeks before, by the same key: the former then ends by itself and is revoked nowhere. */
  expiresAt: EpochSecondsValue,
});
export type CredentialsAnswer = z.infer<typeof CredentialsAnswer>;

/** Asks who checked; `before` pages on. `signature` over `showingsMessage`. */
export const ShowingsRequest = z.object({
  walletId: z.string().max(64),
  at: EpochSecondsValue,
  before: EpochSecondsValue.optional(),
  signature: base64Url(64, 64),
});
export type ShowingsRequest = z.infer<typeof ShowingsRequest>;

export const Showing = z.object({
  at: EpochSecondsValue,
  verifier: z.object({ id: z.string(), name: Name.optional() }),
  context: z.string(),
  outcome: z.enum(['accepted', 'rejected', 'undecided']),
  profile: z.string(),
});
export type Showing = z.infer<typeof Showing>;
export const ShowingsAnswer = z.object({ showings: z.array(Showing).max(100) });

/*
 * What a wallet signs: a deterministic CBOR array (RFC 8949 §4.2) whose first element names the message, so that a signature made
 * for one is of no use for another. Every element is text but `at`, an unsigned integer.
 */

export function bindMessage(setupCode: string): Bytes {
  return encodeUtf8(`tawthiq wallet bind v1\0${setupCode}`);
}

export function listMessage(request: Pick<ListRequest, 'walletId' | 'at'>): Bytes {
  return encodeCbor(['tawthiq wallet list v1', request.walletId, request.at]);
}

export function answerMessage(request: Omit<AnswerRequest, 'signature'>): Bytes {
  const { walletId, txn, client, purpose, decision, number, acr, at } = request;
  return encodeCbor(['tawthiq wallet answer v1', walletId, txn, client, purpose, decision, number, acr, at]);
}

export function scanMessage(request: Omit<ScanRequest, 'signature'>): Bytes {
  return encodeCbor(['tawthiq wallet scan v1', request.walletId, request.frame, request.at]);
}

export function notificationsMessage(request: Omit<NotificationsRequest, 'signature'>): Bytes {
  return encodeCbor(['tawthiq wallet notifications v1', request.walletId, request.at, request.before ?? 0]);
}

export function showingsMessage(request: Pick<ShowingsRequest, 'walletId' | 'at' | 'before'>): Bytes {
  return encodeCbor(['tawthiq wallet showings v1', request.walletId, request.at, request.before ?? 0]);
}

export function accountMessage(request: Omit<AccountRequest, 'signature'>): Bytes {
  return encodeCbor(['tawthiq wallet account v1', request.walletId, request.act, request.object, request.at]);
}

export function credentialNonceMessage(request: Pick<CredentialNonceRequest, 'walletId' | 'at'>): Bytes {
  return encodeCbor(['tawthiq wallet nonce v1', request.walletId, request.at]);
}

export function credentialsMessage(request: Omit<CredentialsRequest, 'signature'>): Bytes {
  return encodeCbor(['tawthiq wallet credentials v1', request.walletId, request.profile, request.proofs, request.at]);
}
