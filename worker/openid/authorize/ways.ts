// The ways to authenticate that can reach what a login needs: what its page offers, and what it takes. Pure.

import { earnedBy, type Method } from '../../../shared/assurance/authentication.ts';
import { acceptsAmr, type Client } from '../../clients/client.ts';
import { type AuthorizationRequest, satisfies } from './request.ts';

export type Way = 'number' | 'passkey' | 'password';

/** What each way may come to, in the order in which the page shows them. */
const methodsOf: Readonly<Record<Way, readonly Method[]>> = {
  number: ['number2', 'number6'],
  passkey: ['passkey_synced', 'passkey_device_bound'],
  password: ['password', 'password_totp'],
};
const ways = Object.keys(methodsOf) as readonly Way[];

/** Empty: nobody could ever log in so. What this person has, and how their account was activated, is not asked. */
export function openWays(
  { policy }: Pick<Client, 'policy'>,
  { wanted, essential }: Pick<AuthorizationRequest, 'wanted' | 'essential'>,
): readonly Way[] {
  return ways.filter((way) =>
    methodsOf[way].some((method) => {
      const { level, amr } = earnedBy(method, policy.twoDigitsEarn);
      return satisfies(level, wanted, essential, policy.minLevel) && acceptsAmr(policy, amr);
    }),
  );
}
