// What a verification answers: a verdict that carries no claims and may be logged, and beside it what a screen may show.

import type { EpochSeconds } from '../base/brands.ts';
import type { CheckName, Stage } from './checks/table.ts';
import type { IdentityClaims } from './claims.ts';

/** S static copy, D dynamic frame, C answer to a challenge, A age pass. */
export type Profile = 'S' | 'D' | 'C' | 'A';

/** Why the verifier asks: it decides what is checked and how much is told. */
export type VerifyContext = 'counter' | 'gate' | 'border' | 'age';

/** Names the first check that failed. `undecided`: nothing is known against it, but the lists at hand cannot tell. */
export type Verdict =
  | { readonly outcome: 'accepted' }
  | {
      readonly outcome: 'rejected' | 'undecided';
      readonly check: CheckName;
      readonly stage: Stage;
      /** A codec's own reason, for a log. */
      readonly detail?: string;
    };

/** What a screen must say beside the verdict. */
export type Notice = 'copy_compare_face' | 'not_for_border' | 'clock_may_be_wrong';

export type Ages = {
  readonly trustListSeconds: number;
  /** Null until a status was looked up. */
  readonly statusListSeconds: number | null;
  /** Now minus the frame's own time; below zero if the holder's clock is ahead. Null for a static credential. */
  readonly frameSeconds: number | null;
};

export type VerifiedCredential = {
  readonly kid: Uint8Array;
  readonly issuer: string;
  readonly profile: Profile;
  readonly statusIndex: number | undefined;
  readonly statusUri: string | undefined;
  readonly issuedAt: EpochSeconds;
  readonly expiresAt: EpochSeconds;
  /** SHA-256 of the credential's COSE bytes: how a journal names it. Reckoned when it is first asked for. */
  readonly hash: Uint8Array;
};

export type Verification = {
  readonly verdict: Verdict;
  readonly notices: readonly Notice[];
  readonly ages: Ages;
  /** Only if the verdict is accepted or undecided, and only what the context may see. */
  readonly claims?: IdentityClaims;
  /** Once the issuer's signature holds, also of a credential that is then rejected. */
  readonly credential?: VerifiedCredential;
};
