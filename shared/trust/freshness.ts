// How old a list is, and whether a policy still takes it. Lists carry their own times; the clock is handed in.

import type { EpochSeconds } from '../base/brands.ts';

export type Dated = { readonly issuedAt: EpochSeconds; readonly expiresAt: EpochSeconds | undefined };

export type FreshnessPolicy = {
  /** Oldest list that still decides anything. */
  readonly maxAgeSeconds: number;
  /** How long after the list's own end (its announced next update) it is still taken. */
  readonly graceSeconds: number;
};

export type Freshness = { readonly ageSeconds: number; readonly fresh: boolean };

/** A list from the future (a verifier's clock behind the edge's) has age 0 and counts as fresh. */
export function freshness(list: Dated, now: EpochSeconds, policy: FreshnessPolicy): Freshness {
  const ageSeconds = Math.max(0, now - list.issuedAt);
  const ended = list.expiresAt !== undefined && now > list.expiresAt + policy.graceSeconds;
  return { ageSeconds, fresh: ageSeconds <= policy.maxAgeSeconds && !ended };
}
