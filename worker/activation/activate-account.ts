// The act: a pending account becomes active, once, or the refusal is kept; either way with a signed receipt, and the same answer for
// the same request for ever. Two sequential D1 trips: admission beside the person's record, then one batch that decides.
// Longer than most files because the act is one: claim, decide, settle, and what to do when a referee objects.
import type { Bucket, EpochSeconds, SubjectId } from '../../shared/base/brands.ts';
import { epochSeconds } from '../../shared/base/brands.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import { decodeBase64Url } from '../../shared/bytes/base64url.ts';
import type { Bytes } from '../../shared/bytes/bytes.ts';
import { equalBytes } from '../../shared/bytes/equal.ts';
import { encodeUtf8 } from '../../shared/bytes/text.ts';
import type {
  ActivationAnswer,
  ActivationPolicy,
  ActivationRefusal,
  ActivationRequest,
} from '../../shared/contract/kiosk.ts';
import { sha256 } from '../../shared/crypto/digest.ts';
import { newSetupCode } from '../authn/setup-code.ts';
import type { KeyRing } from '../issuer/key-ring.ts';
import type { Actor, JournalEntry } from '../journal/entry.ts';
import { type AdmissionReason, operatorTokenHash } from '../kiosks/operator-session.ts';
import type { Activations, Objection } from '../store/activations.ts';
import type { Centre } from '../store/centres.ts';
import type { Kiosks, SignedBy } from '../store/kiosks.ts';
import type { OperatorSession, Operators } from '../store/operators.ts';
import type { People, PersonForActivation } from '../store/people.ts';
import { indexOfNumber } from '../store/person-index.ts';
import type { StatusEntries } from '../store/status-entries.ts';
import type { Place, Vault } from '../store/vault.ts';
import { checkActivation, type KnownFacts } from './checks.ts';
import { issueStaticCredential } from './issue-static.ts';
import { matchFinger } from './match-finger.ts';
import { captureDigest, type OpenedEvidence, openEvidence } from './open-evidence.ts';
import { openSessionId } from './session-token.ts';
import { signActivationReceipt } from './sign-receipt.ts';

/** Failed fingerprints in a row before the first lock; each one after doubles it. */
export const activationLock = { afterFailures: 5, firstSeconds: 900, maxSeconds: 86_400 } as const;
/** Refusals that count as a failed try: somebody else's finger, or a finger that is no finger. */
const countedRefusals: readonly ActivationRefusal[] = ['no_match', 'evidence_replayed'];
/** Each round, somebody else's try was faster; five failures lock, so more rounds than that do not happen to one person. */
const maxRounds = 8;

export type ActivateNeeds = {
  readonly kiosks: Pick<Kiosks, 'admit'>;
  readonly operators: Pick<Operators, 'sessionQuery' | 'sessionOf'>;
  readonly people: Pick<People, 'loadForActivation' | 'sealerOf'>;
  readonly activations: Pick<Activations, 'claim' | 'claimOf' | 'answer' | 'activate' | 'refuse'>;
  readonly statusEntries: Pick<StatusEntries, 'reserveIn' | 'reservedOf' | 'reserve' | 'release'>;
  readonly keyRing: Pick<KeyRing, 'signer' | 'evidencePrivate'>;
  readonly vault: Pick<Vault, 'sealWithMaster' | 'openWithMaster'>;
  readonly numberSecret: Uint8Array;
  readonly sessionSecret: Uint8Array;
  readonly statusUri: string;
  readonly policy: ActivationPolicy;
  readonly random: (bytes: number) => Uint8Array;
  readonly now: () => EpochSeconds;
  /** For what may follow the answer. */
  readonly later: (work: Promise<unknown>) => void;
};

export type ActivateError = {
  readonly reason: AdmissionReason | 'activation_id_malformed' | 'activation_id_reused' | 'activation_contended';
};

/** One request on its way: what was sent, and what the admission found. */
type Case = {
  readonly request: ActivationRequest;
  readonly idBytes: Uint8Array;
  readonly requestHash: Uint8Array;
  readonly bucket: Bucket;
  readonly kioskId: string;
  readonly centre: Centre;
  readonly operator: OperatorSession | undefined;
  readonly evidence: OpenedEvidence | undefined;
  readonly statusIndex: number | undefined;
};

