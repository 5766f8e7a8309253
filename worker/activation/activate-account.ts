// The act: a pending account becomes active, once, or the refusal is kept; either way with a signed receipt, and the same answer for
// the same request for ever. Two sequential D1 trips: admission beside the person's record, then one batch that decides.
import type { Bucket } from '../../shared/base/brands.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import { decodeBase64Url } from '../../shared/bytes/base64url.ts';
import type { Bytes } from '../../shared/bytes/bytes.ts';
import { equalBytes } from '../../shared/bytes/equal.ts';
import type { ActivationRequest } from '../../shared/contract/kiosk.ts';
import { sha256 } from '../../shared/crypto/digest.ts';
import { type AdmissionReason, operatorTokenHash } from '../kiosks/operator-session.ts';
import type { SignedBy } from '../store/kiosks.ts';
import type { PersonForActivation } from '../store/people.ts';
import { indexOfNumber } from '../store/person-index.ts';
import type { ActivateNeeds, ActivationCase, Approval, Refusal } from './activation-case.ts';
import { checkActivation } from './checks.ts';
import { keepActivation, keepRefusal, storedAnswer } from './keep-decision.ts';
import { matchFinger } from './match-finger.ts';
import { captureDigest, type OpenedEvidence, openEvidence } from './open-evidence.ts';
import { openSessionId } from './session-token.ts';

/** Each round, somebody else's try was faster; five failures lock, so more rounds than that do not happen to one person. */
const maxRounds = 8;

export type ActivateError = {
  readonly reason: AdmissionReason | 'activation_id_malformed' | 'activation_id_reused' | 'activation_contended';
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
  given: ActivationCase,
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

async function decide(
  needs: ActivateNeeds,
  person: PersonForActivation | undefined,
  given: ActivationCase,
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
