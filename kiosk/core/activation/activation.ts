// One activation on the desk: what it is made of, and the pure rules about it. Knows no device, no store and no edge.
import type { z } from 'zod';
import { crockford } from '../../../shared/contract/invitation.ts';
import type {
  ActivationPolicy,
  ActivationPurpose,
  ExceptionReason,
  GuardianRelation,
  SessionAnswer,
} from '../../../shared/contract/kiosk.ts';
import type { Name } from '../../../shared/contract/wire.ts';
import type { ActivationState } from '../../bridge/contract.ts';
import type { activationReasons } from '../../bridge/reasons.ts';
import type { DeviceIdentity } from '../devices/fingerprint/driver.ts';

export type ActivationReason = (typeof activationReasons)[number];

/** A capture of enough quality. `template` is plain: it lives until the evidence is sealed, then it is overwritten. */
export type KeptCapture = {
  readonly position: number;
  readonly quality: number;
  readonly template: Uint8Array;
  readonly extractor: string;
  /** The bytes are a bundle that the reader sealed for the edge. */
  readonly sealed?: true;
  readonly capturedAt: number;
  readonly device: DeviceIdentity;
};

/** Whose fingers are read: the person's, or the guardian's. */
export type Captures = {
  readonly kept: KeptCapture[];
  /** Every capture so far, good enough or not. */
  readonly taken: { readonly position: number; readonly quality: number; readonly goodEnough: boolean }[];
};

export type PresentGuardian = Captures & {
  readonly number: string;
  /** Undefined: named without the line. */
  readonly maskedName?: Name;
  readonly relation?: GuardianRelation;
  readonly positions: readonly number[];
};

export type ApprovedException = {
  readonly reason: ExceptionReason;
  readonly tries: number;
  /** The supervisor's bearer: in memory until the request is recorded. */
  readonly supervisorToken: string;
  /** Who approves, and their own finger. */
  readonly supervisor: Captures & { readonly name: Name; readonly positions: readonly number[] };
};

export type Activation = Captures & {
  readonly id: string;
  readonly reference: string;
  readonly number: string;
  /** Undefined: a pending account is made active. */
  readonly purpose: ActivationPurpose | undefined;
  readonly operatorToken: string;
  /** Absent: begun while the line was down. */
  session: z.output<typeof SessionAnswer> | undefined;
  readonly policy: ActivationPolicy;
  readonly expiresAt: number;
  guardian?: PresentGuardian;
  exception?: ApprovedException;
  /** JPEG; overwritten with the captures. */
  document?: Uint8Array;
};

/** The matcher at the edge looks at two captures of one finger and no more. */
export const maxCapturesOfOneFinger = 2;
/** How long an activation begun offline may lie on the desk. */
export const offlineSessionSeconds = 600;

export const allPositions: readonly number[] = [2, 7, 1, 6, 3, 8, 4, 9, 5, 10];

/** Eight characters of Crockford's base32 from the activation's id: for two people to read to each other, not a secret. */
export function referenceOf(id: Uint8Array): string {
  const text = crockford(id, 8);
  return `${text.slice(0, 4)}-${text.slice(4)}`;
}

const appointmentRefusals = {
  missing: 'appointment_missing',
  elsewhere: 'appointment_elsewhere',
  not_now: 'appointment_not_now',
  honoured: undefined,
  not_needed: undefined,
} as const;

type Session = z.output<typeof SessionAnswer>;

/**
 * Whether this can end as it should at all; the edge asks the same again. A finger is not read for nothing: what needs an
 * appointment that there is not is refused before.
 */
export function sessionRefusal(session: Session, purpose: ActivationPurpose | undefined): ActivationReason | undefined {
  return stateRefusal(session, purpose) ?? requirementRefusal(session, purpose);
}

function stateRefusal({ accountState }: Session, purpose: ActivationPurpose | undefined): ActivationReason | undefined {
  switch (accountState) {
    case 'active':
      return purpose === 'recover' ? undefined : 'already_active';
    case 'suspended':
      return 'account_suspended';
    case 'closed':
      return 'account_closed';
    // Somebody who never registered is registered here, at the desk.
    case 'none':
    case 'pending':
      return purpose === 'recover' ? 'nothing_to_recover' : undefined;
  }
}

function requirementRefusal(session: Session, purpose: ActivationPurpose | undefined): ActivationReason | undefined {
  if (session.requires.includes('none')) return 'age_not_allowed';
  if (session.requires.includes('appointment')) {
    const refusal = appointmentRefusals[session.appointment ?? 'missing'];
    if (refusal) return refusal;
  }
  if (session.documentExpired) return 'document_expired';
  return session.positions.length === 0 && !mayExcept({ session, purpose }) ? 'no_enrolled_fingers' : undefined;
}

