// What a network that was switched off for weeks needs before it is used: keys that will still sign, a trust list and statuses that
// verifiers take. In a country the roots' holders and the cron do this in time; one machine has nobody who would.
import { type KeyWork, publishNextList, standingList } from './key-acts.ts';
import { setUpPurposes } from './set-up.ts';

const day = 86_400;
/** Verifiers take a list for 30 days: one that is older than this is signed anew. */
const listDays = 20;
/** A key that signs for less than this gets its successor now. */
const leftDays = 30;

export type Freshened = {
  /** Purposes whose key was replaced. */
  readonly rotated: readonly string[];
  /** The version of the list that was signed. */
  readonly published?: number;
};

/** Both roots are at hand: this machine's own. Done again at once, it does nothing. */
export async function keepFresh(work: KeyWork): Promise<Freshened> {
  const { keys } = (await work.api.call('GET', '/v1/admin/keys')) as {
    keys: readonly { purpose: string; alg: string; state: string; signUntil: number }[];
  };
  const late = keys.filter(({ state, signUntil }) => state === 'current' && signUntil < work.now() + leftDays * day);
  // ID tokens have a key for each algorithm; of everything else there is one.
  const rotated = setUpPurposes.filter((order) =>
    late.some(({ purpose, alg }) => purpose === order.purpose && (order.alg === undefined || alg === order.alg)),
  );
  for (const order of rotated) {
    const { kid } = (await work.api.call('POST', '/v1/admin/keys', order)) as { kid: string };
    await work.api.call('POST', '/v1/admin/keys/move', { kid, to: 'current' });
  }
  const standing = await standingList(work);
  const old = standing === undefined || work.now() - standing.issuedAt > listDays * day;
  const names = [...new Set(rotated.map(({ purpose }) => purpose))];
  if (!old && rotated.length === 0) return { rotated: names };
  const published = await publishNextList(work);
  // A new list first: what the next statuses are signed with must be in it.
  await work.api.call('POST', '/v1/admin/status-list/publish');
  return { rotated: names, published };
}
