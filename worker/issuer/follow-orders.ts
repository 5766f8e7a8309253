// The directory follows what was ordered in a person's shard: each status moves as its order says, once, and the lists are published.
// Repeating it is harmless; the cron does what an act that was cut off left.
import type { EpochSeconds, SubjectId } from '../../shared/base/brands.ts';
import type { CredentialOrders } from '../store/credential-orders.ts';
import type { StatusEntries } from '../store/status-entries.ts';

export type FollowNeeds = {
  readonly credentialOrders: Pick<CredentialOrders, 'of' | 'anywhere' | 'done'>;
  readonly statusEntries: Pick<StatusEntries, 'carryOut'>;
  readonly now: () => EpochSeconds;
};

/** Of a shard, each time the cron comes. */
const mostAtOnce = 500;

/** Answers how many statuses changed: if any, whoever calls has the lists published. */
export async function followOrders(needs: FollowNeeds, subjectId: SubjectId | 'all'): Promise<number> {
  const { credentialOrders, statusEntries } = needs;
  const orders = await (subjectId === 'all' ? credentialOrders.anywhere(mostAtOnce) : credentialOrders.of(subjectId));
  if (orders.length === 0) return 0;
  const changed = await statusEntries.carryOut(orders, needs.now());
  // Last: what is cut off before this is carried out once more, and changes nothing.
  await credentialOrders.done(orders);
  return changed;
}
