// How much one network may ask of what anybody may ask, over all isolates. What an isolate gives freely costs no call; beyond it slices are
// leased from the network's one bucket, kept by an object of its own. Knows no address: a network comes as a name (http/network.ts).

import { LeasedLimit, type Slices } from '../http/leased-limit.ts';
import type { LoginObjects } from './objects.ts';

/**
 * Sixty a minute for as long as one likes, and six hundred at once. A carrier's /24 is 256 addresses with some sixty people behind each; if
 * every one of these 16,000 logs in once in ten days, most of them in the same four hours, that is seven a minute: the rest is for the day on
 * which all look up their results. Whoever goes through numbers or names gets 3,600 an hour of a network, and ten a minute in every
 * isolate that it reaches, instead of thousands a minute.
 */
export const networkSlices: Slices = {
  limit: { perSecond: 1, burst: 600 },
  free: 10,
  largest: 60,
  lastsMs: 20_000,
  keptMs: 60_000,
};

/** `what` is asked: each has a bucket of its own in every network. */
export function networkLimit(
  what: string,
  objects: Pick<LoginObjects, 'network'>,
  nowMs: () => number,
  slices: Slices = networkSlices,
): LeasedLimit {
  const lessor = (network: string) => ({
    async lease(_caller: string, least: number, wanted: number) {
      const object = await objects.network(network);
      return object.lease(what, { least, wanted }, slices.limit);
    },
  });
  return new LeasedLimit(lessor, nowMs, slices);
}

/**
 * Logins that leave something here before anybody is known: ten a second, twelve hundred at once. With ten a second all 16,000 people of a
 * carrier's /24 could begin one within half an hour; whoever would fill the edge with logins makes no more of them than that.
 */
export const loginSlices: Slices = {
  limit: { perSecond: 10, burst: 1_200 },
  free: 30,
  largest: 200,
  lastsMs: 10_000,
  keptMs: 60_000,
};

/**
 * What strangers may ask, by network. `numbers`: a well-formed unified number; `passwords`: a user name with one; `logins`: whatever else
 * makes a login's object.
 */
export type NetworkLimits = {
  readonly numbers: LeasedLimit;
  readonly passwords: LeasedLimit;
  readonly logins: LeasedLimit;
};
