// Whose fingers are these: the person's or the supervisor's, the guardian's, and nobody's who works here. The checks have passed.
import type { ActivationRefusal } from '../../shared/contract/kiosk.ts';
import type { ActivateNeeds, ActivationCase, Approval, Refusal } from './activation-case.ts';
import { type KnownFacts, needsGuardian } from './checks.ts';
import { matchFinger } from './match-finger.ts';
import { isFingerOfMany } from './one-finger-for-many.ts';
import { type Capture, captureDigest } from './open-evidence.ts';
import { isFingerOfStaff, staffAsOwner } from './staff-fingers.ts';

/** The person's finger, or the supervisor's where there is an exception; then the guardian's, where one is needed. */
export async function matchEvidence(
  needs: ActivateNeeds,
  facts: KnownFacts,
  given: ActivationCase,
): Promise<Refusal | Approval> {
  const { numberSecret, policy } = needs;
  const { evidence, person } = facts;
  const digestsOf = (captures: readonly Capture[]) =>
    Promise.all(captures.map(({ template }) => captureDigest(numberSecret, template)));
  const own = await digestsOf(evidence.captures);
  const seen = own.filter((digest) => digest !== undefined);
  const staff = [...given.operatorFingers, ...given.supervisorFingers];
  let score: number | undefined;
  if (evidence.exception) {
    const refused = await matchSupervisor(needs, given, evidence.exception.supervisor);
    if (refused) return { reason: refused, digests: seen, looked: [] };
  } else {
    const match = await matchFinger(numberSecret, person, evidence.captures, own, policy);
    if (!match.ok) {
      const { reason } = match.error;
      const looked = [person.subjectId];
      if (reason === 'evidence_replayed') return { reason, digests: [], looked };
      const pattern = reason === 'no_match' ? await patternOf(needs, given, evidence.captures) : undefined;
      return { reason: pattern ?? reason, digests: seen, looked };
    }
    // The person's finger IS that of who works here: an account of their own, under whatever number.
    if (await isFingerOfStaff(needs.vault, evidence.captures, staff))
      return { reason: 'own_account', digests: seen, looked: [person.subjectId] };
    score = match.value.score;
  }
  if (!needsGuardian(facts)) return { facts, digests: seen, score, guardian: undefined };

  const { guardian } = facts;
  if (!guardian || !evidence.guardian) throw new Error('the checks let a missing guardian through');
  const { captures } = evidence.guardian;
  const theirs = await digestsOf(captures);
  const match = await matchFinger(numberSecret, guardian.person, captures, theirs, policy);
  // One print cannot be the person's and the guardian's: the same digest twice is refused by the captures' key.
  const digests = [...seen, ...theirs.filter((digest) => digest !== undefined)];
  const looked = [person.subjectId, guardian.person.subjectId];
  if (match.ok && (await isFingerOfStaff(needs.vault, captures, staff)))
    return { reason: 'own_account', digests, looked };
  if (match.ok) return { facts, digests, score, guardian };
  const { reason } = match.error;
  if (reason === 'evidence_replayed') return { reason, digests: [], looked };
  if (reason !== 'no_match') return { reason, digests, looked };
  const ofStaff = await isFingerOfStaff(needs.vault, captures, staff);
  return { reason: ofStaff ? 'operator_finger' : 'guardian_no_match', digests, looked };
}

/** A print that is not the person's: of who works here, or shown for others before? */
async function patternOf(
  needs: ActivateNeeds,
  given: ActivationCase,
  captures: readonly Capture[],
): Promise<'operator_finger' | 'finger_of_many' | undefined> {
  const { operatorFingers, supervisorFingers, personHmacs, failures } = given;
  if (await isFingerOfStaff(needs.vault, captures, [...operatorFingers, ...supervisorFingers]))
    return 'operator_finger';
  const ofMany = await isFingerOfMany(needs.vault, captures, personHmacs[0] ?? new Uint8Array(), failures);
  return ofMany ? 'finger_of_many' : undefined;
}

/** The supervisor's own finger, each capture of it for one activation. Undefined: it is theirs. */
async function matchSupervisor(
  needs: ActivateNeeds,
  given: ActivationCase,
  captures: readonly Capture[],
): Promise<ActivationRefusal | undefined> {
  const { supervisor, supervisorFingers, operatorFingers, request } = given;
  if (!supervisor) throw new Error('an exception without a supervisor was let through');
  const digests = await Promise.all(captures.map(({ template }) => captureDigest(needs.numberSecret, template)));
  const known = digests.filter((digest) => digest !== undefined);
  const { operatorId } = supervisor;
  const fresh = await needs.operatorFingers.claim(known, operatorId, request.activationId, needs.now());
  if (!fresh) return 'evidence_replayed';
  const owner = staffAsOwner(needs.vault, supervisorFingers);
  const match = await matchFinger(needs.numberSecret, owner, captures, digests, needs.policy);
  if (match.ok) return undefined;
  const { reason } = match.error;
  if (reason === 'no_match')
    return (await isFingerOfStaff(needs.vault, captures, operatorFingers)) ? 'operator_finger' : 'supervisor_no_match';
  return reason === 'no_enrolled_fingers' ? 'supervisor_not_verified' : reason;
}
