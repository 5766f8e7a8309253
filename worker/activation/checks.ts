// What an activation must pass, in order, as a table: a row is a check and the refusal it ends in. Whether the kiosk is enrolled, its
// nonce new and the id its own is decided before; fingers are matched after. Knows no store.
import type { EpochSeconds } from '../../shared/base/brands.ts';
import { equalBytes } from '../../shared/bytes/equal.ts';
import {
  type ActivationPolicy,
  type ActivationRefusal,
  type ActivationRequest,
  kioskSignatureMaxSkewSeconds,
} from '../../shared/contract/kiosk.ts';
import { type HeldAppointment, standingOf } from '../appointments/standing.ts';
import { type CentrePower, mayDo, roleMay } from '../kiosks/centre.ts';
import { wasOnDutyAt } from '../kiosks/on-duty.ts';
import { ageAt, isExpired } from '../registry/calendar.ts';
import type { Centre } from '../store/centres.ts';
import type { Relation } from '../store/guardianships.ts';
import type { OperatorSession } from '../store/operators.ts';
import type { PersonForActivation } from '../store/people.ts';
import type { Capture, OpenedEvidence } from './open-evidence.ts';
import { ageGroupOf, guardianMinAge, type Requirement } from './policy.ts';

/** How long before it was recorded a finger may have been captured. */
const maxCaptureAgeSeconds = 3600;
const skew = kioskSignatureMaxSkewSeconds;

/** The guardian that the evidence names, and how they stand to the person in the registry. */
export type GuardianFacts = {
  readonly person: PersonForActivation;
  readonly relation: Relation | undefined;
};

export type ActivationFacts = {
  readonly request: Pick<ActivationRequest, 'recordedAt' | 'policyVersion' | 'sessionId' | 'purpose'>;
  readonly kioskId: string;
  readonly centre: Centre;
  readonly operator: OperatorSession | undefined;
  /** Of the request's supervisor token. */
  readonly supervisor: OperatorSession | undefined;
  /** How many samples of the supervisor's own finger are enrolled. */
  readonly supervisorSamples: number;
  readonly evidence: OpenedEvidence | undefined;
  readonly person: PersonForActivation | undefined;
  /** Undefined when the evidence names none, or nobody whom the registry knows. */
  readonly guardian: GuardianFacts | undefined;
  /** As the directory names those in the evidence: the person, and the guardian if there is one. */
  readonly personHmacs: readonly Uint8Array[];
  /** What the person holds around the time it was recorded. */
  readonly appointments: readonly HeldAppointment[];
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
  ['operator_not_on_duty', ({ operator, kioskId, request }) => wasOnDutyAt(operator, kioskId, request.recordedAt)],
  ['evidence_unreadable', ({ evidence }) => evidence !== undefined],
  ['evidence_stale', (facts) => facts.evidence !== undefined && isFresh(facts, capturesOf(facts.evidence))],
  ['own_account', isNobodysOwn],
  ['unknown_person', ({ person }) => person !== undefined],
];

