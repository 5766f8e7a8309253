// The setup code at work: sets user name and password, or binds an authenticator; each use once, within the hour.

import type { Level } from '../../shared/assurance/level.ts';
import type { EpochSeconds, SubjectId } from '../../shared/base/brands.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import { encodeBase64Url } from '../../shared/bytes/base64url.ts';
import type { Authenticator, Authenticators, SetupUseWrite } from '../store/authenticators.ts';
import type { BreachedFiles } from '../store/breached-files.ts';
import type { Usernames } from '../store/usernames.ts';
import type { PasswordData } from './authenticate-password.ts';
import { type BlockReason, blockedBecause } from './blocklist.ts';
import { hashPassword, normalisePassword, type PasswordShapeError, passwordLimits } from './password.ts';
import { isSetupCode, type SetupData, type SetupUse, setupCodeId } from './setup-code.ts';
import { normaliseUsername, type UsernameError } from './username.ts';

export type SetupNeeds = {
  readonly authenticators: Pick<Authenticators, 'find' | 'bindWithSetup'>;
  readonly random: (bytes: number) => Uint8Array;
  readonly now: EpochSeconds;
};

export type SetupRefusal = { readonly reason: 'setup_code_unknown' | 'setup_code_expired' | 'setup_code_used' };

export type OpenSetup = {
  readonly subjectId: SubjectId;
  readonly write: SetupUseWrite;
  /** What this code may bind earns at most this. */
  readonly mostLevel: Level;
};

/** Whose code it is, and the write that uses it up. A text that is no code, and an unknown one, look the same. */
export async function openSetupCode(
  needs: Pick<SetupNeeds, 'authenticators' | 'random' | 'now'>,
  code: string,
  use: SetupUse,
): Promise<Result<OpenSetup, SetupRefusal>> {
  if (!isSetupCode(code)) return err({ reason: 'setup_code_unknown' });
  const found = await needs.authenticators.find(code, await setupCodeId(code));
  if (found?.type !== 'setup_code') return err({ reason: 'setup_code_unknown' });
  const data = JSON.parse(found.data) as SetupData;
  if (needs.now >= data.expiresAt) return err({ reason: 'setup_code_expired' });
  if (!data.left.includes(use)) return err({ reason: 'setup_code_used' });
  // The mark makes this use's text its own, so that the batch can tell who won (Authenticators.bindWithSetup).
  const after = { ...data, left: data.left.filter((left) => left !== use), mark: encodeBase64Url(needs.random(9)) };
  const write = { id: found.id, before: found.data, after: JSON.stringify(after) };
  return ok({ subjectId: found.subjectId, write, mostLevel: data.mostLevel ?? 'high' });
}

export type SetPasswordRefusal =
  | SetupRefusal
  | UsernameError
  | PasswordShapeError
  | { readonly reason: BlockReason | 'username_taken' | 'password_breached' };

/** 15 code points may log in alone; 8 to 14 only beside a second factor. */
export async function setPassword(
  needs: SetupNeeds & {
    readonly usernames: Pick<Usernames, 'claim' | 'release'>;
    readonly breached: Pick<BreachedFiles, 'has'>;
    readonly pepper: Uint8Array;
  },
  input: { readonly setupCode: string; readonly username: string; readonly password: string },
): Promise<Result<{ readonly alone: boolean; readonly subjectId: SubjectId }, SetPasswordRefusal>> {
  const username = normaliseUsername(input.username);
  if (!username.ok) return username;
  const password = normalisePassword(input.password, passwordLimits.asSecondFactor);
  if (!password.ok) return password;
  const blocked = blockedBecause(password.value, username.value);
  if (blocked) return err({ reason: blocked });
  const setup = await openSetupCode(needs, input.setupCode, 'password');
  if (!setup.ok) return setup;
  // After the code: nobody without one makes the edge look anything up.
  if (await needs.breached.has(password.value)) return err({ reason: 'password_breached' });
  const { subjectId, write } = setup.value;
  if (!(await needs.usernames.claim(username.value, subjectId, needs.now))) return err({ reason: 'username_taken' });
  const alone = [...password.value].length >= passwordLimits.alone;
  const data: PasswordData = { phc: await hashPassword(needs.pepper, password.value), alone };
  const bound: Omit<Authenticator, 'state' | 'lastUsedAt'> = {
    id: `pw:${encodeBase64Url(needs.random(16))}`,
    subjectId,
    type: 'password',
    name: 'password',
    data: JSON.stringify(data),
    createdAt: needs.now,
  };
  const entry = {
    at: needs.now,
    event: 'authenticator.bound',
    actor: `subject:${subjectId}`,
    subjectId,
    object: bound.id,
    detail: { type: 'password' },
  } as const;
  if (await needs.authenticators.bindWithSetup(bound, write, entry, 'password')) return ok({ alone, subjectId });
  await needs.usernames.release(username.value, subjectId);
  return err({ reason: 'setup_code_used' });
}
