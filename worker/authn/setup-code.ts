// The one-time secret that activation gives: within the hour it sets user name and password once, and binds one wallet.
// Only its hash is kept. It begins with the person's bucket, so that it finds their shard.

import type { Level } from '../../shared/assurance/level.ts';
import { type EpochSeconds, epochSeconds, type SubjectId } from '../../shared/base/brands.ts';
import { encodeBase64Url } from '../../shared/bytes/base64url.ts';
import { encodeUtf8 } from '../../shared/bytes/text.ts';
import { sha256 } from '../../shared/crypto/digest.ts';

export const setupCodeLifetimeSeconds = 3600;

/** What one code may do, each once. */
export const setupUses = ['password', 'wallet', 'passkey', 'totp', 'credential'] as const;
export type SetupUse = (typeof setupUses)[number];

/** `mostLevel`: what is bound with it earns no more; absent for a code of an activation, which vouches in person. */
export type SetupData = {
  readonly expiresAt: number;
  readonly left: readonly SetupUse[];
  readonly mostLevel?: Level;
};

export type SetupLimits = {
  readonly uses: readonly SetupUse[];
  readonly lifetimeSeconds: number;
  readonly mostLevel: Level;
};

/** A row of `authenticators`, ready to be inserted in the batch that activates the account. */
export type SetupRow = {
  readonly id: string;
  readonly subjectId: SubjectId;
  readonly type: 'setup_code';
  readonly name: string;
  readonly state: 'bound';
  readonly data: string;
  readonly createdAt: EpochSeconds;
};

export type NewSetupCode = { readonly code: string; readonly expiresAt: EpochSeconds; readonly row: SetupRow };

/** `limits`: of a code that a login vouches for, not an activation. `code`: three hex digits of bucket and 22 base64url characters (128 random bits). */
export async function newSetupCode(
  subjectId: SubjectId,
  random: (bytes: number) => Uint8Array,
  now: EpochSeconds,
  limits?: SetupLimits,
): Promise<NewSetupCode> {
  const code = subjectId.slice(0, 3) + encodeBase64Url(random(16));
  const expiresAt = epochSeconds(now + (limits?.lifetimeSeconds ?? setupCodeLifetimeSeconds));
  const mostLevel = limits && limits.mostLevel !== 'high' ? { mostLevel: limits.mostLevel } : {};
  const data: SetupData = { expiresAt, left: limits?.uses ?? setupUses, ...mostLevel };
  const row: SetupRow = {
    id: await setupCodeId(code),
    subjectId,
    type: 'setup_code',
    name: 'setup code',
    state: 'bound',
    data: JSON.stringify(data),
    createdAt: now,
  };
  return { code, expiresAt, row };
}

const pattern = /^[0-9a-f]{3}[A-Za-z0-9_-]{22}$/;

export function isSetupCode(text: string): boolean {
  return pattern.test(text);
}

/** The row's id: the code itself is kept nowhere. */
export async function setupCodeId(code: string): Promise<string> {
  return `setup:${encodeBase64Url(await sha256(encodeUtf8(code)))}`;
}