type Settled = { readonly answer: Bytes; readonly usedStatusIndex: boolean };

/**
 * `body` is the request's own bytes: the same id with other bytes is `activation_id_reused`. The answer's bytes are those of
 * `ActivationAnswer`, activated or refused. `activation_contended`: send it again.
 */
export async function activateAccount(
  needs: ActivateNeeds,
  signed: SignedBy,
  request: ActivationRequest,
  body: Uint8Array,
): Promise<Result<Bytes, ActivateError>> {
  const now = needs.now();
  const { activationId } = request;
  const idBytes = decodeBase64Url(activationId);
  if (!idBytes.ok || idBytes.value.length !== 16) return err({ reason: 'activation_id_malformed' });
  const evidenceKey = await needs.keyRing.evidencePrivate(request.evidenceKid);
  const evidence = await openEvidence(evidenceKey, activationId, request.evidence);
  const bucket = await bucketOf(needs, evidence, idBytes.value);
  const requestHash = await sha256(body);
  const tokenHash = (await operatorTokenHash(request.operatorToken)) ?? new Uint8Array();
  const [admitted, loaded] = await Promise.all([
    needs.kiosks.admit(signed, now, [
      needs.operators.sessionQuery(tokenHash),
      ...needs.activations.claim({ activationId, kioskId: signed.kioskId, requestHash, bucket, receivedAt: now }),
      needs.statusEntries.reserveIn(bucket, now, needs.random),
    ]),
    evidence ? needs.people.loadForActivation(evidence.number) : undefined,
  ]);
  if (!admitted.ok) return admitted;
  const { kiosk, centre, results } = admitted.value;
  const statusIndex = needs.statusEntries.reservedOf(results[3]);
  const giveBack = () => statusIndex !== undefined && needs.later(needs.statusEntries.release(statusIndex));

  const claim = needs.activations.claimOf(results.slice(1, 3));
  if (claim.kioskId !== kiosk.id || !equalBytes(claim.requestHash, requestHash)) {
    giveBack();
    return err({ reason: 'activation_id_reused' });
  }
  // Evidence that opened only now, or only then (its key moved in between): the first sight of the id decides where it belongs.
  const sameSight = claim.bucket === bucket;
  const person = sameSight ? loaded : undefined;
  if (!claim.first) {
    const stored = await storedAnswer(needs, claim.bucket, activationId, person);
    if (stored) {
      giveBack();
      return ok(stored);
    }
  }
  const settled = await settle(needs, person, {
    request,
    idBytes: idBytes.value,
    requestHash,
    bucket: claim.bucket,
    kioskId: kiosk.id,
    centre,
    operator: needs.operators.sessionOf(results[0]),
    evidence: sameSight ? evidence : undefined,
    statusIndex,
  });
  // The index is given back only when it is certain that no credential took it: not when something was thrown.
  if (!settled?.usedStatusIndex) giveBack();
  return settled ? ok(settled.answer) : err({ reason: 'activation_contended' });
}

/** The person's bucket; for evidence that does not open, the first twelve bits of the id, so that the refusal has a place. */
async function bucketOf(
  needs: ActivateNeeds,
  evidence: OpenedEvidence | undefined,
  idBytes: Uint8Array,
): Promise<Bucket> {
  if (evidence) return (await indexOfNumber(needs.numberSecret, evidence.number)).bucket;
  const [first = 0, second = 0] = idBytes;
  return ((first << 4) | (second >> 4)) as Bucket;
}

/** Decides and keeps what was decided; when a referee objects, looks again. Undefined after too many rounds. */
async function settle(
  needs: ActivateNeeds,
  firstRead: PersonForActivation | undefined,
  given: Case,
): Promise<Settled | undefined> {
  const { request, bucket, evidence } = given;
  let person = firstRead;
  let replayed = false;
  for (let round = 0; round < maxRounds; round++) {
    const decision = await decide(needs, person, given, replayed);
    const kept =
      'reason' in decision
        ? await keepRefusal(needs, person, given, decision)
        : await keepActivation(needs, given, decision);
    switch (kept.objection) {
      case undefined:
        return { answer: kept.answer, usedStatusIndex: !('reason' in decision) };
      case 'decided_already': {
        const stored = await storedAnswer(needs, bucket, request.activationId, person);
        if (!stored) throw new Error('an activation is decided and has no answer');
        return { answer: stored, usedStatusIndex: false };
      }
      case 'capture_seen':
        replayed = true;
        break;
      case 'stale':
        break;
    }
    person = evidence && (await needs.people.loadForActivation(evidence.number));
  }
  return undefined;
}

