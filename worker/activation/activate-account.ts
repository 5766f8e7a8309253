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
import { relationOf } from '../registry/guardian-relation.ts';
import type { SignedBy } from '../store/kiosks.ts';
import { directoryHmacOf, indexOfNumber } from '../store/person-index.ts';
import type { ActivateNeeds, ActivationCase, Approval, Read, Refusal } from './activation-case.ts';
import { checkActivation, recovers } from './checks.ts';
import { keepActivation, keepRefusal, storedAnswer } from './keep-decision.ts';
import { matchEvidence } from './match-evidence.ts';
import { noteFailure } from './note-failure.ts';
import { type EvidenceAsSent, openEvidence } from './open-evidence.ts';
import { openSealedEvidence } from './open-sealed-evidence.ts';
import { openSessionId } from './session-token.ts';

/** Each round, somebody else's try was faster; five failures lock, so more rounds than that do not happen to one person. */
const maxRounds = 8;

export type ActivateError = {
  readonly reason:
    | AdmissionReason
    | 'activation_id_malformed'
    | 'activation_id_reused'
    | 'activation_contended'
    | 'kiosk_held';
};

type Settled = { readonly answer: Bytes; readonly usedStatusIndex: boolean };

/**
 * `body` is the request's own bytes: the same id with other bytes is `activation_id_reused`. The answer's bytes are those of
 * `ActivationAnswer`, activated or refused. `activation_contended`: send it again. `kiosk_held`: nothing was decided; send it again
 * once a supervisor has logged in.
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
  const sent = await openEvidence(evidenceKey, activationId, request.evidence);
  const bucket = await bucketOf(needs, sent, idBytes.value);
  const requestHash = await sha256(body);
  const tokenHash = (await operatorTokenHash(request.operatorToken)) ?? new Uint8Array();
  const supervisorHash = request.supervisorToken && (await operatorTokenHash(request.supervisorToken));
  const numbers = sent ? [sent.number, ...(sent.guardian ? [sent.guardian.number] : [])] : [];
  const personHmacs = await Promise.all(numbers.map((number) => directoryHmacOf(needs.numberSecret, number)));
  const named = personHmacs[0] ?? new Uint8Array();
  const [admitted, loaded] = await Promise.all([
    needs.kiosks.admit(signed, now, [
      needs.operators.sessionQuery(tokenHash),
      ...needs.activations.claim({ activationId, kioskId: signed.kioskId, requestHash, bucket, receivedAt: now }),
      needs.statusEntries.reserveIn(bucket, now, needs.random),
      ...needs.appointments.arrival(named, signed.kioskId, tokenHash, request.recordedAt),
      needs.operators.sessionQuery(supervisorHash || new Uint8Array()),
      needs.kioskFailures.recent(signed.kioskId, now),
      needs.operatorFingers.ofSession(tokenHash),
      needs.operatorFingers.ofSession(supervisorHash || new Uint8Array()),
    ]),
    read(needs, sent),
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
  const first = sameSight ? loaded : { person: undefined, guardian: undefined };
  if (!claim.first) {
    const stored = await storedAnswer(needs, claim.bucket, activationId, first.person);
    if (stored) {
      giveBack();
      return ok(stored);
    }
  }
  const { held, failures } = needs.kioskFailures.recentOf(results[7], now);
  if (held) {
    giveBack();
    return err({ reason: 'kiosk_held' });
  }
  // SECURITY: only now: captures that a reader sealed cost a lot to open, and the kiosk is known.
  const evidence = sent && sameSight ? await openSealedEvidence(needs, sent, idBytes.value) : undefined;
  const settled = await settle(needs, first, {
    request,
    idBytes: idBytes.value,
    requestHash,
    bucket: claim.bucket,
    kioskId: kiosk.id,
    centre,
    operator: needs.operators.sessionOf(results[0]),
    supervisor: needs.operators.sessionOf(results[6]),
    operatorFingers: needs.operatorFingers.fingersOf(results[8]),
    supervisorFingers: needs.operatorFingers.fingersOf(results[9]),
    evidence,
    personHmacs,
    appointments: needs.appointments.heldOf(results.slice(4, 6)),
    failures,
    statusIndex,
  });
  // The index is given back only when it is certain that no credential took it: not when something was thrown.
  if (!settled?.usedStatusIndex) giveBack();
  return settled ? ok(settled.answer) : err({ reason: 'activation_contended' });
}

/** The person's bucket; for evidence that does not open, the first twelve bits of the id, so that the refusal has a place. */
async function bucketOf(
  needs: ActivateNeeds,
  evidence: Pick<EvidenceAsSent, 'number'> | undefined,
  idBytes: Uint8Array,
): Promise<Bucket> {
  if (evidence) return (await indexOfNumber(needs.numberSecret, evidence.number)).bucket;
  const [first = 0, second = 0] = idBytes;
  return ((first << 4) | (second >> 4)) as Bucket;
}

