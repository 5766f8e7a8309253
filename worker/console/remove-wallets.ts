// The authority's act for a phone that is lost: every wallet of an account is removed, and what is bound to it is revoked. The account
// stays active; the person binds another phone with a code of a service centre or of their own paper.
import type { EpochSeconds, SubjectId, UnifiedNumber } from '../../shared/base/brands.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import type { Actor } from '../journal/entry.ts';
import type { Authenticators } from '../store/authenticators.ts';
import type { LoginSubjects } from '../store/login-subjects.ts';

export type RemoveWalletsNeeds = {
  readonly subjects: Pick<LoginSubjects, 'byNumber'>;
  readonly authenticators: Pick<Authenticators, 'removeWallets'>;
  readonly followOrders: (subject: SubjectId) => Promise<void>;
  readonly now: EpochSeconds;
  readonly actor: Actor;
};

/** `removed`: how many; asked for again it is none, and finishes what was cut off. `why`: as for a move of the account. */
export async function removeWallets(
  needs: RemoveWalletsNeeds,
  input: { readonly number: UnifiedNumber; readonly why: string },
): Promise<
  Result<{ readonly removed: number; readonly subjectId: SubjectId }, { readonly reason: 'account_unknown' }>
> {
  const { now: at, actor } = needs;
  const { subject } = await needs.subjects.byNumber(input.number);
  if (!subject) return err({ reason: 'account_unknown' });
  const { subjectId } = subject;
  const removed = await needs.authenticators.removeWallets(
    subjectId,
    {
      at,
      event: 'authenticator.removed',
      actor,
      subjectId,
      detail: { type: 'wallet_key', because: 'lost_phone', why: input.why },
    },
    { subjectId, at, kind: 'authenticator.removed', detail: { type: 'wallet_key' } },
  );
  await needs.followOrders(subjectId);
  return ok({ removed, subjectId });
}
