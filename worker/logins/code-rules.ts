// The part of a login in which something is issued and exchanged, once. Pure. Specifications: RFC 6749 §4.1.2, RFC 7636, RFC 9700.

import { err, ok, type Result } from '../../shared/base/result.ts';
import { equalBytes } from '../../shared/bytes/equal.ts';
import { encodeUtf8 } from '../../shared/bytes/text.ts';
import { type GrowthError, growthOf, type Narrowing } from './grant-limits.ts';
import { isSecretOf } from './handle.ts';
import { end } from './interaction-rules.ts';
import {
  type Authentication,
  type CodeBinding,
  type IssuedCode,
  type Json,
  type LoginRecord,
  mayMove,
  type Step,
} from './login-record.ts';

export type IssueInput = {
  readonly authentication: Authentication;
  readonly grant: Json;
  /** Epoch seconds to which the person agreed: no refresh token lives longer. Null: nobody had to agree. */
  readonly refreshUntil: number | null;
  /** Absent for a login that is polled for: its holder exchanges it. */
  readonly code: Pick<IssuedCode, 'hash' | 'binding' | 'expiresAt' | 'refreshable'> | null;
};

/** Seconds that a login is kept after its code was exchanged without a refresh token, so that a late second use is seen. */
export const afterRedemptionSeconds = 900;
/** Wrong bindings shown with a right code before it is destroyed. */
const mismatchesAllowed = 3;
/**
 * A second use this soon, with everything right, is the client's own double request: refused, but its tokens live. Whoever could
 * be somebody else (anything bound is wrong, or it comes later) ends the login.
 */
export const doubleRequestMs = 1500;

export function issue(
  record: LoginRecord,
  input: IssueInput,
): Step<Result<null, { readonly reason: 'login_out_of_order' }>> {
  if (!mayMove(record.phase, 'issued')) return { result: err({ reason: 'login_out_of_order' }) };
  const issued: LoginRecord = {
    ...record,
    phase: 'issued',
    authentication: input.authentication,
    grant: input.grant,
    refreshUntil: input.refreshUntil,
    requestUriHash: null,
    code: input.code ? { ...input.code, mismatches: 0, redeemedAtMs: null } : null,
    expiresAt: input.code ? Math.max(record.expiresAt, input.code.expiresAt) : record.expiresAt,
  };
  return { record: issued, result: ok(null) };
}

export type RedeemInput = CodeBinding & {
  readonly secret: string;
  readonly narrowing: Narrowing;
  /** The first refresh token, for a grant that comes with one. */
  readonly refresh: RefreshStart | null;
};
export type RefreshStart = {
  readonly hash: string;
  readonly salt: string;
  readonly expiresAt: number;
  readonly idleSeconds: number;
  /** A public client's family is bound to its DPoP key; a confidential one's to its client authentication (RFC 9449 §5). */
  readonly dpopJkt: string | null;
};

export type RedeemError = {
  readonly reason:
    | 'code_unknown'
    | 'code_expired'
    | 'code_used'
    | 'code_of_other_client'
    | 'redirect_uri_differs'
    | 'verifier_wrong'
    | 'dpop_key_differs'
    | 'login_ended'
    | GrowthError['reason'];
};
export type Redeemed = { readonly grant: Json; readonly authentication: Authentication };

/** Everything a code is bound to, compared in this order; the first that differs names the refusal. */
const bindings: readonly {
  readonly differs: RedeemError['reason'];
  readonly same: (bound: CodeBinding, shown: CodeBinding) => boolean;
}[] = [
  { differs: 'code_of_other_client', same: (bound, shown) => bound.clientId === shown.clientId },
  { differs: 'redirect_uri_differs', same: (bound, shown) => bound.redirectUri === shown.redirectUri },
  { differs: 'verifier_wrong', same: (bound, shown) => sameText(bound.codeChallenge, shown.codeChallenge) },
  { differs: 'dpop_key_differs', same: (bound, shown) => bound.dpopJkt === null || bound.dpopJkt === shown.dpopJkt },
];

function sameText(bound: string | null, shown: string | null): boolean {
  // RFC 9700 §2.1.1: a verifier without a challenge is as wrong as a challenge without a verifier (PKCE downgrade).
  if (bound === null || shown === null) return bound === shown;
  return equalBytes(encodeUtf8(bound), encodeUtf8(shown));
}

