// A business that asks us about codes: what it may ask, and what it is shown. Its key is known by its hash only.
import type { EpochSeconds } from '../../shared/base/brands.ts';
import type { Bytes } from '../../shared/bytes/bytes.ts';
import type { VerifyContext } from '../../shared/contract/verify.ts';
import type { Profile } from '../../shared/credential/verdict.ts';

/** Claims a policy may name. The context narrows them further: a gate sees a name and a face, an age check an age. */
export const disclosableClaims = [
  'name',
  'number',
  'birthDate',
  'gender',
  'nationality',
  'documentExpiresOn',
  'face',
] as const;
export type DisclosableClaim = (typeof disclosableClaims)[number];

export type VerifierPolicy = {
  readonly contexts: readonly VerifyContext[];
  readonly claims: readonly DisclosableClaim[];
  /** A code of any other is rejected: whoever looks at the outcome alone leaves out S, which anybody can carry. */
  readonly profiles: readonly Profile[];
  /** Older lists make the verdict `undecided`. */
  readonly maxListAgeSeconds: number;
};

export type VerifierState = 'active' | 'suspended';

export type Verifier = {
  readonly id: string;
  readonly name: { readonly ar: string; readonly en: string };
  readonly keyHash: Bytes;
  readonly policy: VerifierPolicy;
  readonly state: VerifierState;
  readonly createdAt: EpochSeconds;
  /** The relying party whose access tokens speak for it. */
  readonly clientId: string | undefined;
};
