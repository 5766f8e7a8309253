// What only time shows: begun before everything else, looked at after it. The clock is the edge's own; nobody moves it.
import * as oidc from 'openid-client';
import { expect } from '../story.ts';
import { type Country, ciba } from './country.ts';
import type { LoginStep } from './play.ts';
import { refusalOf } from './service.ts';
import { grant, refresh, txnOf } from './steps-flows.ts';

type Waiting = { readonly authReqId: string; readonly old: string; readonly successor: string; readonly since: number };
const begun = new WeakMap<Country, Waiting>();

/** The shortest life that CIBA grants, and the refresh tokens' replay window with a margin. */
const waits = { expiryMs: 31_000, replayMs: 16_000 } as const;

async function passed(country: Country, ms: number): Promise<Waiting> {
  const waiting = begun.get(country);
  expect(waiting !== undefined, 'nothing was begun');
  const left = waiting.since + ms - Date.now();
  if (left > 0) await new Promise((resolve) => setTimeout(resolve, left));
  return waiting;
}

export const early: readonly LoginStep[] = [
  {
    name: 'begun now for later: a request that nobody answers, a refresh token that was rotated',
    comes: 'waiting',
    run: async (country) => {
      const { library } = country.services;
      const asked = await oidc.initiateBackchannelAuthentication(library.config, {
        scope: 'openid',
        login_hint: country.noura.person.number,
        requested_expiry: '30',
      });
      const first = await country.tokensOf(library, { scope: 'openid offline_access' });
      const next = await refresh(library, first);
      begun.set(country, {
        authReqId: asked.auth_req_id,
        old: first.refresh_token ?? '',
        successor: next.refresh_token ?? '',
        since: Date.now(),
      });
      return 'waiting';
    },
  },
];

export const late: readonly LoginStep[] = [
  {
    name: 'a refresh token used again, later: the whole family ends',
    comes: 'invalid_grant, and its successor: invalid_grant',
    run: async (country) => {
      const { old, successor } = await passed(country, waits.replayMs);
      const { library } = country.services;
      const use = (token: string) => refusalOf(() => oidc.refreshTokenGrant(library.config, token));
      return `${await use(old)}, and its successor: ${await use(successor)}`;
    },
  },
  {
    name: 'a request that nobody answered in time',
    comes: 'expired_token; gone from the wallet',
    run: async (country) => {
      const { authReqId } = await passed(country, waits.expiryMs);
      const { services, noura } = country;
      const came = await refusalOf(() => grant(services.library, ciba, { auth_req_id: authReqId }));
      const live = (await noura.person.wallet.requests()).some(({ txn }) => txn === txnOf(authReqId));
      return `${came}; ${live ? 'still in' : 'gone from'} the wallet`;
    },
  },
];
