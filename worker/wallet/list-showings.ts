// What the person sees of checks: who asked about a credential of theirs online, when, what for, and what was answered.
import { ok, type Result } from '../../shared/base/result.ts';
import { type Showing, type ShowingsRequest, showingsMessage } from '../../shared/contract/wallet.ts';
import type { Showings } from '../store/showings.ts';
import type { Verifiers } from '../store/verifiers.ts';
import { openWallet, type WalletNeeds, type WalletRefusal } from './answer-request.ts';

const pageSize = 50;

export type ShowingsNeeds = Pick<WalletNeeds, 'subjects' | 'now'> & {
  readonly showings: Pick<Showings, 'ofSubject'>;
  readonly verifiers: Pick<Verifiers, 'find'>;
};

/** Newest first; `before` the `at` of the last one goes on. A business that is gone is named by its id alone. */
export async function listShowings(
  needs: ShowingsNeeds,
  request: ShowingsRequest,
): Promise<Result<readonly Showing[], WalletRefusal>> {
  const wallet = await openWallet(needs, request, showingsMessage(request));
  if (!wallet.ok) return wallet;
  const before = request.before ?? Number.MAX_SAFE_INTEGER;
  const found = await needs.showings.ofSubject(wallet.value.subjectId, before, pageSize);
  const ids = [...new Set(found.map(({ verifierId }) => verifierId))];
  const verifiers = await Promise.all(ids.map((id) => needs.verifiers.find(id)));
  const nameOf = new Map(ids.map((id, i) => [id, verifiers[i]?.name]));
  return ok(
    found.map(({ at, verifierId, context, outcome, profile }) => {
      const name = nameOf.get(verifierId);
      return { at, verifier: { id: verifierId, ...(name && { name }) }, context, outcome, profile };
    }),
  );
}
