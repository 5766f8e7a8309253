// Keeps what was decided: answer, receipt, credential and journal are made first, then one batch writes all of it or nothing.
import { type Bucket, type EpochSeconds, epochSeconds, type SubjectId } from '../../shared/base/brands.ts';
import type { Bytes } from '../../shared/bytes/bytes.ts';
import { encodeUtf8 } from '../../shared/bytes/text.ts';
import type { ActivationAnswer } from '../../shared/contract/kiosk.ts';
import { newSetupCode } from '../authn/setup-code.ts';
import type { Actor, JournalEntry } from '../journal/entry.ts';
import type { Objection } from '../store/activations.ts';
import type { DocumentPhoto } from '../store/document-photos.ts';
import type { PersonForActivation } from '../store/people.ts';
import type { Place } from '../store/vault.ts';
import type { ActivateNeeds, ActivationCase, Approval, Refusal } from './activation-case.ts';
import { type GuardianFacts, recovers } from './checks.ts';
import { failedByFinger, lockAfter, suspicious } from './failure-rules.ts';
import { issueStaticCredential } from './issue-static.ts';
import { documentPhotoFile, documentPhotoPlace } from './kept-places.ts';
import { documentPhotoKeptSeconds } from './policy.ts';
import { signActivationReceipt } from './sign-receipt.ts';

const answerPlace = (activationId: string): Place => ({
  table: 'activations',
  row: activationId,
  column: 'sealed_answer',
});

async function sealedAnswer(
  needs: ActivateNeeds,
  person: PersonForActivation | undefined,
  answer: ActivationAnswer,
): Promise<{ readonly plain: Bytes; readonly sealed: Bytes }> {
  const plain = encodeUtf8(JSON.stringify(answer));
  const place = answerPlace(answer.activationId);
  const sealed = person ? await person.sealer.seal(place, plain) : await needs.vault.sealWithMaster(place, plain);
  return { plain, sealed };
}

/** The very bytes that were answered first. */
export async function storedAnswer(
  needs: ActivateNeeds,
  bucket: Bucket,
  activationId: string,
  person: PersonForActivation | undefined,
): Promise<Bytes | undefined> {
  const stored = await needs.activations.answer(bucket, activationId);
  if (!stored) return undefined;
  const place = answerPlace(activationId);
  const { subjectId } = stored;
  const sealer =
    subjectId === person?.subjectId ? person?.sealer : subjectId && (await needs.people.sealerOf(subjectId));
  if (subjectId && !sealer) throw new Error('the answer of somebody who is not in the registry');
  const opened = await (sealer
    ? sealer.open(place, stored.sealedAnswer)
    : needs.vault.openWithMaster(place, stored.sealedAnswer));
  if (!opened.ok) throw new Error(`a stored answer does not open: ${opened.error.reason}`);
  return opened.value;
}

export type Kept = { readonly objection: Objection | undefined; readonly answer: Bytes };

function recordOf(given: ActivationCase, decidedAt: EpochSeconds) {
  const { request, kioskId, centre, operator, requestHash } = given;
  return {
    activationId: request.activationId,
    kioskId,
    centreId: centre.id,
    operatorId: operator?.operatorId ?? 'unknown',
    requestHash,
    recordedAt: epochSeconds(request.recordedAt),
    decidedAt,
  };
}

function journalOf(given: ActivationCase, at: EpochSeconds, subjectId: SubjectId | undefined) {
  const { request, kioskId, centre, operator } = given;
  const actor: Actor = operator ? `operator:${operator.operatorId}` : `kiosk:${kioskId}`;
  const about = { at, actor, ...(subjectId ? { subjectId } : {}), object: request.activationId };
  const where = { kiosk: kioskId, centre: centre.id };
  return { about, where, registered: { ...about, event: 'account.registered', detail: where } as const };
}

