// The act: the authority issues what a card is printed from, a static credential (profile S) of its own and the words beside the code.
// Drawing is done where it is printed. Answers no number; the face is opened and the journal says so.
import type { EpochSeconds, UnifiedNumber } from '../../../shared/base/brands.ts';
import { err, ok, type Result } from '../../../shared/base/result.ts';
import { encodeBase64Url } from '../../../shared/bytes/base64url.ts';
import type { CardContent } from '../../../shared/contract/card.ts';
import { issueStaticCredential } from '../../activation/issue-static.ts';
import type { Actor } from '../../journal/entry.ts';
import { civilDateAt, endOfCivilDay } from '../../registry/calendar.ts';
import type { Credentials } from '../../store/credentials.ts';
import type { People } from '../../store/people.ts';
import type { StatusEntries } from '../../store/status-entries.ts';
import type { KeyRing } from '../key-ring.ts';

export type IssueCardNeeds = {
  readonly people: Pick<People, 'loadForActivation'>;
  readonly credentials: Pick<Credentials, 'add'>;
  readonly statusEntries: Pick<StatusEntries, 'reserve'>;
  readonly keyRing: Pick<KeyRing, 'signer'>;
  readonly statusUri: string;
  readonly now: () => EpochSeconds;
  readonly random: (bytes: number) => Uint8Array;
};

export type IssueCardRefusal = { readonly reason: 'person_unknown' | 'account_not_active' | 'document_expired' };

/** Each card has a status index of its own, so that one can be revoked without the others. */
export async function issueCard(
  needs: IssueCardNeeds,
  actor: Actor,
  number: UnifiedNumber,
): Promise<Result<CardContent, IssueCardRefusal>> {
  const person = await needs.people.loadForActivation(number);
  if (!person) return err({ reason: 'person_unknown' });
  if (person.account?.state !== 'active') return err({ reason: 'account_not_active' });
  const issuedAt = needs.now();
  const { subjectId, bucket, record } = person;
  if (endOfCivilDay(record.document.expiresOn) <= issuedAt) return err({ reason: 'document_expired' });
  const statusIndex = await needs.statusEntries.reserve(bucket, issuedAt, needs.random);
  const signer = await needs.keyRing.signer('credential');
  const face = await person.openFace();
  const made = { record, face, statusUri: needs.statusUri, statusIndex, issuedAt };
  const { text, hash, kid, expiresAt } = await issueStaticCredential(made, signer);
  const row = { hash, subjectId, profile: 'S' as const, statusIdx: statusIndex, kid, issuedAt, expiresAt };
  const detail = { profile: 'S', count: 1, via: 'card', face: face !== undefined };
  const entry = { at: issuedAt, event: 'credential.issued', actor, subjectId, detail } as const;
  if (!(await needs.credentials.add(subjectId, [row], entry))) return err({ reason: 'account_not_active' });
  return ok({
    text,
    nameArabic: record.name.ar,
    nameLatin: record.name.en,
    validUntil: civilDateAt((expiresAt - 1) as EpochSeconds),
    face: face ? encodeBase64Url(face) : null,
    credentialHash: hash,
  });
}
