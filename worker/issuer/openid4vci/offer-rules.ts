// The life of one credential offer: shown, taken up once, spent. Pure; the Durable Object keeps the record (OpenID4VCI 1.0 §4, §6).

import { err, ok, type Result } from '../../../shared/base/result.ts';
import { equalBytes } from '../../../shared/bytes/equal.ts';
import { encodeUtf8 } from '../../../shared/bytes/text.ts';
import { hashSecret, isSecretOf } from '../../logins/handle.ts';

/** offered: its code waits. redeemed: a wallet has its token. ended: nothing can be had of it any more. */
export type OfferPhase = 'offered' | 'redeemed' | 'ended';

export type OfferRecord = {
  readonly phase: OfferPhase;
  readonly subject: string;
  /** Of the pre-authorized code's secret, and of the secret in the offer's address. */
  readonly codeHash: string;
  readonly referenceHash: string;
  /** Of the transaction code beside the code's secret: without that secret six digits cannot be tried out. */
  readonly txHash: string;
  readonly txTries: number;
  /** Until then the offer can be taken up, or its token used. */
  readonly expiresAt: number;
  /** The DPoP key that the token is bound to. */
  readonly dpopJkt: string | null;
  /** Credentials that were issued by it. */
  readonly issued: number;
};

export const offerLifetimeSeconds = 600;
/** Wrong transaction codes before the offer is gone. */
export const txTriesAllowed = 3;
/** Credentials of one offer, however many requests ask for them. */
export const mostIssued = 20;

/** What a wrong try, or a right one, answers and leaves behind. */
export type Step<R> = { readonly record?: OfferRecord; readonly result: R };

export type BeginOffer = Pick<OfferRecord, 'subject' | 'codeHash' | 'referenceHash' | 'txHash' | 'expiresAt'>;

export function beginOffer(input: BeginOffer): OfferRecord {
  return { ...input, phase: 'offered', txTries: 0, dpopJkt: null, issued: 0 };
}

export function txHashOf(codeSecret: string, txCode: string): string {
  return hashSecret(`${codeSecret}\0${txCode}`);
}

export type OfferError = { readonly reason: 'offer_unknown' | 'offer_expired' | 'offer_used' };

/** Whoever has the offer's address may read it until it is taken up. */
export function showOffer(
  record: OfferRecord | undefined,
  secret: string,
  now: number,
): Result<{ readonly expiresAt: number }, OfferError> {
  if (!record || !isSecretOf(secret, record.referenceHash)) return err({ reason: 'offer_unknown' });
  const { phase, expiresAt } = record;
  if (phase !== 'offered') return err({ reason: 'offer_used' });
  return now < expiresAt ? ok({ expiresAt }) : err({ reason: 'offer_expired' });
}

export type RedeemOffer = { readonly secret: string; readonly txCode: string; readonly dpopJkt: string | null };
export type RedeemOfferError = OfferError | { readonly reason: 'tx_code_wrong' | 'tx_code_locked' };

/** The code becomes a token, once. `tokenUntil`: how long that token will live. */
export function redeemOffer(
  record: OfferRecord | undefined,
  input: RedeemOffer,
  now: number,
  tokenUntil: number,
): Step<Result<{ readonly subject: string }, RedeemOfferError>> {
  if (!record || !isSecretOf(input.secret, record.codeHash)) return { result: err({ reason: 'offer_unknown' }) };
  if (record.phase !== 'offered') {
    // SECURITY: a second use means that the code is in two hands: what it gave is taken back (RFC 6749 §4.1.2).
    return { record: { ...record, phase: 'ended' }, result: err({ reason: 'offer_used' }) };
  }
  if (now >= record.expiresAt)
    return { record: { ...record, phase: 'ended' }, result: err({ reason: 'offer_expired' }) };
  const shown = txHashOf(input.secret, input.txCode);
  // SECURITY: constant time, and a wrong entry counts.
  if (!equalBytes(encodeUtf8(shown), encodeUtf8(record.txHash))) {
    const txTries = record.txTries + 1;
    const locked = txTries >= txTriesAllowed;
    return {
      record: { ...record, txTries, phase: locked ? 'ended' : 'offered' },
      result: err({ reason: locked ? 'tx_code_locked' : 'tx_code_wrong' }),
    };
  }
  const redeemed: OfferRecord = { ...record, phase: 'redeemed', dpopJkt: input.dpopJkt, expiresAt: tokenUntil };
  return { record: redeemed, result: ok({ subject: record.subject }) };
}

export type SpendError = { readonly reason: 'token_dead' | 'offer_spent' };

/** Takes `count` credentials off what the offer may give. */
export function spendOffer(
  record: OfferRecord | undefined,
  count: number,
  now: number,
): Step<Result<{ readonly subject: string }, SpendError>> {
  if (record?.phase !== 'redeemed' || now >= record.expiresAt) return { result: err({ reason: 'token_dead' }) };
  const issued = record.issued + count;
  if (issued > mostIssued) return { result: err({ reason: 'offer_spent' }) };
  return { record: { ...record, issued }, result: ok({ subject: record.subject }) };
}
