// The act for a phone that is lost, by a person who holds no other: password and one code more remove their wallets, and bind nothing.
import type { SubjectId } from '../../shared/base/brands.ts';
import { ok, type Result } from '../../shared/base/result.ts';
import type { Authenticators } from '../store/authenticators.ts';
import {
  authenticatePassword,
  type PasswordNeeds,
  type PasswordRefusal,
  passwordTries,
} from './authenticate-password.ts';

export type RemoveLostNeeds = Omit<PasswordNeeds, 'authenticators'> & {
  readonly authenticators: PasswordNeeds['authenticators'] & Pick<Authenticators, 'removeWallets'>;
};

/**
 * `code`: one on paper, or of the authenticator app; it is used up. Tries count, wait and cost as at login. All wallets go, in one batch with
 * the order to revoke what they show; the person is told. `removed`: how many.
 */
export async function removeLostWallets(
  needs: RemoveLostNeeds,
  input: { readonly username: string; readonly password: string; readonly code: string; readonly network: string },
): Promise<Result<{ readonly removed: number; readonly subjectId: SubjectId }, PasswordRefusal>> {
  const { username, password, network, code } = input;
  // SECURITY: two things, or whoever learned a password could take a person's identity away. An empty code is no code.
  const done = await authenticatePassword(needs, { username, password, network, otp: code.trim() || '-' });
  if (!done.ok) return done;
  const { subject: subjectId } = done.value;
  await (await needs.objects.person(subjectId)).clearTries(passwordTries);
  const removed = await needs.authenticators.removeWallets(
    subjectId,
    {
      at: needs.now,
      event: 'authenticator.removed',
      actor: `subject:${subjectId}`,
      subjectId,
      detail: { type: 'wallet_key', because: 'lost_phone' },
    },
    { subjectId, at: needs.now, kind: 'authenticator.removed', detail: { type: 'wallet_key' } },
  );
  return ok({ removed, subjectId });
}
