// The act of recovery: password and one code on paper give a setup code for a new way in.
import type { Level } from '../../shared/assurance/level.ts';
import type { SubjectId } from '../../shared/base/brands.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import type { LoginObjects } from '../logins/objects.ts';
import type { Authenticators } from '../store/authenticators.ts';
import type { People } from '../store/people.ts';
import {
  authenticatePassword,
  type PasswordNeeds,
  type PasswordRefusal,
  passwordTries,
} from './authenticate-password.ts';
import { newSetupCode, type SetupUse } from './setup-code.ts';

/** What recovery may bind anew, and how strong that may be: never what takes a person to a service centre. */
export const recoveryLimits: {
  readonly uses: readonly SetupUse[];
  readonly lifetimeSeconds: number;
  readonly mostLevel: Level;
} = { uses: ['passkey', 'wallet', 'totp'], lifetimeSeconds: 900, mostLevel: 'substantial' };

export type RecoverNeeds = Omit<PasswordNeeds, 'authenticators' | 'objects'> & {
  readonly authenticators: PasswordNeeds['authenticators'] & Pick<Authenticators, 'issueSetup'>;
  readonly objects: PasswordNeeds['objects'] & Pick<LoginObjects, 'person'>;
  readonly people: Pick<People, 'sealerOf'>;
  readonly random: (bytes: number) => Uint8Array;
};
export type RecoverRefusal = PasswordRefusal | { readonly reason: 'recovery_code_needed' };

/**
 * Password and one code: a setup code for a new wallet, passkey or app, good for a quarter of an hour, worth `substantial` at most. Tries
 * count, wait and cost as at login; the person is told.
 */
export async function recover(
  needs: RecoverNeeds,
  input: { readonly username: string; readonly password: string; readonly code: string; readonly network: string },
): Promise<Result<{ readonly setupCode: string; readonly subjectId: SubjectId }, RecoverRefusal>> {
  // A code of the app proves possession of what is said to be lost.
  if (!/^[a-z2-7\s-]{16,40}$/i.test(input.code)) return err({ reason: 'recovery_code_needed' });
  const done = await authenticatePassword(needs, { ...input, otp: input.code });
  if (!done.ok) return done;
  const { subject: subjectId } = done.value;
  await (await needs.objects.person(subjectId)).clearTries(passwordTries);
  const { code, row } = await newSetupCode(subjectId, needs.random, needs.now, recoveryLimits);
  await needs.authenticators.issueSetup(
    row,
    {
      at: needs.now,
      event: 'authenticator.recovery_begun',
      actor: `subject:${subjectId}`,
      subjectId,
      detail: { by: 'recovery_code' },
    },
    { subjectId, at: needs.now, kind: 'recovery.code_used' },
  );
  return ok({ setupCode: code, subjectId });
}
