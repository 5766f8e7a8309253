// Revokes, suspends or reinstates credentials: by status index, by hash, or all of a person's. The list is published before the
// answer, so that whoever fetches it after the answer has the change.
import type { EpochSeconds, SubjectId, UnifiedNumber } from '../../shared/base/brands.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import type { Actor } from '../journal/entry.ts';
import { statusEvents } from '../journal/events.ts';
import type { Credentials } from '../store/credentials.ts';
import type { LoginSubjects } from '../store/login-subjects.ts';
import type { People } from '../store/people.ts';
import type { StatusEntries, StatusName } from '../store/status-entries.ts';

export const revocationReasons = [
  'lost',
  'stolen',
  'data_changed',
  'issued_in_error',
  'fraud',
  'deceased',
  'left_country',
  'holder_asked',
  'authority_order',
] as const;
export type RevocationReason = (typeof revocationReasons)[number];

export type Which =
  | { readonly statusIndex: number }
  | { readonly credentialHash: string }
  | { readonly number: UnifiedNumber };

export type MoveCredentialsNeeds = {
  readonly statusEntries: Pick<StatusEntries, 'find' | 'move'>;
  readonly credentials: Pick<Credentials, 'ofSubject' | 'byHash' | 'byStatusIndex'>;
  readonly people: Pick<People, 'findByNumber'>;
  readonly subjects: Pick<LoginSubjects, 'find'>;
  readonly publish: () => Promise<number>;
  readonly now: () => EpochSeconds;
};

type Found = { readonly idx: number; readonly subjectId: SubjectId | undefined };

async function find(needs: MoveCredentialsNeeds, which: Which): Promise<Found[]> {
  if ('statusIndex' in which) {
    const entry = await needs.statusEntries.find(which.statusIndex);
    if (!entry) return [];
    return [{ idx: entry.idx, subjectId: (await needs.credentials.byStatusIndex(entry.idx))?.subjectId }];
  }
  if ('credentialHash' in which) {
    const credential = await needs.credentials.byHash(which.credentialHash);
    return credential ? [{ idx: credential.statusIdx, subjectId: credential.subjectId }] : [];
  }
  const person = await needs.people.findByNumber(which.number);
  if (!person) return [];
  const credentials = await needs.credentials.ofSubject(person.subjectId);
  return credentials.map(({ statusIdx }) => ({ idx: statusIdx, subjectId: person.subjectId }));
}

/** What a credential may not be reinstated to: its person's account is suspended or closed. No subject: it names nobody. */
async function someNotActive(needs: Pick<MoveCredentialsNeeds, 'subjects'>, found: readonly Found[]): Promise<boolean> {
  const subjects = new Set(found.map(({ subjectId }) => subjectId));
  for (const subjectId of subjects)
    if (subjectId && (await needs.subjects.find(subjectId))?.account.state !== 'active') return true;
  return false;
}

export type MoveCredentialsRefusal = { readonly reason: 'credential_unknown' | 'account_not_active' };

/** `changed` counts those that were not there already: repeating it is harmless. `statusListVersion`: the list that says so. */
export async function moveCredentials(
  needs: MoveCredentialsNeeds,
  actor: Actor,
  which: Which,
  to: StatusName,
  reason: RevocationReason,
): Promise<Result<{ readonly changed: number; readonly statusListVersion: number }, MoveCredentialsRefusal>> {
  const found = await find(needs, which);
  if (found.length === 0) return err({ reason: 'credential_unknown' });
  if (to === 'valid' && (await someNotActive(needs, found))) return err({ reason: 'account_not_active' });
  const at = needs.now();
  const changesTo = (status: StatusName, because: string) =>
    found.map(({ idx, subjectId }) => ({
      idx,
      entry: {
        at,
        event: statusEvents[status],
        actor,
        ...(subjectId ? { subjectId } : {}),
        object: `status:${idx}`,
        detail: { to: status, reason: because },
      },
    }));
  const changed = await needs.statusEntries.move(changesTo(to, reason), to, reason, at);
  // SECURITY: looked at again after the write: a suspension that came between found nothing to suspend, and is made good here.
  if (to === 'valid' && changed > 0 && (await someNotActive(needs, found))) {
    const held = 'account_suspended';
    await needs.statusEntries.move(changesTo('suspended', held), 'suspended', held, at);
    return err({ reason: 'account_not_active' });
  }
  return ok({ changed, statusListVersion: await needs.publish() });
}
