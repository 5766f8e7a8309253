// Takes back everything that a key signed from one instant to another: what remains to be done when a key was stolen and nobody can
// tell the thief's credentials from ours by their dates. In steps, each of which may be repeated; the last one publishes.
import type { EpochSeconds } from '../../shared/base/brands.ts';
import type { Actor } from '../journal/entry.ts';
import type { Credentials } from '../store/credentials.ts';
import type { StatusEntries } from '../store/status-entries.ts';

export type Period = {
  readonly kid: string;
  readonly issuedFrom: number;
  readonly issuedUntil: number;
};
/** Where a step ended and the next begins: opaque to the caller. */
export type Place = { readonly shard: number; readonly hash: string };

export type RevokePeriodNeeds = {
  readonly credentials: Pick<Credentials, 'ofKey'>;
  readonly statusEntries: Pick<StatusEntries, 'move'>;
  readonly publish: () => Promise<number>;
  readonly now: () => EpochSeconds;
};

export type RevokedStep = {
  readonly found: number;
  /** Those that were not revoked before. */
  readonly changed: number;
  /** Undefined after the last step; then the list that says so is out. */
  readonly next: Place | undefined;
  readonly statusListVersion: number | undefined;
};

/** Statements a D1 batch should not go far beyond: each credential takes two. */
const batchSize = 50;
export const stepSize = 1000;

export async function revokePeriod(
  needs: RevokePeriodNeeds,
  actor: Actor,
  period: Period,
  after: Place = { shard: 0, hash: '' },
  limit = stepSize,
): Promise<RevokedStep> {
  const { found, next } = await needs.credentials.ofKey(period, after, limit);
  const at = needs.now();
  let changed = 0;
  for (let start = 0; start < found.length; start += batchSize) {
    const changes = found.slice(start, start + batchSize).map(({ statusIdx, subjectId }) => ({
      idx: statusIdx,
      entry: {
        at,
        event: 'credential.revoked' as const,
        actor,
        subjectId,
        object: `status:${statusIdx}`,
        detail: { to: 'revoked', reason: 'key_compromised', kid: period.kid },
      },
    }));
    changed += await needs.statusEntries.move(changes, 'revoked', 'key_compromised', at);
  }
  return { found: found.length, changed, next, statusListVersion: next ? undefined : await needs.publish() };
}