/** What is lost is given back to a finger, never to a supervisor's word: the edge says so too. */
function mayExcept({ session, purpose }: Pick<Activation, 'session' | 'purpose'>): boolean {
  return purpose !== 'recover' && (session?.mayExcept ?? false);
}

export function needsGuardian({ session }: Pick<Activation, 'session'>): boolean {
  return session?.requires.includes('guardian_fingerprint') ?? false;
}

/** What is still missing; undefined: it may be submitted. */
export function missingOf(activation: Activation): ActivationReason | undefined {
  if (needsGuardian(activation) && !activation.guardian) return 'guardian_missing';
  if (activation.guardian && activation.guardian.kept.length === 0) return 'captures_missing';
  const { exception } = activation;
  if (!exception) return activation.kept.length === 0 ? 'captures_missing' : undefined;
  if (!activation.document) return 'document_missing';
  return exception.supervisor.kept.length === 0 ? 'approval_missing' : undefined;
}

/** "Cannot be read" is said of a finger that was tried as often as is allowed; a finger that was read needs no exception. */
export function exceptionRefusal(activation: Activation, reason: ExceptionReason): ActivationReason | undefined {
  // The supervisor's password is the edge's to check: without the line nobody can approve.
  if (!activation.session) return 'exception_needs_line';
  if (!mayExcept(activation) || activation.kept.length > 0) return 'exception_not_allowed';
  const triedAll = activation.taken.length >= activation.policy.maxCaptures;
  return reason === 'unreadable' && !triedAll ? 'exception_too_early' : undefined;
}

/** `positions`: the fingers of one capture. */
export function captureRefusal(
  { policy }: Pick<Activation, 'policy'>,
  captures: Captures,
  positions: readonly number[],
): ActivationReason | undefined {
  if (captures.taken.length + positions.length > policy.maxCaptures) return 'captures_used_up';
  const ofThis = (position: number) => captures.kept.filter((capture) => capture.position === position);
  const isTried = positions.some((position) => ofThis(position).length >= maxCapturesOfOneFinger);
  return isTried ? 'captures_used_up' : undefined;
}

export function stateOf(activation: Activation): ActivationState {
  const { session, policy, guardian, exception, document } = activation;
  return {
    activationId: activation.id,
    ...(activation.purpose ? { purpose: activation.purpose } : {}),
    reference: activation.reference,
    mode: session ? 'online' : 'offline',
    ...(session ? { maskedName: session.maskedName, ageGroup: session.ageGroup } : {}),
    requires: session?.requires ?? (guardian ? ['fingerprint', 'guardian_fingerprint'] : ['fingerprint']),
    positions: [...(session?.positions ?? allPositions)],
    minQuality: policy.minQuality,
    maxCaptures: policy.maxCaptures,
    ...(policy.fingersAtOnce ? { fingersAtOnce: policy.fingersAtOnce } : {}),
    captures: [...activation.taken],
    ...(session?.appointment ? { appointment: session.appointment } : {}),
    ...(session?.guardians ? { guardians: session.guardians } : {}),
    ...(guardian ? { guardian: guardianState(guardian) } : {}),
    mayExcept: mayExcept(activation),
    ...(exception ? { exception: exceptionState(exception) } : {}),
    documentPhoto: document !== undefined,
    ready: missingOf(activation) === undefined,
    expiresAt: activation.expiresAt,
  };
}

function guardianState(guardian: PresentGuardian): NonNullable<ActivationState['guardian']> {
  const { maskedName, relation, positions, taken, kept } = guardian;
  const known = { ...(maskedName ? { maskedName } : {}), ...(relation ? { relation } : {}) };
  return { ...known, positions: [...positions], captures: [...taken], ready: kept.length > 0 };
}

function exceptionState({ reason, supervisor }: ApprovedException): NonNullable<ActivationState['exception']> {
  const { name, positions, taken, kept } = supervisor;
  return { reason, supervisor: { name, positions: [...positions], captures: [...taken], ready: kept.length > 0 } };
}

/** Overwrites every plain template, the guardian's and the supervisor's too, and the document's photo: after this nothing biometric of this activation is in our hands. */
export function forgetCaptures(activation: Pick<Activation, 'kept' | 'guardian' | 'exception' | 'document'>): void {
  const { kept, guardian, exception, document } = activation;
  document?.fill(0);
  for (const captures of [kept, guardian?.kept ?? [], exception?.supervisor.kept ?? []]) {
    for (const capture of captures) capture.template.fill(0);
    captures.length = 0;
  }
}
