// What one login is: the record that its Durable Object keeps. Pure types and the table of moves; knows no OAuth.

/** JSON that passes through: what the relying party asked, what it is granted. */
export type Json = string | number | boolean | null | { readonly [key: string]: Json } | readonly Json[];

/** How the relying party gets its answer. */
export type LoginKind = 'code' | 'backchannel' | 'device';

/**
 * requested: parameters are parked (PAR, device), nobody has come yet. interacting: a person is before the page or the wallet.
 * authenticated: who it is is known, consent is not. issued: a code (or a poll) waits to be exchanged. redeemed: tokens are out.
 */
export type LoginPhase = 'requested' | 'interacting' | 'authenticated' | 'issued' | 'redeemed' | 'ended';

export const moves: Readonly<Record<LoginPhase, readonly LoginPhase[]>> = {
  requested: ['interacting', 'ended'],
  interacting: ['authenticated', 'issued', 'ended'],
  authenticated: ['interacting', 'issued', 'ended'],
  issued: ['redeemed', 'ended'],
  redeemed: ['ended'],
  ended: [],
};

export function mayMove(from: LoginPhase, to: LoginPhase): boolean {
  return moves[from].includes(to);
}

/** Who was authenticated, and how: authn's answer, with where the session lives. */
export type Authentication = {
  readonly subject: string;
  readonly acr: string;
  readonly amr: readonly string[];
  readonly authTime: number;
  readonly sessionId: string;
  /** True if an existing session answered and nobody was asked. */
  readonly fromSession: boolean;
};

export type NumberState = 'waiting' | 'approved' | 'refused' | 'reported' | 'locked';

/** A typed-number request. `subject` is null for a number that nobody has: it looks the same and never ends well. */
export type NumberRequest = {
  readonly value: string;
  readonly subject: string | null;
  readonly acr: string;
  readonly purpose: string;
  readonly state: NumberState;
  readonly tries: number;
  readonly expiresAt: number;
  /** Set by an approval. */
  readonly earned: { readonly acr: string; readonly amr: readonly string[] } | null;
  readonly answeredAt: number;
  /** True if a wallet read it off the page's code: it is nowhere to be typed. */
  readonly scanned?: true;
};

/** The page shows an animated code. `tries`: wrong numbers before it, which a scan does not forgive. */
export type ScanOffer = { readonly from: string; readonly purpose: string; readonly tries: number };

/** `challenge`: base64url. */
export type PasskeyChallenge = { readonly challenge: string; readonly expiresAt: number };

/** What a code is bound to: all of it must be shown again. */
export type CodeBinding = {
  readonly clientId: string;
  readonly redirectUri: string;
  readonly codeChallenge: string | null;
  readonly dpopJkt: string | null;
};

export type IssuedCode = {
  readonly hash: string;
  readonly binding: CodeBinding;
  readonly expiresAt: number;
  /** Whether its exchange starts a family of refresh tokens. */
  readonly refreshable: boolean;
  readonly mismatches: number;
  readonly redeemedAtMs: number | null;
};

/** Only hashes: the successor is derived from the secret that is presented, so it can be given again but not read here. */
export type RefreshFamily = {
  readonly generation: number;
  readonly hash: string;
  readonly previousHash: string | null;
  readonly rotatedAtMs: number;
  readonly salt: string;
  readonly dpopJkt: string | null;
  readonly expiresAt: number;
  readonly idleSeconds: number;
  readonly idleUntil: number;
};

export type LoginRecord = {
  readonly kind: LoginKind;
  readonly phase: LoginPhase;
  readonly clientId: string;
  readonly request: Json;
  /** Hash of the browser's cookie secret. */
  readonly holderHash: string | null;
  /** Hash of the secret that a polling client shows (backchannel, device). */
  readonly pollHash: string | null;
  /** When the client asked last. */
  readonly polledAtMs: number | null;
  /** What goes out when a wallet has answered (CIBA ping): passes through. */
  readonly ping: Json;
  /** What was collected is being sent to the client: from when (epoch seconds) it may come for it instead, once. Absent or null: it has it. */
  readonly handOverFrom?: number | null;
  /** Hash of the request_uri's secret, while it may be used. */
  readonly requestUriHash: string | null;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly number: NumberRequest | null;
  readonly scan?: ScanOffer | null;
  /** What a passkey must sign, until it is taken once. */
  readonly passkey?: PasskeyChallenge | null;
  readonly authentication: Authentication | null;
  readonly grant: Json;
  /** Epoch seconds to which the person agreed to what was granted; absent or null: for good. */
  readonly refreshUntil?: number | null;
  readonly code: IssuedCode | null;
  readonly refresh: RefreshFamily | null;
  readonly endedBecause: string | null;
  /** Ids of access tokens that were revoked one by one, with when they expire. */
  readonly revokedTokens: readonly { readonly id: string; readonly expiresAt: number }[];
};

/** What a rule answers: the record to keep (absent: nothing changed) and the result to give. */
export type Step<R> = { readonly record?: LoginRecord; readonly result: R };