/**
 * Ends a login whose code came back to the client it was made for and is wanted for nothing. SECURITY: only with the code's own secret: a
 * login's id alone, which its relying party knows, ends nothing.
 */
export function giveBack(
  record: LoginRecord | undefined,
  input: Pick<RedeemInput, 'secret' | 'clientId'>,
  now: number,
): Step<null> {
  const code = record?.phase === 'issued' ? record.code : null;
  if (!record || !code || code.binding.clientId !== input.clientId || !isSecretOf(input.secret, code.hash)) {
    return { result: null };
  }
  return { record: end(record, 'code_given_back', now), result: null };
}

export function redeem(
  record: LoginRecord | undefined,
  input: RedeemInput,
  nowMs: number,
): Step<Result<Redeemed & { readonly refreshable: boolean }, RedeemError>> {
  const code = record?.code;
  const now = Math.floor(nowMs / 1000);
  if (!record || !code || !isSecretOf(input.secret, code.hash)) return { result: err({ reason: 'code_unknown' }) };
  if (record.phase === 'ended') return { result: err({ reason: 'login_ended' }) };
  const wrong = bindings.find((binding) => !binding.same(code.binding, input));
  if (code.redeemedAtMs !== null) {
    // SECURITY: a late or different second use means that the code is in two hands: everything it gave is revoked (RFC 6749 §4.1.2).
    const double = !wrong && nowMs - code.redeemedAtMs < doubleRequestMs;
    return { ...(double ? {} : { record: end(record, 'code_reused', now) }), result: err({ reason: 'code_used' }) };
  }
  if (nowMs >= code.expiresAt * 1000)
    return { record: end(record, 'code_expired', now), result: err({ reason: 'code_expired' }) };
  if (wrong) {
    const mismatches = code.mismatches + 1;
    const next =
      mismatches >= mismatchesAllowed ? end(record, 'code_guessed', now) : { ...record, code: { ...code, mismatches } };
    return { record: next, result: err({ reason: wrong.differs }) };
  }
  const { authentication } = record;
  if (!authentication || record.phase !== 'issued') return { result: err({ reason: 'code_unknown' }) };
  const growth = growthOf(record.grant, input.narrowing);
  if (growth) return { result: err(growth) };
  const refresh = code.refreshable ? startRefresh(input.refresh, record.refreshUntil, now) : null;
  const redeemed: LoginRecord = {
    ...record,
    phase: 'redeemed',
    // What was asked is no longer needed; what was granted is, for userinfo, refresh and introspection.
    request: null,
    number: null,
    code: { ...code, redeemedAtMs: nowMs },
    refresh,
    expiresAt: Math.max(now + afterRedemptionSeconds, refresh?.expiresAt ?? 0),
  };
  return { record: redeemed, result: ok({ grant: record.grant, authentication, refreshable: refresh !== null }) };
}

/** `until`: to when the person agreed, if somebody had to. */
export function startRefresh(
  start: RefreshStart | null,
  until: number | null | undefined,
  now: number,
): LoginRecord['refresh'] {
  if (!start) return null;
  const expiresAt = Math.min(start.expiresAt, until ?? Number.POSITIVE_INFINITY);
  const idleUntil = Math.min(expiresAt, now + start.idleSeconds);
  return { ...start, expiresAt, generation: 1, previousHash: null, rotatedAtMs: 0, idleUntil };
}

export type TokenError = { readonly reason: 'token_unknown' | 'token_revoked' };

/** Is an access token of this login still good? Its signature and its expiry are the caller's business. */
export function checkToken(record: LoginRecord | undefined, tokenId: string): Result<Redeemed, TokenError> {
  if (!record) return err({ reason: 'token_unknown' });
  const { authentication } = record;
  if (record.phase !== 'redeemed' || !authentication) return err({ reason: 'token_revoked' });
  if (record.revokedTokens.some((token) => token.id === tokenId)) return err({ reason: 'token_revoked' });
  return ok({ grant: record.grant, authentication });
}

/** One access token is revoked; ids are kept only as long as such a token could live. */
export function revokeToken(record: LoginRecord, id: string, expiresAt: number, now: number): LoginRecord {
  const alive = record.revokedTokens.filter((token) => token.expiresAt > now && token.id !== id);
  return { ...record, revokedTokens: [...alive, { id, expiresAt }].slice(-64) };
}