type Refusal = {
  readonly reason: ActivationRefusal;
  /** Digests of captures that were looked at and are not known yet. */
  readonly digests: readonly Uint8Array[];
  readonly looked: boolean;
};
type Approval = { readonly facts: KnownFacts; readonly digests: readonly Uint8Array[]; readonly score: number };

async function decide(
  needs: ActivateNeeds,
  person: PersonForActivation | undefined,
  given: Case,
  replayed: boolean,
): Promise<Refusal | Approval> {
  const { request, kioskId, centre, operator, evidence } = given;
  const { policy, now } = needs;
  const binding =
    person && evidence?.nonce !== undefined && request.sessionId !== undefined
      ? { subjectId: person.subjectId, kioskId, nonce: evidence.nonce }
      : undefined;
  const sessionEndsAt = binding && (await openSessionId(needs.sessionSecret, request.sessionId ?? '', binding));
  const checked = checkActivation({
    request,
    kioskId,
    centre,
    operator,
    evidence,
    person,
    sessionEndsAt,
    policy,
    now: now(),
  });
  if ('refusal' in checked) return { reason: checked.refusal, digests: [], looked: false };
  const { facts } = checked;
  if (replayed) return { reason: 'evidence_replayed', digests: [], looked: false };
  const { captures } = facts.evidence;
  const all = await Promise.all(captures.map(({ template }) => captureDigest(needs.numberSecret, template)));
  const match = await matchFinger(needs.numberSecret, facts.person, captures, all, policy);
  const digests = all.filter((digest) => digest !== undefined);
  if (match.ok) return { facts, digests, score: match.value.score };
  const { reason } = match.error;
  return { reason, digests: reason === 'evidence_replayed' ? [] : digests, looked: true };
}

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
async function storedAnswer(
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

type Kept = { readonly objection: Objection | undefined; readonly answer: Bytes };

function recordOf(given: Case, decidedAt: EpochSeconds) {
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

function journalOf(given: Case, at: EpochSeconds, subjectId: SubjectId | undefined) {
  const { request, kioskId, centre, operator } = given;
  const actor: Actor = operator ? `operator:${operator.operatorId}` : `kiosk:${kioskId}`;
  const about = { at, actor, ...(subjectId ? { subjectId } : {}), object: request.activationId };
  const where = { kiosk: kioskId, centre: centre.id };
  return { about, where, registered: { ...about, event: 'account.registered', detail: where } as const };
}

async function keepActivation(needs: ActivateNeeds, given: Case, approval: Approval): Promise<Kept> {
  const { facts, digests, score } = approval;
  const { person } = facts;
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
    journal: [
      { ...about, event: 'person.biometrics_opened', detail: { for: 'activation' } },
      { ...about, event: 'activation.activated', detail: { ...where, score: Math.round(score) } },
      { ...about, event: 'credential.issued', object: `status:${statusIndex}`, detail: { profile: 'S' } },
    ],
  });
  return { objection, answer: answer.plain };
}

async function keepRefusal(
  needs: ActivateNeeds,
  person: PersonForActivation | undefined,
  given: Case,
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
  if (looked) journal.unshift({ ...about, event: 'person.biometrics_opened', detail: { for: 'activation' } });
  const counted = person !== undefined && countedRefusals.includes(reason);
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
    ...(counted ? { failure: { subjectId: person.subjectId, failuresRead, lockedUntil, registered } } : {}),
  });
  return { objection, answer: answer.plain };
}

/** Until when an account is locked after so many failures in a row; 0: not at all. */
export function lockAfter(failures: number, now: EpochSeconds): number {
  const { afterFailures, firstSeconds, maxSeconds } = activationLock;
  if (failures < afterFailures) return 0;
  return now + Math.min(maxSeconds, firstSeconds * 2 ** (failures - afterFailures));
}