export async function keepActivation(needs: ActivateNeeds, given: ActivationCase, approval: Approval): Promise<Kept> {
  const { facts, digests, score, guardian } = approval;
  const { person, evidence } = facts;
  const { request, idBytes, kioskId, bucket } = given;
  const { subjectId } = person;
  const decidedAt = facts.now;
  const statusIndex = given.statusIndex ?? (await needs.statusEntries.reserve(bucket, decidedAt, needs.random));
  const signer = await needs.keyRing.signer('credential');
  const credential = await issueStaticCredential(
    {
      record: person.record,
      face: await person.openFace(),
      statusUri: needs.statusUri,
      statusIndex,
      issuedAt: decidedAt,
    },
    signer,
  );
  const setup = await newSetupCode(subjectId, needs.random, decidedAt);
  const receiptSigner = await needs.keyRing.signer('receipt');
  const receipt = { activationId: idBytes, reason: undefined, kioskId, decidedAt };
  const answer = await sealedAnswer(needs, person, {
    activationId: request.activationId,
    outcome: 'activated',
    decidedAt,
    receipt: await signActivationReceipt(receipt, receiptSigner),
    credential: { text: credential.text, expiresAt: credential.expiresAt },
    setup: { code: setup.code, expiresAt: setup.expiresAt },
  });
  const documentPhoto = await keepDocument(needs, person, facts, request.activationId);
  const { about, where, registered } = journalOf(given, decidedAt, subjectId);
  const objection = await needs.activations.activate(bucket, {
    ...recordOf(given, decidedAt),
    subjectId,
    sealedAnswer: answer.sealed,
    captures: digests,
    failuresRead: person.account?.failures ?? 0,
    credential: {
      hash: credential.hash,
      subjectId,
      profile: 'S',
      statusIdx: statusIndex,
      kid: credential.kid,
      issuedAt: decidedAt,
      expiresAt: credential.expiresAt,
    },
    setup: setup.row,
    registered,
    documentPhoto,
    identityLevel: evidence.exception ? 'substantial' : 'high',
    recovers: recovers(facts),
    journal: [
      { ...about, event: 'person.biometrics_opened', detail: { for: 'activation' } },
      ...(guardian ? guardianEntries(about, guardian) : []),
      ...(evidence.exception ? [exceptionEntry(about, given, evidence.exception.reason)] : []),
      {
        ...about,
        event: recovers(facts) ? 'activation.recovered' : 'activation.activated',
        detail: { ...where, ...(score === undefined ? { exception: true } : { score: Math.round(score) }) },
      },
      { ...about, event: 'credential.issued', object: `status:${statusIndex}`, detail: { profile: 'S' } },
    ],
  });
  return { objection, answer: answer.plain };
}

/** Sealed with the person's key before the batch that names it; a batch that fails writes the same object again, or it goes with its day. */
async function keepDocument(
  needs: Pick<ActivateNeeds, 'documentPhotos'>,
  { sealer }: PersonForActivation,
  { evidence, now }: Approval['facts'],
  activationId: string,
): Promise<DocumentPhoto | undefined> {
  const jpeg = evidence.exception?.document;
  if (!jpeg) return undefined;
  const keepUntil = epochSeconds(now + documentPhotoKeptSeconds);
  const file = documentPhotoFile(activationId, keepUntil);
  await needs.documentPhotos.put(file, await sealer.seal(documentPhotoPlace(activationId), jpeg));
  return { activationId, file, keepUntil };
}

type About = Pick<JournalEntry, 'at' | 'actor' | 'subjectId' | 'object'>;

/** The guardian sees in their own record that they were verified, and for what. */
function guardianEntries(about: About, { person, relation }: GuardianFacts): JournalEntry[] {
  const { subjectId } = person;
  return [
    { ...about, subjectId, event: 'person.biometrics_opened', detail: { for: 'activation' } },
    { ...about, subjectId, event: 'activation.guardian_verified', detail: { relation: relation ?? 'unknown' } },
  ];
}

/** By the supervisor, whose act it is. */
function exceptionEntry(about: About, { supervisor }: ActivationCase, reason: string): JournalEntry {
  if (!supervisor) throw new Error('an exception without a supervisor was let through');
  const actor: Actor = `operator:${supervisor.operatorId}`;
  return { ...about, actor, event: 'activation.exception_approved', detail: { reason, finger: true } };
}

export async function keepRefusal(
  needs: ActivateNeeds,
  person: PersonForActivation | undefined,
  given: ActivationCase,
  refusal: Refusal,
): Promise<Kept> {
  const { reason, digests, looked } = refusal;
  const { request, idBytes, kioskId, bucket } = given;
  const decidedAt = needs.now();
  const receipt = { activationId: idBytes, reason, kioskId, decidedAt };
  const answer = await sealedAnswer(needs, person, {
    activationId: request.activationId,
    outcome: 'refused',
    reason,
    decidedAt,
    receipt: await signActivationReceipt(receipt, await needs.keyRing.signer('receipt')),
  });
  const { about, where, registered } = journalOf(given, decidedAt, person?.subjectId);
  const journal: JournalEntry[] = [{ ...about, event: 'activation.refused', detail: { ...where, reason } }];
  for (const subjectId of looked)
    journal.unshift({ ...about, subjectId, event: 'person.biometrics_opened', detail: { for: 'activation' } });
  if (suspicious.includes(reason))
    journal.push({ ...about, event: 'activation.suspicious', detail: { ...where, pattern: reason } });
  const counted = person !== undefined && failedByFinger.includes(reason);
  const failuresRead = person?.account?.failures ?? 0;
  const lockedUntil = counted ? lockAfter(failuresRead + 1, decidedAt) : 0;
  if (lockedUntil > 0) journal.push({ ...about, event: 'account.locked', detail: { failures: failuresRead + 1 } });
  const objection = await needs.activations.refuse(bucket, {
    ...recordOf(given, decidedAt),
    subjectId: person?.subjectId,
    reason,
    sealedAnswer: answer.sealed,
    captures: digests,
    journal,
    ...(counted
      ? {
          failure: {
            subjectId: person.subjectId,
            failuresRead,
            lockedUntil,
            registered,
            recovers: request.purpose === 'recover',
          },
        }
      : {}),
  });
  return { objection, answer: answer.plain };
}