/** The person, and the guardian if the evidence names one: side by side, as they may live in two shards. */
async function read(needs: ActivateNeeds, evidence: EvidenceAsSent | undefined): Promise<Read> {
  if (!evidence) return { person: undefined, guardian: undefined };
  const { number, guardian } = evidence;
  const [person, standing, index] = await Promise.all([
    needs.people.loadForActivation(number),
    guardian && needs.people.loadForActivation(guardian.number),
    guardian && indexOfNumber(needs.numberSecret, guardian.number),
  ]);
  const relation = person && index && relationOf(person.guardians, index);
  return { person, guardian: standing && { person: standing, relation } };
}

/** Decides and keeps what was decided; when a referee objects, looks again. Undefined after too many rounds. */
async function settle(needs: ActivateNeeds, firstRead: Read, given: ActivationCase): Promise<Settled | undefined> {
  const { request, bucket, evidence } = given;
  let now = firstRead;
  let replayed = false;
  for (let round = 0; round < maxRounds; round++) {
    const decision = await decide(needs, now, given, replayed);
    const kept =
      'reason' in decision
        ? await keepRefusal(needs, now.person, given, decision)
        : await keepActivation(needs, given, decision);
    switch (kept.objection) {
      case undefined:
        if ('reason' in decision) needs.later(noteFailure(needs, given, decision.reason));
        // Whoever held what was lost is out before the person has the new code in hand.
        else if (recovers(decision.facts)) await needs.endPerson(decision.facts.person.subjectId);
        return { answer: kept.answer, usedStatusIndex: !('reason' in decision) };
      case 'decided_already': {
        const stored = await storedAnswer(needs, bucket, request.activationId, now.person);
        if (!stored) throw new Error('an activation is decided and has no answer');
        return { answer: stored, usedStatusIndex: false };
      }
      case 'capture_seen':
        replayed = true;
        break;
      case 'stale':
        break;
    }
    now = await read(needs, evidence);
  }
  return undefined;
}

async function decide(
  needs: ActivateNeeds,
  { person, guardian }: Read,
  given: ActivationCase,
  replayed: boolean,
): Promise<Refusal | Approval> {
  const { request, kioskId, centre, operator, supervisor, evidence, personHmacs, appointments } = given;
  const { policy, now } = needs;
  const binding =
    person && evidence?.nonce !== undefined && request.sessionId !== undefined
      ? { subjectId: person.subjectId, kioskId, nonce: evidence.nonce }
      : undefined;
  const sessionEndsAt = binding && (await openSessionId(needs.sessionSecret, request.sessionId ?? '', binding));
  const checked = checkActivation({
    ...{ request, kioskId, centre, operator, supervisor, evidence, person, guardian, personHmacs, appointments },
    supervisorSamples: given.supervisorFingers.length,
    sessionEndsAt,
    policy,
    now: now(),
  });
  if ('refusal' in checked) return { reason: checked.refusal, digests: [], looked: [] };
  const { captureRefusal } = checked.facts.evidence;
  if (captureRefusal) return { reason: captureRefusal, digests: [], looked: [] };
  if (replayed) return { reason: 'evidence_replayed', digests: [], looked: [] };
  return matchEvidence(needs, checked.facts, given);
}
