// Whether it was taken back: the status reference, the list, and what the list says.

import { freshness } from '../../trust/freshness.ts';
import { STATUS } from '../../trust/status-bitmap.ts';
import type { Work } from './work.ts';

/** Everything can be revoked but an age pass, which is short-lived instead. */
export function revocable(work: Work): boolean {
  const { status, issuedAt, expiresAt } = work.decoded.payload;
  if (status !== undefined) return true;
  return work.profile === 'A' && expiresAt - issuedAt <= work.inputs.policy.passMaxLifeSeconds;
}

export function statusListAtHand(work: Work): boolean {
  const { status } = work.decoded.payload;
  if (status === undefined) return true;
  work.status = work.inputs.status.find(status.uri, status.index);
  if (work.status !== undefined) {
    work.statusFreshness = freshness(work.status, work.inputs.now, work.inputs.policy.status);
  }
  return work.status !== undefined;
}

/** Any status but valid and suspended counts as revoked: a meaning we do not know is not a good sign. */
export function notRevoked(work: Work): boolean {
  const status = work.status?.status ?? STATUS.valid;
  return status === STATUS.valid || status === STATUS.suspended;
}

export function notSuspended(work: Work): boolean {
  return work.status?.status !== STATUS.suspended;
}
