// What a person's authenticators earn together: how high each reaches, and what stays when one goes. Pure; decides no login.

import { type IdentityLevel, type Level, loginLevel, reaches } from '../../shared/assurance/level.ts';
import type { Authenticator } from '../store/authenticators.ts';
import type { PasswordData } from './authenticate-password.ts';
import { levelOfPasskey, type PasskeyData } from './passkey.ts';

type Bound = Pick<Authenticator, 'id' | 'type' | 'data'>;

/** What this one earns beside the others; null: nothing by itself. */
function earnedWith(one: Bound, all: readonly Bound[]): Level | null {
  switch (one.type) {
    case 'passkey':
      return levelOfPasskey(JSON.parse(one.data) as PasskeyData);
    case 'wallet_key':
      return 'substantial';
    case 'totp':
      return all.some(({ type }) => type === 'password') ? 'substantial' : null;
    case 'password':
      if (all.some(({ type }) => type === 'totp')) return 'substantial';
      return (JSON.parse(one.data) as PasswordData).alone ? 'low' : null;
    case 'recovery_code':
    case 'setup_code':
    case 'user_code':
      return null;
  }
}

const lower = (level: Level, identity: IdentityLevel): Level | null => loginLevel(level, identity);

/** The highest level that a login with any of these reaches on this identity; null: none at all. */
export function reachOf(all: readonly Bound[], identity: IdentityLevel): Level | null {
  let best: Level | null = null;
  for (const one of all) {
    const earned = earnedWith(one, all);
    const level = earned === null ? null : lower(earned, identity);
    if (level !== null && (best === null || reaches(level, best))) best = level;
  }
  return best;
}

/** Levels that can be reached with `all` and no longer without `id`, the highest first; empty: nothing is lost. */
export function lostWithout(all: readonly Bound[], id: string, identity: IdentityLevel): readonly Level[] {
  const before = reachOf(all, identity);
  const after = reachOf(
    all.filter((one) => one.id !== id),
    identity,
  );
  const order: readonly Level[] = ['high', 'substantial', 'low'];
  return order.filter(
    (level) => before !== null && reaches(before, level) && !(after !== null && reaches(after, level)),
  );
}

/** Removing takes a fresh login as strong as what goes: whoever holds less cannot take the stronger away. */
export function neededToRemove(one: Bound, all: readonly Bound[], identity: IdentityLevel): Level {
  return lower(earnedWith(one, all) ?? 'low', identity) ?? 'low';
}
