// Credentials that expired long ago leave the shards, and their status indices become free: the space of indices is finite, and a person
// has several credentials a year. Knows no HTTP.
import { type EpochSeconds, epochSeconds } from '../../shared/base/brands.ts';
import type { Credentials } from '../store/credentials.ts';
import type { StatusEntries } from '../store/status-entries.ts';

const day = 86_400;

export const expiredRetention = {
  /**
   * After its expiry. SECURITY: a verifier whose clock was put back by more could take a revoked credential for a good one; one that fetches
   * its lists with such a clock refuses them as lists from the future.
   */
  credentialSeconds: 30 * day,
  /** Between the last list that may speak of a credential and the first that may speak of the next one with its index. */
  indexSeconds: 8 * day,
  /** Of each shard, in one run. */
  rowsARun: 1_000,
};

/**
 * One bounded run; answers how many credentials were forgotten, and how many indices became free. Cut off anywhere, it is done again: an
 * index is retired before its credential's row goes, and none becomes free before every shard's turn is over.
 */
export async function forgetExpired(
  needs: {
    readonly credentials: Pick<Credentials, 'shardCount' | 'expired' | 'forget'>;
    readonly statusEntries: Pick<StatusEntries, 'retire' | 'free'>;
    readonly now: () => EpochSeconds;
  },
  { credentialSeconds, indexSeconds, rowsARun } = expiredRetention,
): Promise<{ readonly forgotten: number; readonly freed: number }> {
  const { credentials, statusEntries, now } = needs;
  const at = now();
  const before = epochSeconds(at - credentialSeconds);
  const ofShard = async (shard: number) => {
    const expired = await credentials.expired(shard, before, rowsARun);
    await statusEntries.retire(
      expired.map(({ statusIdx }) => statusIdx),
      at,
      epochSeconds(at + indexSeconds),
    );
    return credentials.forget(
      shard,
      expired.map(({ hash }) => hash),
    );
  };
  const counts = await Promise.all(Array.from({ length: credentials.shardCount }, (_, shard) => ofShard(shard)));
  const forgotten = counts.reduce((sum, count) => sum + count, 0);
  let freed = 0;
  for (let turns = 0; turns < credentials.shardCount; turns++) {
    const some = await statusEntries.free(at, rowsARun);
    freed += some;
    if (some < rowsARun) break;
  }
  return { forgotten, freed };
}
