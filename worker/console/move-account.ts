// The authority's moves of an account: suspend, resume, close. The database decides who may log in from now on; the person's object ends
// what is alive; the credentials are suspended, reinstated or revoked with the account. All may be done again, so a move that was cut
// off half-way is finished by asking anew (the cron finishes the credentials by itself).

import type { EpochSeconds, SubjectId, UnifiedNumber } from '../../shared/base/brands.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import type { Actor } from '../journal/entry.ts';
import type { LoginObjects } from '../logins/objects.ts';
import type { AccountMove, Accounts } from '../store/accounts.ts';
import type { LoginSubjects } from '../store/login-subjects.ts';

export type MoveAccountNeeds = {
  readonly subjects: Pick<LoginSubjects, 'byNumber'>;
  readonly accounts: Pick<Accounts, 'move'>;
  readonly objects: Pick<LoginObjects, 'person'>;
  readonly endPerson: (subject: SubjectId, because: 'account_suspended' | 'account_closed') => Promise<void>;
  /** The person's credentials follow, and the lists that say so are out. */
  readonly followOrders: (subject: SubjectId) => Promise<void>;
  readonly now: EpochSeconds;
  readonly actor: Actor;
};

export type MoveAccountRefusal = { readonly reason: 'account_unknown' | 'account_state_wrong' };

const events = {
  suspend: 'account.suspended',
  resume: 'account.resumed',
  close: 'account.closed',
} as const;
const because = { suspend: 'account_suspended', close: 'account_closed' } as const;
const reached = { suspend: 'suspended', resume: 'active', close: 'closed' } as const;

/** `why`: for the journal; a code or a few words that name nobody. `deceased`: the account is closed for that, and its credentials say so. */
export async function moveAccount(
  needs: MoveAccountNeeds,
  input: {
    readonly number: UnifiedNumber;
    readonly move: AccountMove;
    readonly why: string;
    readonly deceased?: boolean;
  },
): Promise<Result<{ readonly state: string; readonly subjectId: SubjectId }, MoveAccountRefusal>> {
  const { move, why } = input;
  const { subject } = await needs.subjects.byNumber(input.number);
  if (!subject) return err({ reason: 'account_unknown' });
  const { subjectId } = subject;
  const entry = { at: needs.now, event: events[move], actor: needs.actor, subjectId, detail: { why } } as const;
  const reason = move === 'close' && input.deceased ? 'deceased' : undefined;
  const moved = await needs.accounts.move(subjectId, move, entry, reason);
  if (!moved && subject.account.state !== reached[move]) return err({ reason: 'account_state_wrong' });
  if (move === 'resume') await (await needs.objects.person(subjectId)).reopen();
  else await needs.endPerson(subjectId, because[move]);
  await needs.followOrders(subjectId);
  return ok({ state: reached[move], subjectId });
}
