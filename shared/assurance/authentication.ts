// What each way of authenticating earns. The one map between authenticators, level and amr (RFC 8176, SP 800-63B-4).

import type { Level } from './level.ts';

/**
 * `number2`, `number6`: the wallet's device key, after user verification, signed the number that the person typed.
 * `passkey_synced` may leave its device, so it never earns `high` (SP 800-63B-4 §3.1.7).
 */
export type Method =
  | 'password'
  | 'password_totp'
  | 'password_recovery_code'
  | 'number2'
  | 'number6'
  | 'passkey_synced'
  | 'passkey_device_bound';

export type Earned = { readonly level: Level; readonly amr: readonly string[] };

const earned: Readonly<Record<Method, Earned>> = {
  password: { level: 'low', amr: ['pwd'] },
  password_totp: { level: 'substantial', amr: ['pwd', 'otp', 'mfa'] },
  password_recovery_code: { level: 'low', amr: ['pwd', 'otp', 'mfa'] },
  // Two digits are guessed once in thirty with three tries; NIST asks for six.
  number2: { level: 'low', amr: ['pop', 'user', 'mfa'] },
  number6: { level: 'substantial', amr: ['pop', 'user', 'mfa'] },
  passkey_synced: { level: 'substantial', amr: ['swk', 'pop', 'user', 'mfa', 'phr'] },
  passkey_device_bound: { level: 'high', amr: ['hwk', 'pop', 'user', 'mfa', 'phr'] },
};

/** `twoDigits`: what a relying party's policy lets two digits earn; it may raise them to `substantial`, nothing else. */
export function earnedBy(method: Method, twoDigits: 'low' | 'substantial' = 'low'): Earned {
  const plain = earned[method];
  return method === 'number2' ? { ...plain, level: twoDigits } : plain;
}