const lateChecks: readonly Late[] = [
  ['session_mismatch', sessionHolds],
  ['already_active', (facts) => facts.person.account?.state !== 'active' || recovers(facts)],
  ['account_suspended', ({ person }) => person.account?.state !== 'suspended'],
  ['account_closed', ({ person }) => person.account?.state !== 'closed'],
  ['nothing_to_recover', (facts) => facts.person.account?.state === 'active' || !recovers(facts)],
  ['account_locked', ({ person, now }) => (person.account?.lockedUntil ?? 0) <= now],
  ['age_not_allowed', (facts) => !requirementsOf(facts).includes('none')],
  ['centre_not_allowed', (facts) => powersNeeded(facts).every((power) => mayDo(facts.centre.type, power))],
  ['appointment_missing', (facts) => appointmentStanding(facts) !== 'missing'],
  ['appointment_elsewhere', (facts) => appointmentStanding(facts) !== 'elsewhere'],
  ['appointment_not_now', (facts) => appointmentStanding(facts) !== 'not_now'],
  ['guardian_missing', (facts) => !needsGuardian(facts) || facts.evidence.guardian !== undefined],
  ['guardian_not_related', (facts) => !needsGuardian(facts) || facts.guardian?.relation !== undefined],
  ['guardian_not_eligible', (facts) => !needsGuardian(facts) || mayStandFor(facts.guardian?.person, facts.now)],
  ['supervisor_missing', (facts) => !facts.evidence.exception || isApproved(facts)],
  ['exception_not_justified', isJustified],
  ['supervisor_not_verified', supervisorShown],
  ['document_photo_missing', ({ evidence }) => !evidence.exception || evidence.exception.document !== undefined],
  ['requirements_not_met', requirementsMet],
  ['document_expired', ({ person, now }) => !isExpired(person.record.document.expiresOn, now)],
  ['no_enrolled_fingers', ({ person, evidence }) => evidence.exception !== undefined || person.enrolled.length > 0],
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

function capturesOf({ captures, guardian, exception }: OpenedEvidence): readonly Capture[] {
  return [...captures, ...(guardian?.captures ?? []), ...(exception?.supervisor ?? [])];
}

function isFresh({ request, policy, now }: ActivationFacts, captures: readonly Capture[]): boolean {
  const { recordedAt } = request;
  if (recordedAt > now + skew || recordedAt < now - policy.maxEvidenceAgeSeconds) return false;
  return captures.every(
    ({ capturedAt }) => capturedAt <= recordedAt + skew && capturedAt >= recordedAt - maxCaptureAgeSeconds,
  );
}

/** Who operates or approves is neither the person nor the guardian. */
function isNobodysOwn({ operator, supervisor, personHmacs }: ActivationFacts): boolean {
  const staff = [operator, supervisor].flatMap((session) => session?.personHmac ?? []);
  return !staff.some((own) => personHmacs.some((person) => equalBytes(own, person)));
}

/** With a session: the right one, and recorded before it ended. Without: neither id nor nonce, and a centre that may record offline. */
function sessionHolds({ request, evidence, sessionEndsAt, centre }: KnownFacts): boolean {
  if (request.sessionId === undefined && evidence.nonce === undefined) return mayDo(centre.type, 'record_offline');
  return sessionEndsAt !== undefined && request.recordedAt <= sessionEndsAt + skew;
}

/** By the age on the civil day of the decision. */
function requirementsOf({ policy, person, now }: KnownFacts): readonly Requirement[] {
  return ageGroupOf(policy, ageAt(person.record.birthDate, now))?.requires ?? ['none'];
}

/** An active account whose person has lost what they log in with, not a pending one. */
export function recovers({ request }: Pick<ActivationFacts, 'request'>): boolean {
  return request.purpose === 'recover';
}

export function needsGuardian(facts: KnownFacts): boolean {
  return requirementsOf(facts).includes('guardian_fingerprint');
}

function powersNeeded(facts: KnownFacts): readonly CentrePower[] {
  return [
    needsGuardian(facts) ? 'activate_minor' : 'activate_adult',
    ...(facts.evidence.exception ? (['activate_by_exception'] as const) : []),
  ];
}

/** By when the person stood at the desk, not by when the request arrived. */
function appointmentStanding(facts: KnownFacts) {
  if (!requirementsOf(facts).includes('appointment')) return 'not_needed';
  return standingOf(facts.appointments, facts.centre.id, facts.request.recordedAt);
}

/** Of age, with a document that holds and a finger that can be compared. */
export function mayStandFor(guardian: PersonForActivation | undefined, now: EpochSeconds): boolean {
  if (!guardian) return false;
  const { birthDate, document } = guardian.record;
  return ageAt(birthDate, now) >= guardianMinAge && !isExpired(document.expiresOn, now) && guardian.enrolled.length > 0;
}

/** SECURITY: two people: a supervisor on duty at this very kiosk, and not the one who operates it. */
function isApproved({ supervisor, operator, kioskId, request }: KnownFacts): boolean {
  return (
    wasOnDutyAt(supervisor, kioskId, request.recordedAt) &&
    roleMay(supervisor.role, 'approve_exception') &&
    supervisor.operatorId !== operator?.operatorId
  );
}

/** SECURITY: a password alone approves nothing: the supervisor's own finger is enrolled, and was read for this. It is matched after. */
function supervisorShown({ evidence, supervisorSamples, policy }: KnownFacts): boolean {
  return !evidence.exception || (supervisorSamples > 0 && isEnough(policy, evidence.exception.supervisor));
}

/** A finger that can be read is compared; and "unreadable" is said of one that was tried as often as is allowed. */
function isJustified({ evidence, policy, request }: KnownFacts): boolean {
  const { exception, captures } = evidence;
  if (!exception) return true;
  // SECURITY: what is lost is given back to a finger, never to a supervisor's word alone.
  if (request.purpose === 'recover') return false;
  if (captures.some(({ quality }) => quality >= policy.minQuality)) return false;
  return exception.reason !== 'unreadable' || exception.tries >= policy.maxCaptures;
}

function requirementsMet({ policy, request, evidence }: KnownFacts): boolean {
  return (
    request.policyVersion <= policy.version &&
    (evidence.exception !== undefined || isEnough(policy, evidence.captures)) &&
    (evidence.guardian === undefined || isEnough(policy, evidence.guardian.captures))
  );
}

function isEnough({ maxCaptures, minQuality }: ActivationPolicy, captures: readonly Capture[]): boolean {
  return captures.length <= maxCaptures && captures.some(({ quality }) => quality >= minQuality);
}
