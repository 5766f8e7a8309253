// The checks in their order, as a table. A credential is accepted if every row holds; the first that does not names the verdict.
// Stages: C context, L limits, D decoding, K issuer's key, S signatures, T time, R revocation, H holder, F freshness of lists and their agreement.

import { DECODE_CHECKS } from '../decode.ts';
import { claimsReadable, copyHasFace, oldEnough, passForAge, profileTaken } from './context.ts';
import {
  answersChallenge,
  boundOnlyInToken,
  firstShowing,
  forThisVerifier,
  frameFresh,
  holderSignature,
  tokenHoldsBound,
  tokenWithinCredential,
} from './holder.ts';
import {
  issuanceConfirmed,
  issuerInFreshList,
  issuerKnown,
  issuerNamed,
  issuerSignature,
  keyAcceptedNow,
  keyForCredentials,
  keyNotCompromised,
  keyValidAtIssuance,
} from './issuer.ts';
import { notRevoked, notSuspended, revocable, statusListAtHand } from './status.ts';
import { alreadyValid, listsAgree, notExpired, statusListFresh, trustListFresh } from './time.ts';
import type { Work } from './work.ts';

export type Stage = 'C' | 'L' | 'D' | 'K' | 'S' | 'T' | 'R' | 'H' | 'F';

type Row = {
  readonly name: string;
  readonly stage: Stage;
  /** What the verdict is if the check fails. */
  readonly outcome: 'rejected' | 'undecided';
  readonly run: (work: Work) => boolean | Promise<boolean>;
};

/** Before these: `usable_in_context` and the steps of decoding, which need no lists. */
export const CHECKS = [
  { name: 'profile_taken', stage: 'C', outcome: 'rejected', run: profileTaken },
  { name: 'pass_for_age', stage: 'C', outcome: 'rejected', run: passForAge },
  { name: 'bound_only_in_token', stage: 'H', outcome: 'rejected', run: boundOnlyInToken },
  { name: 'token_holds_bound', stage: 'H', outcome: 'rejected', run: tokenHoldsBound },
  { name: 'answers_challenge', stage: 'H', outcome: 'rejected', run: answersChallenge },
  { name: 'for_this_verifier', stage: 'H', outcome: 'rejected', run: forThisVerifier },
  { name: 'issuer_in_fresh_list', stage: 'K', outcome: 'undecided', run: issuerInFreshList },
  { name: 'issuer_known', stage: 'K', outcome: 'rejected', run: issuerKnown },
  { name: 'key_for_credentials', stage: 'K', outcome: 'rejected', run: keyForCredentials },
  { name: 'issuer_signature', stage: 'S', outcome: 'rejected', run: issuerSignature },
  { name: 'issuer_named', stage: 'K', outcome: 'rejected', run: issuerNamed },
  { name: 'key_valid_at_issuance', stage: 'K', outcome: 'rejected', run: keyValidAtIssuance },
  { name: 'key_accepted_now', stage: 'K', outcome: 'rejected', run: keyAcceptedNow },
  { name: 'key_not_compromised', stage: 'K', outcome: 'rejected', run: keyNotCompromised },
  { name: 'already_valid', stage: 'T', outcome: 'rejected', run: alreadyValid },
  { name: 'not_expired', stage: 'T', outcome: 'rejected', run: notExpired },
  { name: 'holder_signature', stage: 'S', outcome: 'rejected', run: holderSignature },
  { name: 'token_within_credential', stage: 'H', outcome: 'rejected', run: tokenWithinCredential },
  { name: 'frame_fresh', stage: 'H', outcome: 'rejected', run: frameFresh },
  { name: 'revocable', stage: 'R', outcome: 'rejected', run: revocable },
  { name: 'status_list_at_hand', stage: 'R', outcome: 'undecided', run: statusListAtHand },
  { name: 'not_revoked', stage: 'R', outcome: 'rejected', run: notRevoked },
  { name: 'not_suspended', stage: 'R', outcome: 'rejected', run: notSuspended },
  { name: 'claims_readable', stage: 'D', outcome: 'rejected', run: claimsReadable },
  { name: 'old_enough', stage: 'C', outcome: 'rejected', run: oldEnough },
  { name: 'copy_has_face', stage: 'C', outcome: 'undecided', run: copyHasFace },
  { name: 'issuance_confirmed', stage: 'K', outcome: 'undecided', run: issuanceConfirmed },
  { name: 'lists_agree', stage: 'F', outcome: 'undecided', run: listsAgree },
  { name: 'trust_list_fresh', stage: 'F', outcome: 'undecided', run: trustListFresh },
  { name: 'status_list_fresh', stage: 'F', outcome: 'undecided', run: statusListFresh },
  { name: 'first_showing', stage: 'H', outcome: 'rejected', run: firstShowing },
] as const satisfies readonly Row[];

/** Every name a verdict can carry, in the order of the work. */
export const CHECK_NAMES = [
  'usable_in_context',
  ...DECODE_CHECKS.map((check) => check.name),
  ...CHECKS.map((check) => check.name),
] as const;

export type CheckName = 'usable_in_context' | (typeof DECODE_CHECKS)[number]['name'] | (typeof CHECKS)[number]['name'];
