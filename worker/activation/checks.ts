// What an activation must pass, in order, as a table: a row is a check and the refusal it ends in. Whether the kiosk is enrolled, its
// nonce new and the id its own is decided before; the finger is matched after. Knows no store.
import type { EpochSeconds } from '../../shared/base/brands.ts';
import {
  type ActivationPolicy,
  type ActivationRefusal,
  type ActivationRequest,
  kioskSignatureMaxSkewSeconds,
} from '../../shared/contract/kiosk.ts';
import { mayDo } from '../kiosks/centre.ts';
import { ageAt, isExpired } from '../registry/calendar.ts';
import type { Centre } from '../store/centres.ts';
import type { OperatorSession } from '../store/operators.ts';
import type { PersonForActivation } from '../store/people.ts';
import type { Capture, OpenedEvidence } from './open-evidence.ts';
import { ageGroupOf, requirementsKept } from './policy.ts';

/** How long before it was recorded a finger may have been captured. */
const maxCaptureAgeSeconds = 3600;
const skew = kioskSignatureMaxSkewSeconds;

export type ActivationFacts = {
  readonly request: Pick<ActivationRequest, 'recordedAt' | 'policyVersion' | 'sessionId'>;
  readonly kioskId: string;
  readonly centre: Centre;
  readonly operator: OperatorSession | undefined;
  readonly evidence: OpenedEvidence | undefined;
  readonly person: PersonForActivation | undefined;
  /** When the session that the request names ends; undefined when it names none, or none that is this person's, kiosk's and nonce's. */
  readonly sessionEndsAt: EpochSeconds | undefined;
  readonly policy: ActivationPolicy;
  readonly now: EpochSeconds;
};

/** Facts once everything that may be missing is there. */
export type KnownFacts = ActivationFacts & {
  readonly evidence: OpenedEvidence;
  readonly person: PersonForActivation;
};

type Early = readonly [ActivationRefusal, (facts: ActivationFacts) => boolean];
type Late = readonly [ActivationRefusal, (facts: KnownFacts) => boolean];

/** SECURITY: who acts and whether the evidence is whole and fresh comes before anything is said about a person. */
const earlyChecks: readonly Early[] = [
  ['operator_not_on_duty', (facts) => wasOnDuty(facts.operator, facts)],
  ['evidence_unreadable', ({ evidence }) => evidence !== undefined],
  ['evidence_stale', (facts) => facts.evidence !== undefined && isFresh(facts, facts.evidence.captures)],
  ['unknown_person', ({ person }) => person !== undefined],
];

const lateChecks: readonly Late[] = [
  ['session_mismatch', sessionHolds],
  ['already_active', ({ person }) => person.account?.state !== 'active'],
  ['account_suspended', ({ person }) => person.account?.state !== 'suspended'],
  ['account_closed', ({ person }) => person.account?.state !== 'closed'],
  ['account_locked', ({ person, now }) => (person.account?.lockedUntil ?? 0) <= now],
  ['age_not_allowed', (facts) => !requires(facts).includes('none')],
  ['requirements_not_met', requirementsMet],
  ['document_expired', ({ person, now }) => !isExpired(person.record.document.expiresOn, now)],
  ['no_enrolled_fingers', ({ person }) => person.enrolled.length > 0],
];

/** The first refusal, or the facts with everything there. */
export function checkActivation(
  facts: ActivationFacts,
): { readonly refusal: ActivationRefusal } | { readonly facts: KnownFacts } {
  for (const [refusal, holds] of earlyChecks) if (!holds(facts)) return { refusal };
  const { evidence, person } = facts;
  if (!evidence || !person) throw new Error('the early checks let something missing through');
  const known: KnownFacts = { ...facts, evidence, person };
  for (const [refusal, holds] of lateChecks) if (!holds(known)) return { refusal };
  return { facts: known };
}

/** On duty at this kiosk when it was recorded, and still one of ours now. Clocks may differ as far as a signature's may. */
export function wasOnDuty(
  operator: OperatorSession | undefined,
  { kioskId, request }: Pick<ActivationFacts, 'kioskId'> & { readonly request: { readonly recordedAt: number } },
): boolean {
  if (!operator || operator.kioskId !== kioskId || operator.operatorState !== 'active') return false;
  const ended = Math.min(operator.expiresAt, operator.endedAt ?? operator.expiresAt);
  return operator.startedAt - skew <= request.recordedAt && request.recordedAt <= ended + skew;
}

function isFresh({ request, policy, now }: ActivationFacts, captures: readonly Capture[]): boolean {
  const { recordedAt } = request;
  if (recordedAt > now + skew || recordedAt < now - policy.maxEvidenceAgeSeconds) return false;
  return captures.every(
    ({ capturedAt }) => capturedAt <= recordedAt + skew && capturedAt >= recordedAt - maxCaptureAgeSeconds,
  );
}

/** With a session: the right one, and recorded before it ended. Without: neither id nor nonce, and a centre that may record offline. */
function sessionHolds({ request, evidence, sessionEndsAt, centre }: KnownFacts): boolean {
  if (request.sessionId === undefined && evidence.nonce === undefined) return mayDo(centre.type, 'record_offline');
  return sessionEndsAt !== undefined && request.recordedAt <= sessionEndsAt + skew;
}

function requires({ policy, person, now }: KnownFacts): readonly string[] {
  return ageGroupOf(policy, ageAt(person.record.birthDate, now))?.requires ?? ['none'];
}

function requirementsMet(facts: KnownFacts): boolean {
  const { policy, request, centre, evidence } = facts;
  const needed = requires(facts);
  const minor = needed.includes('guardian_fingerprint');
  return (
    request.policyVersion <= policy.version &&
    mayDo(centre.type, minor ? 'activate_minor' : 'activate_adult') &&
    needed.every((requirement) => (requirementsKept as readonly string[]).includes(requirement)) &&
    evidence.captures.length <= policy.maxCaptures &&
    evidence.captures.some(({ quality }) => quality >= policy.minQuality)
  );
}
