// When: the credential's own dates, and the ages of the lists. And whether those lists are to be relied on at all.

import type { Work } from './work.ts';

export function alreadyValid(work: Work): boolean {
  const { issuedAt, notBefore } = work.decoded.payload;
  return Math.max(issuedAt, notBefore ?? 0) <= work.inputs.now + work.inputs.policy.clockSkewSeconds;
}

export function notExpired(work: Work): boolean {
  return work.inputs.now < work.decoded.payload.expiresAt;
}

/** Two signed lists that contradict each other: whoever made the other one may have made this one. */
export function listsAgree(work: Work): boolean {
  return !work.inputs.trust.contradicted;
}

export function trustListFresh(work: Work): boolean {
  return work.trustFreshness.fresh;
}

export function statusListFresh(work: Work): boolean {
  return work.statusFreshness?.fresh ?? work.decoded.payload.status === undefined;
}
